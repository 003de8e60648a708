"""Which units wait for « toujours exact ? », and whose word is asked."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from enrs.core.access.actor import Actor
from enrs.core.accounts.models import Position, User
from enrs.core.accounts.queries import positions_of
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.queries import rights
from enrs.referentials.offer.rules.quality import ASK_AGAIN_DAYS, FRESH_DAYS

MOST = 200
"""Units that the page of a link shows; the next ones come once these are confirmed."""
CITY = HealthcareService.Kind.CITY

DESCRIBERS = """
select distinct r.site_id, u.id
from offer_referent r
join account_user u on u.grantee_id = r.grantee_id and u.kind = 'professional' and u.is_active
join account_position p on p.user_id = u.id and (p.valid_until is null or p.valid_until > %s)
join directory_organisation s on s.id = r.site_id
join directory_organisation w on w.id = p.organisation_id
where r.ended_at is null and (w.id = s.id or s.finess_ej <> '' and w.finess_ej = s.finess_ej)
"""
"""As `rights.sites_of`, from any of the places where they work now."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A unit that waits for somebody's word, and that person as the actor of that one act."""

    service: HealthcareService
    actor: Actor


def waiting_of(user: User) -> list[Waiting]:
    """The units that nobody confirmed for 90 days and that a user describes from where they work now."""
    found: dict[UUID, Waiting] = {}
    held: list[Position | None] = [*positions_of(user)]
    for position in held or [None]:
        by = Actor(
            kind="professional", name=user.name, role="anonymous", user_id=user.pk,
            grantee_id=user.grantee_id, channel="link",
            organisation_id=position.organisation_id if position else None,
        )  # fmt: skip
        for one in rights.stale_units(by)[:MOST]:
            found.setdefault(one.pk, Waiting(one, by))
    return list(found.values())[:MOST]


def due(now: datetime) -> QuerySet[HealthcareService]:
    """The published units to ask about: 90 days without a word, and not asked about for 30.

    One that was never confirmed counts from its publication.
    """
    rows = HealthcareService.objects.alias(
        told=Coalesce("verified_at", "published_at", "created_at")
    )
    return rows.filter(
        Q(asked_at=None) | Q(asked_at__lte=now - timedelta(days=ASK_AGAIN_DAYS)),
        state=HealthcareService.State.PUBLISHED,
        told__lt=now - timedelta(days=FRESH_DAYS),
    )


def describers(now: datetime) -> dict[UUID, set[UUID]]:
    """For each site the accounts of its referents, those who still work for its legal entity."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(DESCRIBERS, [now])
        for site_id, user_id in cursor.fetchall():
            found[site_id].add(user_id)
    return dict(found)


def together(first: Collection[UUID], people: Mapping[UUID, Collection[UUID]]) -> set[UUID]:
    """These sites, and those that share a person with them, step by step: each is asked once about all."""
    chosen: set[UUID] = set()
    more = set(first)
    while more:
        chosen |= more
        asked = {user for site in chosen for user in people[site]}
        more = {site for site, users in people.items() if asked & set(users)} - chosen
    return chosen


def accounts(user_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The same accounts, by the practitioner that each one is in the directory."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = User.objects.filter(pk__in=user_ids).values_list("grantee_id", "pk")
    for grantee_id, user_id in rows:
        found[grantee_id].add(user_id)
    return dict(found)


def owners(now: datetime, size: int) -> dict[UUID, set[UUID]]:
    """The first practitioners who have an account and an offer of the city to ask about."""
    people = User.objects.filter(kind=User.Kind.PROFESSIONAL, is_active=True)
    own = Exists(people.filter(grantee_id=OuterRef("role__practitioner_id")))
    rows = due(now).filter(own, kind=CITY).order_by("role__practitioner_id")
    keys = list(rows.values_list("role__practitioner_id", flat=True).distinct()[:size])
    return accounts(people.filter(grantee_id__in=keys).values_list("pk", flat=True))
