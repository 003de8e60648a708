"""What the record accepts by FHIR, through its own commands: measures, lines of the summary, documents."""

from base64 import b64encode

import pytest

from enrs.core.documents.models import Document
from enrs.services.record.models import Allergy, Measure, Problem
from tests.core.fhir.conftest import Ask, World
from tests.core.fhir.factories import give, make_token, make_user
from tests.core.fhir.writing import Send, posted, sender, transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(client) -> Send:
    """As `send`, with the writers that the services registered."""
    return sender(client)


def weight(world: World, value: float = 71.5, unit: str = "kg", **fields):
    return {
        "resourceType": "Observation", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{world.patient.id}"}, "effectiveDateTime": "2026-03-12T08:00:00+01:00",
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
        **fields,
    }  # fmt: skip


def test_a_measure_is_recorded_and_found_again(world: World, write: Send, ask: Ask, writing_token):
    response = write("post", "Observation", writing_token, weight(world))
    assert response.status_code == 201, response.content
    row = Measure.objects.get()
    assert (row.kind, str(row.value), row.patient_id) == ("weight", "71.500", world.patient.id)
    found = ask(f"Observation?patient={world.patient.id}&code=29463-7", writing_token).json()
    assert [one["resource"]["id"] for one in found["entry"]] == [str(row.id)]


def test_a_pressure_has_two_values(world: World, write: Send, writing_token):
    parts = [
        {"code": {"coding": [{"system": "http://loinc.org", "code": code}]},
         "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}}
        for code, value in (("8480-6", 132), ("8462-4", 81))
    ]  # fmt: skip
    given = weight(world) | {"component": parts}
    given["code"] = {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]}
    del given["valueQuantity"]
    response = write("post", "Observation", writing_token, given)
    assert response.status_code == 201, response.content
    assert [one["valueQuantity"]["value"] for one in response.json()["component"]] == [132.0, 81.0]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"valueQuantity": {"value": 71, "system": "http://unitsofmeasure.org", "code": "g"}},
         "Observation.valueQuantity"),
        ({"valueQuantity": {"value": 9000, "system": "http://unitsofmeasure.org", "code": "kg"}}, ""),
        ({"code": {"text": "Poids"}}, "Observation.code"), ({"status": "preliminary"}, "Observation.status"),
        ({"effectiveDateTime": "2090-01-01T00:00:00Z"}, ""),
    ],
)  # fmt: skip
def test_a_measure_that_cannot_be(world: World, write: Send, writing_token, changes, path):
    response = write("post", "Observation", writing_token, weight(world) | changes)
    assert response.status_code == 422, response.content
    assert response.json()["issue"][0].get("expression", [""]) == [path]
    assert not Measure.objects.exists()


def test_a_bundle_of_measures_is_one_insertion(
    world: World, write: Send, writing_token, django_assert_max_num_queries
):
    given = transaction(*(posted(weight(world, 70 + n / 10)) for n in range(50)))
    with django_assert_max_num_queries(32):
        response = write("post", "", writing_token, given)
    assert response.status_code == 200, response.content
    assert Measure.objects.count() == 50
    given = transaction(posted(weight(world)), posted(weight(world, 9000)))
    assert write("post", "", writing_token, given).status_code == 422
    assert Measure.objects.count() == 50


def test_the_person_enters_their_own_measures_and_no_diagnosis(world: World, write: Send):
    person = make_user("personne", kind="patient")
    give(world.patient, person.grantee_id, purpose="self", level=3)
    token = make_token(person, "patient/*.cruds", data={"patient": str(world.patient.id)})
    response = write("post", "Observation", token, weight(world))
    assert response.status_code == 201, response.content
    assert Measure.objects.get().is_by_person
    assert write("post", "Condition", token, condition(world)).status_code == 403


@pytest.mark.parametrize(
    ("role", "status"), [("social_worker", 403), ("secretary", 404), ("nurse", 201)]
)
def test_professions(world: World, write: Send, role, status):
    user = make_user("autre", role=role)
    give(world.patient, user.grantee_id)
    token = make_token(user, "user/*.cruds")
    assert write("post", "Observation", token, weight(world)).status_code == status


def condition(world: World, text: str = "Diabète de type 2"):
    return {
        "resourceType": "Condition", "subject": {"reference": f"Patient/{world.patient.id}"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "44054006"}], "text": text},
        "onsetDateTime": "2019-05", "note": [{"text": "Équilibré"}],
    }  # fmt: skip


def test_a_problem_is_noted_amended_and_withdrawn(
    world: World, write: Send, ask: Ask, writing_token
):
    made = write("post", "Condition", writing_token, condition(world))
    assert made.status_code == 201, made.content
    path = f"Condition/{made.json()['id']}"
    again = condition(world, "Diabète") | {"id": made.json()["id"]}
    changed = write("put", path, writing_token, again, **{"If-Match": made.headers["ETag"]})
    assert changed.status_code == 200, changed.content
    row = Problem.objects.get()
    assert (row.display, row.began_on, row.version, row.comment) == (
        "Diabète",
        "2019-05",
        2,
        "Équilibré",
    )
    assert write("delete", path, writing_token, b"").status_code == 204
    assert ask(path, writing_token).status_code == 410


def test_allergies_treatments_and_vaccinations(world: World, write: Send, writing_token):
    patient = {"reference": f"Patient/{world.patient.id}"}
    given = transaction(
        posted({"resourceType": "AllergyIntolerance", "patient": patient, "code": {"text": "Pénicilline"},
                "category": ["medication"], "criticality": "high",
                "reaction": [{"manifestation": [{"text": "Urticaire"}]}]}),
        posted({"resourceType": "MedicationStatement", "subject": patient, "status": "active",
                "medicationCodeableConcept": {"text": "Metformine 1 g"}, "dosage": [{"text": "2 par jour"}]}),
        posted({"resourceType": "Immunization", "patient": patient, "status": "completed",
                "vaccineCode": {"text": "Grippe"}, "occurrenceDateTime": "2025-10-12", "lotNumber": "A1"}),
    )  # fmt: skip
    response = write("post", "", writing_token, given)
    assert response.status_code == 200, response.content
    assert Allergy.objects.get().reaction == "Urticaire"


def test_a_laboratorys_value_is_not_amended(world: World, write: Send, writing_token):
    path = f"Observation/{world.observation}"
    given = weight(world, id=str(world.observation))
    response = write("put", path, writing_token, given, **{"If-Match": 'W/"1"'})
    assert response.status_code == 403


def document(world: World, content: bytes = b"%PDF-1.4 essai", **fields):
    return {
        "resourceType": "DocumentReference", "status": "current", "date": "2026-03-12T08:00:00Z",
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.250.1.213.1.4.99.1"},
        "type": {"coding": [{"system": "http://loinc.org", "code": "11490-0"}], "text": "Lettre de liaison"},
        "subject": {"reference": f"Patient/{world.patient.id}"},
        "content": [{"attachment": {"contentType": "application/pdf", "data": b64encode(content).decode()}}],
        **fields,
    }  # fmt: skip


def test_a_document_is_filed_once_with_its_content(
    world: World, write: Send, ask: Ask, writing_token
):
    first = write("post", "DocumentReference", writing_token, document(world))
    assert first.status_code == 201, first.content
    again = write("post", "DocumentReference", writing_token, document(world))
    assert (again.status_code, again.headers["Location"]) == (200, first.headers["Location"])
    row = Document.objects.get()
    assert (row.type_display, row.author_name) == ("Lettre de liaison", world.inside.name)
    content = ask(f"Binary/{first.json()['id']}", writing_token)
    assert content.content == b"%PDF-1.4 essai"


@pytest.mark.parametrize("changes", [{"content": [{"attachment": {"url": "Binary/1"}}]}, {"masterIdentifier": {}},
                                     {"status": "superseded"}])  # fmt: skip
def test_a_document_without_what_it_needs(world: World, write: Send, writing_token, changes):
    response = write("post", "DocumentReference", writing_token, document(world) | changes)
    assert response.status_code == 422, response.content
    assert not Document.objects.exists()


def test_what_can_be_written_is_said(ask: Ask):
    resources = {one["type"]: one for one in ask("metadata").json()["rest"][0]["resource"]}
    codes = {one["code"] for one in resources["Observation"]["interaction"]}
    assert {"create", "update", "delete"} <= codes
    assert resources["Observation"]["conditionalCreate"]
    assert "create" not in {one["code"] for one in resources["Encounter"]["interaction"]}
