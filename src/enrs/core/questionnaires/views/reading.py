"""Reading answers: one, printed, compared, and those of a patient."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, patient_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.documents import store
from enrs.core.documents.models import Blob
from enrs.core.live.views import live_context
from enrs.core.questionnaires import commands, printing, queries
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.rules import comparison, parts
from enrs.core.questionnaires.rules.comparison import Line
from enrs.core.questionnaires.views.frame import (
    Opened,
    answer_page,
    note_answer,
    open_answer,
    patient_frame,
)
from enrs.core.questionnaires.words import value_words
from enrs.core.subjects.persons import banner_of


def _lines(opened: Opened) -> list[Line]:
    answer = opened.answer
    return comparison.lines(
        opened.definition, answer.items, answer.scores, opened.role, value_words
    )


@permission(ACCOUNT)
def read(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """One answer to read, with what can be done with it."""
    opened = open_answer(request, answer_id)
    answer = opened.answer
    others = queries.answers_of(answer.patient_id, answer.form_name) if answer.patient_id else []
    context = {
        "lines": _lines(opened),
        "scores": [
            (item.text, value_words(item, answer.scores[item.link_id]))
            for item in opened.definition.calculated
            if item.link_id in answer.scores and parts.shows(item, opened.role)
        ],
        "others": [one for one in others if one.pk != answer.pk][:20],
        "versions": queries.former_versions(answer),
        "is_author": answer.author_id == current_actor().user_id,
    }
    return answer_page(request, opened, "read", context, act="read")


@permission(ACCOUNT)
def print_sheet(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """The answer as a sheet for the printer, or as a PDF (`?format=pdf`)."""
    opened = open_answer(request, answer_id)
    if request.GET.get("format") != "pdf":
        return answer_page(request, opened, "print", {"lines": _lines(opened)}, act="printed")
    if opened.opening:
        note_reading(request, "questionnaires.answer.printed", "answer", answer_id)
    banner = banner_of(opened.answer.patient_id)
    content = printing.pdf(opened.answer, _lines(opened), banner, printed_by=current_actor().name)
    response = HttpResponse(content, content_type="application/pdf")
    name = f"{opened.answer.form_name}.pdf"
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    return response


@permission(ACCOUNT)
def compare(request: HttpRequest, answer_id: UUID, other_id: UUID) -> HttpResponse:
    """Two answers to the same form side by side, the older on the left."""
    first, second = open_answer(request, answer_id), open_answer(request, other_id)
    is_same = (first.answer.form_name, first.answer.patient_id) == (
        second.answer.form_name,
        second.answer.patient_id,
    )
    if not is_same:
        raise Http404
    older, newer = sorted((first, second), key=lambda one: one.answer.started_at)
    context = {
        "lead": "Deux réponses côte à côte : ce qui a changé est marqué.",
        "older": _side(older.answer.started_at, older.answer.author_name),
        "newer": _side(newer.answer.started_at, newer.answer.author_name),
        "pairs": comparison.compare(_lines(older), _lines(newer)),
    }
    note_answer(request, older, "compared")
    return answer_page(request, newer, "compare", context, act="compared")


@permission(ACCOUNT)
def compare_version(request: HttpRequest, answer_id: UUID, version: int) -> HttpResponse:
    """What a finished answer said before one of its amendments, beside what it says now."""
    opened = open_answer(request, answer_id)
    answer, former = opened.answer, queries.former_version(opened.answer, version)
    if former is None:
        raise Http404
    before = comparison.lines(
        opened.definition, former.items, former.scores, opened.role, value_words
    )
    context = {
        "lead": "Avant la rectification et maintenant : ce qui a changé est marqué.",
        "older": _side(former.saved_at, former.saved_by_name),
        "newer": _side(answer.saved_at, answer.saved_by_name),
        "pairs": comparison.compare(before, _lines(opened)),
    }
    return answer_page(request, opened, "compare", context, act="compared")


def _side(at: datetime, by: str) -> dict[str, Any]:
    return {"at": at, "by": by}


@permission(ACCOUNT)
@require_POST
def withdraw(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """Withdraw one's own answer, with a reason."""
    opened = open_answer(request, answer_id, access_rules.WRITE)
    try:
        commands.withdraw_answer(answer=opened.answer, reason=request.POST.get("reason", ""))
    except AccessRefusedError as error:
        raise Http404 from error
    messages.success(request, "Formulaire retiré.")
    if opened.answer.patient_id:
        return redirect("questionnaires:patient", opened.answer.patient_id)
    return redirect("/")


@permission(ACCOUNT)
def piece(request: HttpRequest, answer_id: UUID, address: str) -> HttpResponse:
    """The file joined to an answer, for whoever is shown its question."""
    opened = open_answer(request, answer_id)
    shown = parts.visible(opened.definition, opened.answer.items, opened.role)
    value = next((one for one in _pieces(shown) if one["blob"] == address), None)
    if value is None:
        raise Http404
    if opened.opening:
        note_reading(request, "questionnaires.piece.read", "answer", answer_id)
    content = store.take(Blob.objects.get(address=bytes.fromhex(address)))
    response = HttpResponse(content, content_type=value["mime"])
    header = content_disposition_header(True, value["title"])
    response["Content-Disposition"] = header or "attachment"
    return response


def _pieces(values: object) -> list[dict[str, str]]:
    """Every attachment among values, rows included."""
    if isinstance(values, dict):
        if set(values) == {"blob", "title", "mime", "size"}:
            return [values]
        return [found for one in values.values() for found in _pieces(one)]
    if isinstance(values, list):
        return [found for one in values for found in _pieces(one)]
    return []


@permission(patient_permission("assessment"))
def patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The forms filled about a patient, and those that can be begun."""
    opening = opening_of(request)
    note_reading(request, "questionnaires.list.read", "assessments")
    may_write = opening.may(access_rules.WRITE, "assessment")
    context = {
        **patient_frame(opening),
        "answers": queries.answers_of(patient_id),
        "forms": queries.published_forms() if may_write else [],
        "may_write": may_write,
        "here": request.get_full_path(),
        "live": live_context(f"patient:{patient_id}", opening=opening),
    }
    return render(request, "questionnaires/patient.html", context)


@permission(patient_permission("assessment", access_rules.WRITE))
@require_POST
def start(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Begin a form about a patient."""
    try:
        answer: Answer = commands.start_answer(
            form=request.POST.get("form", ""), patient_id=patient_id
        )
    except commands.UnknownFormError:
        messages.error(request, "Ce formulaire n’est plus publié : choisissez-en un autre.")
        return redirect("questionnaires:patient", patient_id)
    return redirect("questionnaires:fill", answer.pk)
