"""What is read by FHIR is accepted back as it was, for every type that may be replaced."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from enrs.core.access.actor import Actor, acting
from enrs.core.accounts.models import User
from enrs.core.fhir.writing import _writers
from enrs.core.ids import uuid7
from enrs.core.questionnaires.commands import save_answer, start_answer, sync_forms
from enrs.core.workflow.commands import move_task
from tests.core.fhir.factories import make_token
from tests.core.fhir.writing import Send, sender
from tests.core.plans.factories import filled as filled_plan
from tests.services.coordination.factories import called_in, desk
from tests.services.record.factories import member, patient

pytestmark = pytest.mark.django_db

Make = Callable[[Send, str, UUID, Actor], UUID]
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"


def posted(kind: str, subject: str = "subject", **fields: Any) -> Make:
    """Made by what another software would send."""

    def make(send: Send, token: str, person: UUID, _: Actor) -> UUID:
        about = {subject: {"reference": f"Patient/{person}"}} if subject else {}
        tree = {"resourceType": kind, **about, **fields}
        if not subject:
            tree["participant"][0]["actor"] = {"reference": f"Patient/{person}"}
        response = send("post", kind, token, tree)
        assert response.status_code == 201, response.content
        return UUID(response.json()["id"])  # type: ignore[attr-defined]

    return make


def answered(_send: Send, _token: str, person: UUID, by: Actor) -> UUID:
    sync_forms()
    values = {
        "motifs": ["home", "caregiver"], "attente": "Un suivi.", "informee": True, "volonte": "agrees",
        "vit": "alone", "contexte": "Chutes répétées.",
    }  # fmt: skip
    with acting(by):
        answer = start_answer(form="coordination-request", patient_id=person)
        save_answer(answer=answer, values=values, expected_version=1, is_final=True)
    return answer.id


def moved(_send: Send, _token: str, person: UUID, by: Actor) -> UUID:
    task = called_in(person, desk(), by)
    with acting(by):
        move_task(
            task=task, transition="cancel", reason="Sans objet", expected_version=task.version
        )
    return task.id


def asked(_send: Send, _token: str, person: UUID, by: Actor) -> UUID:
    return called_in(person, desk(), by).id


def planned(_send: Send, _token: str, person: UUID, by: Actor) -> UUID:
    return filled_plan(person, by, rows=2).id


def goal(_send: Send, _token: str, person: UUID, by: Actor) -> UUID:
    return filled_plan(person, by).goals.get().id


def coded(system: str, code: str, text: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


METFORMIN = coded(SNOMED, "372567009", "Metformine")
PRESSURE = [
    {"code": coded(LOINC, code, text), "valueQuantity": quantity(value, "mm[Hg]")}
    for code, text, value in (("8480-6", "Systolique", 132), ("8462-4", "Diastolique", 81))
]
MAKERS: dict[str, list[Make]] = {
    "AllergyIntolerance": [
        posted("AllergyIntolerance", "patient", code=coded(SNOMED, "91936005", "Pénicilline"), criticality="high",
               category=["medication"], onsetDateTime="1999",
               reaction=[{"manifestation": [{"text": "Urticaire"}]}], note=[{"text": "Adulte"}]),
    ],
    "Appointment": [
        posted("Appointment", "", status="booked", start="2026-12-01T09:00:00+01:00", end="2026-12-01T09:30:00+01:00",
               description="Pansement", comment="Apporter l’ordonnance",
               participant=[{"status": "accepted"},
                            {"actor": {"reference": f"Practitioner/{uuid7()}", "display": "Paul Imbert"},
                             "status": "needs-action"}]),
    ],
    "CarePlan": [planned],
    "Communication": [
        posted("Communication", status="completed", topic={"text": "Sortie"}, payload=[{"contentString": "Jeudi"}]),
    ],
    "Condition": [
        posted("Condition", code=coded(SNOMED, "44054006", "Diabète de type 2"), onsetDateTime="2019-05",
               note=[{"text": "Équilibré"}]),
    ],
    "Goal": [goal],
    "Immunization": [
        posted("Immunization", "patient", status="completed", vaccineCode=coded(SNOMED, "871751006", "DTP"),
               occurrenceDateTime="2024-03-12", lotNumber="X12", protocolApplied=[{"doseNumberPositiveInt": 2}]),
    ],
    "MedicationStatement": [
        posted("MedicationStatement", status="active", medicationCodeableConcept=METFORMIN,
               effectivePeriod={"start": "2020-01"}, dosage=[{"text": "1 matin et soir"}]),
    ],
    "Observation": [
        posted("Observation", status="final", code=coded(LOINC, "29463-7", "Poids"),
               effectiveDateTime="2026-03-12T08:00:00+01:00", valueQuantity=quantity(71.5, "kg")),
        posted("Observation", status="final", code=coded(LOINC, "85354-9", "Pression artérielle"),
               effectiveDateTime="2026-03-12T08:00:00+01:00", component=PRESSURE),
    ],
    "QuestionnaireResponse": [answered],
    "ServiceRequest": [asked, moved],
    "Task": [asked, moved],
}  # fmt: skip


MOVING = {"QuestionnaireResponse": ("status", "authored")}
"""What an amendment changes by itself: the answer becomes « amended »."""


def test_every_type_that_may_be_replaced_is_here():
    assert sorted(kind for kind, one in _writers.items() if one.update) == sorted(MAKERS)


@pytest.mark.parametrize(
    ("kind", "make"), [(kind, make) for kind, makers in MAKERS.items() for make in makers]
)
def test_what_is_read_is_accepted_back_unchanged(client: Client, kind: str, make: Make):
    person = patient()
    by = member(person, "physician", "Dr Hélène Vasseur")
    token, send = make_token(User.objects.get(pk=by.user_id), "user/*.cruds"), sender(client)
    path = f"{kind}/{make(send, token, person, by)}"
    read = send("get", path, token)
    assert read.status_code == 200, read.content
    answer = send("put", path, token, read.content, **{"If-Match": read.headers["ETag"]})
    assert answer.status_code == 200, answer.content
    again = send("get", path, token)
    assert again.content == read.content


@pytest.mark.parametrize(
    ("kind", "make"), [(kind, make) for kind, makers in MAKERS.items() for make in makers]
)
def test_the_command_itself_changes_nothing_of_what_is_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch, kind: str, make: Make
):
    monkeypatch.setattr("enrs.core.fhir.accepting.is_same", lambda resource, body: False)
    person = patient()
    by = member(person, "physician", "Dr Hélène Vasseur")
    token, send = make_token(User.objects.get(pk=by.user_id), "user/*.cruds"), sender(client)
    path = f"{kind}/{make(send, token, person, by)}"
    read = send("get", path, token)
    answer = send("put", path, token, read.content, **{"If-Match": read.headers["ETag"]})
    assert answer.status_code == 200, answer.content
    again, former = send("get", path, token).json(), read.json()
    for tree in (again, former):
        for name in MOVING.get(kind, ()):
            tree.pop(name, None)
        del tree["meta"]
    assert again == former
