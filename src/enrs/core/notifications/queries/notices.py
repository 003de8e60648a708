"""A person's notices, newest first, and the people of a circle who have an account."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from enrs.core.access import rules
from enrs.core.access.actor import Actor
from enrs.core.access.models import Grant, Level
from enrs.core.access.queries import valid_grants
from enrs.core.accounts.models import Position, User
from enrs.core.notifications.models import Notice
from enrs.core.prepared import fetch_all

PAGE = 30
MOST_COUNTED = 100
"""Past this the bell says no figure: the count must stay cheap."""

PERSONS = tuple(rules.PERSON_ROLES)
CARE = ("care_team", "consent")
"""Purposes of the grants by which professionals follow a person, by name and lastingly."""


UNREAD = f"""
select count(*) from (select from notice where user_id = %s and read_at is null limit {MOST_COUNTED}) unread
"""


def unread_count(user_id: UUID) -> int:
    """How many notices a person has not read, `MOST_COUNTED` at most."""
    return int(fetch_all(UNREAD, [user_id])[0][0])


def notices_of(user_id: UUID, *, before: UUID | None = None) -> list[Notice]:
    """One page of a person's notices and one more, after the notice `before` (an unknown one: the first)."""
    rows = Notice.objects.filter(user_id=user_id)
    last = rows.filter(pk=before).values_list("created_at", flat=True).first() if before else None
    if last is not None:
        rows = rows.filter(Q(created_at__lt=last) | Q(created_at=last, pk__lt=before))
    return list(rows.order_by("-created_at", "-id")[: PAGE + 1])


def rights_by_patient(patient_ids: Collection[UUID], actor: Actor) -> dict[UUID, list[rules.Right]]:
    """What the actor holds on several patients: one query."""
    held: dict[UUID, list[rules.Right]] = defaultdict(list)
    for row in valid_grants(actor.grantees).filter(patient_id__in=patient_ids):
        right = rules.Right(row.source_kind, row.purpose, row.scope, row.level)
        held[row.patient_id].append(right)
    return held


def persons_of(patient_id: UUID) -> set[UUID]:
    """The accounts of the person themselves and of those who represent them."""
    return _holders(patient_id, PERSONS, Level.READ)


def professionals_of(
    patient_id: UUID, *, roles: Collection[str] = (), level: int = Level.READ
) -> set[UUID]:
    """The accounts of the circle's professionals; of some roles alone, in one of their positions now."""
    users = _holders(patient_id, CARE, level)
    if not roles:
        return users
    now = timezone.now()
    held = Position.objects.filter(user_id__in=users, role__in=roles)
    current = held.filter(Q(valid_until=None) | Q(valid_until__gt=now))
    return set(current.values_list("user_id", flat=True))


def _holders(patient_id: UUID, purposes: Iterable[str], level: int) -> set[UUID]:
    now = timezone.now()
    grants = Grant.objects.filter(
        patient_id=patient_id,
        purpose__in=list(purposes),
        level__gte=level,
        valid_from__lte=now,
        valid_until__gt=now,
    )
    grantees = grants.values_list("grantee_id", flat=True)
    users = User.objects.filter(is_active=True, grantee_id__in=grantees)
    return set(users.values_list("id", flat=True))
