"""What every command on a plan does: ask who may, lock it, leave its history, its line, its event, its resource."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note as audit
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.plans import fhir, kinds, rules
from enrs.core.plans.models import OPEN, Action, Goal, Plan, PlanRow, PlanStep, Problem

MODELS: dict[str, type[PlanRow]] = {"problem": Problem, "goal": Goal, "action": Action}
LABELS = {"problem": "label", "goal": "text", "action": "text"}


class PlanRefusedError(Exception):
    """A rule of plans refuses: `reason` is its code, `field` what it is about, `words` the kind's own sentence."""

    def __init__(self, reason: str, field: str = "", words: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field, self.words = reason, field, words


def demand(patient_id: UUID) -> None:
    """The access decision for a write on the plans of a person (AccessRefusedError); the platform passes."""
    if current_actor().kind == "system":
        return
    decision = may(access_rules.WRITE, "plan", patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)


def demand_read(patient_id: UUID) -> None:
    """The access decision for a reading of the plans of a person (AccessRefusedError); the platform passes."""
    if current_actor().kind == "system":
        return
    decision = may(access_rules.READ, "plan", patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)


def demand_open(plan: Plan) -> None:
    """As `demand`, on a plan that is not over (PlanRefusedError `closed`)."""
    demand(plan.patient_id)
    if plan.status not in OPEN:
        raise PlanRefusedError("closed")


def locked(plan: Plan) -> Plan:
    """The plan as it now stands, its row locked until the act ends: answers to one plan take turns.

    Raises:
        AccessRefusedError: it is not to be seen by the current actor.
        PlanRefusedError: `closed`.
    """
    found = Plan.objects.select_for_update().filter(pk=plan.pk, withdrawn_at=None).first()
    if found is None:
        raise AccessRefusedError("outside_circle")
    if found.status not in OPEN:
        raise PlanRefusedError("closed")
    return found


def check(shape: rules.RowShape, values: dict[str, Any]) -> None:
    """Refuse a value that its row cannot hold (PlanRefusedError)."""
    name, code = rules.refusal(shape, values)
    if code:
        raise PlanRefusedError(code, name)


def kind_of_row(row: PlanRow) -> str:
    """`problem`, `goal` or `action`."""
    return next(kind for kind, model in MODELS.items() if isinstance(row, model))


def kind_allows(check_kind: Callable[[UUID, str], str], kind: kinds.PlanKind, **given: Any) -> None:
    """Refuse what a kind of plan refuses (PlanRefusedError with the kind's sentence)."""
    code = check_kind(given["patient_id"], given["exception"])
    if code:
        raise PlanRefusedError(code, "exception", kind.refusals.get(code, ""))


def leave(
    plan: Plan,
    what: str,
    *,
    row: PlanRow | None = None,
    former: Mapping[str, Any] | None = None,
    label: str = "",
    is_content: bool = True,
    is_edition: bool = False,
    publishes: bool = True,
    told: Mapping[str, Any] | None = None,
) -> None:
    """History, journal, event and published resource of one change.

    `is_edition`: what people agree to changed. Without `publishes` the caller ends by a change that does.
    `told` is what the journal says besides.
    """
    by, now = current_actor(), timezone.now()
    kind = kind_of_row(row) if row else "plan"
    if is_content:
        _grow(plan, now, is_edition=is_edition)
    PlanStep(
        id=uuid7(),
        patient_id=plan.patient_id,
        identity_id=plan.identity_id,
        plan=plan,
        at=now,
        what=what,
        object_kind=kind,
        object_id=row.id if row else plan.id,
        label=(label or str(getattr(row, LABELS.get(kind, ""), "")))[:300],
        former=dict(former or {}),
        author_id=by.user_id,
        author_name=by.name,
        revision=plan.revision,
    ).save(force_insert=True)
    audit(
        f"plans.{kind}.{what}",
        patient_id=plan.patient_id,
        object_kind=kind,
        object_id=row.id if row else plan.id,
        details={"plan": str(plan.id), "kind": plan.kind, **(told or {})},
    )
    if not publishes:
        return
    emit(
        f"plans.{kind}.{what}",
        patient_id=plan.patient_id,
        topics=[f"patient:{plan.patient_id}"],
        payload={"kind": "plan", "ids": [str(plan.id)]},
    )
    fhir.publish_plan(plan)


def _grow(plan: Plan, now: datetime, *, is_edition: bool) -> None:
    """One more revision; whoever changes the same plan meanwhile waits here for this act's end."""
    changes: dict[str, Any] = {"revision": F("revision") + 1, "changed_at": now}
    if is_edition:
        changes |= {"edition": F("edition") + 1, "edition_at": now}
    Plan.objects.filter(pk=plan.pk).update(**changes)
    plan.refresh_from_db(fields=["revision", "changed_at", "edition", "edition_at"])
