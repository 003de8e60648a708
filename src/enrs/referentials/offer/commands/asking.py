"""Asking « toujours exact ? » of those who describe units that nobody confirmed for long."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.notifications.commands import notify
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.queries import asking

KIND = "offer.exact.asked"
A_ROUND = 100
"""Sites, or professionals of the city, that one round begins with."""
People = Mapping[UUID, set[UUID]]
"""Accounts, by the site or the practitioner whose they are."""
SHOWN = 10
"""Units that a notice names; the page holds them all."""


def ask_referents() -> bool:
    """Ask who describes them about the units without a word for 90 days; true when more may wait.

    One notice for each person, whatever the number of their units. A unit is asked about again after
    30 days, and no more once somebody confirmed it. Its row is locked: two workers never ask twice.
    """
    now = timezone.now()
    sites, owners = _first(now)
    theirs = Q(kind=asking.CITY, role__practitioner_id__in=list(owners))
    rows = asking.due(now).filter(~Q(kind=asking.CITY) & Q(site_id__in=list(sites)) | theirs)
    with act():
        locked = rows.select_for_update(of=("self",), skip_locked=True)
        units = list(locked.select_related("site", "role").defer("site__search").order_by("pk"))
        asked: dict[UUID, list[HealthcareService]] = defaultdict(list)
        for one in units:
            for user_id in _whose(one, sites, owners):
                asked[user_id].append(one)
        for user_id, theirs_now in asked.items():
            notify(
                users={user_id}, kind=KIND, patient_id=None, event_id=uuid7(),
                details={"at": now.isoformat()} | _details(theirs_now),
            )  # fmt: skip
        HealthcareService.objects.filter(pk__in=[one.pk for one in units]).update(asked_at=now)
        if units:
            details = {"count": len(units), "people": len(asked)}
            note("offer.exact.asked", object_kind="healthcare_service", details=details)
    return bool(units) and (bool(sites) or len(owners) >= A_ROUND)


def _first(now: datetime) -> tuple[People, People]:
    """Sites to ask about with their referents, and who owns an offer of the city among these; else owners alone."""
    people = asking.describers(now)
    due = asking.due(now).filter(site_id__in=people).exclude(kind=asking.CITY)
    sites = {one: people[one] for one in due.values_list("site_id", flat=True) if one}
    chosen = asking.together(sorted(sites)[:A_ROUND], sites)
    if not chosen:
        return {}, asking.owners(now, A_ROUND)
    users = {user for site in chosen for user in sites[site]}
    return {site: sites[site] for site in chosen}, asking.accounts(users)


def _whose(one: HealthcareService, sites: People, owners: People) -> set[UUID]:
    """The accounts of who describes a unit: its owner in the city, else the referents of its site."""
    if one.role is not None:
        return owners[one.role.practitioner_id]
    return sites[one.site.pk] if one.site else set()


def _details(units: Sequence[HealthcareService]) -> dict[str, Any]:
    shown = [
        {"id": str(one.pk), "name": one.name, "site": one.site.name if one.site else ""}
        for one in units[:SHOWN]
    ]
    return {"count": len(units), "units": shown, "more": len(units) - len(shown)}
