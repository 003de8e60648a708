"""The parts of a plan, kept in step with it: whose part ended or is done, by when, whether all have agreed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.moments import day_bounds, legal_day
from enrs.core.plans import flows, rules
from enrs.core.plans.commands.shared import leave
from enrs.core.plans.models import OPEN, Action, Plan
from enrs.core.plans.queries import actions_of, has_agreed, is_live, tasks_of
from enrs.core.workflow.commands import move_task, set_details, set_due
from enrs.core.workflow.models import Task

STANDING = (
    "status", "sent_at", "edition", "validated_at", "validated_by", "validated_reason", "validated_edition",
)  # fmt: skip
FARTHEST = timedelta(days=3650)
"""An action due later than that gives its part no end of its own."""


def move_part(task: Task, transition: str, *, reason: str = "", note: str = "") -> Task:
    """One step of a part, from the version that it now has."""
    task.refresh_from_db(fields=["version"])
    with flows.moving():
        return move_task(
            task=task, transition=transition, reason=reason[:5000], note=note[:5000],
            expected_version=task.version,
        )  # fmt: skip


def follow_parts(plan: Plan) -> None:
    """After a change of its actions: end the part of who is named no more, finish what is done, move dates.

    A part that changed is asked again by who sends the plan, and by them alone. When nobody is left to ask, the plan
    is validated. Tasks are looked for whatever the caller knows: the plan may have been sent meanwhile.
    """
    parts = rules.parts_of(actions_of(plan))
    for task in tasks_of(plan):
        rows = parts.get(task.details.get("key", ""), [])
        if task.closed_at is not None and task.state != flows.DONE:
            continue
        if not rows:
            if task.closed_at is None:
                move_part(task, "end", note="Plus aucune action dans ce plan.")
        elif not is_live(rows):
            if task.state == flows.AGREED:
                move_part(task, "finish")
            elif task.closed_at is None:
                move_part(task, "end", note="Il ne reste rien à faire dans ce plan.")
        elif task.state == flows.DONE and task.details.get("print") == rules.part_print(rows):
            keep_date(move_part(task, "resume"), rows)
        elif task.state == flows.AGREED:
            keep_date(task, rows)
    settle(plan)


def end_parts(plan: Plan) -> None:
    """The plan is over: nothing more is asked of anybody."""
    for task in tasks_of(plan):
        if task.closed_at is None:
            move_part(task, "end", note="Le plan est terminé ou arrêté.")


def keep_details(task: Task, actions: Sequence[Action]) -> None:
    """The task says which part it is about now: that on which its actor answered."""
    present = {"print": rules.part_print(actions), "count": len(actions)}
    if any(task.details.get(name) != value for name, value in present.items()):
        task.refresh_from_db(fields=["version", "details"])
        task.details = {**task.details, **present}
        with acting(SYSTEM):
            set_details(task=task, details=task.details, expected_version=task.version)


def keep_date(task: Task, actions: Sequence[Action]) -> None:
    """The end of a part is that of its next action, at the end of that day."""
    last = legal_day(timezone.now()) + FARTHEST
    days = [
        one.due_on
        for one in actions
        if one.due_on and one.due_on <= last and one.status in rules.LIVE_ACTIONS
    ]
    due = day_bounds(min(days))[1] if days else None
    if task.due_at == due:
        return
    with acting(SYSTEM):
        set_due(task=task, due_at=due, expected_version=task.version)


def settle(plan: Plan) -> None:
    """Validate the plan when everybody named agreed to their part as it is; take back what an answer undid.

    What the referent validated with a reason stands: they knew who was missing. A plan that was never sent is still
    being written: an answer noted meanwhile begins nothing.
    """
    plan.refresh_from_db(fields=STANDING)  # The caller's copy may be from before a sending.
    if plan.sent_at is None or plan.status not in OPEN:
        return
    all_agreed = has_agreed(plan)
    if all_agreed and not plan.is_validated:
        write_validation(plan)
    elif not all_agreed and plan.is_validated and not plan.validated_reason:
        plan.validated_at, plan.validated_edition, plan.validated_by = None, None, ""
        plan.save(update_fields=["validated_at", "validated_edition", "validated_by"])
        leave(plan, "unvalidated", is_content=False)


def write_validation(plan: Plan, *, by: str = "", reason: str = "") -> None:
    """The present edition is validated; a plan in preparation begins."""
    now = timezone.now()
    values: dict[str, Any] = {
        "validated_at": now, "validated_by": by[:200], "validated_reason": reason[:500],
        "validated_edition": plan.edition,
    }  # fmt: skip
    if plan.status == "draft":
        values |= {"status": "active", "started_at": now}
    for name, value in values.items():
        setattr(plan, name, value)
    plan.save(update_fields=list(values))
    leave(plan, "validated", label=reason, is_content=False)
