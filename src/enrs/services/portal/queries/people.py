"""Who answers for a structure, who works there with an account, what waits on a referent's desk."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from enrs.core.access.actor import Actor, current_actor
from enrs.core.accounts.models import Position, User
from enrs.core.kept import Kept
from enrs.core.moments import legal_day
from enrs.services.portal import rules
from enrs.services.portal.models import (
    Closing,
    Enrolment,
    FactorHelp,
    LocalPerson,
    NumberMatch,
    Referent,
    Review,
)

MOST_PEOPLE = 500
"""People of one structure on one page; a larger one is searched by name."""


def account_of(grantee_id: UUID) -> User | None:
    """The account of somebody of the directory, of the local register, or whom a desk let in."""
    rows = User.objects.filter(grantee_id=grantee_id)
    return rows.order_by("created_at").first()


def live_referents(now: datetime | None = None) -> QuerySet[Referent]:
    """Referents who answer now."""
    now = now or timezone.now()
    return Referent.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now), valid_from__lte=now
    )


def places_with_referents(organisation_ids: Collection[UUID]) -> set[UUID]:
    """Those of these places for which somebody answers."""
    rows = live_referents().filter(organisation_id__in=organisation_ids)
    return set(rows.values_list("organisation_id", flat=True))


def referents_of(organisation_id: UUID) -> list[Referent]:
    """Who answers for a place."""
    return list(live_referents().filter(organisation_id=organisation_id))


def places_answered_for(actor: Actor | None = None) -> list[Referent]:
    """The places for which the actor answers now, and where they still work."""
    by = actor or current_actor()
    if by.user_id is None:
        return []
    return _answered_for(by.user_id, timezone.now())


@Kept
def _answered_for(user_id: UUID, now: datetime) -> QuerySet[Referent]:
    held = live_positions(now).filter(user_id=user_id).values("organisation_id")
    rows = live_referents(now).filter(user_id=user_id, organisation_id__in=held)
    return rows.order_by("organisation_name", "id")


def live_positions(now: datetime | None = None) -> QuerySet[Position]:
    """Positions that hold now."""
    return Position.objects.filter(Q(valid_until=None) | Q(valid_until__gt=now or timezone.now()))


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who signs in to a structure, as its referent sees them."""

    user_id: UUID
    name: str
    label: str
    login: str
    last_login: datetime | None
    confirmed_at: datetime | None
    is_late: bool
    is_self: bool
    local_id: UUID | None = None


def colleagues(organisation_id: UUID, text: str = "") -> list[Colleague]:
    """The people of a structure who have an open account, by name; three statements."""
    positions = live_positions().filter(organisation_id=organisation_id, user__is_active=True)
    if text:
        positions = positions.filter(user__name__icontains=text)
    rows = positions.select_related("user").order_by("user__name", "user_id", "id")[:MOST_PEOPLE]
    held = {one.user_id: one for one in reversed(rows)}
    reviews = dict(
        Review.objects.filter(organisation_id=organisation_id).values_list(
            "user_id", "confirmed_at"
        )
    )
    grantees = [one.user.grantee_id for one in held.values()]
    local = set(
        LocalPerson.objects.filter(pk__in=grantees, merged_into=None).values_list("id", flat=True)
    )
    found = [_colleague(one, reviews.get(one.user_id), local) for one in held.values()]
    return sorted(found, key=lambda one: (not one.is_late, one.name, one.user_id))


def _colleague(position: Position, confirmed: datetime | None, local: set[UUID]) -> Colleague:
    user = position.user
    since = confirmed or user.created_at
    return Colleague(
        user.id,
        user.name,
        position.label,
        user.login,
        user.last_login,
        confirmed,
        rules.review_is_late(confirmed_on=legal_day(since), today=legal_day(timezone.now())),
        user.id == current_actor().user_id,
        user.grantee_id if user.grantee_id in local else None,
    )


def colleague(organisation_id: UUID, user_id: UUID) -> User | None:
    """Somebody with an open account who works in a structure."""
    held = live_positions().filter(organisation_id=organisation_id, user_id=user_id)
    return (
        User.objects.filter(pk=user_id, is_active=True).filter(pk__in=held.values("user")).first()
    )


def vouches_asked(organisation_id: UUID) -> list[Enrolment]:
    """Those who ask a structure to vouch, the oldest first."""
    rows = Enrolment.objects.filter(
        organisation_id=organisation_id,
        state=Enrolment.State.ASKED,
        way=Enrolment.Way.REFERENT,
    )
    return list(rows.order_by("asked_at", "id")[:100])


def closings(organisation_id: UUID) -> list[Closing]:
    """Accesses that a structure closed and that are still closed, the newest first."""
    rows = Closing.objects.filter(organisation_id=organisation_id, reopened_at=None)
    return list(rows.order_by("-closed_at", "id")[:100])


def helps(organisation_id: UUID) -> list[FactorHelp]:
    """The last second factors that were solved."""
    rows = FactorHelp.objects.filter(organisation_id=organisation_id)
    return list(rows.order_by("-given_at", "id")[:20])


def locals_of(organisation_id: UUID) -> list[LocalPerson]:
    """The people of the local register of a structure who have no national number yet."""
    rows = LocalPerson.objects.filter(organisation_id=organisation_id, merged_into=None)
    return list(rows.order_by("family", "given", "id")[:200])


def matches_at(organisation_id: UUID) -> list[NumberMatch]:
    """The national numbers to verify for the people of the register of a structure, the oldest first."""
    rows = _waiting_matches().filter(person__organisation_id=organisation_id)
    return list(rows.select_related("person").order_by("proposed_at", "id")[:100])


def match_at(organisation_id: UUID, match_id: UUID) -> NumberMatch | None:
    """One of them."""
    rows = _waiting_matches().filter(person__organisation_id=organisation_id, pk=match_id)
    return rows.select_related("person").first()


def own_matches(grantee_id: UUID | None) -> list[NumberMatch]:
    """The national numbers that may be those of somebody of the local register, for themselves."""
    rows = _waiting_matches().filter(person_id=grantee_id)
    return list(rows.select_related("person").order_by("proposed_at", "id"))


def _waiting_matches() -> QuerySet[NumberMatch]:
    return NumberMatch.objects.filter(answer="", person__merged_into=None)


@dataclass(frozen=True, slots=True)
class DeskCount:
    """What waits on a desk."""

    requests: int
    late: int


def waiting(organisation_id: UUID, people: Collection[Colleague]) -> DeskCount:
    """How many requests and late confirmations wait."""
    return DeskCount(len(vouches_asked(organisation_id)), sum(one.is_late for one in people))
