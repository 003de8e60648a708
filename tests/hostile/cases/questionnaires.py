"""Forms and answers: the circle for answers, the region's own team for forms."""

import json
from typing import Any

from enrs.core.ids import uuid7
from enrs.core.questionnaires import commands
from tests.factories import FormFactory
from tests.hostile.table import case, feed, part
from tests.hostile.world import World

FORMS = "core.questionnaires"
UPLOAD: dict[str, Any] = {
    "resourceType": "Questionnaire", "name": "sondage", "version": "1", "url": "urn:essai:sondage",
    "title": "Sondage", "item": [{"linkId": "a", "type": "string", "text": "Pourquoi ?"}],
}  # fmt: skip
MANAGED: dict[str, Any] = {"roles": ("operator",)}


def form(w: World, **fields: Any) -> Any:
    return FormFactory(**fields)


def answer(w: World) -> Any:
    with w.as_right():
        return commands.start_answer(form=form(w).name, patient_id=w.patient.pk)


def finished(w: World) -> Any:
    with w.as_right():
        begun = answer(w)
        return commands.save_answer(
            answer=begun, values={"note": "Oui"}, expected_version=begun.version, is_final=True
        )


@case(f"{FORMS}.start_answer", "nurse", category="assessment")
def start_answer(w: World) -> dict[str, Any]:
    return {"form": form(w).name, "patient_id": w.patient.pk}


@case(f"{FORMS}.save_answer", "nurse", category="assessment")
def save_answer(w: World) -> dict[str, Any]:
    made = answer(w)
    return {"answer": made, "values": {"note": "Oui"}, "expected_version": made.version}


@case(f"{FORMS}.amend_answer", "nurse", category="assessment")
def amend_answer(w: World) -> dict[str, Any]:
    made = finished(w)
    return {"answer": made, "values": {"note": "Non"}, "expected_version": made.version}


@case(f"{FORMS}.withdraw_answer", "nurse", category="assessment", own=True)
def withdraw_answer(w: World) -> dict[str, Any]:
    return {"answer": finished(w), "reason": "Erreur de dossier"}


@case(f"{FORMS}.share_answer", "nurse", category="assessment")
def share_answer(w: World) -> dict[str, Any]:
    return {"answer": answer(w), "readers": [uuid7()]}


@case(f"{FORMS}.receive_response", "nurse", category="assessment")
def receive_response(w: World) -> dict[str, Any]:
    resource = {
        "resourceType": "QuestionnaireResponse", "status": "in-progress", "questionnaire": form(w).url,
        "item": [{"linkId": "note", "answer": [{"valueString": "Oui"}]}],
    }  # fmt: skip
    return {"resource": resource, "patient_id": w.patient.pk}


@case(f"{FORMS}.populate", "nurse", category="assessment", is_reading=True)
def populate(w: World) -> dict[str, Any]:
    return {"form": form(w), "patient_id": w.patient.pk}


@case(f"{FORMS}.extract_response", "nurse", category="assessment", is_reading=True)
def extract_response(w: World) -> dict[str, Any]:
    return receive_response(w)


@case(f"{FORMS}.upload_form", "operator", **MANAGED)
def upload_form(w: World) -> dict[str, Any]:
    return {"content": json.dumps(UPLOAD).encode()}


@case(f"{FORMS}.try_form", "operator", **MANAGED)
def try_form(w: World) -> dict[str, Any]:
    return {"form": form(w, status="draft")}


@case(f"{FORMS}.publish_form", "operator", **MANAGED)
def publish_form(w: World) -> dict[str, Any]:
    return {"form": form(w, status="test")}


@case(f"{FORMS}.retire_form", "operator", **MANAGED)
def retire_form(w: World) -> dict[str, Any]:
    return {"form": form(w)}


@case(f"{FORMS}.start_trial", "operator", **MANAGED)
def start_trial(w: World) -> dict[str, Any]:
    return {"form": form(w, status="test")}


feed("the forms of the services' folders, after a migration", f"{FORMS}.sync_forms")
part(
    "a reading: of the form alone, or of an answer that the operation found as its reader",
    f"{FORMS}.form_of",
    f"{FORMS}.extract",
)
part("what the form's own sources say to whoever may begin it", f"{FORMS}.asked_sources")
