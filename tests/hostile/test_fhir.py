"""Every type that is written by FHIR, sent by everybody who should be refused, then by who may."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from enrs.core.access.rules import WRITE, permits
from enrs.core.audit.models import AuditLine
from enrs.core.fhir import writing
from enrs.core.plans.commands import create_plan
from enrs.core.workflow.registry import register_opening
from tests.core.fhir.factories import make_token, put
from tests.core.fhir.writing import sender
from tests.core.workflow.given import NAME
from tests.factories import FormFactory, organisation
from tests.hostile.table import CIRCLE, wrong_roles
from tests.hostile.world import World, differences, undone, written, wrong_user

pytestmark = pytest.mark.django_db
Tree = dict[str, Any]
LOINC = "http://loinc.org"
DESK = UUID("0190b000-0000-7000-8000-0000000000de")
ASKED = {"coding": [{"system": "urn:local:workflow", "code": NAME}]}
REFUSED = {401, 403, 404, 405}


def measure(patient: Tree) -> Tree:
    return {
        "status": "final", "subject": patient, "effectiveDateTime": "2026-03-12T08:00:00+01:00",
        "code": {"coding": [{"system": LOINC, "code": "29463-7"}]},
        "valueQuantity": {"value": 71.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }  # fmt: skip


def document(patient: Tree) -> Tree:
    return {
        "status": "current", "subject": patient, "date": "2026-03-12T08:00:00Z",
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.250.1.213.1.4.99.1"},
        "type": {"coding": [{"system": LOINC, "code": "11490-0"}], "text": "Lettre"},
        "content": [{"attachment": {"contentType": "application/pdf", "data": b64encode(b"%PDF-").decode()}}],
    }  # fmt: skip


def answer(patient: Tree) -> Tree:
    return {
        "status": "completed", "subject": patient, "questionnaire": FormFactory().url,
        "item": [{"linkId": "note", "answer": [{"valueString": "Oui"}]}],
    }  # fmt: skip


def meeting(patient: Tree) -> Tree:
    return {
        "status": "booked", "start": "2026-12-01T09:00:00+01:00", "end": "2026-12-01T09:30:00+01:00",
        "participant": [{"actor": patient, "status": "accepted"}],
    }  # fmt: skip


def order(patient: Tree) -> Tree:
    return {
        "status": "active", "intent": "order", "subject": patient, "code": ASKED,
        "performer": [{"reference": f"Organization/{DESK}"}],
    }  # fmt: skip


def task(patient: Tree) -> Tree:
    return {
        "status": "requested", "intent": "order", "for": patient, "code": ASKED, "description": "Retour",
        "restriction": {"recipient": [{"reference": f"Organization/{DESK}"}]},
    }  # fmt: skip


def care_plan(patient: Tree) -> Tree:
    kind = {"coding": [{"system": "urn:local:plan-kind", "code": "ppcs"}]}
    return {
        "status": "draft", "intent": "plan", "title": "Retour", "category": [kind], "subject": patient,
    }  # fmt: skip


BODIES: dict[str, tuple[str, Callable[[Tree], Tree]]] = {
    "Observation": ("summary", measure),
    "Condition": ("summary", lambda patient: {"subject": patient, "code": {"text": "Diabète"}}),
    "AllergyIntolerance": ("summary", lambda patient: {"patient": patient, "code": {"text": "Pénicilline"}}),
    "MedicationStatement": ("summary", lambda patient: {
        "subject": patient, "status": "active", "medicationCodeableConcept": {"text": "Metformine"},
    }),
    "Immunization": ("summary", lambda patient: {
        "patient": patient, "status": "completed", "vaccineCode": {"text": "Grippe"},
        "occurrenceDateTime": "2025-10-12",
    }),
    "DocumentReference": ("documents", document),
    "ServiceRequest": ("request", order),
    "Task": ("request", task),
    "CarePlan": ("plan", care_plan),
    "Goal": ("plan", lambda patient: {
        "lifecycleStatus": "active", "description": {"text": "Marcher dehors"}, "subject": patient,
    }),
    "QuestionnaireResponse": ("assessment", answer),
    "Appointment": ("agenda", meeting),
    "Communication": ("messages", lambda patient: {
        "status": "completed", "subject": patient, "payload": [{"contentString": "Sortie jeudi"}],
    }),
}  # fmt: skip
"""What a right request holds, by type, and the category of the matrix that it asks for."""


def a_desk(world: World) -> None:
    """A published place, and a workflow whose tasks other software may open."""
    register_opening(NAME)
    organisation("Équipe d'appui", id=DESK)
    put("Organization", None, "", id=DESK, name="Équipe d'appui", active=True)


def a_plan(world: World) -> None:
    """A goal stands in the person's open plan."""
    with world.as_right():
        create_plan(patient_id=world.patient.pk, kind="ppcs", title="Retour")


GROUNDS = {"Task": a_desk, "ServiceRequest": a_desk, "Goal": a_plan}
"""What must be there before the right request."""
OWN = {("Observation", "role:patient"): "the person writes their own measures"}


def test_every_type_that_is_written_has_a_hostile_case() -> None:
    assert set(writing._writers) == set(BODIES)


class Attack:
    """One type under attack."""

    def __init__(self, kind: str) -> None:
        self.kind, (self.category, self.body) = kind, BODIES[kind]
        self.world, self.send, self.faults = World("physician"), sender(Client()), []
        self.world.right  # noqa: B018  in the circle before anybody else
        GROUNDS.get(kind, lambda _: None)(self.world)
        self.resource = {"resourceType": kind} | self.body(
            {"reference": f"Patient/{self.world.patient.pk}"}
        )

    def run(self) -> list[str]:
        token = make_token(self.world.right, "user/*.cruds")
        self.attack("create", lambda one: self.send("post", self.kind, one, self.resource))
        made = self.send("post", self.kind, token, self.resource)
        if made.status_code != 201:
            return [*self.faults, f"{self.kind}: refused, {made.content!r}"]
        _, _, path = made.headers["Location"].partition("/fhir/R4/")
        path, tag = path.partition("/_history")[0], made.headers["ETag"]
        again = self.resource | {"id": path.partition("/")[2]}
        self.attack("update", lambda one: self.send("put", path, one, again, **{"If-Match": tag}))
        self.attack("delete", lambda one: self.send("delete", path, one, b""))
        if self.kind == "Observation":
            entry = {"resource": self.resource, "request": {"method": "POST", "url": self.kind}}
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
            self.attack("bundle", lambda one: self.send("post", "", one, bundle))
        if "update" in writing.interactions(self.kind):
            stale = self.send("put", path, token, again, **{"If-Match": 'W/"77"'})
            if stale.status_code != 412:
                self.faults.append(f"{self.kind}, stale: {stale.status_code}")
        return self.faults

    def attack(self, what: str, call: Callable[[str], Any]) -> None:
        for one, token in self.tokens():
            with undone():
                held, before = token(), written()
                lines = AuditLine.objects.filter(outcome="refused").count()
                status = call(held).status_code
                if status not in REFUSED or differences(before, written()):
                    self.faults.append(f"{self.kind}, {what}, {one}: {status}")
                is_told = AuditLine.objects.filter(outcome="refused").count() > lines
                if status in (403, 404) and not is_told:
                    self.faults.append(f"{self.kind}, {what}, {one}: no line of the refusal")

    def tokens(self) -> list[tuple[str, Callable[[], str]]]:
        """Who is wrong, and a token that is theirs."""
        world = self.world
        roles = wrong_roles("physician", lambda one: permits(one, self.category, WRITE))
        kinds = [
            one for one in (*CIRCLE, *roles) if one != "anonymous" and (self.kind, one) not in OWN
        ]

        def of(kind: str) -> Callable[[], str]:
            return lambda: make_token(wrong_user(kind, world), "user/*.cruds")

        return [
            ("nobody", lambda: ""),
            ("an unknown token", lambda: "x" * 43),
            ("a token to read", lambda: make_token(world.right, "user/*.rs")),
            ("a token of another type", lambda: make_token(world.right, "user/Patient.cruds")),
            *((kind, of(kind)) for kind in kinds),
        ]


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_everybody_else_is_refused_by_fhir(kind: str) -> None:
    faults = Attack(kind).run()
    assert not faults, "\n" + "\n".join(faults)
