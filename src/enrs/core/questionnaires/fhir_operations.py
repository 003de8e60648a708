"""`Questionnaire/$populate` and `QuestionnaireResponse/$extract` (HL7 Structured Data Capture 3.0)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import Http404

from enrs.core.fhir.answers import base_address, outcome
from enrs.core.fhir.operations import Call, register_operation
from enrs.core.fhir.rules.requests import read_uuid
from enrs.core.fhir.rules.validation import Issue
from enrs.core.fhir.writing import WriteError, patient_of
from enrs.core.questionnaires import commands, queries
from enrs.core.questionnaires.fhir_writing import told
from enrs.core.questionnaires.models import Form

Tree = dict[str, Any]
SDC = "http://hl7.org/fhir/uv/sdc/OperationDefinition/"


@contextmanager
def _unseen() -> Iterator[None]:
    """Whom access refuses learns nothing: not even that there is such a patient."""
    try:
        yield
    except WriteError as error:
        if error.status == 403:
            raise Http404 from error
        raise


def populate(call: Call) -> Tree:
    """`$populate`: the response that a form would begin with for a patient, from their record.

    In: the form (the address, `canonical`, `questionnaireRef`), and `subject`. Out: `response`, and
    `issues` when a source had nothing to say. Nothing is saved.
    """
    with _unseen(), told("Questionnaire"):
        form = _form(call)
        patient_id = _subject(call)
        call.check_patient(patient_id)
        found = commands.populate(form=form, patient_id=patient_id)
    given: list[Tree] = [{"name": "response", "resource": found.resource}]
    if found.empty:
        issues = [
            Issue("informational", "", f"Le dossier ne dit rien pour « {link_id} ».")
            for link_id in found.empty
        ]
        given.append({"name": "issues", "resource": outcome(issues, "information")})
    return {"resourceType": "Parameters", "parameter": given}


def _form(call: Call) -> Form:
    if call.resource("questionnaire", "Questionnaire"):
        words = "Seul un formulaire publié ici se pré-remplit : donnez son adresse (canonical)."
        raise WriteError(words, code="not-supported", path="Parameters.parameter")
    reference = call.parameter("questionnaireRef").get("valueReference", {}).get("reference", "")
    key = call.identifier or _key(reference, "Questionnaire")
    if key is not None:
        found = queries.published_form_by_id(key)
        if found is None:
            raise Http404
        return found
    given = call.parameter("canonical")
    canonical = next((text for name, text in given.items() if name != "name"), "")
    if not canonical:
        words = "Nommez le formulaire par « canonical » ou « questionnaireRef »."
        raise WriteError(words, code="required", path="Parameters.parameter")
    return commands.form_of(str(canonical))


def _subject(call: Call) -> UUID:
    given = call.parameter("subject")
    text = given.get("valueReference", {}).get("reference", "") or given.get("valueString", "")
    key = _key(text, "Patient")
    if key is None:
        words = "« subject » est une référence « Patient/… »."
        raise WriteError(words, code="required", path="Parameters.parameter")
    return key


def _key(reference: str, kind: str) -> UUID | None:
    found, _, key = reference.rpartition("/")
    known = read_uuid(key) if found == kind else None
    return UUID(known) if known else None


def extract(call: Call) -> Tree:
    """`$extract`: the Observations that a finished response gives, as a transaction that may be sent elsewhere.

    In: a response of ours by its address, or `questionnaire-response`, which is checked as at its end and
    not kept. Those of a response of ours are in the record already.
    """
    with _unseen(), told("QuestionnaireResponse"):
        found = _kept(call) if call.identifier else _sent(call)
    entries = [
        {
            "fullUrl": f"{base_address()}/Observation/{one['id']}",
            "resource": one,
            "request": {"method": "POST", "url": "Observation"},
        }
        for one in found
    ]
    bundle: Tree = {"resourceType": "Bundle", "type": "transaction"}
    if entries:
        bundle["entry"] = entries
    given: list[Tree] = [{"name": "return", "resource": bundle}]
    if not entries:
        words = "Ce formulaire ne donne aucune observation."
        issues = outcome([Issue("informational", "", words)], "information")
        given.append({"name": "issues", "resource": issues})
    return {"resourceType": "Parameters", "parameter": given}


def _kept(call: Call) -> list[Tree]:
    answer = queries.answer(call.identifier) if call.identifier else None
    if answer is None or answer.patient_id is None:
        raise Http404
    call.check_patient(answer.patient_id)
    return commands.extract(answer=answer)


def _sent(call: Call) -> list[Tree]:
    resource = call.resource("questionnaire-response", "QuestionnaireResponse")
    if resource is None:
        words = "« questionnaire-response » est attendu."
        raise WriteError(words, code="required", path="Parameters.parameter")
    patient_id = patient_of(resource)
    if patient_id is None:
        words = "Une réponse porte sur un patient."
        raise WriteError(words, code="required", path="QuestionnaireResponse.subject")
    call.check_patient(patient_id)
    return commands.extract_response(resource=resource, patient_id=patient_id)


def register() -> None:
    """Offer both; called when the application loads."""
    register_operation(
        "Questionnaire",
        "populate",
        populate,
        definition=f"{SDC}Questionnaire-populate",
        wants=(("QuestionnaireResponse", "c"),),
    )
    register_operation(
        "QuestionnaireResponse",
        "extract",
        extract,
        definition=f"{SDC}QuestionnaireResponse-extract",
        wants=(("Observation", "r"), ("QuestionnaireResponse", "r")),
    )
