"""The one gate: what the current actor may do with a patient's record, and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from enrs.core.access import rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.models import Denial, Grant


def valid_grants(grantees: Iterable[UUID]) -> QuerySet[Grant]:
    """The grants that one actor's grantees hold now; a denial of one of them stops those of all."""
    now, held = timezone.now(), list(grantees)
    denied = valid_denials().filter(patient_id=OuterRef("patient_id"), grantee_id__in=held)
    return Grant.objects.filter(
        Q(purpose__in=rules.PAST_DENIALS) | ~Exists(denied),
        grantee_id__in=held,
        valid_from__lte=now,
        valid_until__gt=now,
    )


def valid_denials() -> QuerySet[Denial]:
    """The denials that stand now."""
    now = timezone.now()
    return Denial.objects.filter(valid_from__lte=now, valid_until__gt=now)


_read: ContextVar[tuple[Actor, Mapping[UUID, list[rules.Right]]] | None] = ContextVar(
    "read", default=None
)


@contextmanager
def rights_read(actor: Actor, rights: Mapping[UUID, list[rules.Right]]) -> Iterator[None]:
    """Inside the block, `rights_on` gives what was read for this actor at the start of the same transaction."""
    token = _read.set((actor, rights))
    try:
        yield
    finally:
        _read.reset(token)


def rights_on(patient_id: UUID, actor: Actor | None = None) -> list[rules.Right]:
    """What the actor holds on one patient: one index probe."""
    by = actor or current_actor()
    if not by.grantees:
        return []
    known = _read.get()
    if known and known[0] is by and patient_id in known[1]:
        return list(known[1][patient_id])
    rows = valid_grants(by.grantees).filter(patient_id=patient_id)
    return [
        rules.Right(*row) for row in rows.values_list("source_kind", "purpose", "scope", "level")
    ]


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
