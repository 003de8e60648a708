"""POST on a type: who may, what is answered, and that a refusal writes nothing."""

import pytest

from enrs.core.access.commands import deny
from enrs.core.access.models import BreakGlass
from enrs.core.audit.models import AuditLine
from enrs.core.fhir import writing
from enrs.core.fhir.models import Resource
from enrs.core.fhir.queries import callers
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from tests.core.fhir.conftest import Ask, World
from tests.core.fhir.factories import give, make_token, make_user
from tests.core.fhir.writing import NotKeptError, Send, observation, writer

pytestmark = pytest.mark.django_db


def count() -> int:
    return Resource.objects.filter(type="Observation").count()


def issue(response):
    return response.json()["issue"][0]


def test_the_right_one_creates(world: World, send: Send, ask: Ask, writing_token):
    response = send("post", "Observation", writing_token, observation(world.patient))
    assert response.status_code == 201, response.content
    body = response.json()
    assert body["meta"]["versionId"] == "1"
    assert response.headers["ETag"] == 'W/"1"'
    assert response.headers["Location"].endswith(f"/fhir/R4/Observation/{body['id']}/_history/1")
    read = ask(f"Observation/{body['id']}", writing_token)
    assert read.content == response.content
    assert read.headers["Last-Modified"] == response.headers["Last-Modified"]


def test_the_line_says_who_and_what(world: World, send: Send, writing_token):
    send("post", "Observation", writing_token, observation(world.patient))
    line = AuditLine.objects.get(action="fhir.create")
    assert (line.outcome, line.channel, line.actor_id) == ("done", "fhir", world.inside.id)
    assert (line.patient_id, line.object_kind) == (world.patient.id, "Observation")


@pytest.mark.parametrize(
    ("who", "status", "reason"),
    [
        ("nobody", 401, None), ("unknown token", 401, None), ("reading scope", 403, "scope"),
        ("other type's scope", 403, "scope"), ("wrong circle", 404, "outside_circle"),
        ("wrong profession", 404, "profession"), ("reads only", 403, "level"),
        ("opposed", 404, "outside_circle"), ("the person", 403, "profession"),
    ],
)  # fmt: skip
def test_who_may_not(world: World, send: Send, who, status, reason):
    token = actor(world, who)
    before = count()
    response = send("post", "Observation", token, observation(world.patient))
    assert response.status_code == status, response.content
    assert count() == before
    lines = AuditLine.objects.filter(action="fhir.create")
    assert [(one.outcome, one.reason) for one in lines] == ([("refused", reason)] if reason else [])
    assert response.json()["resourceType"] == "OperationOutcome"


def test_the_patient_named_first_is_not_the_one_decided_on(
    world: World, send: Send, writing_token: str
):
    """What is asked with the token is a guess by the bytes: the subject alone counts."""
    stranger = Patient.objects.create(id=uuid7())
    for first, subject, status in (
        (world.patient, stranger, 404),
        (stranger, world.patient, 201),
    ):
        focus = {"focus": [{"reference": f"Patient/{first.id}"}]}
        body = {"resourceType": "Observation", **focus} | observation(subject)
        assert f"Patient/{first.id}" in str(body).split("subject")[0]
        response = send("post", "Observation", writing_token, body)
        assert response.status_code == status, response.content


def actor(world: World, who: str) -> str:
    if who in ("nobody", "unknown token"):
        return "" if who == "nobody" else "inconnu"
    if who.endswith("scope"):
        return make_token(world.inside, "user/*.rs" if who[0] == "r" else "user/Task.cu")
    if who == "wrong circle":
        return make_token(world.outside, "user/*.cruds")
    if who == "opposed":
        deny(patient_id=world.patient.id, grantee_id=world.inside.grantee_id, source_id=uuid7())
        return make_token(world.inside, "user/*.cruds")
    kind = "patient" if who == "the person" else "professional"
    user = make_user("autre", kind=kind, role="social_worker" if who[0] == "w" else "physician")
    if who == "the person":
        give(world.patient, user.grantee_id, purpose="self", level=3)
    else:
        give(world.patient, user.grantee_id, level=1 if who == "reads only" else 2)
    return make_token(user, "user/*.cruds")


@pytest.mark.parametrize(
    "scope", ["user/*.cruds", "user/Observation.c", "user/*.write", "user/*.*", "system/*.cu"]
)
def test_scopes_of_both_versions_create(world: World, send: Send, scope):
    token = make_token(world.inside, scope)
    response = send("post", "Observation", token, observation(world.patient))
    assert response.status_code == 201, response.content


def test_a_patient_scope_writes_to_its_patient_only(world: World, send: Send):
    second = Patient.objects.create()
    give(second, world.inside.grantee_id)
    token = make_token(world.inside, "patient/*.cruds", data={"patient": str(world.patient.id)})
    assert send("post", "Observation", token, observation(world.patient)).status_code == 201
    assert send("post", "Observation", token, observation(second)).status_code == 404


@pytest.mark.parametrize(
    ("prefer", "has"),
    [("return=minimal", b""), ("return=OperationOutcome", b"informational"), ("", b"71.5"),
     ("return=representation; handling=strict", b"71.5")],
)  # fmt: skip
def test_the_answer_is_as_long_as_is_wanted(world: World, send: Send, writing_token, prefer, has):
    response = send("post", "Observation", writing_token, observation(world.patient), Prefer=prefer)
    assert response.status_code == 201
    assert has in response.content
    assert bool(response.content) == bool(has)
    assert response.headers["ETag"] == 'W/"1"'


def test_an_id_of_the_clients_own_is_not_taken(world: World, send: Send, writing_token):
    given = observation(
        world.patient, id="a-moi", meta={"versionId": "7", "profile": ["https://x.fr/p"]}
    )
    body = send("post", "Observation", writing_token, given).json()
    assert body["id"] != "a-moi"
    assert (body["meta"]["versionId"], body["meta"]["profile"]) == ("1", ["https://x.fr/p"])


def test_our_own_address_is_a_reference_of_ours(world: World, send: Send, writing_token, settings):
    full = f"{settings.PUBLIC_URL}/fhir/R4/Patient/{world.patient.id}"
    response = send("post", "Observation", writing_token, observation(full))
    assert response.status_code == 201
    assert response.json()["subject"]["reference"] == f"Patient/{world.patient.id}"


@pytest.mark.parametrize("subject", [{"display": "Madame X"}, {"reference": "Group/1"}, {"reference": "Patient/abc"},
                                     {"reference": "https://ailleurs.fr/fhir/Patient/1"}])  # fmt: skip
def test_the_patient_must_be_one_of_ours(world: World, send: Send, writing_token, subject):
    given = observation(world.patient) | {"subject": subject}
    response = send("post", "Observation", writing_token, given)
    assert response.status_code == 422
    assert issue(response)["code"] == "required"


def test_a_patient_that_does_not_exist_is_as_one_of_others(world: World, send: Send, writing_token):
    gone = observation("Patient/0190b000-0000-7000-8000-000000000000")
    other = observation(world.other)
    answers = [send("post", "Observation", writing_token, one) for one in (gone, other)]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_what_the_writer_refuses_says_where(world: World, send: Send, writing_token):
    response = send("post", "Observation", writing_token, observation(world.patient, "refused"))
    assert response.status_code == 422
    assert issue(response)["expression"] == ["Observation.code"]
    assert issue(response)["details"]["text"] == "Ce code n'est pas reçu."
    response = send("post", "Observation", writing_token, observation(world.patient, "not kept"))
    assert (response.status_code, issue(response)["code"]) == (422, "business-rule")
    assert "gardée" in issue(response)["diagnostics"]
    assert count() == 2


def test_a_failure_of_the_writer_writes_nothing(
    world: World, send: Send, writing_token, monkeypatch
):
    def half(resource, actor):
        keep = writer().create
        assert keep is not None
        keep(resource, actor)
        raise RuntimeError("en panne")

    monkeypatch.setitem(writing._writers, "Observation", writer(create=half))
    response = send("post", "Observation", writing_token, observation(world.patient))
    assert (response.status_code, issue(response)["code"]) == (500, "exception")
    assert count() == 2
    assert not AuditLine.objects.filter(action="fhir.create").exists()


def test_several_faults_are_told_at_once(world: World, send: Send, writing_token):
    given = observation(world.patient, status="fini", couleur="bleu")
    response = send("post", "Observation", writing_token, given)
    assert response.status_code == 422
    told = {one["expression"][0]: one["code"] for one in response.json()["issue"]}
    assert told == {"Observation.status": "code-invalid", "Observation.couleur": "structure"}


def test_many_misses_are_slowed_down(world: World, send: Send, writing_token, monkeypatch):

    monkeypatch.setattr(callers, "count_miss", lambda user_id: True)
    response = send("post", "Observation", writing_token, observation(world.other))
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"


def test_a_command_that_row_security_stops_is_a_refusal(
    world: World, send: Send, writing_token, monkeypatch
):
    def elsewhere(resource, actor):
        BreakGlass(
            id=uuid7(), patient_id=world.other.id, user_id=actor.user_id, reason_code="samu",
            reason_text="x", closes_at="2026-01-01T00:00:00Z",
        ).save(force_insert=True)  # fmt: skip

    monkeypatch.setitem(
        writing._writers, "Observation", writer(create=elsewhere, refusals=(NotKeptError,))
    )
    response = send("post", "Observation", writing_token, observation(world.patient))
    assert response.status_code == 403
