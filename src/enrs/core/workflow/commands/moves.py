"""Moving a task from state to state: one transition of its table at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting, current_actor
from enrs.core.effects import act
from enrs.core.workflow import rules
from enrs.core.workflow.commands.deadlines import follow_state
from enrs.core.workflow.commands.errors import TaskRefusedError
from enrs.core.workflow.commands.shared import (
    addressees_of,
    check_among,
    check_claim,
    check_version,
    cleaned,
    demand,
    end_rights,
    keep_parties,
    locked,
    moment_text,
    record_step,
    tell,
)
from enrs.core.workflow.models import Addressee, Task

HANDS = ("assignee_id", "assignee_kind", "assignee_name", "delegated_by", "team_id", "team_name")
MOVED = ("state", "closed_at", "due_at", *HANDS)
"""What a move may change on the task."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the actor says with a move."""

    reason: str = ""
    reason_code: str = ""
    note: str = ""


def move_task(
    *,
    task: Task,
    transition: str,
    reason: str = "",
    reason_code: str = "",
    note: str = "",
    expected_version: int,
) -> Task:
    """Take one transition of the task's table, as the current actor, from the version that they saw.

    Raises:
        AccessRefusedError: the actor may not write in this record, or is no party to the task.
        TakenError: a claim that somebody else won meanwhile.
        StaleMoveError: the task moved meanwhile.
        TaskRefusedError: not from this state, not for this actor, refused by the guard, no reason.
    """
    with act():
        current = locked(task)
        declared = current.table.acts.get(transition)
        if declared is None:
            raise TaskRefusedError("state", "Cet acte n’existe pas pour cette demande.")
        demand(current)
        addressees = addressees_of(current)
        check_version(current, expected_version, declared)
        words = checked_words(declared, Words(reason, reason_code, note))
        check_move(current, declared, addressees)
        take(current, declared, addressees, words)
    return current


def check_move(current: Task, declared: rules.Transition, addressees: Sequence[Addressee]) -> None:
    """Whether the current actor may take a transition now (TaskRefusedError, TakenError)."""
    check_among(declared.who, current, addressees)
    if current.state not in declared.sources:
        if declared.claims:
            check_claim(current, 0)
        state = current.place.label.lower()
        raise TaskRefusedError(
            "state",
            f"Cette demande est « {state} »\u00a0: « {declared.label} » n’est plus possible.",
        )
    refusal = declared.guard(current, current_actor()) if declared.guard else ""
    if refusal:
        raise TaskRefusedError("guard", refusal)


def checked_words(declared: rules.Transition, words: Words) -> Words:
    """The words cleaned; a reason is there when the table wants one, and is one of its own."""
    reason = cleaned(words.reason, what="Le motif")
    labels = dict(declared.reasons)
    if words.reason_code and words.reason_code not in labels:
        raise TaskRefusedError("reason", "Choisissez un motif de la liste.")
    if declared.needs_reason:
        if labels and not words.reason_code:
            raise TaskRefusedError("reason", f"« {declared.label} »\u00a0: choisissez un motif.")
        if not labels and len(reason) < 3:
            raise TaskRefusedError(
                "reason", f"« {declared.label} »\u00a0: dites pourquoi, en quelques mots."
            )
    return Words(
        reason or labels.get(words.reason_code, ""),
        words.reason_code,
        cleaned(words.note, what="La note"),
    )


def take(
    current: Task,
    declared: rules.Transition,
    addressees: list[Addressee],
    words: Words,
) -> None:
    """Apply a transition that was checked, on a locked task, and leave everything that follows from it."""
    before = snapshot(current, addressees)
    from_state = current.state
    current.state = declared.target
    current.closed_at = timezone.now() if current.place.is_final else None
    if declared.claims:
        _claim(current, addressees)
    closed = _close_sendings(current, declared, addressees)
    before |= follow_state(current, declared.deadline)
    step = record_step(
        current, act=declared.name, label=declared.label, from_state=from_state, fields=MOVED,
        reason=words.reason, reason_code=words.reason_code, note=words.note, before=before,
        is_claim=declared.claims,
    )  # fmt: skip
    grantees = keep_parties(current, addressees)
    tell(current, "moved", grantees=grantees, step=step, tells=declared.tells, reason=words.reason)
    ending = (
        [one for one in addressees if one.answer != "withdrawn"]
        if current.place.is_final
        else closed
    )
    end_rights(current, ending)


def take_by_platform(current: Task, transition: str, *, note: str = "") -> bool:
    """Take a transition as the platform, on a locked task; false when it is not possible from this state."""
    declared = current.table.acts[transition]
    if current.state not in declared.sources:
        return False
    with acting(SYSTEM):
        take(current, declared, addressees_of(current), Words(note=note))
    return True


def snapshot(task: Task, addressees: Sequence[Addressee]) -> dict[str, Any]:
    """What an undo puts back."""
    hands = {name: str(getattr(task, name) or "") for name in HANDS}
    return {
        "state": task.state,
        "closed_at": moment_text(task.closed_at),
        "hands": hands,
        "sendings": [
            [str(one.id), one.answer, one.reason, one.answered_by, moment_text(one.answered_at), one.is_winner]
            for one in addressees
        ],
    }  # fmt: skip


def _claim(current: Task, addressees: Sequence[Addressee]) -> None:
    """Put the task in the actor's hands; the sending through which they came is the one that won."""
    by = current_actor()
    current.assignee_id, current.assignee_kind = by.grantee_id, "person"
    current.assignee_name, current.delegated_by = by.name[:200], ""
    mine = [
        one
        for one in addressees
        if one.grantee_id in by.grantees and (one.is_pending or one.answer == "agreed")
    ]
    if mine and mine[0].kind == "organisation":
        current.team_id, current.team_name = mine[0].grantee_id, mine[0].name
    elif by.organisation_id and current.team_id is None:
        current.team_id, current.team_name = by.organisation_id, by.organisation_name[:200]
    if mine:
        won = mine[0]
        won.answer, won.is_winner = "agreed", True
        won.answered_by, won.answered_at = by.name[:200], timezone.now()
        won.save(update_fields=["answer", "is_winner", "answered_by", "answered_at"])


def _close_sendings(
    current: Task, declared: rules.Transition, addressees: Sequence[Addressee]
) -> list[Addressee]:
    """End the sendings that the transition closes, and those that a final state leaves unanswered."""
    mine = current_actor().grantees
    closed = []
    for one in addressees:
        is_spared = declared.closes == "others" and (one.is_winner or one.grantee_id in mine)
        is_concerned = bool(declared.closes) and not is_spared
        if one.is_pending and (is_concerned or current.place.is_final):
            one.answer = "closed"
            one.answered_at = timezone.now()
            closed.append(one)
        elif is_concerned and one.answer == "agreed" and declared.closes == "all":
            closed.append(one)
    if closed:
        Addressee.objects.bulk_update(closed, ["answer", "answered_at"])
    return closed
