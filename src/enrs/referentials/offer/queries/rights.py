"""Who describes which units: a site's referents, and a professional for their own offer of the city."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from enrs.core.access.actor import Actor, current_actor
from enrs.core.kept import Kept
from enrs.referentials.directory.models import Organisation
from enrs.referentials.offer.models import Favourite, HealthcareService, Referent, ServiceChange
from enrs.referentials.offer.rules import REGULATION, contacts
from enrs.referentials.offer.rules.quality import FRESH_DAYS

NAMERS = ("operator",)
"""Roles of the platform that name the first referent of a site."""


def sites_of(actor: Actor | None = None) -> set[UUID]:
    """The sites whose units the actor describes.

    A referent counts only while they work for the same legal entity: who leaves loses it with their
    position in the directory.
    """
    by = actor or current_actor()
    if by.kind != "professional" or by.grantee_id is None or by.organisation_id is None:
        return set()
    return set(_sites(by.grantee_id, by.organisation_id))


@Kept
def _sites(grantee_id: UUID, organisation_id: UUID) -> QuerySet[Referent, UUID]:
    own = Organisation.objects.filter(pk=organisation_id).values("finess_ej")
    same = Q(site_id=organisation_id) | (Q(site__finess_ej__in=own) & ~Q(site__finess_ej=""))
    named = Referent.objects.filter(grantee_id=grantee_id, ended_at=None)
    return named.filter(same).values_list("site_id", flat=True)


def describes(service: HealthcareService, actor: Actor | None = None) -> bool:
    """Whether the actor may describe this offer."""
    by = actor or current_actor()
    if by.kind == "system":
        return True
    if by.kind != "professional" or by.grantee_id is None:
        return False
    if service.kind == HealthcareService.Kind.CITY:
        return service.role is not None and service.role.practitioner_id == by.grantee_id
    return service.site_id in sites_of(by)


def may_name(site_id: UUID, actor: Actor | None = None) -> bool:
    """Whether the actor names and ends the referents of a site."""
    by = actor or current_actor()
    return by.kind == "system" or by.role in NAMERS or site_id in sites_of(by)


def described(actor: Actor | None = None) -> QuerySet[HealthcareService]:
    """The offers that the actor describes, by name."""
    by = actor or current_actor()
    rows = HealthcareService.objects.select_related("site", "internal_organisation")
    mine = Q(site_id__in=sites_of(by)) & ~Q(kind="city")
    if by.kind == "professional" and by.grantee_id:
        mine |= Q(kind="city", role__practitioner_id=by.grantee_id)
    return rows.defer("site__search").filter(mine).order_by("site__name_key", "name_key", "id")


def is_stale(service: HealthcareService, now: datetime | None = None) -> bool:
    """Whether nobody said for 90 days that it is still exact."""
    if service.state != HealthcareService.State.PUBLISHED:
        return False
    told = service.verified_at
    return told is None or (now or timezone.now()) - told > timedelta(days=FRESH_DAYS)


def stale_count(actor: Actor) -> int:
    """How many published units of the actor nobody verified for 90 days; asked at each sign-in."""
    limit = timezone.now() - timedelta(days=FRESH_DAYS)
    if sites_of(actor):
        return _stale(described(actor), limit).count()
    if actor.kind != "professional" or actor.grantee_id is None:
        return 0
    return len(_stale_of_the_city(actor.grantee_id, limit))


def stale_units(actor: Actor) -> QuerySet[HealthcareService]:
    """The published units of the actor that nobody verified for 90 days, by site and name."""
    return _stale(described(actor), timezone.now() - timedelta(days=FRESH_DAYS))


def _stale(
    rows: QuerySet[HealthcareService, Any], limit: datetime
) -> QuerySet[HealthcareService, Any]:
    told = Q(verified_at=None) | Q(verified_at__lt=limit)
    return rows.filter(told, state=HealthcareService.State.PUBLISHED)


@Kept
def _stale_of_the_city(
    practitioner_id: UUID, limit: datetime
) -> QuerySet[HealthcareService, tuple[UUID]]:
    mine = HealthcareService.objects.filter(kind="city", role__practitioner_id=practitioner_id)
    return _stale(mine, limit).values_list("id")


def reader_rank(service: HealthcareService, actor: Actor | None = None) -> int:
    """Which contacts of the unit the actor reads: see `rules.contacts`.

    A regulator is a professional whose place of work publishes a unit of medical regulation.
    """
    by = actor or current_actor()
    is_professional = by.kind == "professional"
    return contacts.rank_of(
        is_professional=is_professional,
        is_regulator=is_professional and is_regulation(by.organisation_id),
        describes=describes(service, by),
    )


def is_regulation(organisation_id: UUID | None) -> bool:
    """Whether a place of work regulates the calls of the centre 15 (`offer_regulates` says the same in SQL)."""
    return _regulating().filter(site_id=organisation_id).exists()


def regulating_sites() -> list[Organisation]:
    """The places that regulate the calls of the centre 15, by name."""
    sites = Organisation.objects.filter(pk__in=_regulating().values("site_id"))
    return list(sites.order_by("name", "id"))


def _regulating() -> QuerySet[HealthcareService]:
    return HealthcareService.objects.filter(
        activity_code=REGULATION, state=HealthcareService.State.PUBLISHED
    )


def service(service_id: UUID, actor: Actor | None = None) -> HealthcareService | None:
    """An offer that the actor may see: published, or one that they describe."""
    rows = HealthcareService.objects.select_related(
        "site", "internal_organisation__parent__parent", "role"
    )
    found = rows.defer("site__search").filter(pk=service_id).first()
    if found is None:
        return None
    if found.state != HealthcareService.State.PUBLISHED and not describes(found, actor):
        return None
    return found


@dataclass(frozen=True, slots=True)
class SiteReferents:
    """A site and who describes it."""

    site: Organisation
    referents: Sequence[Referent]


def referents_of(site_id: UUID) -> list[Referent]:
    """The referents of a site, the first named first."""
    return list(Referent.objects.filter(site_id=site_id, ended_at=None).order_by("named_at", "id"))


def changes_of(service: HealthcareService, limit: int = 50) -> list[ServiceChange]:
    """The last changes of a unit, the newest first."""
    return list(service.changes.order_by("-id")[:limit])


def favourites_of(user_id: UUID | None) -> list[HealthcareService]:
    """The units that somebody keeps at hand, the last kept first."""
    if user_id is None:
        return []
    kept = Favourite.objects.filter(user_id=user_id, service__state="published")
    rows = kept.select_related("service__site").order_by("-added_at", "-id")[:50]
    return [one.service for one in rows]


def favourite_ids(user_id: UUID | None) -> set[UUID]:
    """Those kept, by their identifiers."""
    if user_id is None:
        return set()
    rows = Favourite.objects.filter(user_id=user_id)
    return set(rows.values_list("service_id", flat=True))
