"""Severity and orientation: the form, then what its stated rules say, and the way to a follow-up."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.access.rules import WRITE
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.questionnaires.commands import start_answer
from enrs.services.home_monitoring.commands.shared import CATEGORY, PERSON_CATEGORY
from enrs.services.home_monitoring.rules.orientation import orient
from enrs.services.home_monitoring.views.follow_up import is_person, page
from enrs.services.home_monitoring.views.shared import known, look

FORM = "orientation-covid"
RULES = Path(__file__).resolve().parents[1] / "orientation" / "covid.json"


@cache
def stated() -> dict[str, Any]:
    """The rules of the release, and what each level leads to."""
    found: dict[str, Any] = json.loads(RULES.read_text(encoding="utf-8"))
    return found


@permission(patient_permission(PERSON_CATEGORY, WRITE))
@require_POST
def orient_begin(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Begin an orientation: it is a professional's."""
    if is_person(opening_of(request)):
        raise AccessRefusedError("profession")
    return redirect("questionnaires:fill", start_answer(form=FORM, patient_id=patient_id).id)


@permission(patient_permission(PERSON_CATEGORY))
@require_safe
def orientation(request: HttpRequest, patient_id: UUID, answer_id: UUID) -> HttpResponse:
    """What the rules say of a filled form."""
    answer = questionnaires.answer(answer_id)
    if answer is not None and (answer.patient_id, answer.form_name) != (patient_id, FORM):
        answer = None
    given = known(answer)
    said = orient(questionnaires.values_of(given), stated()["rules"], stated()["needed"])
    context = {
        "answer": given,
        "look": look("" if said.outcome == "incomplete" else said.level),
        "outcome": stated()["outcomes"][said.outcome],
        "missing": said.missing,
        "reasons": [(look(level), text) for level, text in said.reasons],
        "source": stated()["source"],
        "may_start": opening_of(request).may(WRITE, CATEGORY),
    }
    return page(request, "orientation", context, reading="home_monitoring.orientation.read")
