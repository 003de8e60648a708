"""What the record makes of what other software sends: what is doubtful, void, hidden or replaced."""

from base64 import b64encode
from typing import Any

import pytest
from django.test import Client

from enrs.core.documents.models import Document
from enrs.services.record.models import Allergy, Problem, Treatment
from tests.core.fhir.conftest import World
from tests.core.fhir.conftest import world as world  # noqa: PLC0414  a fixture
from tests.core.fhir.conftest import writing_token as writing_token  # noqa: PLC0414  a fixture
from tests.core.fhir.writing import Send, sender
from tests.services.record import factories as f

pytestmark = pytest.mark.django_db
SNOMED = "http://snomed.info/sct"


@pytest.fixture
def write(client: Client) -> Send:
    return sender(client)


def sent(world: World, kind: str, **fields: Any) -> dict[str, Any]:
    who = "patient" if kind == "AllergyIntolerance" else "subject"
    return {"resourceType": kind, who: {"reference": f"Patient/{world.patient.id}"}, **fields}


def coded(code: str, text: str, system: str = SNOMED) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}], "text": text}


def verified(kind: str, code: str) -> dict[str, Any]:
    name = "condition-ver-status" if kind == "Condition" else "allergyintolerance-verification"
    system = f"http://terminology.hl7.org/CodeSystem/{name}"
    return {"verificationStatus": {"coding": [{"system": system, "code": code}]}}


DIABETES = coded("44054006", "Diabète de type 2")
PENICILLIN = coded("91936005", "Pénicilline")
CODES = {"Condition": DIABETES, "AllergyIntolerance": PENICILLIN}


def put(write: Send, token: str, made: Any, resource: dict[str, Any]) -> Any:
    body = resource | {"id": made.json()["id"]}
    path = f"{resource['resourceType']}/{body['id']}"
    return write("put", path, token, body, **{"If-Match": made.headers["ETag"]})


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("Condition", "refuted"), ("Condition", "entered-in-error"), ("Condition", "unconfirmed"),
        ("Condition", "provisional"), ("Condition", "differential"),
        ("AllergyIntolerance", "refuted"), ("AllergyIntolerance", "entered-in-error"),
        ("AllergyIntolerance", "unconfirmed"),
    ],
)  # fmt: skip
def test_what_is_not_confirmed_is_no_line_of_the_summary(
    world: World, write: Send, writing_token: str, kind: str, code: str
) -> None:
    given = sent(world, kind, code=CODES[kind], **verified(kind, code))
    answer = write("post", kind, writing_token, given)
    assert answer.status_code == 422, answer.content
    assert answer.json()["issue"][0]["expression"] == [f"{kind}.verificationStatus"]
    assert not Problem.objects.exists()
    assert not Allergy.objects.exists()


@pytest.mark.parametrize("kind", ["Condition", "AllergyIntolerance"])
@pytest.mark.parametrize("code", ["refuted", "entered-in-error"])
def test_what_is_refuted_later_is_withdrawn(
    world: World, write: Send, writing_token: str, kind: str, code: str
) -> None:
    given = sent(world, kind, code=CODES[kind], **verified(kind, "confirmed"))
    made = write("post", kind, writing_token, given)
    assert made.status_code == 201, made.content
    answer = put(write, writing_token, made, given | verified(kind, code))
    assert answer.status_code < 300, answer.content
    row = (Problem if kind == "Condition" else Allergy).objects.get()
    assert row.withdrawn_at
    assert write("get", f"{kind}/{row.id}", writing_token).status_code == 410


def test_a_doubt_sent_later_changes_nothing(world: World, write: Send, writing_token: str) -> None:
    given = sent(world, "Condition", code=DIABETES)
    made = write("post", "Condition", writing_token, given)
    again = put(write, writing_token, made, given | verified("Condition", "provisional"))
    assert again.status_code == 422
    assert Problem.objects.get().version == 1


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        ("active", "active"), ("intended", "active"), ("completed", "stopped"), ("stopped", "stopped"),
        ("on-hold", "stopped"), ("entered-in-error", ""), ("not-taken", ""), ("unknown", ""),
    ],
)  # fmt: skip
def test_the_states_of_a_treatment(
    world: World, write: Send, writing_token: str, status: str, kept: str
) -> None:
    drug = {"text": "Metformine"}
    given = sent(world, "MedicationStatement", status=status, medicationCodeableConcept=drug)
    answer = write("post", "MedicationStatement", writing_token, given)
    assert answer.status_code == (201 if kept else 422), answer.content
    assert [one.status for one in Treatment.objects.all()] == ([kept] if kept else [])


def test_no_known_allergy_is_the_statement_of_the_page(
    world: World, write: Send, writing_token: str
) -> None:
    none = sent(world, "AllergyIntolerance", code=coded("716186003", "No known allergy"))
    assert write("post", "AllergyIntolerance", writing_token, none).status_code == 201
    assert Allergy.objects.get().is_none_known
    given = sent(world, "AllergyIntolerance", code=PENICILLIN)
    made = write("post", "AllergyIntolerance", writing_token, given)
    assert made.status_code == 201
    assert Allergy.objects.get(withdrawn_at=None).display == "Pénicilline"
    again = write("post", "AllergyIntolerance", writing_token, none)
    assert (again.status_code, again.json()["issue"][0]["code"]) == (409, "conflict")
    assert put(write, writing_token, made, none).status_code == 422
    resolved = {"clinicalStatus": {"coding": [{"code": "resolved", "system":
        "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"}]}}  # fmt: skip
    assert write("post", "AllergyIntolerance", writing_token, none | resolved).status_code == 422
    assert Allergy.objects.filter(withdrawn_at=None, is_none_known=True).count() == 0


def test_what_an_update_does_not_name_stays(world: World, write: Send, writing_token: str) -> None:
    drug = coded("372567009", "Metformine")
    given = sent(world, "MedicationStatement", status="active", medicationCodeableConcept=drug)
    made = write("post", "MedicationStatement", writing_token, given)
    Treatment.objects.update(prescriber="Dr Hélène Vasseur")
    plain = given | {"medicationCodeableConcept": {"text": "Metformine"}, "status": "stopped"}
    assert put(write, writing_token, made, plain).status_code == 200
    row = Treatment.objects.get()
    assert (row.status, row.prescriber, row.code) == ("stopped", "Dr Hélène Vasseur", "372567009")


# --- documents -----------------------------------------------------------------------------------

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
VISIBILITY = "urn:oid:1.2.250.1.213.1.1.4.13"


def document(world: World, number: int = 1, **fields: Any) -> dict[str, Any]:
    data = b64encode(f"%PDF-1.4 {number}".encode()).decode()
    return sent(
        world, "DocumentReference", status="current", date="2026-03-12T08:00:00Z",
        masterIdentifier={"system": "urn:ietf:rfc:3986", "value": f"urn:oid:1.2.250.1.213.1.4.99.{number}"},
        type=coded("11490-0", "Lettre de liaison", "http://loinc.org"),
        content=[{"attachment": {"contentType": "application/pdf", "data": data}}],
        **fields,
    )  # fmt: skip


def labels(*codes: str) -> list[dict[str, Any]]:
    """One concept for the level, one for all the marks."""
    marks = [{"system": VISIBILITY, "code": code} for code in codes]
    return [{"coding": [{"system": CONFIDENTIALITY, "code": "R"}]}, {"coding": marks}]


@pytest.mark.parametrize(
    ("codes", "marks"),
    [
        (["MASQUE_PS"], ["masked_from_professionals"]),
        (["INVISIBLE_PATIENT"], ["hidden_from_patient"]),
        (["INVISIBLE_REPRESENTANTS_LEGAUX"], ["hidden_from_proxies"]),
        (["INVISIBLE_PATIENT", "INVISIBLE_REP_LEGAUX"], ["hidden_from_patient", "hidden_from_proxies"]),
    ],
)  # fmt: skip
def test_every_security_label_hides_as_it_says(
    world: World, write: Send, writing_token: str, codes: list[str], marks: list[str]
) -> None:
    given = document(world, securityLabel=labels(*codes))
    answer = write("post", "DocumentReference", writing_token, given)
    assert answer.status_code == 201, answer.content
    row = Document.objects.get()
    names = ("masked_from_professionals", "hidden_from_patient", "hidden_from_proxies")
    assert [name for name in names if getattr(row, name)] == marks
    assert row.confidentiality == "R"


def test_a_label_that_is_not_understood_is_refused(
    world: World, write: Send, writing_token: str
) -> None:
    given = document(world, securityLabel=labels("INVISIBLE_A_TOUS"))
    answer = write("post", "DocumentReference", writing_token, given)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["DocumentReference.securityLabel"]
    assert not Document.objects.exists()


def replacing(identifier: object) -> dict[str, Any]:
    return {
        "relatesTo": [
            {"code": "replaces", "target": {"reference": f"DocumentReference/{identifier}"}}
        ]
    }


def test_a_document_replaces_the_one_that_it_names(
    world: World, write: Send, writing_token: str
) -> None:
    first = write("post", "DocumentReference", writing_token, document(world)).json()["id"]
    given = document(world, 2, **replacing(first))
    for status in (201, 200):
        answer = write("post", "DocumentReference", writing_token, given)
        assert answer.status_code == status, answer.content
    former = Document.objects.get(id=first)
    assert former.status == Document.Status.SUPERSEDED
    assert str(Document.objects.get(status=Document.Status.CURRENT).replaces_id) == first


def test_what_the_caller_neither_filed_nor_sees_is_not_replaced(
    world: World, write: Send, writing_token: str
) -> None:
    hidden = document(world, 1, securityLabel=labels("MASQUE_PS"))
    masked = write("post", "DocumentReference", writing_token, hidden).json()["id"]
    others = f.document(world.patient.id).id
    elsewhere = f.document(f.patient("900", **f.BARE)).id
    for target in (masked, others, elsewhere, "x"):
        given = document(world, 3, **replacing(target))
        answer = write("post", "DocumentReference", writing_token, given)
        assert answer.status_code == 422, answer.content
    assert not Document.objects.filter(status=Document.Status.SUPERSEDED).exists()
