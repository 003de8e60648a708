"""Transactions, all or nothing, and batches, each for itself."""

import pytest

from enrs.core.audit.models import AuditLine
from enrs.core.fhir import writing
from enrs.core.fhir.models import Resource
from tests.core.fhir.conftest import World
from tests.core.fhir.factories import give, make_token
from tests.core.fhir.writing import Send, keep_many, observation, posted, transaction, writer

pytestmark = pytest.mark.django_db

A, B = (f"urn:uuid:0190b000-0000-7000-8000-00000000000{n}" for n in "ab")


def count() -> int:
    return Resource.objects.filter(type="Observation", is_current=True).count()


def member(world: World, *, to: str = ""):
    fields = {"hasMember": [{"reference": to}]} if to else {}
    return observation(world.patient, **fields)


def test_a_transaction_is_made_whole_and_its_references_are_resolved(
    world: World, send: Send, writing_token
):
    given = transaction(posted(member(world, to=B), A), posted(member(world), B))
    response = send("post", "", writing_token, given)
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["type"] == "transaction-response"
    assert [one["response"]["status"] for one in body["entry"]] == ["201 Created"] * 2
    places = [one["response"]["location"] for one in body["entry"]]
    first = Resource.objects.get(id=places[0].split("/")[1])
    assert f'"reference":"{places[1].partition("/_history")[0]}"' in first.body
    assert body["entry"][0]["response"]["etag"] == 'W/"1"'


def test_the_root_is_named_with_a_slash_or_without(world: World, client, send: Send, writing_token):
    headers = {"Authorization": f"Bearer {writing_token}"}
    response = client.post(
        "/fhir/R4", transaction(), content_type="application/fhir+json", headers=headers
    )
    assert response.status_code == 200
    assert response.json()["type"] == "transaction-response"


@pytest.mark.parametrize("is_many", [False, True])
def test_one_refusal_undoes_all(world: World, send: Send, writing_token, monkeypatch, is_many):
    many = keep_many if is_many else None
    monkeypatch.setitem(writing._writers, "Observation", writer(create_many=many))
    entries = [posted(member(world)) for _ in range(3)]
    entries.append(posted(observation(world.patient, "refused")))
    response = send("post", "", writing_token, transaction(*entries))
    assert response.status_code == 422
    if not is_many:
        assert response.json()["issue"][0]["expression"] == ["Bundle.entry[3].resource.code"]
    assert count() == 2
    line = AuditLine.objects.get(action="fhir.transaction")
    assert line.outcome == "refused"


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 401), ("scope", 403), ("wrong circle", 404), ("right", 200)]
)
def test_who_may(world: World, send: Send, writing_token, who, status):
    tokens = {"nobody": "inconnu", "right": writing_token}
    if who == "scope":
        tokens[who] = make_token(world.inside, "user/*.rs")
    elif who == "wrong circle":
        tokens[who] = make_token(world.outside, "user/*.cruds")
    given = transaction(posted(member(world)), posted(member(world)))
    response = send("post", "", tokens[who], given)
    assert response.status_code == status, response.content
    assert count() == (4 if who == "right" else 2)


def test_one_patient_of_others_undoes_all(world: World, send: Send, writing_token):
    given = transaction(posted(member(world)), posted(observation(world.other)))
    assert send("post", "", writing_token, given).status_code == 404
    assert count() == 2
    line = AuditLine.objects.get(action="fhir.transaction")
    assert (line.patient_id, line.reason) == (world.other.id, "outside_circle")


def test_many_are_made_at_once_in_few_statements(
    world: World, send: Send, writing_token, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setitem(writing._writers, "Observation", writer(create_many=keep_many))
    for size in (2, 50):
        given = transaction(*(posted(member(world)) for _ in range(size)))
        with django_assert_max_num_queries(30):
            assert send("post", "", writing_token, given).status_code == 200
    assert count() == 54


def test_updates_withdrawals_and_creations_in_one(world: World, send: Send, writing_token):
    own = put_again(world, send, writing_token)
    given = transaction(
        {
            "resource": observation(world.patient, id=str(world.observation), hasMember=[{"reference": A}]),
            "request": {"method": "PUT", "url": f"Observation/{world.observation}", "ifMatch": 'W/"1"'},
        },
        {"request": {"method": "DELETE", "url": f"Observation/{own}"}},
        posted(member(world), A),
    )  # fmt: skip
    body = send("post", "", writing_token, given, Prefer="return=representation").json()
    assert [one["response"]["status"][:3] for one in body["entry"]] == ["200", "204", "201"]
    made = body["entry"][2]["resource"]["id"]
    assert body["entry"][0]["resource"]["hasMember"] == [{"reference": f"Observation/{made}"}]


def put_again(world: World, send: Send, token: str) -> str:
    return str(send("post", "Observation", token, member(world)).json()["id"])


@pytest.mark.parametrize(("tag", "status"), [('W/"7"', 412), ("", 428), ("abc", 400)])
def test_a_stale_update_undoes_all(world: World, send: Send, writing_token, tag, status):
    request = {"method": "PUT", "url": f"Observation/{world.observation}"}
    request |= {"ifMatch": tag} if tag else {}
    given = transaction(
        posted(member(world)),
        {"resource": observation(world.patient, id=str(world.observation)), "request": request},
    )
    assert send("post", "", writing_token, given).status_code == status
    assert count() == 2


def entry(**request):
    return {"resource": {"resourceType": "Observation"}, "request": request}


@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ([{"fullUrl": A}], 400), ([entry(method="PATCH", url="Observation/1")], 400),
        ([entry(method="POST", url="Observation/1")], 400), ([entry(method="PUT", url="Observation")], 400),
        ([entry(method="PUT", url="Observation?identifier=1")], 400), ([entry(method="GET", url="Observation")], 422),
        ([entry(method="PUT", url="Observation/../../x")], 404), ([entry(method="POST", url="Patient")], 400),
        ([entry(method="POST", url="Observation")], 422), (["texte"], 422), ([], 200), ([entry()], 422),
    ],
)  # fmt: skip
def test_entries_that_cannot_be(world: World, send: Send, writing_token, entries, status):
    given = transaction(*entries)
    response = send("post", "", writing_token, given)
    assert response.status_code == status, response.content
    assert count() == 2


def test_references_that_lead_nowhere_or_in_a_circle(world: World, send: Send, writing_token):
    for entries in (
        [posted(member(world, to=B), A)],
        [posted(member(world, to=B), A), posted(member(world, to=A), B)],
        [posted(member(world), A), posted(member(world), A)],
    ):
        assert send("post", "", writing_token, transaction(*entries)).status_code in (400, 422)
    assert count() == 2


def test_other_bundles_are_not_taken(world: World, send: Send, writing_token):
    for kind in ("document", "searchset", "autre"):
        assert send("post", "", writing_token, transaction(kind=kind)).status_code == 422
    assert send("post", "", writing_token, member(world)).status_code == 422


def test_too_many_entries_are_too_many(world: World, send: Send, writing_token):
    given = transaction(*([posted(member(world))] * 1001))
    response = send("post", "", writing_token, given)
    assert (response.status_code, response.json()["issue"][0]["code"]) == (400, "too-costly")


def test_a_batch_is_each_for_itself(world: World, send: Send, writing_token):
    given = transaction(
        posted(member(world)), posted(observation(world.patient, "refused")), posted(observation(world.other)),
        posted(observation(world.patient, status="faux")),
        {"request": {"method": "GET", "url": f"Observation/{world.observation}"}},
        {"request": {"method": "GET", "url": f"Observation?patient={world.patient.id}"}},
        {"request": {"method": "GET", "url": f"Observation/{world.other_observation}"}},
        {"request": {"method": "GET", "url": "Observation?sans=sens"}},
        {"request": {"method": "GET", "url": "Patient?name=%00"}},
        posted(member(world), ifNoneExist="sans=sens"),
        kind="batch",
    )  # fmt: skip
    body = send("post", "", writing_token, given).json()
    assert body["type"] == "batch-response"
    statuses = [one["response"]["status"][:3] for one in body["entry"]]
    assert statuses == ["201", "422", "404", "422", "200", "200", "404", "400", "400", "400"]
    assert body["entry"][4]["resource"]["id"] == str(world.observation)
    assert body["entry"][5]["resource"]["type"] == "searchset"
    refused = body["entry"][3]["response"]["outcome"]["issue"][0]
    assert refused["expression"] == ["Bundle.entry[3].resource.status"]
    assert count() == 3


def test_a_bundles_line_names_its_patients(world: World, send: Send, writing_token):
    give(world.other, world.inside.grantee_id)
    given = transaction(posted(member(world)), posted(observation(world.other)))
    assert send("post", "", writing_token, given).status_code == 200
    line = AuditLine.objects.get(action="fhir.transaction")
    assert sorted(line.patient_ids) == sorted([world.patient.id, world.other.id])
    assert line.details == '{"entries": 2}'
