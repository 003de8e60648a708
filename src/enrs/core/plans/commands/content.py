"""The content of a plan: its texts, its rows, its beginning and its end."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.plans import fhir, kinds, queries, rules
from enrs.core.plans.commands.parts import end_parts, follow_parts
from enrs.core.plans.commands.shared import (
    MODELS,
    PlanRefusedError,
    check,
    demand,
    demand_open,
    kind_allows,
    kind_of_row,
    leave,
)
from enrs.core.plans.models import OPEN, Action, Goal, Plan, PlanRow, Problem
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.persons import carrier_of

MAX_EXCEPTION = 400


def create_plan(
    *,
    patient_id: UUID,
    kind: str,
    title: str,
    identity_id: UUID | None = None,
    identifiers: Sequence[dict[str, Any]] = (),
    exception: str = "",
    **texts: Any,
) -> Plan:
    """Begin a plan, in preparation. `texts` are fields of `rules.HEADER`.

    `identifiers` are the names that other software gives it, as FHIR `Identifier`. `exception` is why it is
    opened where its kind asks for a reason.

    Raises:
        AccessRefusedError: the actor may not write plans of this person.
        PlanRefusedError: one of this kind is open (`open`), a value is refused, or a rule of the kind.
    """
    demand(patient_id)
    values = {"title": title, **texts}
    check(rules.HEADER, values)
    if len(exception) > MAX_EXCEPTION:
        raise PlanRefusedError("long", "exception")
    declared = kinds.declared(kind)
    if declared and declared.check and current_actor().kind != "system":
        kind_allows(declared.check, declared, patient_id=patient_id, exception=exception.strip())
    by, now = current_actor(), timezone.now()
    plan = Plan(
        id=uuid7(),
        patient_id=patient_id,
        identity_id=identity_id or carrier_of(patient_id),
        kind=kind,
        author_id=by.user_id,
        author_name=by.name,
        changed_at=now,
        edition_at=now,
        revision=0,
        exception=exception.strip(),
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
        leave(plan, "created", label=title)
    return plan


def revise_plan(*, plan: Plan, expected_version: int, **texts: Any) -> Plan:
    """Change the plan's own texts, its referent or its date of revision.

    A referent of the circle hands the plan over themselves; anybody who writes it does once they left.

    Raises:
        AccessRefusedError, PlanRefusedError: `closed`, `referent` (still there, and somebody else), or a value is
            refused.
        StaleSaveError: somebody saved them meanwhile.
    """
    demand_open(plan)
    check(rules.HEADER, texts)
    _check_referent(plan, texts)
    with act():
        former = _take(plan, texts)
        save_version(plan, expected=expected_version, fields=list(texts))
        leave(plan, "revised", former=former, is_edition=rules.is_agreed_change("plan", former))
        follow_parts(plan)
    return plan


def move_plan(*, plan: Plan, status: str, reason: str = "") -> Plan:
    """Start a plan, end it, or stop it with a reason.

    Raises:
        AccessRefusedError, PlanRefusedError: `move` (not from this state), `reason` (missing).
    """
    demand(plan.patient_id)
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
        leave(plan, status, former=former, label=reason)
        if status not in OPEN:
            end_parts(plan)
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
    kind, plan = kind_of_row(row), row.plan
    demand_open(plan)
    if kind == "problem":
        values = _of_dictionary(plan, values, is_new=False)
    whole = {name: values.get(name, getattr(row, name)) for name in rules.SHAPES[kind].fields}
    check(rules.SHAPES[kind], values)
    check(rules.SHAPES[kind], whole)
    _check_links(plan, values)
    values |= _dates(kind, whole, row)
    with act():
        former = _take(row, values)
        row.changed_by, row.changed_at = current_actor().name, timezone.now()
        save_version(row, expected=expected_version, fields=[*values, "changed_by", "changed_at"])
        leave(
            plan, "changed", row=row, former=former,
            is_edition=rules.is_agreed_change(kind, former, row),
        )  # fmt: skip
        _publish_row(row)
        follow_parts(plan)
    return row


def withdraw_row(*, row: PlanRow, reason: str) -> None:
    """Withdraw a row that should not have been there, with the reason; what hangs on it stays."""
    plan = row.plan
    demand_open(plan)
    if not reason.strip():
        raise PlanRefusedError("reason", "reason")
    if row.withdrawn_at:
        return
    with act():
        row.withdrawn_at, row.withdrawn_reason = timezone.now(), reason.strip()[:200]
        row.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        leave(plan, "withdrawn", row=row, former={"reason": row.withdrawn_reason}, is_edition=True)
        _publish_row(row)
        follow_parts(plan)


# --- the parts -------------------------------------------------------------------------------------


def _check_referent(plan: Plan, texts: dict[str, Any]) -> None:
    """Nobody makes themselves the referent in the place of one who is there: the referent may do what others not."""
    by, now = current_actor(), plan.referent_id
    if now is None or texts.get("referent_id", now) == now or by.kind == "system":
        return
    if not queries.is_referent(plan, by) and not queries.left_circle(plan, [f"member:{now}"]):
        raise PlanRefusedError("referent", "referent_pick")


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
    demand_open(plan)
    with act():
        row = insert_row(plan, kind, values)
        _publish_row(row)
        follow_parts(plan)
    return row


def insert_row(plan: Plan, kind: str, values: dict[str, Any], *, publishes: bool = True) -> PlanRow:
    """One row more, checked, inside an act that has asked who may (PlanRefusedError)."""
    if kind == "problem":
        values = _of_dictionary(plan, values, is_new=True)
    shape, model = rules.SHAPES[kind], MODELS[kind]
    check(shape, dict.fromkeys(shape.required, "") | values)
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
    row.save(force_insert=True)
    leave(plan, "added", row=row, is_edition=True, publishes=publishes)
    return row


def _of_dictionary(plan: Plan, values: dict[str, Any], *, is_new: bool) -> dict[str, Any]:
    """A problem in the words of its kind's dictionary, when it has one (PlanRefusedError `choice`).

    One that names no code is what the dictionary calls another problem.
    """
    kind = kinds.declared(plan.kind)
    if kind is None or not kind.problems or not (is_new or "code" in values):
        return values
    label = str(values.get("label") or "").strip()
    code = values.get("code") or (kind.other_problem if label else "")
    if code not in kind.problems:
        raise PlanRefusedError("choice", "code")
    named = {"label": label or kind.problems[code]} if is_new or "label" in values else {}
    return {**values, "code": code, "code_system": kind.problem_system, **named}


def _take(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Set the values on the row; returns the former ones that differ, as plain JSON."""
    former = {}
    for name, value in values.items():
        was = getattr(row, name)
        if was != value:
            former[name] = was if isinstance(was, bool | int | str | None) else str(was)
            setattr(row, name, value)
    return former


def _publish_row(row: PlanRow) -> None:
    if isinstance(row, Goal):
        fhir.publish_goal(row)
