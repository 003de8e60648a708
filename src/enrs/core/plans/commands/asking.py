"""Sending a plan to those whom it names, and validating it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act
from enrs.core.plans import flows, kinds, queries, rules
from enrs.core.plans.commands import parts
from enrs.core.plans.commands.agreements import record_agreement
from enrs.core.plans.commands.shared import (
    PlanRefusedError,
    demand_open,
    leave,
    locked,
)
from enrs.core.plans.models import Action, Plan
from enrs.core.workflow.commands import open_task, set_details
from enrs.core.workflow.models import Task
from enrs.core.workflow.rules import To

LEAST_REASON = 3


def send_plan(*, plan: Plan) -> list[str]:
    """Ask each actor of the circle whom the plan names for their agreement to their part; returns who was asked.

    Who was asked already, for the same part, is left in peace whatever they answered. Who sends the plan agrees
    to their own part by sending it. Those outside of the circle, and who left it, are not sent anything: their answer
    is written down. Whose agreement is written down already is not asked again.

    Raises:
        AccessRefusedError, TaskRefusedError.
        PlanRefusedError: `closed`, `actors` (nobody is named in what is still to do).
    """
    demand_open(plan)
    with act():
        locked(plan)
        plan.refresh_from_db()
        live = {
            key: rows
            for key, rows in rules.parts_of(queries.actions_of(plan)).items()
            if queries.is_live(rows)
        }
        if not live:
            raise PlanRefusedError("actors")
        left = queries.left_circle(plan, live)
        wanted = {
            key: rows for key, rows in live.items() if rules.is_named(key) and key not in left
        }
        known = {one.details.get("key"): one for one in queries.tasks_of(plan)}
        answers = queries.answers_of(plan)
        asked = [
            rows[0].who_label
            for key, rows in wanted.items()
            if _ask(plan, key, rows, known.get(key), is_agreed=queries.agrees(key, rows, answers))
        ]
        for key in left:
            if (task := known.get(key)) is not None and task.closed_at is None:
                parts.move_part(task, "end", note="N’est plus du cercle de cette personne.")
        plan.sent_at = timezone.now()
        plan.save(update_fields=["sent_at"])
        leave(plan, "sent", label=", ".join(asked), is_content=False)
        _agree_oneself(plan, wanted)
        parts.settle(plan)
    return asked


def validate_plan(*, plan: Plan, reason: str) -> Plan:
    """Validate a plan although somebody has not agreed: its referent alone, who says why.

    Raises:
        AccessRefusedError: not the referent.
        PlanRefusedError: `closed`, `reason`, `long`, `empty_plan`, `validated` (it is already).
    """
    demand_open(plan)
    if not queries.is_referent(plan, current_actor()):
        raise AccessRefusedError("referent")
    words = reason.strip()
    if len(words) < LEAST_REASON:
        raise PlanRefusedError("reason", "reason")
    if len(words) > 500:
        raise PlanRefusedError("long", "reason")
    with act():
        locked(plan)
        plan.refresh_from_db()
        if plan.is_validated:
            raise PlanRefusedError("validated")
        if not queries.actions_of(plan):
            raise PlanRefusedError("empty_plan")
        parts.write_validation(plan, by=current_actor().name, reason=words)
    return plan


# --- the parts -------------------------------------------------------------------------------------


def _ask(
    plan: Plan, key: str, rows: Sequence[Action], known: Task | None, *, is_agreed: bool
) -> bool:
    """Ask one actor, or ask again what changed; whether anything was asked. Who has agreed has it to do."""
    details = {
        "key": key,
        "print": rules.part_print(rows),
        "edition": plan.edition,
        "count": len(rows),
    }
    if known is None or known.state == flows.ENDED:
        opened = _open(plan, key, rows, details)
        if is_agreed:
            _have_agreed(opened, rows)
        return not is_agreed
    if is_agreed:
        parts.keep_details(known, rows)
        if known.state != flows.AGREED:
            _have_agreed(known, rows)
        return False
    if known.details.get("print") == details["print"]:
        return False
    known.refresh_from_db(fields=["version"])
    set_details(task=known, details=details, expected_version=known.version)
    parts.move_part(known, "again", note="Votre part du plan a changé.")
    return True


def _have_agreed(task: Task, rows: Sequence[Action]) -> None:
    """The part of somebody whose agreement is written down: theirs to do, until its last action."""
    if task.state == flows.DONE:
        moved = parts.move_part(task, "resume")
    else:
        moved = parts.move_part(task, "agree", note="Accord déjà inscrit sur le plan.")
    parts.keep_date(moved, rows)


def _open(plan: Plan, key: str, rows: Sequence[Action], details: dict[str, Any]) -> Task:
    first, kind = rows[0], kinds.kind_of(plan.kind)
    is_place = first.who_kind == "organisation"
    assignee = To(
        UUID(key.partition(":")[2]), first.who_label[:200], kind="organisation" if is_place else "person"
    )  # fmt: skip
    referent = None
    if plan.referent_id and plan.referent_id != current_actor().grantee_id:
        referent = To(
            plan.referent_id,
            plan.referent_name[:200],
            kind="person",
            label=plan.referent_label[:200],
        )
    return open_task(
        workflow=flows.PART, requester=referent, patient_id=plan.patient_id, identity_id=plan.identity_id,
        title=f"{kind.label} : votre part"[:200], assignee=assignee, subject=("plan", plan.id),
        plan_id=plan.id, details=details, reason="\n".join(one.text for one in rows)[:5000],
    )  # fmt: skip


def _agree_oneself(plan: Plan, wanted: dict[str, list[Action]]) -> None:
    """Who sends the plan has written their own part: it is not asked of them again."""
    by = current_actor()
    key = f"member:{by.grantee_id}"
    if by.grantee_id is None or key not in wanted:
        return
    if queries.agrees(key, wanted[key], queries.answers_of(plan)):
        return
    record_agreement(
        plan=plan, party="actor", party_id=by.grantee_id, label=by.name, answer="agreed", means="online",
    )  # fmt: skip
