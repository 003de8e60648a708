"""The plans for which somebody answers: their figures, and the list a page at a time."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.moments import legal_day
from enrs.core.plans import rules
from enrs.core.plans.models import OPEN, Action, Plan

PAGE = 25
STATES = (
    ("preparation", "À envoyer"),
    ("awaited", "Réponses attendues"),
    ("unsigned", "À faire signer"),
    ("revise", "À réviser"),
    ("late", "Actions en retard"),
)
"""What may be asked of the list, and its words."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many open plans of a referent stand where."""

    open: int = 0
    preparation: int = 0
    awaited: int = 0
    validated: int = 0
    signed: int = 0
    unsigned: int = 0
    revise: int = 0
    late: int = 0


def to_revise(patient_ids: list[UUID], on: date) -> list[Plan]:
    """The open plans of these people whose date of revision passed, the oldest date first."""
    rows = Plan.objects.filter(patient_id__in=patient_ids, status__in=OPEN, revise_on__lt=on)
    return list(rows.order_by("revise_on", "id"))


def _mine(kind: str) -> QuerySet[Plan]:
    """The open plans of a kind for which the current actor answers; row security narrows them."""
    by = current_actor()
    rows = Plan.objects.filter(kind=kind, status__in=OPEN, withdrawn_at=None)
    return rows.filter(referent_id__in=by.grantees)


def _where(today: date) -> dict[str, Q]:
    is_valid = Q(validated_at__isnull=False, validated_edition=F("edition"))
    is_signed = Q(signed_at__isnull=False, signed_edition=F("edition"))
    late = Action.objects.filter(
        plan_id=OuterRef("pk"), withdrawn_at=None, status__in=rules.LIVE_ACTIONS, due_on__lt=today
    )
    return {
        "open": Q(),
        "preparation": Q(sent_at=None, validated_at=None),
        "awaited": Q(sent_at__isnull=False) & ~is_valid,
        "validated": is_valid,
        "signed": is_signed,
        "unsigned": is_valid & ~is_signed,
        "revise": Q(revise_on__lt=today),
        "late": Q(Exists(late)),
    }


def figures(kind: str) -> Figures:
    """Where the open plans of the current actor stand; one statement."""
    where = _where(legal_day(timezone.now()))
    counts: dict[str, Any] = {
        name: Count("pk", filter=condition) if condition else Count("pk")
        for name, condition in where.items()
    }
    return Figures(**_mine(kind).aggregate(**counts))


def followed(
    kind: str, state: str = "", after: UUID | None = None
) -> tuple[list[Plan], UUID | None]:
    """A page of the open plans of the current actor, the oldest first, and where the next begins."""
    rows = _mine(kind)
    if state in dict(STATES):
        rows = rows.filter(_where(legal_day(timezone.now()))[state])
    if after is not None:
        rows = rows.filter(pk__gt=after)
    found = list(rows.order_by("pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None
