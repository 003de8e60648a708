"""`$match` and `$ihe-pix` by HTTP: what each caller is told, and that nobody is made."""

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.test import Client

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import deny
from enrs.core.access.models import Grant
from enrs.core.audit.models import AuditLine
from enrs.core.subjects.models import Patient
from enrs.formats.ins import INS_TEST_OID
from enrs.referentials.identity import fhir_operations, queries
from enrs.referentials.identity.commands import merge_local, unmerge_local
from enrs.referentials.identity.fhir_reading import traits_of
from enrs.referentials.identity.models import SourceIdentity
from tests.core.fhir.factories import make_token, make_user
from tests.factories import organisation
from tests.referentials.identity.factories import AWA, CLINIC, HOSPITAL, receive

pytestmark = pytest.mark.django_db

FINESS = "750099991"
OWN = f"urn:finess:{FINESS}"
REGION = "urn:oid:1.2.250.1.999.1.1"
INS = f"urn:oid:{INS_TEST_OID}"
BY_NAME = {
    "resourceType": "Patient",
    "name": [{"use": "official", "family": "N'Diaye", "given": ["Awa"]}],
    "birthDate": "1948-03-12",
    "gender": "female",
}
BY_INS = {"resourceType": "Patient", "identifier": [{"system": INS, "value": AWA.ins}]}


@pytest.fixture(autouse=True)
def seals(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def doctor(db: None) -> Any:
    user = make_user("medecin")
    user.positions.update(organisation_id=None)
    return user


@pytest.fixture
def hospital(db: None) -> Any:
    """An account of the hospital whose numbers are of the domain `OWN`."""
    place = organisation("CHU d'essai", finess_eg=FINESS)
    user = make_user("chu", role="secretary")
    user.positions.update(organisation_id=place.id)
    return user


def let_in(user: Any, patient_id: Any) -> None:
    from tests.core.fhir.factories import give  # noqa: PLC0415

    give(Patient.objects.get(pk=patient_id), user.grantee_id)


def send(
    client: Client, user: Any, body: Any, *, scopes: str = "user/*.rs", token: str = ""
) -> Any:
    return client.post(
        "/fhir/R4/Patient/$match",
        orjson.dumps(body),
        content_type="application/fhir+json",
        headers={"Authorization": f"Bearer {token or make_token(user, scopes)}"},
    )


def match(client: Client, user: Any, patient: Any, **given: Any) -> Any:
    values = {"count": "valueInteger", "onlyCertainMatches": "valueBoolean"}
    more = [{"name": name, values[name]: value} for name, value in given.items()]
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": patient}, *more],
    }
    found = send(client, user, body)
    assert found.status_code == 200, found.content
    return found.json()


def cross(client: Client, user: Any, source: str, *targets: str) -> Any:
    asked = urlencode([("sourceIdentifier", source), *(("targetSystem", one) for one in targets)])
    return client.get(
        f"/fhir/R4/Patient/$ihe-pix?{asked}",
        headers={"Authorization": f"Bearer {make_token(user)}"},
    )


def told(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 200, answer.content
    return {
        (one["valueIdentifier"]["system"], one["valueIdentifier"]["value"])
        for one in answer.json().get("parameter", [])
        if one["name"] == "targetIdentifier"
    }


# --- $match ---------------------------------------------------------------------------------------


def test_somebody_of_one_s_circle_comes_whole_with_a_grade(client, doctor):
    made = receive()
    let_in(doctor, made.patient_id)
    bundle = match(client, doctor, BY_INS)
    assert (bundle["type"], bundle["total"]) == ("searchset", 1)
    [entry] = bundle["entry"]
    assert entry["resource"]["id"] == str(made.patient_id)
    assert entry["resource"]["name"][0]["family"] == "NDIAYE"
    search = entry["search"]
    assert search["mode"] == "match"
    assert 0 < search["score"] <= 1
    assert search["extension"] == [
        {"url": "http://hl7.org/fhir/StructureDefinition/match-grade", "valueCode": "certain"}
    ]
    assert SourceIdentity.objects.count() == 1


@pytest.mark.parametrize("asked", [BY_NAME, BY_INS], ids=["traits", "INS"])
def test_somebody_outside_is_a_grade_and_a_token_that_serves_its_asker(client, doctor, asked):
    made = receive()
    [entry] = match(client, doctor, asked)["entry"]
    text = orjson.dumps(entry).decode()
    for secret in ("NDIAYE", "AWA", "1948", AWA.ins, "Melun", str(made.patient_id), "100"):
        assert secret not in text.replace(entry["resource"]["identifier"][0]["value"], "").replace(
            entry["fullUrl"], ""
        )
    [number] = entry["resource"]["identifier"]
    assert number["system"] == fhir_operations.SEALED
    actor = type("By", (), {"user_id": doctor.id})()
    assert queries.patient_of_token(number["value"], actor=actor) == made.patient_id
    other = type("By", (), {"user_id": make_user("autre").id})()
    assert queries.patient_of_token(number["value"], actor=other) is None
    line = AuditLine.objects.get(action="fhir.match")
    assert (line.patient_ids, line.actor_id) == ([made.patient_id], doctor.id)


def test_a_hospital_is_told_its_own_number_and_the_regional_one(client, hospital):
    made = receive("P1", OWN)
    receive("X9", CLINIC)
    [entry] = match(client, hospital, BY_INS)["entry"]
    assert entry["resource"] == {
        "resourceType": "Patient",
        "identifier": [
            {"system": REGION, "value": str(made.patient_id)}, {"system": OWN, "value": "P1"},
        ],
    }  # fmt: skip


def test_a_hospital_that_does_not_know_the_patient_has_a_token_alone(client, hospital):
    receive("X9", CLINIC)
    [entry] = match(client, hospital, BY_INS)["entry"]
    assert [one["system"] for one in entry["resource"]["identifier"]] == [fhir_operations.SEALED]


def test_an_opposition_takes_the_record_out_of_the_answer(client, doctor):
    made = receive()
    let_in(doctor, made.patient_id)
    with acting(SYSTEM):
        deny(patient_id=made.patient_id, grantee_id=doctor.grantee_id, source_id=made.id)
    [entry] = match(client, doctor, BY_INS)["entry"]
    assert "name" not in entry["resource"]


@pytest.mark.usefixtures("by_ins_only")
def test_only_certain_matches_are_one_person_or_nobody(client, doctor):
    receive()
    assert match(client, doctor, BY_INS, onlyCertainMatches=True)["total"] == 1
    assert match(client, doctor, BY_NAME, onlyCertainMatches=True)["total"] == 0
    assert match(client, doctor, BY_NAME, count=1)["total"] == 1
    assert match(client, doctor, {**BY_NAME, "birthDate": "1969-07-20"})["entry"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"resourceType": "Parameters"}, 400),
        ({"resourceType": "Patient", "gender": "female"}, 422),
        ({"resourceType": "Patient", "name": [{"family": "NDIAYE"}]}, 422),
        ({"resourceType": "Patient", "name": "NDIAYE"}, 422),
        ({"resourceType": "Parameters", "parameter": [
            {"name": "resource", "resource": BY_NAME}, {"name": "count", "valueInteger": -1}]}, 400),
        ([], 400),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_answered_says_why_in_french(client, doctor, body, status):
    answer = send(client, doctor, body)
    assert answer.status_code == status, answer.content
    issue = answer.json()["issue"][0]
    assert issue["severity"] == "error"
    assert issue.get("diagnostics") or issue["details"]["text"]
    assert "NDIAYE" not in answer.content.decode()


def test_a_bare_patient_may_be_sent(client, doctor):
    receive()
    assert send(client, doctor, BY_NAME).json()["total"] == 1


@pytest.mark.parametrize(
    ("kind", "role", "scopes", "status"),
    [
        ("professional", "physician", "user/Observation.rs", 403),
        ("professional", "physician", "user/Patient.r", 403),
        ("professional", "physician", "patient/*.rs", 403),
        ("professional", "auditor", "user/*.rs", 404),
        ("professional", "operator", "user/*.rs", 404),
        ("patient", "", "user/*.rs", 404),
        ("relative", "", "user/*.rs", 404),
    ],
)
def test_who_may_not_ask(client, kind, role, scopes, status):
    receive()
    user = make_user("qui", kind=kind, role=role)
    assert send(client, user, BY_INS, scopes=scopes).status_code == status
    assert not AuditLine.objects.filter(action="fhir.match", outcome="done").exists()


def test_nobody_asks_without_a_token(client):
    assert (
        client.post("/fhir/R4/Patient/$match", b"{}", content_type="application/json").status_code
        == 401
    )
    assert client.get("/fhir/R4/Patient/$ihe-pix?sourceIdentifier=a|b").status_code == 401


def test_too_many_questions_wait(client, doctor, monkeypatch):
    monkeypatch.setattr(fhir_operations, "PER_MINUTE", 2)
    receive()
    codes = [send(client, doctor, BY_INS).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert AuditLine.objects.filter(action="fhir.match", outcome="refused").exists()


def test_a_patient_of_fr_core_is_read_whole():
    from enrs.referentials.identity import fhir  # noqa: PLC0415
    from enrs.referentials.identity.commands import store  # noqa: PLC0415

    made = receive(used_name="SOW", phone="0102030405", postal_code="77000", address="1 rue X")
    regional = store.regional_values(made.patient_id, [made], made.changed_at)
    tree, _ = fhir.patient(regional, [made], domain=REGION)
    traits = traits_of(tree)
    assert traits.birth_name == "NDIAYE"
    assert (traits.given_names, traits.used_name, traits.birth_place_code) == (
        "AWA MARIE",
        "SOW",
        "99341",
    )
    assert (traits.ins, traits.ins_oid) == (AWA.ins, INS_TEST_OID)
    assert (traits.city, traits.postal_code, traits.phone) == ("Melun", "77000", "0102030405")


# --- $ihe-pix -------------------------------------------------------------------------------------


def test_a_hospital_crosses_its_own_number(client, hospital):
    made = receive("P1", OWN)
    receive("X9", CLINIC)
    assert told(cross(client, hospital, f"{OWN}|P1")) == {(REGION, str(made.patient_id))}
    assert told(cross(client, hospital, f"{OWN}|P1", REGION)) == {(REGION, str(made.patient_id))}
    assert told(cross(client, hospital, f"{OWN}|P1", CLINIC)) == set()
    line = AuditLine.objects.filter(action="fhir.ihe-pix").latest("at")
    assert line.patient_ids == [made.patient_id]


def test_the_circle_is_told_every_number_and_the_patient(client, doctor):
    made = receive()
    receive("X9", CLINIC)
    let_in(doctor, made.patient_id)
    answer = cross(client, doctor, f"{HOSPITAL}|100")
    assert told(answer) == {(CLINIC, "X9"), (REGION, str(made.patient_id)), (INS, AWA.ins)}
    assert answer.json()["parameter"][-1] == {
        "name": "targetId", "valueReference": {"reference": f"Patient/{made.patient_id}"},
    }  # fmt: skip
    assert told(cross(client, doctor, f"{HOSPITAL}|100", CLINIC, INS)) == {
        (CLINIC, "X9"),
        (INS, AWA.ins),
    }


@pytest.mark.parametrize(
    ("source", "targets", "status"),
    [
        ("", (), 400),
        ("P1", (), 400),
        (f"{OWN}|", (), 400),
        ("urn:oid:1.2.3|P1", (), 400),
        (f"{OWN}|P9", (), 404),
        (f"{CLINIC}|X9", (), 404),
        (f"{INS}|{AWA.ins}", (), 404),
        (f"{REGION}|nobody", (), 404),
        (f"{OWN}|P1", ("urn:oid:1.2.3",), 403),
    ],
)
def test_refusals_are_those_of_the_profile(client, hospital, source, targets, status):
    receive("P1", OWN)
    receive("X9", CLINIC, ins="", status="provisional")
    answer = cross(client, hospital, source, *targets)
    assert answer.status_code == status, answer.content
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_somebody_outside_the_circle_learns_nothing_of_a_number(client, doctor):
    made = receive()
    for source in (f"{HOSPITAL}|100", f"{INS}|{AWA.ins}", f"{REGION}|{made.patient_id}"):
        known = cross(client, doctor, source)
        unknown = cross(client, doctor, source[:-3] + "000")
        assert (known.status_code, known.content) == (404, unknown.content)


def test_an_old_number_leads_to_the_patient_of_today_and_is_not_told(client, hospital):
    receive("OLD", OWN, ins="", status="provisional")
    kept = receive("NEW", OWN, ins="", status="provisional")
    with acting(SYSTEM):
        merge_local(system=OWN, kept="NEW", absorbed="OLD", sender="essai")
    assert told(cross(client, hospital, f"{OWN}|OLD")) == {
        (OWN, "NEW"), (REGION, str(kept.patient_id)),
    }  # fmt: skip


# --- Patient: links and the parameters of PDQm ----------------------------------------------------


def search(client: Client, user: Any, **given: str) -> list[dict[str, Any]]:
    answer = client.get(
        f"/fhir/R4/Patient?{urlencode(given)}",
        headers={"Authorization": f"Bearer {make_token(user)}"},
    )
    assert answer.status_code == 200, answer.content
    return [one["resource"] for one in answer.json().get("entry", [])]


@pytest.mark.parametrize(
    "asked",
    [
        {"active": "true"},
        {"family": "ndiaye", "given": "awa"},
        {"name": "Ndiaye", "birthdate": "1948-03-12", "gender": "female"},
        {"identifier": f"{HOSPITAL}|100"},
        {"identifier": f"{INS}|{AWA.ins}"},
        {"address": "melun"},
        {"address-city": "Melun"},
        {"address-postalcode": "770"},
        {"telecom": "0102030405"},
    ],
    ids=lambda asked: next(iter(asked)),
)
def test_the_parameters_of_pdqm_find_the_patient(client, doctor, asked):
    made = receive(postal_code="77000", phone="0102030405")
    assert search(client, doctor, **asked) == []
    let_in(doctor, made.patient_id)
    assert [one["id"] for one in search(client, doctor, **asked)] == [str(made.patient_id)]


@pytest.mark.usefixtures("by_ins_only")
def test_merged_patients_name_each_other_until_the_merge_is_taken_back(client, doctor):
    old = receive("OLD", ins="", status="provisional")
    kept = receive("NEW", ins="", status="provisional")
    for one in (old, kept):
        let_in(doctor, one.patient_id)
    with acting(SYSTEM):
        merge_local(system=HOSPITAL, kept="NEW", absorbed="OLD", sender="essai")
    [gone] = search(client, doctor, identifier=f"{REGION}|{old.patient_id}", active="false")
    assert gone["link"] == [
        {"other": {"reference": f"Patient/{kept.patient_id}"}, "type": "replaced-by"}
    ]
    [found] = search(client, doctor, identifier=f"{HOSPITAL}|NEW")
    assert found["link"] == [
        {"other": {"reference": f"Patient/{old.patient_id}"}, "type": "replaces"}
    ]
    with acting(SYSTEM):
        unmerge_local(system=HOSPITAL, absorbed="OLD", sender="essai")
    [found] = search(client, doctor, identifier=f"{HOSPITAL}|NEW")
    assert "link" not in found
    assert Grant.objects.filter(patient_id=old.patient_id).exists()
