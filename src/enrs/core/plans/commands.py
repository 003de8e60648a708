"""Every write on a plan: its texts, its rows, what each answers to it, its end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note as audit
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.plans import fhir, rules
from enrs.core.plans.models import OPEN, Action, Agreement, Goal, Plan, PlanRow, PlanStep, Problem
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.persons import carrier_of

MODELS: dict[str, type[PlanRow]] = {"problem": Problem, "goal": Goal, "action": Action}
LABELS = {"problem": "label", "goal": "text", "action": "text"}


class PlanRefusedError(Exception):
    """A rule of plans refuses: `reason` is its code, `field` what it is about."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


def create_plan(
    *,
    patient_id: UUID,
    kind: str,
    title: str,
    identity_id: UUID | None = None,
    identifiers: Sequence[dict[str, Any]] = (),
    **texts: Any,
) -> Plan:
    """Begin a plan, in preparation. `texts` are fields of `rules.HEADER`.

    `identifiers` are the names that other software gives it, as FHIR `Identifier`.

    Raises:
        AccessRefusedError: the actor may not write plans of this person.
        PlanRefusedError: one of this kind is open (`open`), or a value is refused.
    """
    _demand(patient_id)
    values = {"title": title, **texts}
    _check(rules.HEADER, values)
    by, now = current_actor(), timezone.now()
    plan = Plan(
        id=uuid7(),
        patient_id=patient_id,
        identity_id=identity_id or carrier_of(patient_id),
        kind=kind,
        author_id=by.user_id,
        author_name=by.name,
        changed_at=now,
        revision=0,
        identifiers=list(identifiers),
        **values,
    )
    with act():
        if Plan.objects.filter(patient_id=patient_id, kind=kind, status__in=OPEN).exists():
            raise PlanRefusedError("open")
        try:
            with act(savepoint=True):
                plan.save(force_insert=True)
        except IntegrityError as error:
            raise PlanRefusedError("open") from error
        _leave(plan, "created", label=title)
    return plan


def revise_plan(*, plan: Plan, expected_version: int, **texts: Any) -> Plan:
    """Change the plan's own texts, its referent or its date of revision.

    Raises:
        AccessRefusedError, PlanRefusedError: `closed`, or a value is refused.
        StaleSaveError: somebody saved them meanwhile.
    """
    _demand_open(plan)
    _check(rules.HEADER, texts)
    with act():
        former = _take(plan, texts)
        save_version(plan, expected=expected_version, fields=list(texts))
        _leave(plan, "revised", former=former)
    return plan


def move_plan(*, plan: Plan, status: str, reason: str = "") -> Plan:
    """Start a plan, end it, or stop it with a reason.

    Raises:
        AccessRefusedError, PlanRefusedError: `move` (not from this state), `reason` (missing).
    """
    _demand(plan.patient_id)
    if not rules.may_move(plan.status, status):
        raise PlanRefusedError("move")
    if status == "revoked" and not reason.strip():
        raise PlanRefusedError("reason", "reason")
    now = timezone.now()
    values: dict[str, Any] = {"status": status}
    if status == "active":
        values["started_at"] = now
    else:
        values |= {"closed_at": now, "closed_reason": reason.strip()[:200]}
    with act():
        moved = Plan.objects.filter(pk=plan.pk, status=plan.status).update(**values)
        if not moved:
            raise PlanRefusedError("move")
        former = _take(plan, values)
        _leave(plan, status, former=former, label=reason)
    return plan


def add_problem(*, plan: Plan, **values: Any) -> Problem:
    """Add a problem; see `rules.PROBLEM` for the fields."""
    return _add(plan, "problem", values)  # type: ignore[return-value]


def add_goal(*, plan: Plan, **values: Any) -> Goal:
    """Add a goal; see `rules.GOAL` for the fields."""
    return _add(plan, "goal", values)  # type: ignore[return-value]


def add_action(*, plan: Plan, **values: Any) -> Action:
    """Add an action; see `rules.ACTION` for the fields."""
    return _add(plan, "action", values)  # type: ignore[return-value]


def amend_row(*, row: PlanRow, expected_version: int, **values: Any) -> PlanRow:
    """Change a row; a goal that is not reached must say why.

    Raises:
        AccessRefusedError, PlanRefusedError, StaleSaveError.
    """
    kind, plan = _kind_of(row), row.plan
    _demand_open(plan)
    whole = {name: values.get(name, getattr(row, name)) for name in rules.SHAPES[kind].fields}
    _check(rules.SHAPES[kind], values)
    _check(rules.SHAPES[kind], whole)
    _check_links(plan, values)
    values |= _dates(kind, whole, row)
    with act():
        former = _take(row, values)
        row.changed_by, row.changed_at = current_actor().name, timezone.now()
        save_version(row, expected=expected_version, fields=[*values, "changed_by", "changed_at"])
        _leave(plan, "changed", row=row, former=former)
        _publish_row(row)
    return row


def withdraw_row(*, row: PlanRow, reason: str) -> None:
    """Withdraw a row that should not have been there, with the reason; what hangs on it stays."""
    plan = row.plan
    _demand_open(plan)
    if not reason.strip():
        raise PlanRefusedError("reason", "reason")
    if row.withdrawn_at:
        return
    with act():
        row.withdrawn_at, row.withdrawn_reason = timezone.now(), reason.strip()[:200]
        row.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        _leave(plan, "withdrawn", row=row, former={"reason": row.withdrawn_reason})
        _publish_row(row)


def record_agreement(
    *,
    plan: Plan,
    party: str,
    label: str,
    answer: str,
    means: str = "oral",
    party_id: UUID | None = None,
    remark: str = "",
) -> Agreement:
    """Keep what somebody answered to the plan as it stands.

    The person and their proxy answer for themselves; a professional who may write the plan records the
    answer of others, never « en ligne », which only they themselves may give.

    Raises:
        AccessRefusedError, PlanRefusedError: `choice`, `empty`, `closed`.
    """
    by = current_actor()
    decision = may(access_rules.READ, "plan", patient_id=plan.patient_id)
    if not decision.allowed and by.kind != "system":
        raise AccessRefusedError(decision.reason)
    if decision.role in ("patient", "proxy"):
        if not access_rules.acts_as_person(decision):
            raise AccessRefusedError("level")
        party = "person" if decision.role == "patient" else "proxy"
        party_id, label, means = by.grantee_id, by.name, "online"
    else:
        _demand(plan.patient_id)
        if means == "online":
            party, party_id, label = "actor", by.grantee_id, by.name
    if plan.status not in OPEN:
        raise PlanRefusedError("closed")
    given = {"party": party, "answer": answer, "means": means}
    words = {"party": rules.PARTIES, "answer": rules.ANSWERS, "means": rules.MEANS}
    for name, value in given.items():
        if value not in dict(words[name]):
            raise PlanRefusedError("choice", name)
    if not label.strip():
        raise PlanRefusedError("empty", "label")
    agreement = Agreement(
        id=uuid7(),
        patient_id=plan.patient_id,
        identity_id=plan.identity_id,
        plan=plan,
        party_id=party_id,
        party_label=label.strip()[:200],
        remark=remark.strip()[:500],
        revision=plan.revision,
        answered_at=timezone.now(),
        recorded_by=by.name,
        **given,
    )
    with act():
        agreement.save(force_insert=True)
        _leave(plan, f"answer.{answer}", label=agreement.party_label, is_content=False)
    return agreement


# --- the parts -------------------------------------------------------------------------------------


def _demand(patient_id: UUID) -> None:
    if current_actor().kind == "system":
        return
    decision = may(access_rules.WRITE, "plan", patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)


def _demand_open(plan: Plan) -> None:
    _demand(plan.patient_id)
    if plan.status not in OPEN:
        raise PlanRefusedError("closed")


def _check(shape: rules.RowShape, values: dict[str, Any]) -> None:
    name, code = rules.refusal(shape, values)
    if code:
        raise PlanRefusedError(code, name)


def _check_links(plan: Plan, values: dict[str, Any]) -> None:
    """A goal's problem and an action's goal are of the same plan."""
    for name, model in (("problem_id", Problem), ("goal_id", Goal)):
        wanted = values.get(name)
        if wanted and not model._default_manager.filter(pk=wanted, plan=plan).exists():
            raise PlanRefusedError("choice", name)


def _dates(kind: str, whole: dict[str, Any], row: PlanRow | None = None) -> dict[str, Any]:
    """The day on which a goal was settled or an action evaluated, when nobody gave it."""
    today = legal_day(timezone.now())
    if kind == "goal":
        settled = whole.get("status", "active") != "active"
        return {"settled_on": (whole.get("settled_on") or today) if settled else None}
    was = getattr(row, "evaluation", "")
    if kind == "action" and whole.get("evaluation") and whole["evaluation"] != was:
        return {"evaluated_on": today}
    return {}


def _add(plan: Plan, kind: str, values: dict[str, Any]) -> PlanRow:
    _demand_open(plan)
    shape, model = rules.SHAPES[kind], MODELS[kind]
    _check(shape, dict.fromkeys(shape.required, "") | values)
    _check_links(plan, values)
    if model._default_manager.filter(plan=plan, withdrawn_at=None).count() >= rules.MAX_ROWS:
        raise PlanRefusedError("many")
    by = current_actor().name
    row = model(
        id=uuid7(),
        patient_id=plan.patient_id,
        identity_id=plan.identity_id,
        author_name=by,
        changed_by=by,
        changed_at=timezone.now(),
        plan=plan,
        **values | _dates(kind, values),
    )
    with act():
        row.save(force_insert=True)
        _leave(plan, "added", row=row)
        _publish_row(row)
    return row


def _take(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Set the values on the row; returns the former ones that differ, as plain JSON."""
    former = {}
    for name, value in values.items():
        was = getattr(row, name)
        if was != value:
            former[name] = was if isinstance(was, bool | int | str | None) else str(was)
            setattr(row, name, value)
    return former


def _kind_of(row: PlanRow) -> str:
    return next(kind for kind, model in MODELS.items() if isinstance(row, model))


def _leave(
    plan: Plan,
    what: str,
    *,
    row: PlanRow | None = None,
    former: dict[str, Any] | None = None,
    label: str = "",
    is_content: bool = True,
) -> None:
    """History, journal, event and published resource of one change."""
    by, now = current_actor(), timezone.now()
    kind = _kind_of(row) if row else "plan"
    if is_content:
        _grow(plan, now)
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
        former=former or {},
        author_id=by.user_id,
        author_name=by.name,
        revision=plan.revision,
    ).save(force_insert=True)
    audit(
        f"plans.{kind}.{what}",
        patient_id=plan.patient_id,
        object_kind=kind,
        object_id=row.id if row else plan.id,
        details={"plan": str(plan.id), "kind": plan.kind},
    )
    emit(
        f"plans.{kind}.{what}",
        patient_id=plan.patient_id,
        topics=[f"patient:{plan.patient_id}"],
        payload={"kind": "plan", "ids": [str(plan.id)]},
    )
    fhir.publish_plan(plan)


def _grow(plan: Plan, now: datetime) -> None:
    """One more revision; whoever changes the same plan meanwhile waits here for this act's end."""
    Plan.objects.filter(pk=plan.pk).update(revision=F("revision") + 1, changed_at=now)
    plan.refresh_from_db(fields=["revision", "changed_at"])


def _publish_row(row: PlanRow) -> None:
    if isinstance(row, Goal):
        fhir.publish_goal(row)
