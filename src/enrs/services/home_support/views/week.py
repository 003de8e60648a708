"""The week at home: covered, awaited and gaps, in a grid and in words; its printed sheet; « n'est pas venu »."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import Opening, permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.access.rules import READ, WRITE, acts_as_person
from enrs.core.moments import legal_day
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.subjects.persons import banner_of
from enrs.core.workflow import queries as tasks
from enrs.referentials.directory.models import Organisation
from enrs.services.home_support import commands, forms, needs, queries, sheet
from enrs.services.home_support.commands.shared import CATEGORY
from enrs.services.home_support.models import Ask, HomeReturn, Visit
from enrs.services.home_support.rules import sentences, week, words
from enrs.services.home_support.views.shared import (
    READS,
    days_of,
    is_person,
    monday_in,
    page,
    refusals_told,
    return_or_404,
    rows_of,
    week_address,
)

NEAR = timedelta(hours=48)


@permission(READS)
@require_safe
def show(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """One return: its gaps in words, its week, its lines, what was asked of whom."""
    one, opening = return_or_404(patient_id, return_id), opening_of(request)
    known = queries.passages([one.id])[one.id]
    monday = monday_in(request.GET.get("semaine", ""), one)
    days = days_of(known, one, monday)
    gaps = queries.gaps_in(one, known)
    prepares = _prepares(opening, one)
    asks = queries.asks(one)
    context = {
        "one": one,
        "place": one.task.place,
        "is_person": is_person(opening),
        "may_prepare": prepares and one.ended_at is None,
        "may_tell": _may_tell(opening) and one.ended_at is None and one.leaving_at < timezone.now(),
        "days": days,
        "rows": rows_of(days),
        "monday": monday,
        "previous": week_address(monday, -1),
        "following": week_address(monday, 1),
        "gaps": _gaps(gaps, asks, usual=queries.usual_agencies() if prepares else [])
        if one.ended_at is None
        else [],
        "may_arrive": one.home_at is None
        and legal_day(one.leaving_at) <= legal_day(timezone.now()),
        "is_near": one.home_at is None and one.leaving_at < timezone.now() + NEAR,
        "visits": [line_of(row) for row in queries.visits(one)],
        "is_awaited": bool(week.awaited_visits(known)),
        "asks": [_ask(row) for row in asks],
        "reports": queries.reports(one),
        "ending": dict(words.ENDINGS).get(one.ended_code, ""),
        "today": legal_day(timezone.now()),
        "steps": tasks.steps(one.task, 20) if not is_person(opening) else [],
        **(_needs(one, opening) if prepares else {}),
    }
    return page(request, "show", context, reading="home_support.return.read")


def _prepares(opening: Opening, one: HomeReturn) -> bool:
    """Whether the acts of whoever prepares are shown: the commands ask the same again."""
    by = current_actor()
    return (
        opening.may(WRITE, CATEGORY)
        and by.role in words.HOSPITAL_ROLES
        and queries.is_keeper(one, by)
    )


def _may_tell(opening: Opening) -> bool:
    return opening.may(WRITE, CATEGORY) or acts_as_person(opening.decision)


def _needs(one: HomeReturn, opening: Opening) -> dict[str, Any]:
    """The form of the needs: one to finish, or one whose visits are not in the week yet."""
    if not opening.may(READ, "assessment"):
        return {}
    answers = questionnaires.answers_of(one.patient_id, needs.FORM)
    last = next(iter(answers), None)
    if last is None:
        return {}
    is_finished = last.status in ("completed", "amended")
    is_new = is_finished and last.id != one.answer_id and last.started_at >= one.opened_at
    return {
        "needs_begun": None if is_finished else last,
        "needs_ready": last if is_new else None,
        "needs_words": needs.words_of(last) if is_new else [],
    }


def _gaps(
    gaps: list[week.Gap], asks: list[Ask], *, usual: list[Organisation]
) -> list[dict[str, Any]]:
    """Each gap in words, with the agencies that were not asked for it: one tap asks them."""
    found = []
    for one in gaps:
        asked = {
            ask.agency_id for ask in asks if one.visit_id in {row.id for row in ask.visits.all()}
        }
        others = {ask.agency_id: ask.agency_name for ask in asks} | {
            place.id: place.name for place in usual
        }
        offered = [(key, name) for key, name in others.items() if key not in asked][:3]
        found.append(
            {
                "gap": one,
                "said": sentences.gap(one),
                "others": [] if one.state == week.LATE else offered,
                "may_cover": one.state == week.LATE,
            }
        )
    return found


def line_of(visit: Visit) -> dict[str, Any]:
    """A line of the week: its days in words, and who holds which of them."""
    slots = list(visit.slots.all())
    held: dict[str, list[int]] = {}
    for slot in slots:
        if slot.ask is not None:
            held.setdefault(slot.ask.agency_name, []).append(slot.weekday)
    free = tuple(slot.weekday for slot in slots if slot.ask_id is None)
    return {
        "visit": visit,
        "dialog": f"remove-{visit.id}",
        "clock": sentences.clock(visit.starts),
        "minutes": words.minutes_words(visit.minutes),
        "days": f"le {sentences.day(visit.once_on)}"
        if visit.once_on
        else words.days_words(tuple(slot.weekday for slot in slots)),
        "held": [(name, words.days_words(tuple(days))) for name, days in held.items()],
        "free": words.days_words(free) if free and held else "",
        "is_free": bool(free),
    }


def _ask(row: Ask) -> dict[str, Any]:
    slots = list(row.slots.all())
    return {
        "ask": row,
        "dialog": f"release-{row.id}",
        "place": row.task.place,
        "visits": [one for one in row.visits.all() if one.removed_at is None],
        "waits": any(one.retained_at is None for one in slots),
        "holds": bool(slots),
        "is_late": row.task.state == "sent"
        and row.task.due_at is not None
        and row.task.due_at < timezone.now(),
        "last": next((step for step in row.task.steps.all() if step.act != "open"), None),
    }


@permission(READS)
@require_safe
def sheet_pdf(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """The sheet of the week, to hang in the kitchen."""
    one = return_or_404(patient_id, return_id)
    note_reading(request, "home_support.sheet.read", "home_return", one.id)
    content = sheet.pdf(one, banner_of(patient_id), monday_in(request.GET.get("semaine", ""), one))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="ma-semaine.pdf"'
    return response


@permission(READS)
@require_POST
def missed(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """« N'est pas venu »: told by the person, who acts for them, or the circle."""
    one = return_or_404(patient_id, return_id)
    form = forms.ReportForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Dites quel passage, et quel jour.")
        return redirect("home_support:show", patient_id, one.id)
    given = form.cleaned_data
    with refusals_told(request):
        made = commands.report_missed(
            home_return=one, visit_id=given["visit"], day=given["day"], note=given["note"]
        )
        messages.success(request, f"C’est signalé à l’hôpital et à {made.agency_name}.")
    return redirect("home_support:show", patient_id, one.id)
