"""PUT and DELETE on a resource: the version that is replaced, who may, and that nothing is half-done."""

import threading

import psycopg
import pytest
from django.db import connection, transaction

from enrs.config.postgres import Cluster
from enrs.core.audit.models import AuditLine
from enrs.core.fhir.models import Resource
from enrs.core.subjects.models import Patient
from tests.core.fhir.conftest import Ask, World
from tests.core.fhir.factories import give, make_token, make_user, put
from tests.core.fhir.writing import Send, observation
from tests.waiting import until

pytestmark = pytest.mark.django_db

FIRST = {"If-Match": 'W/"1"'}


def change(world: World, **fields):
    return observation(world.patient, id=str(world.observation), **fields)


def version(world: World) -> int:
    return Resource.objects.get(id=world.observation, is_current=True).version


def test_the_right_one_replaces_the_version_that_they_read(
    world: World, send: Send, ask: Ask, writing_token
):
    path = f"Observation/{world.observation}"
    response = send("put", path, writing_token, change(world), **FIRST)
    assert response.status_code == 200, response.content
    assert response.headers["ETag"] == 'W/"2"'
    assert "Location" not in response.headers
    assert ask(path, writing_token).content == response.content
    line = AuditLine.objects.get(action="fhir.update")
    assert (line.object_id, line.patient_id) == (str(world.observation), world.patient.id)


@pytest.mark.parametrize(
    ("given", "status"),
    [("", 428), ('W/"2"', 412), ('"1"', 200), ("1", 400), ("*", 400), ('W/"0"', 400), ('W/"99999999999"', 400)],
)  # fmt: skip
def test_the_version_must_be_said_and_be_the_present_one(
    world: World, send: Send, writing_token, given, status
):
    headers = {"If-Match": given} if given else {}
    path = f"Observation/{world.observation}"
    response = send("put", path, writing_token, change(world), **headers)
    assert response.status_code == status, response.content
    assert version(world) == (2 if status == 200 else 1)


def test_the_second_of_two_is_told(world: World, send: Send, writing_token):
    path = f"Observation/{world.observation}"
    answers = [send("put", path, writing_token, change(world), **FIRST) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 412]


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_another_write_is_told(world: World, send: Send, writing_token):
    """The lock is waited for; what is read after it is the version written meanwhile, not none."""
    path, answers = f"Observation/{world.observation}", []

    def put_second() -> None:
        answers.append(send("put", path, writing_token, change(world), **FIRST).status_code)
        connection.close()

    thread = threading.Thread(target=put_second)
    with transaction.atomic():
        assert send("put", path, writing_token, change(world), **FIRST).status_code == 200
        thread.start()
        until(_somebody_waits)
    thread.join(10)
    assert answers == [412]
    assert version(world) == 2


def _somebody_waits() -> bool:
    """Asked outside of the transaction, which would see the activity of its own beginning for ever."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(Cluster().dsn("admin", database=name), autocommit=True) as aside:
        found = aside.execute(
            "select exists (select from pg_stat_activity "
            "where datname = current_database() and wait_event_type = 'Lock')"
        ).fetchone()
    return bool(found and found[0])


@pytest.mark.parametrize(
    ("who", "status"),
    [("nobody", 401), ("scope", 403), ("wrong circle", 404), ("profession", 404), ("level", 403), ("person", 403)],
)  # fmt: skip
def test_who_may_not(world: World, send: Send, who, status):
    token = ""
    if who == "scope":
        token = make_token(world.inside, "user/*.crs")
    elif who == "wrong circle":
        token = make_token(world.outside, "user/*.cruds")
    elif who != "nobody":
        kind = "patient" if who == "person" else "professional"
        user = make_user("autre", kind=kind, role="secretary" if who == "profession" else "nurse")
        purpose, level = ("self", 3) if who == "person" else ("care_team", 1)
        give(world.patient, user.grantee_id, purpose=purpose, level=level)
        token = make_token(user, "user/*.cruds")
    response = send("put", f"Observation/{world.observation}", token, change(world), **FIRST)
    assert response.status_code == status, response.content
    assert version(world) == 1


def test_a_resource_does_not_change_of_patient(world: World, send: Send, writing_token):
    second = Patient.objects.create()
    give(second, world.inside.grantee_id)
    given = observation(second, id=str(world.observation))
    response = send("put", f"Observation/{world.observation}", writing_token, given, **FIRST)
    assert response.status_code == 422
    assert version(world) == 1


def test_another_patients_resource_is_not_taken_by_saying_it_is_ours(
    world: World, send: Send, writing_token
):
    given = observation(world.patient, id=str(world.other_observation))
    path = f"Observation/{world.other_observation}"
    assert send("put", path, writing_token, given, **FIRST).status_code == 404


def test_what_is_hidden_is_not_changed(world: World, send: Send, writing_token):
    own = put("Observation", world.patient, "results", marks=1)
    given = observation(world.patient, id=str(own))
    assert send("put", f"Observation/{own}", writing_token, given, **FIRST).status_code == 404


@pytest.mark.parametrize("wrong", [{"id": "0190b000-0000-7000-8000-000000000000"}, {"id": None}])
def test_the_body_is_of_its_address(world: World, send: Send, writing_token, wrong):
    given = {name: value for name, value in (change(world) | wrong).items() if value}
    response = send("put", f"Observation/{world.observation}", writing_token, given, **FIRST)
    assert response.status_code == 400


def test_an_unknown_id_is_not_made(world: World, send: Send, writing_token):
    own = "0190b000-0000-7000-8000-000000000000"
    given = observation(world.patient, id=own)
    assert send("put", f"Observation/{own}", writing_token, given, **FIRST).status_code == 404
    assert send("put", "Observation/abc", writing_token, given, **FIRST).status_code == 404


def test_a_withdrawal_leaves_nothing_to_read_or_change(
    world: World, send: Send, ask: Ask, writing_token
):
    path = f"Observation/{world.observation}"
    stale = send("delete", path, writing_token, b"", **{"If-Match": 'W/"4"'})
    assert stale.status_code == 412
    response = send("delete", path, writing_token, b"", **FIRST)
    assert (response.status_code, response.content) == (204, b"")
    assert ask(path, writing_token).status_code == 410
    again = send("put", path, writing_token, change(world), **{"If-Match": 'W/"2"'})
    assert again.status_code == 410


def test_a_withdrawal_wants_its_scope_and_its_circle(world: World, send: Send):
    path = f"Observation/{world.observation}"
    narrow = make_token(world.inside, "user/*.cru")
    assert send("delete", path, narrow, b"").status_code == 403
    outside = make_token(world.outside, "user/*.cruds")
    assert send("delete", path, outside, b"").status_code == 404
    assert version(world) == 1
