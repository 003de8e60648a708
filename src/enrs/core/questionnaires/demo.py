"""Invented answers to published forms, with their scores, made as the commands would have made them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from enrs.core.demo import Patient, Rows, Someone, key
from enrs.core.questionnaires.fhir import publish_answer
from enrs.core.questionnaires.models import Answer, Form
from enrs.core.questionnaires.queries import definition_of
from enrs.core.questionnaires.rules import evaluation
from enrs.core.questionnaires.rules.parts import SYSTEM_ROLE

TIME_TAKEN = timedelta(minutes=20)


class WrongAnswerError(Exception):
    """An invented answer does not fit its form: the message names the faults."""


def answer_form(
    rows: Rows,
    *,
    form: Form,
    values: Mapping[str, Any],
    by: Someone,
    at: datetime,
    patient: Patient | None = None,
    subject: tuple[str, UUID] | None = None,
    is_final: bool = True,
    is_trial: bool = False,
) -> Answer:
    """What somebody answered at a moment; not `is_final`, it is still under way.

    Raises:
        WrongAnswerError: a value that the form refuses, or that it lacks at the end.
    """
    definition = definition_of(form)
    items, faults, _ = evaluation.merged(definition, {}, values, SYSTEM_ROLE)
    scores, _ = evaluation.calculate(definition, items)
    if is_final:
        items = evaluation.standing(definition, items, scores)
        scores, _ = evaluation.calculate(definition, items)
        faults = faults + evaluation.final_faults(definition, items, scores, SYSTEM_ROLE)
    if faults:
        raise WrongAnswerError(f"{form.name}: {faults[:5]}")
    answer = rows.add(
        Answer(
            id=key(at),
            identity_id=patient.identity_id if patient else None,
            patient_id=patient.id if patient else None,
            form=form,
            form_name=form.name,
            form_version=form.version,
            subject_kind=subject[0] if subject else "",
            subject_id=subject[1] if subject else None,
            status=Answer.Status.COMPLETED if is_final else Answer.Status.IN_PROGRESS,
            items=items,
            scores=scores,
            is_trial=is_trial,
            author_id=by.user_id,
            author_name=by.name,
            author_label=by.label,
            organisation_id=by.place_id,
            organisation_name=by.place_name,
            started_at=at - TIME_TAKEN,
            saved_at=at,
            saved_by_id=by.user_id,
            saved_by_name=by.name,
            completed_at=at if is_final else None,
            version=2,
        )
    )
    rows.publish(partial(publish_answer, answer))
    return answer
