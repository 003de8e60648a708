"""Tasks as FHIR R4: what is published, what never is, and the notices of the bell."""

import orjson
import pytest

from enrs.core.events.subscribers import deliver
from enrs.core.fhir.models import Key, Resource
from enrs.core.notifications.models import Notice
from enrs.core.subjects.commands import relink
from enrs.core.workflow import fhir
from enrs.core.workflow.models import Task, TaskParty
from tests.core.workflow.given import NAME, as_user, browser_of, move, place, request
from tests.factories import PatientFactory
from tests.waiting import settle

pytestmark = pytest.mark.django_db


def current(kind: str, task: Task) -> dict:
    return orjson.loads(Resource.objects.get(type=kind, id=task.pk, is_current=True).body)


def test_a_task_and_its_order_follow_each_move():
    dac = place()
    asked, worker = request(dac), dac.person(name="Giulia MARCHETTI")
    tree = current("Task", asked.task)
    assert (tree["status"], tree["intent"], tree["priority"]) == ("requested", "order", "routine")
    assert tree["for"] == {"reference": f"Patient/{asked.patient.pk}"}
    assert tree["focus"] == {"reference": f"ServiceRequest/{asked.task.pk}"}
    assert tree["businessStatus"]["text"] == "Envoyée"
    with as_user(worker):
        move(asked.task, "accept")
    tree = current("Task", asked.task)
    assert tree["owner"] == {
        "reference": f"Practitioner/{worker.grantee_id}", "display": "Giulia MARCHETTI",
    }  # fmt: skip
    assert [one["display"] for one in tree["restriction"]["recipient"]] == [dac.name]
    with as_user(worker):
        move(asked.task, "close", reason_code="done")
    assert current("Task", asked.task)["status"] == "completed"
    assert current("ServiceRequest", asked.task)["status"] == "completed"
    values = Key.objects.filter(type="Task", id=asked.task.pk, param="status").values_list(
        "value", flat=True
    )
    assert list(values) == ["completed"]
    assert [one.type for batch in fhir.publications() for one in batch] == [
        "Task",
        "ServiceRequest",
    ]


def test_a_task_without_a_patient_is_never_published():
    request(place(), is_about_nobody=True)
    assert not Resource.objects.filter(type__in=["Task", "ServiceRequest"]).exists()


def test_boards_follow_a_corrected_identity():
    asked = request(place())
    other = PatientFactory()
    relink(identity_id=asked.task.identity_id, patient_id=other.pk)
    assert set(TaskParty.objects.filter(task=asked.task).values_list("patient_id", flat=True)) == {
        other.pk
    }


@pytest.mark.django_db(transaction=True)
def test_a_move_is_told_to_who_asked(emptied_journals):
    dac = place()
    worker = dac.person(name="Giulia MARCHETTI")
    asked = request(dac)
    with as_user(worker):
        move(asked.task, "accept")
    settle()
    deliver("notices")
    told = dict(
        Notice.objects.filter(kind=f"task.told.{NAME}").values_list("user_id", "details__label")
    )
    assert told == {worker.id: "Ouverture", asked.doctor.id: "Accepter"}
    shown = browser_of(asked.doctor).get("/notifications/").content.decode()
    assert "Giulia MARCHETTI" in shown
    assert f"/demandes/{asked.task.pk}/" in shown
