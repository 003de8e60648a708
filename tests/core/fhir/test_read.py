"""Reading by id: who may, every refusal, versions, and the line that each leaves."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from enrs.core.access import rules
from enrs.core.audit.models import AuditLine
from enrs.core.audit.verification import verify
from enrs.core.fhir.models import Misses
from enrs.core.subjects.models import Patient
from tests.core.fhir.conftest import Ask, World
from tests.core.fhir.factories import (
    ORGANISATION,
    give,
    make_token,
    make_user,
    put,
    put_observation,
    put_patient,
)


def outcome(response):
    tree = response.json()
    assert tree["resourceType"] == "OperationOutcome"
    assert tree["issue"][0]["diagnostics"]
    return tree["issue"][0]["code"]


def test_the_right_actor_reads_and_leaves_a_line(world: World, ask: Ask):
    response = ask(f"Observation/{world.observation}", world.token)
    assert response.status_code == 200
    assert response.json()["id"] == str(world.observation)
    assert response.headers["ETag"] == 'W/"1"'
    assert response.headers["Content-Type"].startswith("application/fhir+json")
    line = AuditLine.objects.get(action="fhir.read")
    assert (line.outcome, line.patient_id, line.object_kind) == (
        "done",
        world.patient.id,
        "Observation",
    )
    assert (line.actor_id, line.actor_role, line.channel) == (world.inside.id, "physician", "fhir")
    assert line.purpose == "care_team"
    assert verify().is_intact


def test_outside_the_circle_is_not_found_and_the_line_says_it(world: World, ask: Ask):
    response = ask(f"Observation/{world.observation}", world.outside_token)
    assert response.status_code == 404
    assert outcome(response) == "not-found"
    line = AuditLine.objects.get(action="fhir.read")
    assert (line.outcome, line.reason, line.patient_id) == (
        "refused",
        "outside_circle",
        world.patient.id,
    )
    absent = ask(f"Observation/{uuid4()}", world.outside_token)
    assert absent.content == response.content
    assert verify().is_intact


def test_nobody_is_asked_for_a_token(world: World, ask: Ask):
    path = f"Observation/{world.observation}"
    response = ask(path)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="enrs"'
    assert outcome(response) == "login"
    expired = make_token(world.inside, hours=-1)
    for wrong in (expired, "nimporte"):
        response = ask(path, wrong)
        assert response.status_code == 401
        assert "invalid_token" in response.headers["WWW-Authenticate"]
    world.inside.is_active = False
    world.inside.save()
    assert ask(path, world.token).status_code == 401
    assert not AuditLine.objects.exists()


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        ("user/*.rs", 200), ("user/*.read", 200), ("user/Observation.r", 200), ("system/*.cruds", 200),
        ("user/Observation.read openid", 200), ("user/*.*", 200), ("user/*.s", 403), ("user/Patient.rs", 403),
        ("openid", 403), ("user/Observation.write", 403), ("user/Observation.rs?category=laboratory", 403),
        ("patient/*.rs", 404),
    ],
)  # fmt: skip
def test_scopes_open_what_they_name(world: World, ask: Ask, scopes, status):
    response = ask(f"Observation/{world.observation}", make_token(world.inside, scopes))
    assert response.status_code == status


def test_a_missing_scope_does_not_tell_what_exists(world: World, ask: Ask):
    token = make_token(world.inside, "user/Patient.rs")
    assert ask(f"Observation/{world.observation}", token).status_code == 403
    assert ask(f"Observation/{uuid4()}", token).status_code == 403


def test_a_patient_scope_opens_the_launch_patient_alone(world: World, ask: Ask):
    give(world.other, world.inside.grantee_id)
    token = make_token(world.inside, "patient/*.rs", data={"patient": str(world.patient.id)})
    assert ask(f"Observation/{world.observation}", token).status_code == 200
    assert ask(f"Observation/{world.other_observation}", token).status_code == 404


def test_the_directory_is_open_to_any_token(world: World, ask: Ask):
    own = put("Organization", None, "", [("name", "hopital")], name="Hôpital")
    assert ask(f"Organization/{own}", make_token(world.outside, "openid")).status_code == 200
    assert ask(f"Organization/{own}").status_code == 401


@pytest.mark.parametrize("role", rules.ROLES)
@pytest.mark.parametrize("category", rules.CATEGORIES)
def test_the_matrix_is_that_of_the_pages(db, ask: Ask, role, category):
    user, patient = make_user("u", role=role), Patient.objects.create()
    give(patient, ORGANISATION)
    own = put("Observation", patient, category)
    status = ask(f"Observation/{own}", make_token(user)).status_code
    assert status == (200 if rules.permits(role, category, "read") else 404)


@pytest.mark.parametrize(
    ("purpose", "played"), [("self", "patient"), ("proxy", "proxy"), ("consent", "anonymous")]
)
@pytest.mark.parametrize("marks", range(8))
def test_a_person_plays_the_part_of_their_right(db, ask: Ask, purpose, played, marks):
    user, patient = make_user("p", kind="relative"), Patient.objects.create()
    give(patient, user.grantee_id, purpose=purpose, level=3)
    own = put("DocumentReference", patient, "documents", marks=marks)
    confidentiality = rules.Confidentiality(bool(marks & 1), bool(marks & 2), bool(marks & 4))
    seen = rules.permits(played, "documents", "read") and rules.sees_document(
        role=played, is_author=False, marks=confidentiality
    )
    assert ask(f"DocumentReference/{own}", make_token(user)).status_code == (200 if seen else 404)


def test_a_masked_document_is_not_there_for_professionals(world: World, ask: Ask):
    masked = put("DocumentReference", world.patient, "documents", marks=1)
    assert ask(f"DocumentReference/{masked}", world.token).status_code == 404
    line = AuditLine.objects.get(action="fhir.read")
    assert (line.reason, line.patient_id) == ("marks", world.patient.id)


def test_an_old_version_does_not_pass_the_present_marks(world: World, ask: Ask):
    own = put("DocumentReference", world.patient, "documents")
    put("DocumentReference", world.patient, "documents", id=own, marks=1)
    assert ask(f"DocumentReference/{own}/_history/1", world.token).status_code == 404
    assert ask(f"DocumentReference/{own}/_history", world.token).status_code == 404


def test_an_ended_right_reads_nothing(world: World, ask: Ask):
    give(world.other, world.inside.grantee_id, until=timezone.now() - timedelta(seconds=1))
    assert ask(f"Observation/{world.other_observation}", world.token).status_code == 404


def test_the_chosen_position_gives_the_role(world: World, ask: Ask):
    secretary = world.inside.positions.create(
        label="Secrétaire", role="secretary", organisation_name="Z", organisation_id=None
    )
    token = make_token(world.inside, data={"position": str(secretary.id)})
    assert ask(f"Observation/{world.observation}", token).status_code == 404
    assert ask(f"Patient/{world.patient.id}", token).status_code == 200


def test_versions_and_history(world: World, ask: Ask):
    put_observation(world.patient, "2026-03-12T14:05:00Z", id=world.observation, status="final")
    path = f"Observation/{world.observation}"
    assert ask(path, world.token).headers["ETag"] == 'W/"2"'
    first = ask(f"{path}/_history/1", world.token)
    assert first.json()["meta"]["versionId"] == "1"
    assert "status" not in first.json()
    assert ask(f"{path}/_history/3", world.token).status_code == 404
    assert ask(f"{path}/_history/x", world.token).status_code == 404
    tree = ask(f"{path}/_history", world.token).json()
    assert [one["resource"]["meta"]["versionId"] for one in tree["entry"]] == ["2", "1"]
    assert tree["type"] == "history"
    assert ask(f"{path}/_history", world.outside_token).status_code == 404
    assert verify().is_intact


def test_a_long_history_has_pages(world: World, ask: Ask):
    for _ in range(60):
        put_observation(world.patient, "2026-03-12T14:05:00Z", id=world.observation)
    tree = ask(f"Observation/{world.observation}/_history", world.token).json()
    following = next(one["url"] for one in tree["link"] if one["relation"] == "next")
    rest = ask(following.partition("/fhir/R4/")[2], world.token).json()
    assert len(tree["entry"]) + len(rest["entry"]) == 61
    assert rest["entry"][0]["resource"]["meta"]["versionId"] == "11"


def test_a_deleted_resource_is_gone(world: World, ask: Ask):
    put("Observation", world.patient, "results", id=world.observation, is_deleted=True)
    response = ask(f"Observation/{world.observation}", world.token)
    assert response.status_code == 410
    assert outcome(response) == "deleted"
    assert ask(f"Observation/{world.observation}/_history/1", world.token).status_code == 410
    tree = ask(f"Observation/{world.observation}/_history", world.token).json()
    assert [one["request"]["method"] for one in tree["entry"]] == ["DELETE", "POST"]
    assert not any("resource" in one for one in tree["entry"])
    assert ask(f"Observation/{world.observation}", world.outside_token).status_code == 404


def test_a_known_version_is_not_sent_again(world: World, ask: Ask):
    path = f"Observation/{world.observation}"
    for tag in ('W/"1"', '"1"', 'W/"9", W/"1"'):
        response = ask(path, world.token, **{"If-None-Match": tag})
        assert (response.status_code, response.content) == (304, b"")
    assert ask(path, world.token, **{"If-None-Match": 'W/"2"'}).status_code == 200
    assert ask(path, world.outside_token, **{"If-None-Match": 'W/"1"'}).status_code == 404


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/fhir+json", 200), ("*/*", 200), ("application/json;q=0.8, text/html", 200), ("", 200),
        ("application/fhir+json; fhirVersion=4.0", 200), ("application/fhir+xml", 406), ("text/html", 406),
        ("application/json;q=0", 406),
    ],
)  # fmt: skip
def test_json_is_the_only_format(world: World, ask: Ask, accept, status):
    response = ask(f"Observation/{world.observation}", world.token, Accept=accept)
    assert response.status_code == status
    if status == 406:
        assert outcome(response) == "not-supported"


def test_the_format_parameter_counts_before_the_header(world: World, ask: Ask):
    path = f"Observation/{world.observation}"
    assert ask(f"{path}?_format=xml", world.token).status_code == 406
    assert (
        ask(f"{path}?_format=application/fhir+json", world.token, Accept="text/html").status_code
        == 200
    )
    assert b'\n  "' in ask(f"{path}?_pretty=true", world.token).content


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_type_without_a_writer_is_not_written(world: World, ask: Ask, method):
    response = ask(f"Encounter/{world.observation}", world.token, method=method)
    assert response.status_code == 405
    assert response.headers["Allow"].startswith("GET, HEAD")
    assert outcome(response) == "not-supported"


def test_head_has_no_body(world: World, ask: Ask):
    response = ask(f"Observation/{world.observation}", world.token, method="head")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["Content-Length"]) > 50


@pytest.mark.parametrize(
    "path", ["Nimporte/{}", "Observation/abc", "Observation/{}/x/y", "Medication", "metadata/x"]
)
def test_unknown_addresses_are_not_found(world: World, ask: Ask, path):
    response = ask(path.format(world.observation), world.token)
    assert response.status_code == 404
    outcome(response)


def test_trying_identifiers_is_stopped_and_real_reads_go_on(world: World, ask: Ask):
    ask(f"Observation/{uuid4()}", world.token)
    minute = Misses.objects.get(user_id=world.inside.id).minute
    now = timezone.now().replace(second=0, microsecond=0)
    Misses.objects.filter(user_id=world.inside.id).update(misses=120, minute=max(minute, now))
    response = ask(f"Observation/{uuid4()}", world.token)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
    assert outcome(response) == "throttled"
    assert ask(f"Observation/{world.observation}", world.token).status_code == 200


def test_no_other_site_may_ask(world: World, ask: Ask):
    response = ask(
        f"Observation/{world.observation}", world.token, Origin="https://ailleurs.example"
    )
    assert not [name for name in response.headers if name.lower().startswith("access-control")]
    assert response.cookies == {}


def test_a_read_is_one_statement_and_what_lowers_the_role(
    world: World, ask: Ask, django_assert_num_queries
):
    with django_assert_num_queries(5):  # savepoint, role, fhir_read, role, release: one in service
        ask(f"Observation/{world.observation}", world.token)


def test_metadata_is_public(db, ask: Ask):
    tree = ask("metadata").json()
    kinds = {one["type"] for one in tree["rest"][0]["resource"]}
    assert tree["fhirVersion"] == "4.0.1"
    assert {"Patient", "Binary", "AuditEvent", "CareTeam", "DiagnosticReport"} <= kinds


def test_an_error_of_ours_is_an_outcome(world: World, ask: Ask, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret")

    monkeypatch.setattr("enrs.core.fhir.queries.calls.read", broken)
    response = ask(f"Observation/{world.observation}", world.token)
    assert response.status_code == 500
    assert outcome(response) == "exception"
    assert b"secret" not in response.content


def test_the_patient_reads_their_own(db, ask: Ask):
    patient = Patient.objects.create()
    user = make_user("moi", kind="patient", grantee_id=patient.id)
    give(patient, patient.id, purpose="self", level=3)
    put_patient(patient)
    assert ask(f"Patient/{patient.id}", make_token(user, "patient/*.rs")).status_code == 200
    line = AuditLine.objects.get(action="fhir.read")
    assert (line.actor_role, line.purpose) == ("patient", "self")
    assert isinstance(line.patient_id, UUID)
