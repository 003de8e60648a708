"""Tasks one by one and those of a patient: what the current actor may see of them, and do with them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.queries import may
from enrs.core.access.rules import READ
from enrs.core.workflow import rules
from enrs.core.workflow.models import Addressee, Deadline, Reminder, Task, TaskStep
from enrs.core.workflow.queries.parts import parts_among
from enrs.core.workflow.registry import workflows


def find(task_id: UUID) -> Task | None:
    """The row alone, under row security; a page then asks the gate about its category."""
    names = [one.name for one in workflows()]
    return Task.objects.filter(pk=task_id, withdrawn_at=None, workflow__in=names).first()


def task(task_id: UUID, actor: Actor | None = None) -> Task | None:
    """A task that the actor may read: in the patient's circle by the matrix, or as a party without patient."""
    by, found = actor or current_actor(), find(task_id)
    if found is None:
        return None
    if found.patient_id is None:
        return found if is_party(found, by) else None
    decision = may(READ, found.table.category, patient_id=found.patient_id, actor=by)
    return found if decision.allowed else None


def is_party(found: Task, actor: Actor) -> bool:
    """Whether a task is on the actor's boards."""
    return found.parties.filter(ended_at=None, grantee_id__in=actor.grantees).exists()


def tasks_of(
    patient_id: UUID,
    *,
    workflow: str | None = None,
    is_open: bool | None = None,
    limit: int = 50,
) -> list[Task]:
    """A patient's tasks that the current actor may read, newest first."""
    by = current_actor()
    tables = [one for one in workflows() if workflow is None or one.name == workflow]
    allowed = {
        category: may(READ, category, patient_id=patient_id, actor=by).allowed
        for category in {one.category for one in tables}
    }
    names = [one.name for one in tables if allowed[one.category]]
    rows = Task.objects.filter(patient_id=patient_id, withdrawn_at=None, workflow__in=names)
    if is_open is not None:
        rows = rows.filter(closed_at__isnull=is_open)
    return list(rows.order_by("-opened_at", "-id")[:limit])


def tasks_about(kind: str, subject_id: UUID) -> list[Task]:
    """The tasks tied to one object (a case, a plan, an appointment), newest first; row security narrows."""
    rows = Task.objects.filter(subject_kind=kind, subject_id=subject_id, withdrawn_at=None)
    return list(rows.order_by("-opened_at", "-id"))


def sendings(found: Task) -> list[Addressee]:
    """Every sending of a task, in their order."""
    return list(found.addressees.order_by("sent_at", "id"))


def steps(found: Task, limit: int = 200) -> list[TaskStep]:
    """The history of a task, newest first."""
    return list(found.steps.order_by("-version")[:limit])


def deadlines(found: Task) -> list[Deadline]:
    """The open limits of a task, the nearest first."""
    return list(found.deadlines.filter(ended_at=None).order_by("due_at", "id"))


def reminders(found: Task) -> list[Reminder]:
    """What was reminded and escalated, newest first."""
    return list(found.reminders.select_related("deadline").order_by("-at", "-rank")[:50])


def parts_of(
    found: Task, actor: Actor | None = None, sent: Sequence[Addressee] | None = None
) -> set[str]:
    """What the actor is to a task: `@requester`, `@assignee`, `@addressee`."""
    return parts_among(found, sendings(found) if sent is None else sent, actor or current_actor())


def acts_for(
    found: Task, actor: Actor | None = None, sent: Sequence[Addressee] | None = None
) -> list[rules.Transition]:
    """The transitions that the actor may take now, in the order of the table; guards included, save for
    those done on a page of their service.
    """
    by = actor or current_actor()
    parts = parts_of(found, by, sent)
    return [
        one
        for one in found.table.from_state(found.state)
        if one.is_for(by.role, parts)
        and (one.page is not None or not (one.guard and one.guard(found, by)))
    ]


def undoable(found: Task, last: TaskStep, actor: Actor) -> bool:
    """Whether the last step is a move of this actor that may still be undone."""
    declared = found.table.acts.get(last.act)
    if (
        declared is None
        or not declared.undo_minutes
        or last.undone_at
        or last.version != found.version
    ):
        return False
    until = last.at + timedelta(minutes=declared.undo_minutes)
    return last.by_id == actor.user_id and timezone.now() <= until


def lost_to(task_id: UUID) -> tuple[str, datetime] | None:
    """Who won a task that the actor was asked too, and when; None when nobody did, or they were not asked.

    Past row security, for the right to see it ended with the sending: a name and a moment, no more.
    """
    with connection.cursor() as cursor:
        cursor.execute("select by_name, at from task_lost_to(%s)", [task_id])
        name, at = cursor.fetchone()
    return (name, at) if name else None


def people_of(found: Task) -> dict[UUID, str]:
    """Who asked, who has the task in hand and who was asked and has not left, with their names."""
    named = {
        found.requester_grantee_id: found.requester_name,
        found.assignee_id: found.assignee_name,
        found.team_id: found.team_name,
    }
    named |= {
        one.grantee_id: one.name
        for one in sendings(found)
        if one.is_pending or one.answer == "agreed"
    }
    return {key: name for key, name in named.items() if key and name}
