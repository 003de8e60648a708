"""`$populate` and `$extract`: the shape of SDC, who may, the line that each leaves, nothing kept."""

from typing import Any

import orjson
import pytest
from django.test import Client

from enrs.core.audit.models import AuditLine
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.core.questionnaires import commands, registry
from enrs.core.questionnaires.models import Answer
from tests.core.fhir.factories import make_token
from tests.core.fhir.writing import Send, sender
from tests.factories import actor, known_patient, member

pytestmark = pytest.mark.django_db

URL = "urn:enrs:form:essai-sante"
ALL = "user/*.cruds"
WEIGHT = {
    "resourceType": "Observation",
    "valueQuantity": {"value": 72.5, "unit": "kg", "code": "kg"},
}


@pytest.fixture
def send(client: Client, forms: Any) -> Send:
    registry.register_source("poids", lambda _: WEIGHT)
    return sender(client)


def asking(patient: Any, **names: Any) -> dict[str, Any]:
    given = [{"name": name, **value} for name, value in names.items()]
    subject = {"name": "subject", "valueReference": {"reference": f"Patient/{patient.pk}"}}
    return {"resourceType": "Parameters", "parameter": [*given, subject]}


def canonical(text: str = URL) -> dict[str, str]:
    return {"valueUri": text}


def parts(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    return {one["name"]: one["resource"] for one in response.json()["parameter"]}


def values(items: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in items:
        found |= values(one.get("item", []))
        for answer in one.get("answer", ()):
            found[one["linkId"]] = next(iter(answer.values()))
    return found


def test_a_form_begins_with_what_the_record_says(send: Send, patient, nurse):
    token = make_token(nurse, ALL)
    response = send(
        "post", "Questionnaire/$populate", token, asking(patient, canonical=canonical())
    )
    given = parts(response)["response"]
    assert (given["status"], given["questionnaire"]) == ("in-progress", f"{URL}|1.0")
    found = values(given["item"])
    assert found["poids"]["value"] == 72.5
    assert found["age"] > 70
    assert "id" not in given
    assert not Answer.objects.exists()
    line = AuditLine.objects.get(action="questionnaires.form.populated")
    assert (line.patient_id, line.actor_id) == (patient.pk, nurse.id)


def test_it_may_be_sent_back_as_a_new_answer(send: Send, patient, nurse):
    token = make_token(nurse, ALL)
    response = send(
        "post", "Questionnaire/$populate", token, asking(patient, canonical=canonical())
    )
    made = send("post", "QuestionnaireResponse", token, parts(response)["response"])
    assert made.status_code == 201, made.content
    assert Answer.objects.get().items["poids"] == {"value": "72.5", "unit": "kg"}


def test_each_way_to_name_the_form(send: Send, forms, patient, nurse):
    token, form = make_token(nurse, ALL), forms["essai-sante"]
    reference = {"valueReference": {"reference": f"Questionnaire/{form.pk}"}}
    for path, names in (
        (f"Questionnaire/{form.pk}/$populate", {}),
        ("Questionnaire/$populate", {"questionnaireRef": reference}),
        ("Questionnaire/$populate", {"canonical": canonical(f"{URL}|1.0")}),
    ):
        assert parts(send("post", path, token, asking(patient, **names)))["response"]["item"]
    path = f"Questionnaire/{form.pk}/$populate?subject=Patient/{patient.pk}"
    assert parts(send("get", path, token))["response"]["item"]


def test_what_the_record_does_not_say_is_told(send: Send, patient, nurse):
    registry.register_source("poids", lambda _: None)
    given = parts(
        send(
            "post",
            "Questionnaire/$populate",
            make_token(nurse, ALL),
            asking(patient, canonical=canonical()),
        )
    )
    assert "poids" not in values(given["response"].get("item", []))
    assert "« poids »" in given["issues"]["issue"][0]["details"]["text"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"canonical": canonical("urn:absent")}, 422),
        ({}, 422),
        (
            {"questionnaire": {"resource": {"resourceType": "Questionnaire", "status": "draft"}}},
            422,
        ),
        ({"questionnaireRef": {"valueReference": {"reference": f"Questionnaire/{uuid7()}"}}}, 404),
    ],
)
def test_a_form_that_is_not_ours(send: Send, patient, nurse, body, status):
    response = send(
        "post", "Questionnaire/$populate", make_token(nurse, ALL), asking(patient, **body)
    )
    assert response.status_code == status, response.content


def test_what_is_no_parameters_is_refused(send: Send, patient, nurse):
    token = make_token(nurse, ALL)
    for body, status in (
        (b"{", 400),
        ({"resourceType": "Parameters", "parameter": [{"x": 1}]}, 422),
        (b"[]", 400),
    ):
        assert send("post", "Questionnaire/$populate", token, body).status_code == status
    without = {"resourceType": "Parameters", "parameter": [{"name": "canonical", **canonical()}]}
    assert send("post", "Questionnaire/$populate", token, without).status_code == 422
    assert send("post", "Questionnaire/$absent", token, without).status_code == 404
    assert send("put", "Questionnaire/$populate", token, without).status_code == 405


def test_who_may_not_populate(send: Send, patient, nurse):
    asked = asking(patient, canonical=canonical())
    for token, status in (
        ("x", 401),
        (make_token(nurse, "user/*.rs"), 403),
        (make_token(member(known_patient(birth_name="MARCHETTI"), "physician"), ALL), 404),
        (make_token(member(patient, "secretary"), ALL), 404),
        (make_token(nurse, "patient/*.cruds", data={"patient": str(uuid7())}), 404),
        (make_token(nurse, "patient/*.cruds", data={"patient": str(patient.pk)}), 200),
    ):
        assert send("post", "Questionnaire/$populate", token, asked).status_code == status
    refused = AuditLine.objects.filter(action="fhir.populate", outcome="refused")
    assert refused.count() == 4


def filled(patient: Any, user: Any, as_actor: Any, **more: Any) -> Answer:
    with as_actor(actor(user)):
        answer = commands.start_answer(form="essai-sante", patient_id=patient.pk)
        given = {"poids": {"value": "72.5", "unit": "kg"}, "taille": "1.70", "chute": False} | more
        return commands.save_answer(answer=answer, values=given, expected_version=1, is_final=True)


def test_a_finished_response_gives_its_observations(send: Send, patient, nurse, as_actor):
    answer = filled(patient, nurse, as_actor)
    token = make_token(nurse, ALL)
    for method in ("post", "get"):
        bundle = parts(send(method, f"QuestionnaireResponse/{answer.pk}/$extract", token, b""))[
            "return"
        ]
        (entry,) = bundle["entry"]
        assert (bundle["type"], entry["request"]) == (
            "transaction",
            {"method": "POST", "url": "Observation"},
        )
        assert entry["resource"]["valueQuantity"]["value"] == 72.5
    kept = Resource.objects.get(type="Observation", patient_id=patient.pk)
    assert str(kept.id) == entry["resource"]["id"]
    assert AuditLine.objects.filter(action="questionnaires.answer.extracted").count() == 2


def test_a_response_that_is_sent_is_checked_and_not_kept(send: Send, patient, nurse, as_actor):
    answer = filled(patient, nurse, as_actor)
    tree = orjson.loads(Resource.objects.get(type="QuestionnaireResponse", id=answer.pk).body)
    token = make_token(nurse, ALL)
    wrapped = {
        "resourceType": "Parameters",
        "parameter": [{"name": "questionnaire-response", "resource": tree}],
    }
    for body in (tree, wrapped):
        bundle = parts(send("post", "QuestionnaireResponse/$extract", token, body))["return"]
        assert bundle["entry"][0]["resource"]["valueQuantity"]["value"] == 72.5
    assert Answer.objects.count() == 1
    tree["item"] = [one for one in tree["item"] if one["linkId"] == "vie"]
    refused = send("post", "QuestionnaireResponse/$extract", token, tree)
    assert (refused.status_code, "Répondez" in refused.content.decode()) == (422, True)


def test_who_may_not_extract(send: Send, patient, nurse, as_actor):
    answer = filled(patient, nurse, as_actor)
    path = f"QuestionnaireResponse/{answer.pk}/$extract"
    stranger = make_token(member(known_patient(birth_name="MARCHETTI"), "physician"), ALL)
    assert send("get", path, stranger).status_code == 404
    assert send("get", path, make_token(nurse, "user/Observation.rs")).status_code == 403
    with as_actor(actor(nurse)):
        begun = commands.start_answer(form="essai-sante", patient_id=patient.pk)
    token = make_token(nurse, ALL)
    assert send("get", f"QuestionnaireResponse/{begun.pk}/$extract", token).status_code == 422
    assert send("get", f"QuestionnaireResponse/{uuid7()}/$extract", token).status_code == 404


def test_a_form_that_gives_nothing_says_so(send: Send, patient, nurse, as_actor):
    registry.register_extraction("essai-sante", lambda *_: [])
    answer = filled(patient, nurse, as_actor)
    given = parts(
        send("get", f"QuestionnaireResponse/{answer.pk}/$extract", make_token(nurse, ALL))
    )
    assert "entry" not in given["return"]
    assert "aucune observation" in given["issues"]["issue"][0]["details"]["text"]


def test_what_an_amendment_no_longer_says_is_withdrawn(patient, nurse, as_actor, forms):
    registry.register_extraction(
        "essai-sante",
        lambda answer, values: (
            [
                {
                    "resourceType": "Observation",
                    "id": str(answer.pk),
                    "status": "final",
                    "code": {"text": "Chute"},
                }
            ]
            if values.get("chute")
            else []
        ),
    )
    answer = filled(patient, nurse, as_actor, chute=True, chutes=2)
    assert not Resource.objects.get(type="Observation", id=answer.pk).is_deleted
    with as_actor(actor(nurse)):
        commands.amend_answer(
            answer=answer, values={"chute": False}, expected_version=answer.version
        )
    assert Resource.objects.get(type="Observation", id=answer.pk, is_current=True).is_deleted


def test_both_are_advertised(send: Send):
    tree = send("get", "metadata", "").json()
    offered = {
        one["type"]: [(op["name"], op["definition"]) for op in one.get("operation", ())]
        for one in tree["rest"][0]["resource"]
    }
    sdc = "http://hl7.org/fhir/uv/sdc/OperationDefinition/"
    assert offered["Questionnaire"] == [("populate", f"{sdc}Questionnaire-populate")]
    assert offered["QuestionnaireResponse"] == [("extract", f"{sdc}QuestionnaireResponse-extract")]
