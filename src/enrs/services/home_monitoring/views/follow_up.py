"""The tab of the record, the beginning of a follow-up, its page, its notes, hand-over, end and letter."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.access.rules import READ, WRITE
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.subjects.measures import TakenMeasure, known_measures
from enrs.core.subjects.persons import banner_of
from enrs.core.ui import charts
from enrs.core.ui.patient_page import patient_page
from enrs.services.home_monitoring import commands, forms, letter, queries
from enrs.services.home_monitoring.commands.shared import CATEGORY, PERSON_CATEGORY
from enrs.services.home_monitoring.models import Alert, FollowUp
from enrs.services.home_monitoring.rules import rhythm
from enrs.services.home_monitoring.rules.protocols import Content
from enrs.services.home_monitoring.rules.words import ALL_ENDINGS
from enrs.services.home_monitoring.views.shared import (
    WHO,
    finding_words,
    follow_up_or_404,
    known,
    look,
    refusals_on,
    refusals_told,
)

READS = patient_permission(CATEGORY)
WRITES = patient_permission(CATEGORY, WRITE)


def page(
    request: HttpRequest, name: str, context: dict[str, Any], *, reading: str = ""
) -> HttpResponse:
    """A page of the record, under the tab of monitoring."""
    return patient_page(
        request, f"home_monitoring/{name}.html", context, panel="home_monitoring", reading=reading
    )


def is_person(opening: Opening) -> bool:
    """Whether the reader is the person or stands for them."""
    return opening.decision.role in ("patient", "proxy")


@permission(READS)
@require_safe
def panel(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The person's follow-ups, and the way to begin one; for the person, the way to their reading."""
    rows = [
        (one, look(one.state if one.last_at or one.state != "green" else ""))
        for one in queries.follow_ups(patient_id)
    ]
    opening = opening_of(request)
    context = {
        "rows": rows,
        "is_person": is_person(opening),
        "may_start": opening.may(WRITE, CATEGORY),
        "may_orient": opening.may(WRITE, PERSON_CATEGORY) and not is_person(opening),
        "orientations": questionnaires.answers_of(patient_id, "orientation-covid")[:5]
        if opening.may(READ, PERSON_CATEGORY)
        else [],
    }
    return page(request, "panel", context)


@permission(WRITES)
def start(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Begin a follow-up."""
    protocols = {str(one.id): one for one in queries.in_service()}
    watchers = [(one.key, one.words) for one in queries.watchers(patient_id)]
    form = forms.StartForm(
        request.POST or None,
        protocols=[(key, f"{one.title}, version {one.number}") for key, one in protocols.items()],
        watchers=watchers,
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            made = commands.start_follow_up(
                patient_id=patient_id,
                protocol=protocols[form.cleaned_data["protocol"]],
                watcher=form.cleaned_data["watcher"],
                informed_on=form.cleaned_data["informed_on"],
                beginning=form.beginning,
            )
            messages.success(request, f"La surveillance commence, {made.watcher_name} veille.")
            return redirect("home_monitoring:follow_up", patient_id, made.id)
    cells = [one.name for one in queries.cells()]
    return page(request, "start", {"form": form, "protocols": protocols.values(), "cells": cells})


@permission(READS)
@require_safe
def show(request: HttpRequest, patient_id: UUID, follow_up_id: UUID) -> HttpResponse:
    """One follow-up: its state, its curves, its alerts, its readings, its journal."""
    one = follow_up_or_404(patient_id, follow_up_id)
    opening = opening_of(request)
    if is_person(opening):
        return redirect("home_monitoring:enter", patient_id, one.id)
    content = queries.content_of(one.protocol)
    alerts = [_alert(row) for row in queries.alerts(one)]
    context = {
        "one": one,
        "content": content,
        "look": look(one.state if one.last_at or one.state != "green" else ""),
        "findings": finding_words(one.last_findings),
        "alerts": alerts,
        "pending": [row for row in alerts if not row["alert"].answered_at and not one.ended_at],
        "curves": curves(one, content),
        "readings": [
            (row, look(row.level), finding_words(row.findings)) for row in queries.readings(one)
        ],
        "entries": queries.entries(one),
        "steps": _steps(content),
        "night_who": WHO[content.night.who] if content.night else "",
        "ending": ALL_ENDINGS.get(one.ended_code, ""),
        "may_write": opening.may(WRITE, CATEGORY),
        "note_form": forms.NoteForm(),
        "is_over": one.ended_at is None and one.ends_at < timezone.now(),
        "lapses_at": rhythm.lapses_at(
            one.ends_at, one.over_told_at or timezone.now(), *queries.last_decisions(one)
        ),
    }
    return page(request, "follow_up", context, reading="home_monitoring.follow_up.read")


def _alert(row: Alert) -> dict[str, Any]:
    calls = [
        (call, WHO[call.who], len(call.users))
        for call in sorted(row.calls.all(), key=lambda one: (one.round, one.rank))
    ]  # fmt: skip
    return {
        "alert": row,
        "look": look(row.kind),
        "findings": finding_words(row.findings),
        "calls": calls,
    }


def _steps(content: Content) -> list[tuple[dict[str, str], list[tuple[str, int]]]]:
    """Who is called for each kind of alert, in words."""
    return [
        (look(kind), [(WHO[step.who], step.after) for step in steps])
        for kind, steps in content.steps.items()
        if steps
    ]


def curves(one: FollowUp, content: Content) -> list[dict[str, Any]]:
    """A curve for each measure that was taken, with the protocol's own range."""
    measures, labels = queries.measures(one, content), known_measures()
    return [
        {
            "title": labels[asked.kind].label,
            "unit": labels[asked.kind].unit,
            "series": _series(measures[asked.kind], has_second=labels[asked.kind].has_second),
            "low": _figure(asked.amber_low if asked.amber_low is not None else asked.red_low),
            "high": _figure(asked.amber_high if asked.amber_high is not None else asked.red_high),
        }
        for asked in content.measures
        if measures[asked.kind]
    ]


def _series(points: list[TakenMeasure], *, has_second: bool) -> list[charts.Series]:
    firsts = [charts.Point(point.at, _figure(point.value)) for point in points]
    if not has_second:
        return [charts.Series("", firsts)]
    seconds = [charts.Point(point.at, _figure(point.second)) for point in points]
    return [charts.Series("Maximale", firsts), charts.Series("Minimale", seconds)]


def _figure(value: Any) -> float | None:
    """A stored number as the charts take it: whole numbers stay whole in their labels."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


@permission(WRITES)
@require_POST
def answer(
    request: HttpRequest, patient_id: UUID, follow_up_id: UUID, alert_id: UUID
) -> HttpResponse:
    """Take an alert in hand."""
    one = follow_up_or_404(patient_id, follow_up_id)
    row = known(queries.alert(one, alert_id))
    with refusals_told(request):
        commands.answer_alert(alert=row, text=request.POST.get("text", ""))
        messages.success(request, "C’est noté : personne d’autre ne sera appelé pour cette alerte.")
    return redirect("home_monitoring:follow_up", patient_id, one.id)


@permission(WRITES)
@require_POST
def note(request: HttpRequest, patient_id: UUID, follow_up_id: UUID) -> HttpResponse:
    """Write a note of the follow-up."""
    one = follow_up_or_404(patient_id, follow_up_id)
    with refusals_told(request):
        commands.write_note(follow_up=one, text=request.POST.get("text", ""))
        messages.success(request, "Note enregistrée.")
    return redirect("home_monitoring:follow_up", patient_id, one.id)


@permission(WRITES)
def hand_over(request: HttpRequest, patient_id: UUID, follow_up_id: UUID) -> HttpResponse:
    """Give a follow-up to another watcher."""
    one = follow_up_or_404(patient_id, follow_up_id)
    others = [row for row in queries.watchers(patient_id) if row.id != one.watcher_id]
    form = forms.HandOverForm(
        request.POST or None,
        watchers=[(row.key, row.words) for row in others],
        initial={"version": one.version},
    )
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        with refusals_on(form):
            commands.hand_over(follow_up=one, expected_version=values.pop("version"), **values)
            messages.success(request, f"{one.watcher_name} veille désormais, et en est prévenu.")
            return redirect("home_monitoring:follow_up", patient_id, one.id)
    return page(request, "hand_over", {"form": form, "one": one})


@permission(WRITES)
def end(request: HttpRequest, patient_id: UUID, follow_up_id: UUID) -> HttpResponse:
    """End a follow-up."""
    one = follow_up_or_404(patient_id, follow_up_id)
    form = forms.EndForm(request.POST or None, initial={"version": one.version})
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        with refusals_on(form):
            commands.end_follow_up(
                follow_up=one,
                seen=_seen(request.POST.getlist("seen")),
                expected_version=values.pop("version"),
                **values,
            )
            messages.success(request, "La surveillance est terminée : la lettre est prête.")
            return redirect("home_monitoring:follow_up", patient_id, one.id)
    waiting = [_alert(row) for row in queries.waiting(one)]
    return page(request, "end", {"form": form, "one": one, "waiting": waiting})


def _seen(texts: list[str]) -> set[tuple[UUID, int]]:
    """The alerts that a form carries, each with the version that was shown; what is none is left out."""
    found = set()
    for text in texts:
        key, _, version = text.partition(":")
        with suppress(ValueError):
            found.add((UUID(key), int(version)))
    return found


@permission(READS)
@require_safe
def letter_pdf(request: HttpRequest, patient_id: UUID, follow_up_id: UUID) -> HttpResponse:
    """The letter of the end of a follow-up, as a PDF."""
    one = follow_up_or_404(patient_id, follow_up_id)
    if one.ended_at is None:
        raise Http404
    note_reading(request, "home_monitoring.letter.read", "monitoring_follow_up", one.id)
    content = letter.pdf(one, banner_of(patient_id))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="fin-de-surveillance.pdf"'
    return response
