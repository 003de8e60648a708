"""`If-None-Exist`: made once, whoever sends it again."""

import pytest

from enrs.core.fhir import writing
from enrs.core.fhir.models import Resource
from tests.core.fhir.conftest import World
from tests.core.fhir.factories import make_token
from tests.core.fhir.writing import Send, observation, posted, transaction, writer

pytestmark = pytest.mark.django_db

SYSTEM = "urn:oid:1.2.250.1.213.1.4.99"
ONCE = {"If-None-Exist": f"identifier={SYSTEM}|A1"}


@pytest.fixture(autouse=True)
def reports(monkeypatch):
    monkeypatch.setitem(writing._writers, "DiagnosticReport", writer("DiagnosticReport"))


def numbered(world: World, value: str = "A1"):
    return {
        "resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Bilan"},
        "subject": {"reference": f"Patient/{world.patient.id}"},
        "identifier": [{"system": SYSTEM, "value": value}],
    }  # fmt: skip


def count() -> int:
    return Resource.objects.filter(type="DiagnosticReport", is_current=True).count()


def test_sent_again_it_is_the_same(world: World, send: Send, writing_token):
    first = send("post", "DiagnosticReport", writing_token, numbered(world), **ONCE)
    again = send("post", "DiagnosticReport", writing_token, numbered(world), **ONCE)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["Location"] == again.headers["Location"]
    assert count() == 1


def test_several_that_answer_are_a_refusal(world: World, send: Send, writing_token):
    for _ in range(2):
        send("post", "DiagnosticReport", writing_token, numbered(world))
    response = send("post", "DiagnosticReport", writing_token, numbered(world), **ONCE)
    assert (response.status_code, response.json()["issue"][0]["code"]) == (412, "multiple-matches")


@pytest.mark.parametrize("condition", ["sans=sens", "_count=1", "identifier:exact=1", "code="])
def test_a_condition_must_be_a_search(world: World, send: Send, writing_token, condition):
    headers = {"If-None-Exist": condition}
    response = send("post", "DiagnosticReport", writing_token, numbered(world), **headers)
    assert response.status_code == 400, response.content
    assert count() == 0


def test_the_condition_wants_the_scope_of_searches(world: World, send: Send):
    token = make_token(world.inside, "user/DiagnosticReport.c")
    assert send("post", "DiagnosticReport", token, numbered(world), **ONCE).status_code == 403
    assert send("post", "DiagnosticReport", token, numbered(world)).status_code == 201


def test_in_a_transaction_references_lead_to_what_was_there(
    world: World, send: Send, writing_token
):
    known = send("post", "DiagnosticReport", writing_token, numbered(world)).json()["id"]
    full = "urn:uuid:0190b000-0000-7000-8000-00000000000a"
    given = transaction(
        posted(numbered(world), full, ifNoneExist=ONCE["If-None-Exist"]),
        posted(
            observation(
                world.patient,
                extension=[{"url": "https://x.fr", "valueReference": {"reference": full}}],
            )
        ),
        posted(numbered(world, "B2"), ifNoneExist=f"identifier={SYSTEM}|B2"),
        posted(numbered(world, "B2"), ifNoneExist=f"identifier={SYSTEM}|B2"),
    )
    body = send("post", "", writing_token, given, Prefer="return=representation").json()
    statuses = [one["response"]["status"][:3] for one in body["entry"]]
    assert statuses[:2] == ["200", "201"]
    assert body["entry"][1]["resource"]["extension"][0]["valueReference"] == {
        "reference": f"DiagnosticReport/{known}"
    }
    assert body["entry"][2]["fullUrl"] == body["entry"][3]["fullUrl"]
    assert count() == 2
