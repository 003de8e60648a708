"""Limits of time: set with a move, ended by another, reminded and escalated once by the periodic job."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.commands import note as audit
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.moments import working_calendar
from enrs.core.notifications.commands import notify
from enrs.core.workflow import rules
from enrs.core.workflow.models import Deadline, Reminder, Task
from enrs.core.workflow.queries.people import team_users, users_behind

WISH = rules.Limit("wish", "Échéance demandée", hours=24, remind_before=(24,), escalate_after=(0,))
"""The limit of a task whose table declares none, when somebody gives it a due moment."""

BATCH = 100
"""Deadlines handled in one transaction of the job."""


def limit_named(table: rules.Workflow, name: str) -> rules.Limit:
    """A limit of the table; `WISH` for a moment given by hand."""
    return table.limits().get(name, WISH)


def set_deadline(task: Task, limit: rules.Limit, due_at: datetime | None = None) -> Deadline:
    """Start a limit now, or until a given moment; the same one that was open ends."""
    now = timezone.now()
    task.deadlines.filter(name=limit.name, ended_at=None).update(ended_at=now)
    due = due_at or limit.due(now, working_calendar())
    made = Deadline(
        id=uuid7(), task=task, name=limit.name, started_at=now, due_at=due,
        next_at=_first(limit, due, now),
    )  # fmt: skip
    made.save(force_insert=True)
    return made


def _marks(limit: rules.Limit, due_at: datetime) -> list[rules.Mark]:
    return rules.marks(limit, due_at, working_calendar())


def _first(limit: rules.Limit, due_at: datetime, now: datetime) -> datetime | None:
    """When a limit that begins now is first looked at: a reminder already past is not owed."""
    owed = [one.at for one in _marks(limit, due_at) if one.kind != "reminder" or one.at >= now]
    return min(owed, default=None)


def follow_state(task: Task, started: rules.Limit | None) -> dict[str, list[str]]:
    """End the limits that do not hold in the task's new state, start the move's own; what an undo puts back."""
    now, ended, begun = timezone.now(), [], []
    for one in task.deadlines.filter(ended_at=None).order_by("due_at", "id"):
        limit = limit_named(task.table, one.name)
        holds = task.state in limit.holds_in or (limit is WISH and not task.place.is_final)
        if not holds or task.place.is_final:
            ended.append(one.id)
    if ended:
        Deadline.objects.filter(id__in=ended).update(ended_at=now)
    if started is not None:
        begun.append(set_deadline(task, started).id)
    task.due_at = nearest(task)
    return {"ended": [str(one) for one in ended], "begun": [str(one) for one in begun]}


def nearest(task: Task) -> datetime | None:
    """The first end among the task's open limits."""
    return (
        task.deadlines.filter(ended_at=None)
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )


def remind_due(limit: int = BATCH) -> bool:
    """Do what the limits of tasks call for now, once each; true when more may be waiting."""
    now = timezone.now()
    with acting(SYSTEM), act():
        due = Deadline.objects.filter(ended_at=None, next_at__lte=now)
        found = list(due.order_by("next_at", "id").values_list("id", "task_id")[:limit])
        for deadline_id, task_id in found:
            # The task before its deadline: the same order as in a move, so that neither waits for the other.
            task = Task.objects.select_for_update(skip_locked=True).filter(pk=task_id).first()
            row = due.filter(pk=deadline_id).select_for_update().first() if task else None
            if task and row:
                _handle(task, row, now)
    return len(found) == limit


def _handle(task: Task, row: Deadline, now: datetime) -> None:
    """Write what is owed by one deadline, and when to look at it again."""
    try:
        limit = limit_named(task.table, row.name)
    except KeyError:  # Nothing declares this workflow any more: its tasks are left in peace.
        Deadline.objects.filter(pk=row.pk).update(next_at=None)
        return
    done = set(row.reminders.values_list("rank", flat=True))
    owed = [one for one in _marks(limit, row.due_at) if one.at <= now and one.rank not in done]
    for mark in owed:
        if mark.at >= row.started_at or mark.kind != "reminder":
            _do(task, row, limit, mark, now)
    done |= {one.rank for one in owed}
    waiting = [one.at for one in _marks(limit, row.due_at) if one.rank not in done]
    Deadline.objects.filter(pk=row.pk).update(next_at=min(waiting, default=None))


def _do(task: Task, row: Deadline, limit: rules.Limit, mark: rules.Mark, now: datetime) -> None:
    from enrs.core.workflow.commands.moves import take_by_platform  # noqa: PLC0415  moves set limits

    users = _users(task, limit, mark, is_late=row.due_at <= now)
    made = Reminder(
        id=uuid7(), deadline=row, task=task, rank=mark.rank, kind=mark.kind, at=now,
        users=sorted(str(one) for one in users),
    )  # fmt: skip
    made.save(force_insert=True)
    if mark.kind == "end":
        take_by_platform(task, limit.then, note=limit.label)
        return
    audit(
        f"workflow.task.{mark.kind}", patient_id=task.patient_id, object_kind="task", object_id=task.id,
        details={"deadline": row.name, "rank": mark.rank},
    )  # fmt: skip
    emit(
        "task.changed", patient_id=task.patient_id, payload={"kind": "tasks", "ids": [str(task.id)]},
        topics=[f"grantee:{one}" for one in (task.team_id, task.assignee_id) if one],
    )  # fmt: skip
    notify(
        users=users,
        kind=f"task.{'late' if mark.kind == 'escalation' else 'due'}.{task.workflow}",
        patient_id=task.patient_id,
        event_id=made.id,
        details={
            "at": now.isoformat(), "by": task.requester_name, "title": task.title, "task": str(task.id),
            "label": limit.label, "due": row.due_at.isoformat(), "step": mark.step,
        },
    )  # fmt: skip


def _users(task: Task, limit: rules.Limit, mark: rules.Mark, *, is_late: bool) -> Collection[UUID]:
    """Whom a mark is told to: who has the task in hand, or for an escalation those above them."""
    if mark.kind == "end" or (mark.kind == "reminder" and is_late):
        return set()
    if mark.kind == "escalation" and limit.escalate_to is not None:
        above = set(limit.escalate_to(task, mark.step))
        if above:
            return above
    hands = (
        users_behind(task, ("assignee",)) or team_users(task) or users_behind(task, ("addressees",))
    )
    if mark.kind == "reminder":
        return hands
    return hands | users_behind(task, ("requester",)) | team_users(task)
