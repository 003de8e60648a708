"""An agency's page: what it is asked, what it can take and from when; names and address once it holds something."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.access.queries import may
from enrs.core.access.rules import READ, permits
from enrs.core.audit.commands import note
from enrs.core.live.views import live_context
from enrs.core.moments import legal_day
from enrs.core.workflow import queries as tasks
from enrs.core.workflow.commands import mark_seen
from enrs.core.workflow.models import Task
from enrs.services.home_support import commands, forms, queries
from enrs.services.home_support.commands.shared import CATEGORY
from enrs.services.home_support.models import Slot
from enrs.services.home_support.queries import Known
from enrs.services.home_support.rules import sentences, words
from enrs.services.home_support.views.shared import keys, refusals_on, refusals_told, renew


def _task(task_id: UUID) -> Task:
    """What was asked, for a party to it: the engine's own decision for a task without a patient."""
    found = tasks.task(task_id)
    if found is None or found.workflow != "home_support.ask":
        raise Http404
    return found


@permission(PROFESSIONAL)
@require_safe
def show(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """What an agency is asked. Whoever prepares the return is led to it."""
    return _page(request, _task(task_id))


def _page(request: HttpRequest, task: Task, form: Form | None = None) -> HttpResponse:
    known = queries.known(task.pk)
    if known is None:
        return _prepared(request, task)
    if form is not None:
        # Refused: the page is read anew, and the next try starts from what it now says.
        task = _task(task.pk)
        renew(form, task.version)
    if not permits(current_actor().role, CATEGORY, READ):
        raise Http404
    sent = tasks.sendings(task)
    if task.closed_at is None and queries.may_answer(current_actor()):
        mark_seen(task=task, addressees=sent)
    note(
        "home_support.asked.read", patient_id=known.patient_id, object_kind="task", object_id=task.id,
        details={"is_held": known.is_held},
    )  # fmt: skip
    return render(request, "home_support/asked.html", _context(request, task, known, form))


def _prepared(request: HttpRequest, task: Task) -> HttpResponse:
    """The return behind what was asked, for who reads it; for an agency that is out of it, what became of it."""
    found = queries.ask_of(task.pk)
    if found is not None and may(READ, CATEGORY, patient_id=found.home_return.patient_id).allowed:
        return redirect("home_support:show", found.home_return.patient_id, found.home_return.id)
    note("home_support.asked.read", object_kind="task", object_id=task.id)
    context = {"task": task, "place": task.place, "steps": tasks.steps(task, 30)}
    return render(request, "home_support/over.html", context)


def _context(request: HttpRequest, task: Task, known: Known, form: Form | None) -> dict[str, Any]:
    actor = current_actor()
    slots = queries.asked_slots(known)
    answers = queries.may_answer(actor) and known.ended_at is None
    wanted = task.state in ("sent", "more") and answers
    today = legal_day(timezone.now())
    version = {"version": task.version}
    start = {"from_on": max(known.leaving_day, today)} | version
    return {
        "task": task,
        "place": task.place,
        "known": known,
        "age": f"{known.age}\u00a0ans" if known.age is not None else "",
        "lines": _lines(slots, known),
        "mine": [one for one in _lines(slots, known) if one["mine"]],
        "may_take": wanted and any(one.ask_id is None for one in slots),
        "may_refuse": wanted,
        "may_ask": wanted and task.state == "sent",
        "may_give_back": answers and task.state == "accepted",
        "accept": form if type(form) is forms.AcceptForm else forms.AcceptForm(initial=start),
        "adjust": form
        if isinstance(form, forms.AdjustForm)
        else forms.AdjustForm(initial={"from_on": _first_day(slots, known)} | version),
        "chosen": request.POST.getlist("slots"),
        "question": form if isinstance(form, forms.QuestionForm) else forms.QuestionForm(initial=version),
        "refusal": form if isinstance(form, forms.RefuseForm) else forms.RefuseForm(initial=version),
        "is_late": task.state == "sent" and task.due_at is not None and task.due_at < timezone.now(),
        "is_out": known.leaving_at < timezone.now(),
        "today": today,
        "reports": queries.asked_reports(known),
        "steps": tasks.steps(task, 30),
        "live": live_context(f"user:{actor.user_id}", *(f"grantee:{one}" for one in actor.grantees)),
        "here": request.get_full_path(),
    }  # fmt: skip


def _first_day(slots: list[Slot], known: Known) -> date | None:
    """The day from which the agency said that it comes."""
    return next((one.from_on for one in slots if one.ask_id == known.ask_id), None)


def _lines(slots: list[Slot], known: Known) -> list[dict[str, Any]]:
    """The visits asked, each with its days: free, mine, or taken by somebody else (who is not said)."""
    found: dict[UUID, dict[str, Any]] = {}
    for one in slots:
        visit = one.visit
        row = found.setdefault(visit.id, {
            "visit": visit, "clock": sentences.clock(visit.starts),
            "minutes": words.minutes_words(visit.minutes), "free": [], "mine": [], "taken": [],
            "once": sentences.day(visit.once_on) if visit.once_on else "", "retained": True, "from_on": None,
        })  # fmt: skip
        if one.ask_id is None:
            row["free"].append((str(one.id), words.WEEKDAYS[one.weekday]))
        elif one.ask_id == known.ask_id:
            row["mine"].append(one.weekday)
            row["retained"] = row["retained"] and one.retained_at is not None
            row["from_on"] = one.from_on
        else:
            row["taken"].append(one.weekday)
    for row in found.values():
        row["mine_words"] = words.days_words(tuple(row["mine"])) if row["mine"] else ""
        row["taken_words"] = words.days_words(tuple(row["taken"])) if row["taken"] else ""
    return list(found.values())


def _done(request: HttpRequest, task: Task, said: str) -> HttpResponse:
    """The page again, or the board when the act ended one's own part in it."""
    messages.success(request, said)
    if tasks.task(task.pk) is None:
        return redirect("workflow:board", "aides-au-retour")
    return redirect("home_support:asked", task.pk)


@permission(PROFESSIONAL)
@require_POST
def accept(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """« Nous pouvons prendre à partir du… »."""
    task = _task(task_id)
    form = forms.AcceptForm(request.POST)
    chosen = keys(request.POST.getlist("slots"))
    if form.is_valid():
        with refusals_on(form):
            commands.accept_ask(
                task=task, slot_ids=chosen, from_on=form.cleaned_data["from_on"],
                note=form.cleaned_data["note"], expected_version=form.cleaned_data["version"],
            )  # fmt: skip
            return _done(
                request,
                task,
                "C’est envoyé : l’hôpital confirme, et vous lisez l’adresse ci-dessous.",
            )
    return _page(request, task, form)


@permission(PROFESSIONAL)
@require_POST
def question(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Ask for something before deciding."""
    task = _task(task_id)
    form = forms.QuestionForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            commands.question_ask(
                task=task, text=form.cleaned_data["text"],
                expected_version=form.cleaned_data["version"],
            )  # fmt: skip
            return _done(request, task, "Votre question est envoyée à l’hôpital.")
    return _page(request, task, form)


@permission(PROFESSIONAL)
@require_POST
def refuse(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Cannot take it, and why."""
    task = _task(task_id)
    form = forms.RefuseForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            commands.refuse_ask(
                task=task, code=given["code"], note=given["note"], expected_version=given["version"]
            )
            return _done(request, task, "C’est noté : l’hôpital cherche une autre structure.")
    return _page(request, task, form)


@permission(PROFESSIONAL)
@require_POST
def adjust(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Another day, or a word to the hospital."""
    task = _task(task_id)
    form = forms.AdjustForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            commands.adjust_ask(
                task=task, from_on=given["from_on"], note=given["note"],
                expected_version=given["version"],
            )  # fmt: skip
            return _done(request, task, "C’est envoyé : l’hôpital relit et confirme.")
    return _page(request, task, form)


@permission(PROFESSIONAL)
@require_POST
def give_back(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Give back everything that was taken, and why."""
    task = _task(task_id)
    form = forms.RefuseForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            commands.give_back(
                task=task, code=given["code"], note=given["note"], expected_version=given["version"]
            )
            return _done(request, task, "Vos passages sont rendus, l’hôpital est prévenu.")
    return _page(request, task, form)


@permission(PROFESSIONAL)
@require_POST
def started(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """The agency came."""
    task = _task(task_id)
    form = forms.ReportForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Dites quel passage, et quel jour.")
        return redirect("home_support:asked", task.pk)
    given = form.cleaned_data
    with refusals_told(request):
        commands.report_start(
            task=task, visit_id=given["visit"], day=given["day"], note=given["note"]
        )
        messages.success(request, "C’est noté, l’hôpital et la personne le lisent.")
    return redirect("home_support:asked", task.pk)
