"""AuditEvent: the journal of a patient, for who may read it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from enrs.core.access.actor import Actor
from enrs.core.audit.commands import note
from enrs.core.audit.models import AuditLine
from enrs.core.audit.verification import verify
from tests.core.fhir.conftest import Ask, World, ids
from tests.core.fhir.factories import give, make_token, make_user

NURSE = Actor(kind="professional", name="Inès Moreau", role="nurse", user_id=uuid4())


@pytest.fixture
def lines(world: World):
    """Three lines: one on the patient, one list with both patients, one on the other patient."""
    note("record.opened", patient_id=world.patient.id, object_kind="record", actor=NURSE)
    note("identity.search", patient_ids=[world.patient.id, world.other.id], actor=NURSE)
    note("record.opened", patient_id=world.other.id, actor=NURSE)
    return AuditLine.objects.order_by("at", "id")


def test_three_actors_on_the_journal(world: World, ask: Ask, lines):
    own, shared, other = [str(line.id) for line in lines]
    query = f"AuditEvent?patient={world.patient.id}"
    assert ask(query).status_code == 401
    assert ask(query, world.outside_token).status_code == 404
    found = ask(query, world.token)
    seen = ids(found)
    assert own in seen
    assert shared in seen
    assert other not in seen
    assert str(world.other.id) not in found.content.decode()
    assert verify().is_intact


def test_a_proxy_reads_no_line_of_a_minors_secret(world: World, ask: Ask):
    note("record.opened", patient_id=world.patient.id, actor=NURSE)
    note("record.secret.kept", patient_id=world.patient.id, actor=NURSE)
    open_line, secret = (
        str(AuditLine.objects.get(action=one).id) for one in ("record.opened", "record.secret.kept")
    )
    parent, person = make_user("parent", kind="relative"), make_user("own", kind="patient")
    for user, purpose in ((parent, "proxy"), (person, "self")):
        give(world.patient, user.grantee_id, purpose=purpose)
    query = f"AuditEvent?patient={world.patient.id}"
    assert {open_line, secret} <= set(ids(ask(query, make_token(person))))
    seen = ids(ask(query, make_token(parent)))
    assert (open_line in seen, secret in seen) == (True, False)
    assert ask(f"AuditEvent/{secret}", make_token(parent)).status_code == 404
    assert ask(f"AuditEvent/{secret}", make_token(person)).status_code == 200


def test_an_event_says_who_what_and_when(world: World, ask: Ask, lines):
    own = lines[0]
    response = ask(f"AuditEvent/{own.id}", world.token)
    tree = response.json()
    assert tree["agent"][0]["who"]["display"] == "Inès Moreau"
    assert tree["agent"][0]["who"]["identifier"]["value"] == f"urn:uuid:{NURSE.user_id}"
    assert (tree["action"], tree["outcome"]) == ("R", "0")
    assert tree["subtype"][0]["code"] == "record.opened"
    assert tree["entity"][0]["what"]["reference"] == f"Patient/{world.patient.id}"
    assert datetime.fromisoformat(tree["recorded"]) == own.at


def test_a_list_names_ones_own_patient_only(world: World, ask: Ask, lines):
    response = ask(f"AuditEvent/{lines[1].id}", world.token)
    assert response.status_code == 200
    assert str(world.other.id) not in response.content.decode()
    assert ask(f"AuditEvent/{lines[2].id}", world.token).status_code == 404
    assert ask(f"AuditEvent/{lines[0].id}", world.outside_token).status_code == 404
    assert ask(f"AuditEvent/{uuid4()}", world.token).status_code == 404
    assert ask("AuditEvent/abc", world.token).status_code == 404


def test_a_role_without_the_journal_reads_none(world: World, ask: Ask, lines):
    pharmacist = make_user("ph", role="pharmacist")
    give(world.patient, pharmacist.grantee_id)
    assert ask(f"AuditEvent?patient={world.patient.id}", make_token(pharmacist)).status_code == 404
    refused = AuditLine.objects.get(outcome="refused")
    assert (refused.reason, refused.patient_id) == ("profession", world.patient.id)


def test_the_patient_sees_who_read(world: World, ask: Ask, lines):
    ask(f"Observation/{world.observation}", world.token)
    user = make_user("moi", kind="patient", grantee_id=world.patient.id)
    give(world.patient, world.patient.id, purpose="self", level=3)
    response = ask(
        f"AuditEvent?patient=Patient/{world.patient.id}", make_token(user, "patient/*.rs")
    )
    assert "Compte dedans" in response.content.decode()
    assert ask(f"AuditEvent?patient={world.other.id}", make_token(user)).status_code == 404


def test_scopes_and_parameters(world: World, ask: Ask, lines):
    query = f"AuditEvent?patient={world.patient.id}"
    assert ask(query, make_token(world.inside, "user/Observation.rs")).status_code == 403
    assert ask("AuditEvent", world.token).status_code == 400
    assert ask(f"{query}&nimporte=1", world.token).status_code == 400
    assert ask(f"{query}&date=hier", world.token).status_code == 400
    assert ask(f"{query}&date=ne2020", world.token).status_code == 400
    assert ask("AuditEvent?patient=abc", world.token).status_code == 404
    assert ids(ask(f"{query}&date=lt2020", world.token)) == []
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    assert ids(ask(f"{query}&date=ge2020&date=le{tomorrow}", world.token))


def test_the_journal_has_pages(world: World, ask: Ask):
    for _ in range(25):
        note("record.opened", patient_id=world.patient.id, actor=NURSE)
    response = ask(f"AuditEvent?patient={world.patient.id}&_count=10", world.token)
    seen = ids(response)
    for _ in range(2):
        url = next(one["url"] for one in response.json()["link"] if one["relation"] == "next")
        response = ask(url.partition("/fhir/R4/")[2], world.token)
        seen += ids(response)
    assert len(seen) == len(set(seen)) == 25
