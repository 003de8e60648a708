"""Who has a task in hand, its priority, its deadline, and words added to its history."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.effects import act
from enrs.core.workflow import rules
from enrs.core.workflow.commands.deadlines import WISH, nearest, set_deadline
from enrs.core.workflow.commands.errors import TaskRefusedError
from enrs.core.workflow.commands.moves import HANDS
from enrs.core.workflow.commands.opening import check_denials, put_in_hands
from enrs.core.workflow.commands.shared import (
    addressees_of,
    check_among,
    check_version,
    cleaned,
    demand,
    keep_parties,
    locked,
    record_step,
    tell,
)
from enrs.core.workflow.models import Addressee, Task, TaskStep

FARTHEST = timedelta(days=3653)
"""A task due later than this is a typing error."""
PRIORITY_LABELS = {
    "stat": "Immédiate",
    "asap": "Dès que possible",
    "urgent": "Urgente",
    "routine": "Normale",
}


def assign_task(*, task: Task, to: rules.To, note: str = "", expected_version: int) -> Task:
    """Put an open task in the hands of a person or of a team (an organisation, without a person yet).

    It gives no right on the record: whom the circle does not know is an addressee first.

    Raises:
        AccessRefusedError, StaleMoveError, TaskRefusedError (`part`, `state`, `opposed`).
    """
    with act():
        current, addressees = _held(task, expected_version)
        check_among(current.table.assigners, current, addressees)
        check_denials(current, [to.grantee_id])
        if to.kind == "organisation":
            current.assignee_id, current.assignee_kind, current.assignee_name = None, "", ""
        current.delegated_by = ""
        put_in_hands(current, to, None)
        _leave(
            current, addressees, "assign", f"Confiée à {to.name}"[:200], HANDS, note=note,
            tells=("team",) if to.kind == "organisation" else ("assignee",),
        )  # fmt: skip
    return current


def delegate_task(*, task: Task, to: rules.To, reason: str, expected_version: int) -> Task:
    """The person who has a task in hand hands it to another, who is shown as acting for them.

    Raises:
        AccessRefusedError, StaleMoveError, TaskRefusedError (`part`: it is not in their hands; `reason`).
    """
    by = current_actor()
    with act():
        current, addressees = _held(task, expected_version)
        if current.assignee_id is None or current.assignee_id not in by.grantees:
            raise TaskRefusedError(
                "part", "Seule la personne qui a la demande en main peut la déléguer."
            )
        words = cleaned(reason, what="Le motif")
        if len(words) < 3:
            raise TaskRefusedError("reason", "Dites pourquoi vous déléguez, en quelques mots.")
        if to.kind != "person" or to.grantee_id == by.grantee_id:
            raise TaskRefusedError("text", "Choisissez la personne à qui déléguer.")
        check_denials(current, [to.grantee_id])
        current.assignee_id, current.assignee_name = to.grantee_id, to.name[:200]
        current.delegated_by = by.name[:200]
        label = f"Déléguée à {to.name}"[:200]
        _leave(current, addressees, "delegate", label, HANDS, reason=words, tells=("assignee",))
    return current


def set_priority(*, task: Task, priority: str, expected_version: int) -> Task:
    """Change the priority of an open task.

    Raises:
        AccessRefusedError, StaleMoveError, TaskRefusedError.
    """
    if priority not in rules.PRIORITIES:
        raise TaskRefusedError("priority", "Choisissez une priorité.")
    with act():
        current, addressees = _held(task, expected_version)
        _check_steward(current, addressees)
        current.priority = priority
        label = f"Priorité\u00a0: {PRIORITY_LABELS[priority].lower()}"
        _leave(current, addressees, "priority", label, ("priority",))
    return current


def set_due(*, task: Task, due_at: datetime | None, expected_version: int) -> Task:
    """Give an open task a due moment of its own, or take it back; the limits of its table stay.

    Raises:
        AccessRefusedError, StaleMoveError; TaskRefusedError: further away than `FARTHEST`.
    """
    if due_at is not None and due_at > timezone.now() + FARTHEST:
        raise TaskRefusedError("text", "Choisissez une échéance dans les dix ans.")
    with act():
        current, addressees = _held(task, expected_version)
        _check_steward(current, addressees)
        if due_at is None:
            current.deadlines.filter(name=WISH.name, ended_at=None).update(ended_at=timezone.now())
        else:
            set_deadline(current, WISH, due_at)
        current.due_at = nearest(current)
        label = "Échéance fixée" if due_at else "Échéance retirée"
        _leave(current, addressees, "due", label, ("due_at",))
    return current


def set_details(*, task: Task, details: dict[str, Any], expected_version: int) -> Task:
    """Replace the service's own facts on a task, and keep the version: nobody's move becomes stale.

    Raises:
        AccessRefusedError, StaleMoveError.
    """
    with act():
        current = locked(task)
        demand(current)
        check_version(current, expected_version)
        current.details = details
        current.save(update_fields=["details"])
    return current


def set_answer(*, task: Task, answer_id: UUID) -> Task:
    """Tie a filled form to a task (AccessRefusedError)."""
    with act():
        current = locked(task)
        demand(current)
        current.answer_id = answer_id
        current.save(update_fields=["answer_id"])
    return current


def comment_task(*, task: Task, note: str) -> TaskStep:
    """Add words to the history of a task, open or closed.

    Raises:
        AccessRefusedError; TaskRefusedError: empty or too long.
    """
    words = cleaned(note, what="La note")
    if not words:
        raise TaskRefusedError("text", "La note est vide\u00a0: écrivez au moins un mot.")
    with act():
        current = locked(task)
        demand(current)
        step = record_step(
            current, act="comment", label="Note", from_state=current.state, note=words
        )
        tell(
            current, "commented", grantees=keep_parties(current, addressees_of(current)), step=step
        )
    return step


def _held(task: Task, expected_version: int) -> tuple[Task, list[Addressee]]:
    """An open task, locked, that the actor may write, in the version that they saw."""
    current = locked(task)
    demand(current)
    check_version(current, expected_version)
    if current.closed_at is not None:
        raise TaskRefusedError("state", "Cette demande est close\u00a0: plus rien n’y change.")
    return current, addressees_of(current)


def _check_steward(current: Task, addressees: Sequence[Addressee]) -> None:
    """The priority and the deadline belong to who asks and to who has the task in hand."""
    table = current.table
    check_among(tuple(dict.fromkeys((*table.assigners, *table.senders))), current, addressees)


def _leave(
    current: Task,
    addressees: Sequence[Addressee],
    name: str,
    label: str,
    fields: Sequence[str],
    *,
    reason: str = "",
    note: str = "",
    tells: Sequence[str] = (),
) -> None:
    step = record_step(
        current, act=name, label=label, from_state=current.state, fields=fields, reason=reason,
        note=cleaned(note, what="La note"),
    )  # fmt: skip
    grantees = keep_parties(current, addressees)
    tell(current, name, grantees=grantees, step=step, tells=tells, reason=reason)
