"""Appointments and messages written by other software, through the same commands."""

import orjson
import pytest

from enrs.core.access.actor import acting
from enrs.core.agenda import fhir_writing as appointments
from enrs.core.agenda.models import Appointment
from enrs.core.fhir.models import Resource
from enrs.core.fhir.writing import WriteError
from enrs.core.ids import uuid7
from enrs.core.threads import fhir_writing as messages
from enrs.core.threads.models import Message, Thread
from tests.core.threads.factories import conversation
from tests.factories import UserFactory, actor, known_patient, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    return known_patient()


@pytest.fixture
def nurse(patient):
    return member(patient, "nurse")


def body(identifier) -> dict:
    return orjson.loads(Resource.objects.get(id=identifier, is_current=True).body)


def meeting(patient, **fields) -> dict:
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-12-01T09:00:00+01:00",
        "end": "2026-12-01T09:30:00+01:00",
        "description": "Pansement",
        "participant": [
            {"actor": {"reference": f"Patient/{patient.pk}"}, "status": "accepted"},
            {"actor": {"reference": f"Practitioner/{uuid7()}"}, "status": "needs-action"},
        ],
    } | fields


def message(patient, **fields) -> dict:
    return {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": f"Patient/{patient.pk}"},
        "payload": [{"contentString": "Sortie jeudi"}],
    } | fields


def test_an_appointment_is_booked_moved_and_cancelled(nurse, patient, as_actor):
    with as_actor(actor(nurse)) as by:
        made = appointments.create(meeting(patient), by)
    assert body(made)["start"] == "2026-12-01T08:00:00Z"
    with as_actor(actor(nurse)) as by:
        again = meeting(patient, start="2026-12-01T10:00:00+01:00", end="2026-12-01T10:30:00+01:00")
        appointments.update(again | {"id": str(made), "status": "arrived"}, by)
    assert (body(made)["status"], body(made)["start"]) == ("arrived", "2026-12-01T09:00:00Z")
    with as_actor(actor(nurse)) as by:
        gone = {"id": str(made), "status": "cancelled"}
        with pytest.raises(WriteError, match="Dites pourquoi"):
            appointments.update(meeting(patient) | gone, by)
        why = {"cancelationReason": {"text": "Hospitalisation"}}
        appointments.update(meeting(patient) | gone | why, by)
    assert body(made)["status"] == "cancelled"


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "fulfilled"},
        {"start": "2026-12-02T09:00:00+01:00"},
        {"end": "2027-12-02T09:00:00+01:00"},
        {"description": "x" * 400},
        {"appointmentType": {"coding": [{"system": "urn:local:appointment-kind", "code": "x"}]}},
    ],
)
def test_forged_appointments(fields, nurse, patient, as_actor):
    with as_actor(actor(nurse)) as by, pytest.raises(WriteError):
        appointments.create(meeting(patient, **fields), by)
    assert Appointment.objects.count() == 0


def test_outside_the_circle_neither(patient):
    with acting(actor(UserFactory(role="physician"))) as by:
        for create, resource in (
            (appointments.create, meeting(patient)),
            (messages.create, message(patient)),
        ):
            with pytest.raises(WriteError) as refusal:
                create(resource, by)
            assert refusal.value.status == 403
        with pytest.raises(WriteError) as refusal:
            appointments.update(meeting(patient) | {"id": str(uuid7())}, by)
        assert refusal.value.status == 404


def test_a_message_opens_a_conversation_of_the_circle_then_follows_it(nurse, patient, as_actor):
    with as_actor(actor(nurse)) as by:
        first = messages.create(message(patient, topic={"text": "Sortie"}), by)
        thread = Thread.objects.get()
        named = [{"system": "urn:local:thread", "value": str(thread.pk)}]
        second = messages.create(message(patient, identifier=named), by)
        changed = [{"contentString": "Sortie vendredi"}]
        messages.update(message(patient, id=str(first), payload=changed), by)
        messages.update(message(patient, id=str(second), status="entered-in-error"), by)
    assert (thread.title, thread.audience) == ("Sortie", "circle")
    assert body(first)["payload"] == [{"contentString": "Sortie vendredi"}]
    assert body(second)["status"] == "entered-in-error"


def test_a_conversation_of_members_or_of_somebody_else_takes_no_message(nurse, patient, as_actor):
    closed = conversation([nurse], patient)
    other = conversation([nurse], None)
    with as_actor(actor(nurse)) as by:
        for thread in (closed, other):
            named = [{"system": "urn:local:thread", "value": str(thread.pk)}]
            with pytest.raises(WriteError, match="conversation"):
                messages.create(message(patient, identifier=named), by)
    assert Message.objects.count() == 0


def test_the_message_of_another_is_not_changed(nurse, patient, as_actor):
    with as_actor(actor(nurse)) as by:
        made = messages.create(message(patient), by)
    with as_actor(actor(member(patient, "physician"))) as by, pytest.raises(WriteError):
        messages.update(message(patient, id=str(made)), by)
