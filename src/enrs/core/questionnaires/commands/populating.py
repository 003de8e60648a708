"""What the record already answers to a form, and what a filled form says as Observations: nothing is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.questionnaires import fhir, queries
from enrs.core.questionnaires.commands.answers import asked_sources
from enrs.core.questionnaires.commands.errors import FormRefusedError, UnknownFormError
from enrs.core.questionnaires.models import Answer, Form
from enrs.core.questionnaires.rules import evaluation
from enrs.core.questionnaires.rules.responses import UnknownItemError
from enrs.core.questionnaires.rules.shapes import Fault


@dataclass(frozen=True, slots=True)
class Populated:
    """A response under way, and the items whose source had nothing to say."""

    resource: dict[str, Any]
    empty: list[str] = field(default_factory=list)


def populate(*, form: Form, patient_id: UUID) -> Populated:
    """The response that a new answer would begin with, for whoever may begin one; nothing is saved.

    Raises:
        AccessRefusedError: the actor may not write assessments about this patient.
    """
    role = _demand(patient_id)
    definition = queries.definition_of(form)
    values = evaluation.prefilled(definition, asked_sources(definition, patient_id))
    scores, _ = evaluation.calculate(definition, values)
    answer = _unsaved(form, patient_id, values, scores)
    with act():
        note(
            "questionnaires.form.populated",
            patient_id=patient_id,
            object_kind="form",
            object_id=form.pk,
            details={"form": form.name},
        )
    empty = [one.link_id for one in definition.walk() if one.prefill and one.link_id not in values]
    return Populated(fhir.response_under_way(answer, role), empty)


def extract(*, answer: Answer) -> list[dict[str, Any]]:
    """The Observations that a finished answer gives; the record's own are published with it.

    Raises:
        FormRefusedError: it is not finished.
    """
    if answer.status == Answer.Status.IN_PROGRESS:
        raise FormRefusedError([Fault("not_finished")])
    with act():
        note(
            "questionnaires.answer.extracted",
            patient_id=answer.patient_id,
            object_kind="answer",
            object_id=answer.pk,
            details={"form": answer.form_name},
        )
    return fhir.drawn(answer)


def extract_response(*, resource: Mapping[str, Any], patient_id: UUID) -> list[dict[str, Any]]:
    """The Observations that a QuestionnaireResponse would give, checked as at its end; nothing is saved.

    Raises:
        AccessRefusedError, UnknownFormError, FormRefusedError: as `receive_response`.
    """
    role = _demand(patient_id)
    form = form_of(str(resource.get("questionnaire", "")))
    definition = queries.definition_of(form)
    try:
        given = fhir.values_from(definition, dict(resource))
    except UnknownItemError as error:
        raise FormRefusedError([error.fault]) from error
    values, faults, _ = evaluation.merged(definition, {}, given, role)
    scores, _ = evaluation.calculate(definition, values)
    values = evaluation.standing(definition, values, scores)
    scores, _ = evaluation.calculate(definition, values)
    if faults := faults or evaluation.final_faults(definition, values, scores, role):
        raise FormRefusedError(faults)
    answer = _unsaved(form, patient_id, values, scores)
    answer.status = Answer.Status.COMPLETED
    with act():
        note(
            "questionnaires.form.extracted",
            patient_id=patient_id,
            object_kind="form",
            object_id=form.pk,
            details={"form": form.name},
        )
    return fhir.drawn(answer)


def form_of(canonical: str) -> Form:
    """The published form of a canonical address, with or without `|version` (UnknownFormError)."""
    url, _, version = canonical.partition("|")
    rows = Form.objects.defer("body").filter(url=url, status=Form.Status.PUBLISHED)
    found = (rows.filter(version=version) if version else rows).first()
    if found is None:
        raise UnknownFormError(url)
    return found


def _demand(patient_id: UUID) -> str:
    """The part that the actor plays in this patient's assessments, when they may write them."""
    decision = may(access_rules.WRITE, "assessment", patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)
    return decision.role


def _unsaved(
    form: Form, patient_id: UUID, values: dict[str, Any], scores: dict[str, Any]
) -> Answer:
    by, now = current_actor(), timezone.now()
    return Answer(
        id=uuid7(), patient_id=patient_id, form=form, form_name=form.name, form_version=form.version,
        items=values, scores=scores, author_id=by.user_id, author_name=by.name, started_at=now,
        saved_at=now, saved_by_id=by.user_id, saved_by_name=by.name, completed_at=None,
    )  # fmt: skip
