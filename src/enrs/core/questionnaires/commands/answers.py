"""Starting, saving, finishing, amending and withdrawing answers."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.questionnaires import fhir, queries
from enrs.core.questionnaires.commands.errors import FormRefusedError, UnknownFormError
from enrs.core.questionnaires.commands.forms import _demand_manager
from enrs.core.questionnaires.models import Answer, AnswerVersion, Form
from enrs.core.questionnaires.registry import sources
from enrs.core.questionnaires.rules import evaluation
from enrs.core.questionnaires.rules.rejoining import LostRowError, is_untold, rejoined
from enrs.core.questionnaires.rules.responses import UnknownItemError
from enrs.core.questionnaires.rules.shapes import Definition, Fault
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.persons import banner_of, carrier_of

QUIET = timedelta(minutes=15)
"""Autosaves by the same person within this time leave one line in the journal, not one each."""

SAVED = ["items", "scores", "status", "saved_at", "saved_by_id", "saved_by_name", "completed_at"]


def start_answer(
    *,
    form: str,
    patient_id: UUID | None,
    subject: tuple[str, UUID] | None = None,
    readers: Sequence[UUID] = (),
) -> Answer:
    """Begin an answer under the published version of a form, with its initial and pre-populated values.

    `subject` is (kind, id) of what it is about besides the patient; `readers` are grantees who may see
    an answer without patient.

    Raises:
        UnknownFormError: no such form is published.
        AccessRefusedError: the actor may not write assessments about this patient.
    """
    found = queries.published_form(form)
    if found is None:
        raise UnknownFormError(form)
    return _start(found, patient_id, subject, readers, is_trial=False)


def start_trial(*, form: Form) -> Answer:
    """Begin a trial answer about nobody, under a form that is not published yet.

    Raises:
        AccessRefusedError: the actor does not manage forms.
    """
    _demand_manager()
    if form.status not in ("draft", "test"):
        raise FormRefusedError([Fault("status", detail=form.status)])
    return _start(form, None, None, (), is_trial=True)


def _start(
    form: Form,
    patient_id: UUID | None,
    subject: tuple[str, UUID] | None,
    readers: Sequence[UUID],
    *,
    is_trial: bool,
) -> Answer:
    by, now = current_actor(), timezone.now()
    if by.kind == "anonymous":
        raise AccessRefusedError("anonymous")
    if patient_id and by.kind != "system":
        decision = may(access_rules.WRITE, "assessment", patient_id=patient_id)
        if not decision.allowed:
            raise AccessRefusedError(decision.reason)
    definition = queries.definition_of(form)
    values = evaluation.prefilled(definition, asked_sources(definition, patient_id))
    scores, _ = evaluation.calculate(definition, values)
    with act():
        answer = Answer(
            id=uuid7(),
            identity_id=carrier_of(patient_id),
            patient_id=patient_id,
            form=form,
            form_name=form.name,
            form_version=form.version,
            subject_kind=subject[0] if subject else "",
            subject_id=subject[1] if subject else None,
            items=values,
            scores=scores,
            is_trial=is_trial,
            author_id=by.user_id,
            author_name=by.name,
            author_label=by.label,
            organisation_id=by.organisation_id,
            organisation_name=by.organisation_name,
            readers=list(readers),
            started_at=now,
            saved_at=now,
            saved_by_id=by.user_id,
            saved_by_name=by.name,
        )
        answer.save(force_insert=True)
        _note(answer, "started")
    return answer


def asked_sources(definition: Definition, patient_id: UUID | None) -> dict[str, Any]:
    """Only the sources that the form names; each runs as whoever starts the answer."""
    if patient_id is None:
        return {}
    asked = {name for item in definition.walk() if item.prefill for name in item.prefill.variables}
    found: dict[str, Any] = {}
    for name, ask in sources().items():
        if name in asked:
            found[name] = ask(patient_id)
    if asked & {"patient", "age"}:
        found |= _person(patient_id)
    return found


def _person(patient_id: UUID) -> dict[str, Any]:
    """`%patient` (birth date, gender) and `%age` in whole years, from the banner; a partial date has no age."""
    banner = banner_of(patient_id)
    if banner is None:
        return {}
    born = str(banner.birth_date)
    genders = {"F": "female", "M": "male"}
    found: dict[str, Any] = {
        "patient": {
            "resourceType": "Patient",
            "id": str(patient_id),
            "birthDate": born,
            "gender": genders.get(banner.sex, "unknown"),
        }
    }
    if len(born) == 10:
        day, today = date.fromisoformat(born), timezone.localdate()
        found["age"] = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    return found


def save_answer(
    *, answer: Answer, values: Mapping[str, Any], expected_version: int, is_final: bool = False
) -> Answer:
    """Save what changes (an empty value clears); `is_final` checks everything and finishes the answer.

    Values of items that the actor's role may not fill (hidden, calculated, reserved) are ignored.

    Raises:
        AccessRefusedError: the actor may not write this answer.
        StaleSaveError: it was saved meanwhile.
        FormRefusedError: a value does not fit; or, at the end, an answer is missing.
    """
    role = _writer_role(answer)
    if answer.status != Answer.Status.IN_PROGRESS:
        raise FormRefusedError([Fault("finished")])
    _apply(answer, values, role, is_final=is_final)
    is_quiet = not is_final and _is_quiet(answer)
    with act():
        _stamp(answer)
        if is_final:
            answer.status, answer.completed_at = Answer.Status.COMPLETED, answer.saved_at
        save_version(answer, expected=expected_version, fields=SAVED)
        if not is_quiet:
            _note(answer, "completed" if is_final else "saved")
        if is_final:
            _finish(answer, "completed")
    return answer


def amend_answer(
    *, answer: Answer, values: Mapping[str, Any], expected_version: int, reason: str = ""
) -> Answer:
    """Change a finished answer; what it said before is kept.

    Raises:
        AccessRefusedError, StaleSaveError, FormRefusedError: as `save_answer`.
    """
    role = _writer_role(answer)
    if answer.status == Answer.Status.IN_PROGRESS:
        raise FormRefusedError([Fault("not_finished")])
    before = copy(answer)
    former = AnswerVersion(
        answer=answer,
        patient_id=answer.patient_id,
        version=expected_version,
        items=answer.items,
        scores=answer.scores,
        saved_at=answer.saved_at,
        saved_by_name=answer.saved_by_name,
        reason=reason.strip()[:300],
    )
    _apply(answer, values, role, is_final=True)
    with act():
        _stamp(answer)
        answer.status = Answer.Status.AMENDED
        save_version(answer, expected=expected_version, fields=SAVED)
        former.save(force_insert=True)
        _note(answer, "amended", reason)
        _finish(answer, "amended", former=before)
    return answer


def withdraw_answer(*, answer: Answer, reason: str) -> None:
    """Withdraw one's own answer from view.

    Raises:
        AccessRefusedError: not its author, or one who may write this answer no more.
    """
    by = current_actor()
    if by.kind != "system" and (by.user_id is None or by.user_id != answer.author_id):
        raise AccessRefusedError("author")
    if answer.withdrawn_at:
        return
    _writer_role(answer)
    with act():
        answer.withdrawn_at, answer.withdrawn_reason = timezone.now(), reason.strip()[:200]
        answer.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        _note(answer, "withdrawn", reason)
        _finish(answer, "withdrawn", is_deleted=True)


def share_answer(*, answer: Answer, readers: Iterable[UUID]) -> None:
    """Let more grantees (people or places) see an answer without patient."""
    _writer_role(answer)
    with act():
        answer.readers = list(dict.fromkeys([*answer.readers, *readers]))
        Answer.objects.filter(pk=answer.pk).update(readers=answer.readers)
        _note(answer, "shared")


def receive_response(
    *, resource: Mapping[str, Any], patient_id: UUID, answer: Answer | None = None
) -> Answer:
    """Take in a QuestionnaireResponse about a patient: a new answer, or the next state of one.

    `questionnaire` names the form by its canonical address, with or without `|version`.

    Raises:
        UnknownFormError, AccessRefusedError, FormRefusedError: as the other commands.
    """
    url, _, version = str(resource.get("questionnaire", "")).partition("|")
    rows = Form.objects.defer("body").filter(url=url, status=Form.Status.PUBLISHED)
    form = (rows.filter(version=version) if version else rows).first()
    if answer is None and form is None:
        raise UnknownFormError(url)
    definition = queries.definition_of(answer.form if answer else form)  # type: ignore[arg-type]
    try:
        values = fhir.values_from(definition, dict(resource))
    except UnknownItemError as error:
        raise FormRefusedError([error.fault]) from error
    is_final = resource.get("status") in ("completed", "amended")
    with act():
        if answer is None:
            answer = _start(form, patient_id, None, (), is_trial=False)  # type: ignore[arg-type]
            if named := resource.get("identifier"):
                answer.identifiers = [named]
                answer.save(update_fields=["identifiers"])
        try:
            whole = rejoined(definition, answer.items, values)
        except LostRowError as error:
            raise FormRefusedError([Fault("lost_rows", error.link_id)]) from error
        cleared = _replaced(definition, answer.items) | whole
        if answer.status == Answer.Status.IN_PROGRESS:
            return save_answer(
                answer=answer,
                values=cleared,
                expected_version=answer.version,
                is_final=is_final,
            )
        return amend_answer(answer=answer, values=cleared, expected_version=answer.version)


def _replaced(definition: Definition, items: Mapping[str, Any]) -> dict[str, Any]:
    """What a resource clears when it does not say it again: not what is published in no resource."""
    told = (definition.by_link[link_id] for link_id in items)
    return {one.link_id: "" for one in told if not is_untold(one)}


def _writer_role(answer: Answer) -> str:
    role = queries.reader_role(answer, access_rules.WRITE)
    if not role or answer.withdrawn_at:
        raise AccessRefusedError("outside_circle")
    return role


def _apply(answer: Answer, values: Mapping[str, Any], role: str, *, is_final: bool) -> None:
    """Put the values in, calculate, and check the end when it is one; the row is not saved."""
    definition = queries.definition_of(answer.form)
    items, faults, ignored = evaluation.merged(definition, answer.items, values, role)
    if faults:
        raise FormRefusedError(faults)
    if ignored:
        note(
            "questionnaires.answer.ignored",
            patient_id=answer.patient_id,
            outcome="refused",
            object_kind="answer",
            object_id=answer.pk,
            details={"items": ignored[:20]},
        )
    scores, _ = evaluation.calculate(definition, items)
    if is_final:
        items = evaluation.standing(definition, items, scores)
        scores, _ = evaluation.calculate(definition, items)
        lacks = evaluation.final_faults(definition, items, scores, role)
        if lacks:
            raise FormRefusedError(lacks)
    answer.items, answer.scores = items, scores


def _is_quiet(answer: Answer) -> bool:
    is_same = answer.saved_by_id == current_actor().user_id
    return is_same and timezone.now() - answer.saved_at < QUIET


def _stamp(answer: Answer) -> None:
    by = current_actor()
    answer.saved_at, answer.saved_by_id, answer.saved_by_name = timezone.now(), by.user_id, by.name


def _note(answer: Answer, what: str, reason: str = "") -> None:
    note(
        f"questionnaires.answer.{what}",
        patient_id=answer.patient_id,
        object_kind="answer",
        object_id=answer.pk,
        reason=reason,
        details={"form": answer.form_name},
    )


def _finish(
    answer: Answer, what: str, *, former: Answer | None = None, is_deleted: bool = False
) -> None:
    """Tell the open pages, and publish."""
    if answer.is_trial:
        return
    topics = [f"patient:{answer.patient_id}"] if answer.patient_id else []
    payload = {
        "kind": "assessments",
        "ids": [str(answer.pk)],
        "form": answer.form_name,
        "subject": [answer.subject_kind, str(answer.subject_id or "")],
    }
    emit(
        f"questionnaires.answer.{what}",
        patient_id=answer.patient_id,
        topics=topics,
        payload=payload,
    )
    fhir.publish_answer(answer, former=former, is_deleted=is_deleted)
