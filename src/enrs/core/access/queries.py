"""The one gate: what the current actor may do with a patient's record, and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from enrs.core.access import rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.models import Denial, Grant
from enrs.core.kept import Kept


def valid_grants(grantees: Iterable[UUID], *, now: datetime | None = None) -> QuerySet[Grant]:
    """The grants that one actor's grantees hold now; a denial of one of them stops those of all."""
    now, held = now or timezone.now(), list(grantees)
    denied = valid_denials(now=now).filter(patient_id=OuterRef("patient_id"), grantee_id__in=held)
    return Grant.objects.filter(
        Q(purpose__in=rules.PAST_DENIALS) | ~Exists(denied),
        grantee_id__in=held,
        valid_from__lte=now,
        valid_until__gt=now,
    )


def valid_denials(*, now: datetime | None = None) -> QuerySet[Denial]:
    """The denials that stand now."""
    now = now or timezone.now()
    return Denial.objects.filter(valid_from__lte=now, valid_until__gt=now)


_known: ContextVar[tuple[Actor, dict[UUID, list[rules.Right]], bool] | None] = ContextVar(
    "known", default=None
)


@contextmanager
def rights_known(
    actor: Actor, read: Mapping[UUID, list[rules.Right]] | None = None
) -> Iterator[None]:
    """Inside the block `rights_on` gives this actor what is known, instead of asking the database again.

    With `read`, what the same transaction read at its start, for these patients alone. Without, for a
    request that changes no right, what was asked first: a page asks for each of its parts.
    """
    token = _known.set((actor, dict(read or {}), read is None))
    try:
        yield
    finally:
        _known.reset(token)


def rights_on(patient_id: UUID, actor: Actor | None = None) -> list[rules.Right]:
    """What the actor holds on one patient: one index probe."""
    by = actor or current_actor()
    if not by.grantees:
        return []
    holder, known, is_filling = _known.get() or (None, {}, False)
    if holder is not by:
        return _rights_on(patient_id, by)
    if patient_id in known:
        return list(known[patient_id])
    found = _rights_on(patient_id, by)
    if is_filling:
        known[patient_id] = found
    return list(found)


def _rights_on(patient_id: UUID, by: Actor) -> list[rules.Right]:
    return [rules.Right(*row) for row in _rights(patient_id, timezone.now(), *by.grantees)]


@Kept
def _rights(
    patient_id: UUID, now: datetime, *grantees: UUID
) -> QuerySet[Grant, tuple[str, str, str, int]]:
    rows = valid_grants(grantees, now=now).filter(patient_id=patient_id)
    return rows.values_list("source_kind", "purpose", "scope", "level")


def may(
    action: str,
    category: str,
    *,
    patient_id: UUID,
    actor: Actor | None = None,
    rights: list[rules.Right] | None = None,
) -> rules.Decision:
    """The access decision for one actor, act, category of data and patient.

    `rights` may be passed by a caller that already read them, to ask about several categories.
    """
    by = actor or current_actor()
    held = rights_on(patient_id, by) if rights is None else rights
    return rules.decide(role=by.role, category=category, action=action, rights=held)


def readable_categories(patient_id: UUID, actor: Actor | None = None) -> set[str]:
    """Every category of the record that the actor may read for this patient."""
    by = actor or current_actor()
    held = rights_on(patient_id, by)
    return {
        category
        for category in rules.CATEGORIES
        if rules.decide(role=by.role, category=category, action=rules.READ, rights=held).allowed
    }


def reachable(patient_ids: Collection[UUID], actor: Actor | None = None) -> set[UUID]:
    """Those of the given patients on whom the actor holds a valid grant."""
    by = actor or current_actor()
    rows = valid_grants(by.grantees).filter(patient_id__in=patient_ids)
    return set(rows.values_list("patient_id", flat=True))
