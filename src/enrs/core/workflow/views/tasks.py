"""The page of one task: what it asks, where it stands, the next act, its sendings and its history."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.access.readings import note_reading
from enrs.core.audit.commands import note
from enrs.core.live.views import live_context
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.subjects.persons import banner_of
from enrs.core.threads.queries import threads_about
from enrs.core.ui.registry import record_tabs
from enrs.core.workflow import queries, rules
from enrs.core.workflow.commands import PRIORITY_LABELS, mark_seen
from enrs.core.workflow.escalation import places_of
from enrs.core.workflow.models import Addressee, Task, TaskStep
from enrs.core.workflow.queries.choices import people_for
from enrs.core.workflow.registry import boards_for
from enrs.core.workflow.views.shared import lost_page, may_write, opened_task

ANSWERS = {
    "sent": ("Envoyée", "information", "send"),
    "seen": ("Vue", "information", "eye"),
    "studied": ("À l’étude", "attention", "hourglass-split"),
    "agreed": ("Acceptée", "sur", "check-circle-fill"),
    "declined": ("Refusée", "alerte", "x-circle"),
    "withdrawn": ("Retirée", "neutre", "arrow-counterclockwise"),
    "closed": ("Sans suite", "neutre", "dash-circle"),
}
"""Each answer of an addressee: word, tone, icon."""

PRIORITY_LOOKS = {
    "stat": ("alerte", "exclamation-octagon-fill"),
    "asap": ("alerte", "chevron-double-up"),
    "urgent": ("attention", "chevron-up"),
    "routine": ("neutre", "dash"),
}


@dataclass(frozen=True, slots=True)
class Sending:
    """A sending as the page shows it."""

    row: Addressee
    word: str
    tone: str
    icon: str
    is_mine: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """An act as a button: `url` leads to the page where it is done, when it has one."""

    act: rules.Transition
    url: str


@dataclass(frozen=True, slots=True)
class Buttons:
    """What the head of the page offers: `agree` and `refuse` answer the actor's own sending.

    The first of `acts` is the strong button, unless `agree` is. The table's own way to refuse takes the
    place of the refusal of the sending for the only one who is asked.
    """

    acts: list[Offered]
    rare: list[Offered]
    agree: str = ""
    refuse: Offered | None = None
    may_decline: bool = False


@permission(ACCOUNT)
@require_safe
def show(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """One task; opening it says « vue » to its sender. A service that has its own page for it shows that one."""
    try:
        task = opened_task(request, task_id)
    except Http404:
        if (page := lost_page(request, task_id)) is not None:
            return page
        raise
    if task.table.page is not None:
        return redirect(task.table.page(task))
    sent = queries.sendings(task)
    writes = may_write(request, task)
    if writes and mark_seen(task=task, addressees=sent):
        sent = queries.sendings(task)
    if task.patient_id is not None:
        note_reading(request, "workflow.task.read", "task", task.id)
    else:
        note("workflow.task.read", object_kind="task", object_id=task.id)
    return render(request, "workflow/task.html", task_context(request, task, sent, writes=writes))


def task_context(
    request: HttpRequest, task: Task, sent: list[Addressee], *, writes: bool
) -> dict[str, Any]:
    """All that the page of a task says."""
    actor = current_actor()
    history = queries.steps(task)
    acts = queries.acts_for(task, actor, sent) if writes else []
    parts = queries.parts_of(task, actor, sent)
    is_open = task.closed_at is None
    may_assign = writes and is_open and rules.is_among(task.table.assigners, actor.role, parts)
    is_sender = writes and rules.is_among(task.table.senders, actor.role, parts)
    shown = [_sending(one, task, actor, may_withdraw=is_sender and is_open) for one in sent]
    mine = next((one for one in shown if is_open and one.is_mine and one.row.is_pending), None)
    tone, icon = PRIORITY_LOOKS[task.priority]
    return {
        "task": task,
        "table": task.table,
        "place": task.place,
        "priority": (PRIORITY_LABELS[task.priority], tone, icon),
        "buttons": _buttons(task, acts, shown, mine),
        "acts": [one for one in acts if one.page is None],
        "answer": questionnaires.answer(task.answer_id) if task.answer_id else None,
        "sendings": shown,
        "mine": mine,
        "deadlines": _deadlines(task) if is_open else [],
        "duty_places": places_of(task, sent) if is_open else [],
        "steps": history,
        "reminders": queries.reminders(task),
        "may_write": writes,
        "may_assign": may_assign,
        "may_delegate": writes and is_open and task.assignee_id in actor.grantees,
        "may_steer": may_assign or (is_sender and is_open),
        "people": people_for(actor) if may_assign else [],
        "priorities": PRIORITY_LABELS.items(),
        "threads": threads_about(("task", task.pk))[:1],
        "undo": _undo(task, history, actor) if writes else None,
        "boards": boards_for(actor.role, {task.workflow}),
        "here": request.get_full_path(),
        **_frame(request, task, actor),
    }


def _buttons(
    task: Task, acts: list[rules.Transition], shown: list[Sending], mine: Sending | None
) -> Buttons:
    """The acts in their places; those that answer the sending answer it by its own button."""
    table = task.table
    named = {one.name: Offered(one, one.page(task) if one.page else "") for one in acts}
    is_alone = mine is not None and sum(one.row.is_pending for one in shown) == 1
    agreed = named.pop(table.agreed, None) if mine else None
    refuse = named.pop(table.refused, None) if is_alone else None
    return Buttons(
        acts=[one for one in named.values() if not one.act.is_rare],
        rare=[one for one in named.values() if one.act.is_rare],
        agree=_agree_word(table, agreed) if mine else "",
        refuse=refuse,
        may_decline=mine is not None and refuse is None,
    )


def _agree_word(table: rules.Workflow, agreed: Offered | None) -> str:
    """The word of the button that agrees; none when the table does not let agree from here."""
    if agreed is not None:
        return agreed.act.label
    return "" if table.agreed else "Accepter"


def _frame(request: HttpRequest, task: Task, actor: Actor) -> dict[str, Any]:
    """Banner, tabs and live topics: those of the patient, or those of the parties."""
    opening = getattr(request, "opening", None)
    topics = [f"user:{actor.user_id}", *(f"grantee:{one}" for one in actor.grantees)]
    if opening is None:
        return {"banner": None, "tabs": [], "record_url": "", "live": live_context(*topics)}
    summary = settings.FRAME_URLS.get("record", "record:summary")
    return {
        "opening": opening,
        "banner": banner_of(task.patient_id),
        "tabs": record_tabs(opening.categories, opening.patient_id, "tasks"),
        "record_url": reverse(summary, args=[task.patient_id]),
        "live": live_context(f"patient:{task.patient_id}", *topics, opening=opening),
    }


def _sending(row: Addressee, task: Task, actor: Actor, *, may_withdraw: bool) -> Sending:
    word, tone, icon = ANSWERS[row.answer]
    is_open = row.answer in rules.PENDING or (row.answer == "agreed" and not row.is_winner)
    return Sending(
        row, word, tone, icon, row.grantee_id in actor.grantees, may_withdraw and is_open
    )


def _deadlines(task: Task) -> list[dict[str, Any]]:
    limits = task.table.limits()
    return [
        {
            "label": limits[one.name].label if one.name in limits else "Échéance demandée",
            "due_at": one.due_at,
            "is_working": one.name in limits and bool(limits[one.name].working_days),
        }
        for one in queries.deadlines(task)
    ]


def _undo(task: Task, history: list[TaskStep], actor: Actor) -> TaskStep | None:
    last = history[0] if history else None
    return last if last and queries.undoable(task, last, actor) else None
