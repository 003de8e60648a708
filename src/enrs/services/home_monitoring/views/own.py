"""The person's own page, and the entry of a reading by whoever makes it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.access.readings import opening_of
from enrs.core.access.rules import WRITE
from enrs.core.live.views import live_context
from enrs.core.subjects.measures import MeasureRefusedError
from enrs.services.home_monitoring import commands, queries
from enrs.services.home_monitoring.commands.shared import CATEGORY, PERSON_CATEGORY
from enrs.services.home_monitoring.forms import ReadingForm
from enrs.services.home_monitoring.models import FollowUp, Reading
from enrs.services.home_monitoring.views.follow_up import READS, curves, is_person, page
from enrs.services.home_monitoring.views.shared import (
    finding_words,
    follow_up_or_404,
    look,
    refusals_on,
)

SAID = {
    "red": "Vos relevés demandent un avis rapide : votre équipe est prévenue.",
    "amber": "Vos relevés sont à surveiller : votre équipe est prévenue.",
    "green": "Vos relevés sont enregistrés, tout est dans les limites prévues.",
}


@permission(ACCOUNT)
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The follow-ups of the person and of those whom they represent; the only one opens at once."""
    if current_actor().kind != "person":
        raise AccessRefusedError("profession")
    rows = queries.own_follow_ups()
    if len(rows) == 1:
        return redirect("home_monitoring:enter", rows[0].patient_id, rows[0].id)
    names = queries.names({one.patient_id for one in rows})
    context = {
        "rows": [(one, names.get(one.patient_id, "")) for one in rows],
        "live": live_context(f"user:{current_actor().user_id}"),
    }
    return render(request, "home_monitoring/own.html", context)


@permission(READS)
def enter(request: HttpRequest, patient_id: UUID, follow_up_id: UUID) -> HttpResponse:
    """Enter a reading: the person on their phone, or a professional beside them or by telephone."""
    one, opening = follow_up_or_404(patient_id, follow_up_id), opening_of(request)
    by_person = is_person(opening)
    content = queries.content_of(one.protocol)
    may_enter = _may_enter(opening, one)
    form = ReadingForm(request.POST or None, content=content, is_person=by_person)
    if request.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                made = commands.enter_reading(follow_up=one, entered=form.entered)
                _say(request, made, by_person=by_person)
                name = "enter" if by_person else "follow_up"
                return redirect(f"home_monitoring:{name}", patient_id, one.id)
        except MeasureRefusedError as error:
            form.refuse_measure(error)
    last = next(iter(queries.readings(one, 1)), None)
    context: dict[str, Any] = {
        "one": one, "content": content, "form": form, "may_enter": may_enter, "is_person": by_person,
        "last": last, "last_look": look(last.level) if last else None,
        "last_findings": finding_words(last.findings) if last else [],
        "advice": content.advice[last.level] if last else "",
        "curves": curves(one, content) if by_person else [],
        "cells": [row for row in queries.cells() if content.calls_cell],
    }  # fmt: skip
    return page(request, "enter", context, reading="home_monitoring.follow_up.read")


def _may_enter(opening: Opening, one: FollowUp) -> bool:
    """Whether the form is shown: the command asks the same again."""
    if one.ended_at is not None:
        return False
    if opening.may(WRITE, CATEGORY):
        return True
    return is_person(opening) and opening.may(WRITE, PERSON_CATEGORY)


def _say(request: HttpRequest, made: Reading, *, by_person: bool) -> None:
    """What the page says after a reading; the advice is on the page itself."""
    tell = messages.success if made.level == "green" else messages.warning
    if by_person:
        tell(request, SAID[made.level])
    else:
        words = "; ".join(finding_words(made.findings))
        tell(request, f"Relevé enregistré : {look(made.level)['label'].lower()}. {words}".strip())
