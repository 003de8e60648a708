"""What the pages of an answer share: the gate by its own address, banner, tabs, the line of the reading."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from enrs.core.access import rules as access_rules
from enrs.core.access.gate import Opening, open_patient
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import note_reading
from enrs.core.audit.commands import note
from enrs.core.questionnaires import queries
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.rules.shapes import Definition
from enrs.core.subjects.persons import banner_of
from enrs.core.ui.registry import record_tabs


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer that the gate opened, and the part played on it."""

    answer: Answer
    role: str
    opening: Opening | None

    @property
    def definition(self) -> Definition:
        return queries.definition_of(self.answer.form)

    @property
    def may_write(self) -> bool:
        """Whether they may also fill it."""
        if self.opening is None:
            return True
        return self.opening.may(access_rules.WRITE, "assessment")


def open_answer(request: HttpRequest, answer_id: UUID, action: str = access_rules.READ) -> Opened:
    """The answer of this address, for whoever may read (or write) it.

    Raises:
        Http404: absent, withdrawn, or refused.
    """
    rows = Answer.objects.select_related("form").defer("form__body")
    found = rows.filter(pk=answer_id, withdrawn_at=None).first()
    if found is None:
        raise Http404
    if found.patient_id is None:
        role = queries.reader_role(found, action)
        if not role:
            raise Http404
        return Opened(found, role, None)
    opening = open_patient(patient_permission("assessment", action), found.patient_id)
    if not opening.decision.allowed:
        raise Http404
    request.opening = opening  # type: ignore[attr-defined]
    return Opened(found, opening.decision.role, opening)


def answer_page(
    request: HttpRequest,
    opened: Opened,
    template: str,
    context: dict[str, Any],
    *,
    act: str,
    status: int = 200,
) -> HttpResponse:
    """Render a page of an answer under its patient's banner, and leave the line of the reading."""
    answer = opened.answer
    note_answer(request, opened, act)
    shared = {
        "answer": answer,
        "form": answer.form,
        "role": opened.role,
        "may_write": opened.may_write,
        **patient_frame(opened.opening),
    }
    return render(request, f"questionnaires/{template}.html", shared | context, status=status)


def note_answer(request: HttpRequest, opened: Opened, act: str) -> None:
    """The line of a reading of an answer."""
    name, key = f"questionnaires.answer.{act}", opened.answer.pk
    if opened.opening:
        note_reading(request, name, "answer", key)
    else:
        note(name, object_kind="answer", object_id=key)


def patient_frame(opening: Opening | None) -> dict[str, Any]:
    """Banner and tabs of the record, none without a patient."""
    if opening is None:
        return {"banner": None, "tabs": [], "patient_id": None}
    return {
        "banner": banner_of(opening.patient_id),
        "tabs": record_tabs(opening.categories, opening.patient_id, "assessments"),
        "patient_id": opening.patient_id,
    }
