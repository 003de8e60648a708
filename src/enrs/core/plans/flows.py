"""The part of one actor in a plan, as a task: their agreement is asked, then they have something to do.

Every step of it is taken by a command of plans, with the answer that it goes with; the page of the task leads to
the page of the part.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.urls import reverse

from enrs.core.workflow import columns
from enrs.core.workflow.registry import Board, Column, Pill, Row, register, register_board
from enrs.core.workflow.rules import (
    ASSIGNEE,
    REQUESTER,
    SYSTEM,
    Limit,
    State,
    Transition,
    Workflow,
)

PART, BOARD = "plans.part", "plans-ma-part"
ROLES = (
    "physician", "nurse", "pharmacist", "allied", "coordinator", "social_worker", "midwife", "dentist",
)  # fmt: skip
"""Who may be asked for their agreement to a plan, and has the board of it."""
ASKED, AGREED, PROPOSED, DECLINED, DONE, ENDED = (
    "asked", "agreed", "proposed", "declined", "done", "ended",
)  # fmt: skip
ANSWER_DAYS = 5
"""Working days within which an answer is awaited: a week of a practice's work."""

_moving: ContextVar[bool] = ContextVar("moving", default=False)


@contextmanager
def moving() -> Iterator[None]:
    """A command of plans takes a step of a part inside the block."""
    token = _moving.set(True)
    try:
        yield
    finally:
        _moving.reset(token)


def _by_the_plan(task: Any, actor: Any) -> str:
    """A part is moved by its plan alone: the answer is kept with the plan as it then was."""
    return "" if _moving.get() else "Cela se fait sur la page du plan, pas sur celle-ci."


def _page(task: Any) -> str:
    return reverse("plans:part", args=[task.patient_id, task.subject_id, task.id])


_AWAITED = Limit(
    "answer", "Réponse attendue", working_days=ANSWER_DAYS, remind_before=(9,), escalate_after=(0, 18),
)  # fmt: skip
_OPEN = (ASKED, AGREED, PROPOSED, DECLINED)

register(
    Workflow(
        name=PART,
        label="Part d’un plan",
        plural="Parts de plans",
        category="plan",
        states=(
            State(ASKED, "Accord demandé", "information", "send", fhir="requested"),
            State(AGREED, "À faire", "action", "list-check", fhir="accepted"),
            State(PROPOSED, "Changement proposé", "attention", "pencil-square", fhir="on-hold"),
            State(DECLINED, "Déclinée", "alerte", "hand-thumbs-down", is_final=True, fhir="rejected"),
            State(DONE, "Faite", "sur", "check-circle", is_final=True),
            State(ENDED, "Retirée", "neutre", "slash-circle", is_final=True, fhir="cancelled"),
        ),
        limit=_AWAITED,
        transitions=(
            Transition(
                "agree", "D’accord", (ASKED, PROPOSED, DECLINED, AGREED), AGREED, guard=_by_the_plan,
                page=_page, page_label="Répondre", tells=("requester", "assignee"), icon="hand-thumbs-up",
            ),
            Transition(
                "propose", "Changement proposé", (ASKED, AGREED, DECLINED, PROPOSED), PROPOSED,
                guard=_by_the_plan, tells=("requester", "assignee"), is_rare=True, icon="pencil-square",
            ),
            Transition(
                "decline", "Part déclinée", (ASKED, AGREED, PROPOSED), DECLINED, guard=_by_the_plan,
                tells=("requester", "assignee"), is_rare=True, icon="hand-thumbs-down",
            ),
            Transition(
                "again", "Accord redemandé", (ASKED, AGREED, PROPOSED, DECLINED, DONE), ASKED,
                guard=_by_the_plan, deadline=_AWAITED, tells=("assignee",), icon="arrow-repeat",
            ),
            Transition(
                "reconsider", "Réponse reprise", (AGREED, PROPOSED, DECLINED, DONE), ASKED,
                guard=_by_the_plan, deadline=_AWAITED, is_rare=True, icon="arrow-counterclockwise",
            ),
            Transition(
                "finish", "Tout est fait", (AGREED,), DONE, guard=_by_the_plan, tells=("requester",),
                icon="check-circle",
            ),
            Transition(
                "resume", "Reste à faire", (DONE,), AGREED, guard=_by_the_plan, is_rare=True,
                icon="arrow-repeat",
            ),
            Transition(
                "end", "Part retirée", _OPEN, ENDED, guard=_by_the_plan, tells=("assignee",),
                is_rare=True, icon="slash-circle",
            ),
        ),
        assigners=(REQUESTER, ASSIGNEE, SYSTEM),
        senders=(REQUESTER, SYSTEM),
    )
)  # fmt: skip


def _state(row: Row) -> Pill:
    place = row.task.place
    return Pill(place.label, place.tone, place.icon)


def _count(row: Row) -> str:
    count = int(row.task.details.get("count", 0))
    return f"{count} action{'s' if count > 1 else ''}"


def _opened(row: Row) -> datetime:
    return row.task.opened_at


register_board(
    Board(
        BOARD,
        PART,
        label="Ma part des plans",
        lead="Ce que les plans de vos patients vous demandent : d’abord votre accord, ensuite ce que vous avez à faire."
        " Et les réponses que vous attendez des autres.",
        icon="clipboard2-check",
        columns=(
            Column("patient", "Personne", lambda row: row.patient_name),
            Column("state", "État", _state),
            Column("title", "Plan", lambda row: row.task.title),
            Column("count", "À faire", _count),
            columns.DUE,
            Column("asked", "Demandé à", lambda row: row.task.assignee_name or row.task.team_name),
            Column("by", "Par", lambda row: row.task.requester_name),
            Column("opened", "Le", _opened, is_optional=True),
        ),
        roles=ROLES,
    )
)  # fmt: skip
