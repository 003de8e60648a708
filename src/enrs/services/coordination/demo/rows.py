"""The rows of invented requests and cases, made as the commands would have made them, in bulk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from enrs.core.access.models import Grant
from enrs.core.ids import uuid7_at
from enrs.core.workflow import fhir as workflow_fhir
from enrs.core.workflow import rules
from enrs.core.workflow.models import Addressee, Deadline, Task, TaskParty, TaskStep
from enrs.core.workflow.registry import workflow


def key(moment: datetime) -> UUID:
    """An identifier that sorts by its moment."""
    return uuid7_at(int(moment.timestamp() * 1000))


@dataclass(frozen=True, slots=True)
class Someone:
    """A person who acts: their grantee, account, name, function, and place of work."""

    grantee_id: UUID
    name: str
    label: str
    user_id: UUID | None = None
    place_id: UUID | None = None
    place_name: str = ""


@dataclass
class Rows:
    """Rows that wait, by model, in the order in which models first came."""

    waiting: dict[type[Model], list[Any]] = field(default_factory=dict)

    def add(self, row: Any) -> Any:
        """Keep a row for the end."""
        self.waiting.setdefault(type(row), []).append(row)
        return row

    def write(self) -> None:
        """Insert everything, one statement for each model, and publish the tasks."""
        for model, rows in self.waiting.items():
            model._default_manager.bulk_create(rows, batch_size=500)
        for task in self.waiting.get(Task, []):
            workflow_fhir.publish_task(task)

    def count(self, model: type[Model]) -> int:
        """How many rows of a model wait."""
        return len(self.waiting.get(model, []))


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a task's past: the transition, when, by whom (nobody: the platform), why."""

    act: str
    at: datetime
    by: Someone | None
    code: str = ""
    note: str = ""


class Teller:
    """Writes the past of one task: its steps, its sending, its limit, its narrow rows."""

    def __init__(self, rows: Rows, task: Task) -> None:
        self.rows, self.task = rows, task
        self.sendings: list[Addressee] = []

    def send(self, place: Someone, at: datetime) -> Addressee:
        """Send the task to an organisation."""
        sending = Addressee(
            id=key(at), task=self.task, grantee_id=place.grantee_id, kind="organisation",
            name=place.name, sent_at=at,
        )  # fmt: skip
        self.sendings.append(sending)
        return sending

    def tell(self, opener: Someone, moves: Sequence[Move]) -> None:
        """Write the opening and the moves, then the task as they leave it."""
        task, table = self.task, workflow(self.task.workflow)
        self.rows.add(task)
        task.state, task.version = table.initial.code, 1
        self._step(Move("open", task.opened_at, opener), "Ouverture", "")
        limit, started = table.limit, task.opened_at
        for move in moves:
            declared = table.acts[move.act]
            before, task.state = task.state, declared.target
            task.version, task.changed_at = task.version + 1, move.at
            if declared.claims and move.by:
                self._claim(move.by, move.at)
            reason = dict(declared.reasons).get(move.code, "")
            self._step(move, declared.label, before, reason)
            if declared.deadline or declared.target != before:
                limit, started = declared.deadline, move.at
        if task.place.is_final:
            task.closed_at, limit = task.changed_at, None
        self._limit(limit, started)
        self._sendings()
        self._parties()

    def _claim(self, by: Someone, at: datetime) -> None:
        task = self.task
        task.assignee_id, task.assignee_kind, task.assignee_name = by.grantee_id, "person", by.name
        for one in self.sendings:
            task.team_id, task.team_name = one.grantee_id, one.name
            one.answer, one.is_winner, one.answered_by, one.answered_at = (
                "agreed",
                True,
                by.name,
                at,
            )

    def _step(self, move: Move, label: str, before: str, reason: str = "") -> None:
        by = move.by
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
                reason=reason,
                reason_code=move.code,
                note=move.note,
                is_claim=move.act == "qualify",
            )
        )

    def _limit(self, limit: rules.Limit | None, started: datetime) -> None:
        if limit is None:
            return
        due, now = started + timedelta(hours=limit.hours), timezone.now()
        waiting = [one.at for one in rules.marks(limit, due) if one.at > now]
        self.task.due_at = due
        self.rows.add(
            Deadline(
                id=key(started), task=self.task, name=limit.name, started_at=started, due_at=due,
                next_at=now if due < now else min(waiting, default=None),
            )
        )  # fmt: skip

    def _sendings(self) -> None:
        """Each sending, and its right while it is open."""
        for one in self.sendings:
            if self.task.place.is_final and one.answer == "sent":
                one.answer, one.answered_at = "closed", self.task.closed_at
            self.rows.add(one)
            if self.task.place.is_final or self.task.patient_id is None:
                continue
            self.rows.add(
                Grant(
                    patient_id=self.task.patient_id,
                    grantee_id=one.grantee_id,
                    source_id=one.id,
                    source_kind="task",
                    purpose="sending",
                    level=2,
                    valid_from=one.sent_at,
                    valid_until=timezone.now() + timedelta(days=self.task.table.sending_days),
                )
            )

    def _parties(self) -> None:
        task = self.task
        rank, turn = rules.place(task.priority, task.due_at, task.closed_at)
        for grantee, part in sorted(_parties_of(task, self.sendings)):
            self.rows.add(
                TaskParty(
                    task=task,
                    grantee_id=grantee,
                    part=part,
                    workflow=task.workflow,
                    state=task.state,
                    is_open=task.closed_at is None,
                    rank=rank,
                    turn=turn,
                    title_key=task.title.lower()[:200],
                    patient_id=task.patient_id,
                )
            )


def _parties_of(task: Task, sendings: Iterable[Addressee]) -> set[tuple[UUID, str]]:
    pairs = {
        (task.requester_grantee_id, "requester"), (task.requester_organisation_id, "requester"),
        (task.assignee_id, "assignee"), (task.team_id, "assignee"),
    }  # fmt: skip
    pairs |= {(one.grantee_id, "addressee") for one in sendings if one.answer in ("sent", "agreed")}
    return {(grantee, part) for grantee, part in pairs if grantee}
