"""Undoing the last move, within the time that its table allows, by who made it."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.effects import act
from enrs.core.workflow.commands.deadlines import nearest
from enrs.core.workflow.commands.errors import TaskRefusedError
from enrs.core.workflow.commands.moves import HANDS, MOVED
from enrs.core.workflow.commands.opening import give_right
from enrs.core.workflow.commands.shared import (
    addressees_of,
    check_version,
    demand,
    keep_parties,
    locked,
    record_step,
    tell,
)
from enrs.core.workflow.models import Addressee, Deadline, Task, TaskStep
from enrs.core.workflow.queries.details import undoable

ENDED = ("declined", "withdrawn", "closed")


def undo_step(*, task: Task, expected_version: int) -> Task:
    """Put a task back as its last move found it: state, hands, sendings with their rights, deadlines.

    Raises:
        AccessRefusedError, StaleMoveError.
        TaskRefusedError: nothing to undo, too late, or made by somebody else.
    """
    with act():
        current = locked(task)
        demand(current)
        check_version(current, expected_version)
        last = current.steps.order_by("-version").first()
        if last is None or not undoable(current, last, current_actor()):
            raise TaskRefusedError(
                "undo", "Il est trop tard pour annuler cet acte, ou il n’est pas de vous."
            )
        addressees = addressees_of(current)
        from_state = current.state
        reopened = _put_back(current, last, addressees)
        TaskStep.objects.filter(pk=last.pk).update(undone_at=timezone.now())
        step = record_step(
            current, act="undo", label=f"Annulation\u00a0: {last.label}"[:200], from_state=from_state,
            fields=MOVED,
        )  # fmt: skip
        for one in reopened:
            give_right(current, one)
        grantees = keep_parties(current, addressees)
        tell(current, "undone", grantees=grantees, step=step)
    return current


def _put_back(current: Task, last: TaskStep, addressees: list[Addressee]) -> list[Addressee]:
    """Restore what the step found; returns the sendings whose right must be given again."""
    before = last.before
    current.state = before["state"]
    current.closed_at = _moment(before["closed_at"])
    for name in HANDS:
        value = before["hands"][name]
        setattr(current, name, (UUID(value) if value else None) if name.endswith("_id") else value)
    held = {one.id: one for one in addressees}
    for key, answer, reason, answered_by, answered_at, is_winner in before["sendings"]:
        one = held[UUID(key)]
        one.answer, one.reason, one.answered_by = answer, reason, answered_by
        one.answered_at, one.is_winner = _moment(answered_at), is_winner
    Addressee.objects.bulk_update(
        addressees, ["answer", "reason", "answered_by", "answered_at", "is_winner"]
    )
    begun = Deadline.objects.filter(id__in=before["begun"], ended_at=None)
    begun.update(ended_at=timezone.now())
    Deadline.objects.filter(id__in=before["ended"]).update(ended_at=None)
    current.due_at = nearest(current)
    return [one for one in addressees if one.answer not in ENDED]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
