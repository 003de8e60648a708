"""Invented tasks with their past, made as the commands would have made them, in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from enrs.core.access.models import Grant
from enrs.core.demo import Rows, Someone, key
from enrs.core.moments import working_calendar
from enrs.core.workflow import rules
from enrs.core.workflow.commands.deadlines import WISH, limit_named
from enrs.core.workflow.commands.moves import snapshot
from enrs.core.workflow.commands.shared import desired_parties, party_row
from enrs.core.workflow.fhir import publish_task
from enrs.core.workflow.models import Addressee, Deadline, Reminder, Task, TaskStep


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a task's past: the transition, when, by whom (nobody: the platform), why."""

    act: str
    at: datetime
    by: Someone | None
    code: str = ""
    note: str = ""
    reason: str = ""


class Teller:
    """Writes the past of one task: its steps, its sendings, its limits, its narrow rows.

    `now` is the moment at which the story is told: what is late then is late on the boards.
    """

    def __init__(self, rows: Rows, task: Task, now: datetime) -> None:
        self.rows, self.task, self.now = rows, task, now
        self.sendings: list[Addressee] = []
        self.limits: list[Deadline] = []

    def send(self, whom: Someone, at: datetime, *, kind: str = "organisation") -> Addressee:
        """Send the task to a place of work, or to a person."""
        sending = Addressee(
            id=key(at), task=self.task, grantee_id=whom.grantee_id, kind=kind, name=whom.name,
            label=whom.label if kind == "person" else "", sent_at=at,
        )  # fmt: skip
        self.sendings.append(sending)
        return sending

    def tell(self, opener: Someone, moves: Sequence[Move], due: datetime | None = None) -> None:
        """Write the opening and the moves, then the task as they leave it; `due` is a moment given by hand."""
        task = self.task
        self.rows.add(task)
        task.state, task.version = task.table.initial.code, 1
        self._begin(task.table.limit, task.opened_at)
        self._step(Move("open", task.opened_at, opener, reason=task.reason), "Ouverture", "")
        for move in moves:
            self._move(move)
        if due and task.closed_at is None:
            begun = min(self.limits[-1].started_at if self.limits else due, due)
            self.limits.append(
                Deadline(id=key(begun), task=task, name=WISH.name, started_at=begun, due_at=due)
            )
        task.due_at = min((one.due_at for one in self.limits if not one.ended_at), default=None)
        for row in (*self.limits, *self.sendings):
            self.rows.add(row)
        for one in self.limits:
            self._remind(one)
        self._rights()
        rank, turn = rules.place(task.priority, task.table.turn_of(task), task.closed_at)
        for grantee, part in sorted(desired_parties(task, self.sendings)):
            self.rows.add(party_row(task, grantee, part, rank, turn))
        self.rows.publish(partial(publish_task, task))

    def _move(self, move: Move) -> None:
        task = self.task
        declared = task.table.acts[move.act]
        found = snapshot(task, self.sendings)
        before, task.state = task.state, declared.target
        task.version, task.changed_at = task.version + 1, move.at
        task.closed_at = move.at if task.place.is_final else None
        if declared.claims and move.by:
            self._claim(move.by, move.at)
        self._close(declared, move)
        found["ended"] = self._end(move.at)
        found["begun"] = self._begin(declared.deadline, move.at)
        self._step(move, declared.label, before, found=found, is_claim=declared.claims)

    def _end(self, at: datetime) -> list[str]:
        """End the limits that do not hold in the task's new state; which ones."""
        task = self.task
        ended = [
            one
            for one in sorted(self.limits, key=lambda one: (one.due_at, one.id))
            if one.ended_at is None
            and (
                task.place.is_final or task.state not in limit_named(task.table, one.name).holds_in
            )
        ]
        for one in ended:
            one.ended_at = at
        return [str(one.id) for one in ended]

    def _claim(self, by: Someone, at: datetime) -> None:
        task = self.task
        task.assignee_id, task.assignee_kind, task.assignee_name = by.grantee_id, "person", by.name
        won = next((one for one in self.sendings if one.grantee_id in _grantees(by)), None)
        if won and won.kind == "organisation":
            task.team_id, task.team_name = won.grantee_id, won.name
        elif by.place_id and task.team_id is None:
            task.team_id, task.team_name = by.place_id, by.place_name
        if won:
            won.answer, won.is_winner, won.answered_by, won.answered_at = (
                "agreed", True, by.name, at,
            )  # fmt: skip

    def _close(self, declared: rules.Transition, move: Move) -> None:
        mine = _grantees(move.by)
        for one in self.sendings:
            is_spared = declared.closes == "others" and (one.is_winner or one.grantee_id in mine)
            is_concerned = bool(declared.closes) and not is_spared
            if one.is_pending and (is_concerned or self.task.place.is_final):
                one.answer, one.answered_at = "closed", move.at

    def _begin(self, limit: rules.Limit | None, at: datetime) -> list[str]:
        """A limit that begins, in the place of the same one; which one."""
        if limit is None:
            return []
        for one in self.limits:
            if one.name == limit.name:
                one.ended_at = one.ended_at or at
        due = limit.due(at, working_calendar())
        self.limits.append(
            Deadline(id=key(at), task=self.task, name=limit.name, started_at=at, due_at=due)
        )
        return [str(self.limits[-1].id)]

    def _remind(self, row: Deadline) -> None:
        """What the periodic job did for a limit while it held, and when it looks at it again.

        The end of a limit that nothing told is left to the job: it takes a transition.
        """
        until = row.ended_at or self.now
        limit = limit_named(self.task.table, row.name)
        marks = rules.marks(limit, row.due_at, working_calendar())
        owed = [one for one in marks if one.kind != "reminder" or one.at >= row.started_at]
        is_due = row.ended_at is None
        for mark in owed:
            if mark.at <= until and (mark.kind != "end" or not is_due):
                self.rows.add(
                    Reminder(
                        id=key(mark.at), deadline=row, task=self.task, rank=mark.rank,
                        kind=mark.kind, at=mark.at,
                    )
                )  # fmt: skip
        left = [one.at for one in owed if one.at > until or (one.kind == "end" and is_due)]
        row.next_at = min(left, default=None)

    def _step(
        self,
        move: Move,
        label: str,
        before: str,
        *,
        found: Mapping[str, Any] | None = None,
        is_claim: bool = False,
    ) -> None:
        by = move.by
        labels = dict(self.task.table.acts[move.act].reasons) if before else {}
        self.rows.add(
            TaskStep(
                id=key(move.at),
                task=self.task,
                version=self.task.version,
                act=move.act,
                label=label,
                from_state=before,
                to_state=self.task.state,
                at=move.at,
                by_id=by.user_id if by else None,
                by_name=by.name if by else "Plateforme régionale",
                by_label=by.label if by else "",
                by_organisation=by.place_name if by else "",
                reason=move.reason or labels.get(move.code, ""),
                reason_code=move.code,
                note=move.note,
                before=dict(found or {}),
                is_claim=is_claim,
            )
        )

    def _rights(self) -> None:
        """The right that each sending gives while the task is open."""
        task = self.task
        if task.place.is_final or task.patient_id is None:
            return
        for one in self.sendings:
            if not (one.is_pending or one.answer == "agreed"):
                continue
            self.rows.add(
                Grant(
                    patient_id=task.patient_id,
                    grantee_id=one.grantee_id,
                    source_id=one.id,
                    source_kind="task",
                    purpose="sending",
                    level=2,
                    valid_from=one.sent_at,
                    valid_until=one.sent_at + timedelta(days=task.table.sending_days),
                )
            )


def _grantees(by: Someone | None) -> set[UUID]:
    return {one for one in (by.grantee_id, by.place_id) if one} if by else set()
