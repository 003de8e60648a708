"""Asking a structure again, each month, to say who of its people still works there."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db.models import Count, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.effects import act
from enrs.core.moments import day_bounds, legal_day
from enrs.core.notifications.commands import notify
from enrs.core.notifications.models import Notice
from enrs.services.portal import rules
from enrs.services.portal.models import Review
from enrs.services.portal.queries import people

PLACES = 100
"""Structures of one round."""
SPACE = UUID("0190b7a4-6f7e-7c51-9d0e-5f6a3b1c2d4e")
"""The space of the names « structure, month »: each is one event, told once however often it is looked at."""


@dataclass(frozen=True, slots=True)
class Late:
    """A structure whose people wait for a confirmation: how many, and the event that this is."""

    organisation_id: UUID
    name: str
    count: int
    event_id: UUID


def remind_reviews() -> bool:
    """Tell who answers for a structure, once a month, that people wait for their confirmation.

    The exploitation is told how many structures have nobody who answers. True when more structures wait.
    """
    late = _late()
    holders: dict[UUID, set[UUID]] = {}
    rows = people.live_referents().filter(organisation_id__in=[one.organisation_id for one in late])
    for place, user in rows.values_list("organisation_id", "user_id"):
        holders.setdefault(place, set()).add(user)
    held = [one for one in late if one.organisation_id in holders]
    told = _told([one.event_id for one in held], set().union(*holders.values()))
    waiting = [one for one in held if one.event_id not in told]
    with act():
        for one in waiting[:PLACES]:
            notify(
                users=holders[one.organisation_id],
                kind="portal.review.late",
                patient_id=None,
                event_id=one.event_id,
                details={"place": one.name, "count": one.count},
            )
        _tell_operators(len(late) - len(held))
    return len(waiting) > PLACES


def _tell_operators(count: int) -> None:
    """One word a month of the structures for which nobody answers."""
    event = uuid5(SPACE, f"unheld {legal_day(timezone.now()):%Y-%m}")
    held = people.live_positions().filter(role="operator", user__is_active=True)
    operators = set(held.values_list("user_id", flat=True))
    if count and operators and not _told([event], operators):
        notify(
            users=operators,
            kind="portal.review.unheld",
            patient_id=None,
            event_id=event,
            details={"count": count},
        )


def _late() -> list[Late]:
    today = legal_day(timezone.now())
    limit = day_bounds(rules.months_later(today, -rules.REVIEW_MONTHS))[1]
    confirmed = Review.objects.filter(
        user_id=OuterRef("user_id"), organisation_id=OuterRef("organisation_id")
    )
    since = Coalesce(Subquery(confirmed.values("confirmed_at")[:1]), "user__created_at")
    rows = (
        people.live_positions()
        .filter(user__is_active=True, user__kind=User.Kind.PROFESSIONAL)
        .exclude(organisation_id=None)
        .annotate(since=since)
        .filter(since__lt=limit)
        .values("organisation_id")
        .annotate(count=Count("user_id", distinct=True), name=Min("organisation_name"))
        .order_by("organisation_id")
    )
    return [
        Late(place, name, count, uuid5(SPACE, f"{place} {today:%Y-%m}"))
        for place, count, name in rows.values_list("organisation_id", "count", "name")
        if place is not None
    ]


def _told(events: Collection[UUID], users: Collection[UUID]) -> set[UUID]:
    """The events that somebody was told; asked by who may have been, which is what the index holds."""
    rows = Notice.objects.filter(user_id__in=users, event_id__in=events)
    return set(rows.values_list("event_id", flat=True))
