"""A request for a social assessment, from the record of a nurse to the social worker who accepts it."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.questionnaires.commands import save_answer, start_answer
from enrs.core.questionnaires.models import Answer
from enrs.core.workflow.models import Task
from enrs.services import social_assessment
from tests.factories import (
    PatientFactory,
    PositionFactory,
    UserFactory,
    actor,
    known_patient,
    member,
    organisation,
)
from tests.services.record.factories import owner, signed_in

pytestmark = pytest.mark.django_db

FILLED = {"motif": ["home"], "situation": "Vit seule, ne sort plus.", "accord": True}


@pytest.fixture
def patient():
    return known_patient()


@pytest.fixture
def team():
    return organisation("DAC des Trois Rivières")


@pytest.fixture
def nurse(patient):
    return member(patient, "nurse")


@pytest.fixture
def worker(team):
    """A social worker of the team, outside the person's circle."""
    user = UserFactory()
    PositionFactory(
        user=user, role="social_worker", organisation_id=team.id, organisation_name=team.name
    )
    return user


def url(name, patient):
    return reverse(f"social_assessment:{name}", args=[patient.pk])


def filled(client, patient, nurse, **values):
    client.force_login(nurse)
    client.post(url("begin", patient))
    answer = Answer.objects.get()
    with acting(actor(nurse)):
        return save_answer(
            answer=answer,
            values=FILLED | values,
            expected_version=answer.version,
            is_final=True,
        )


def sent(client, patient, nurse, team):
    answer = filled(client, patient, nurse)
    client.post(url("send", patient), {"answer": str(answer.id), "place": str(team.id)})
    return Task.objects.get()


@pytest.mark.parametrize("who", [None, "wrong_circle", "wrong_profession"])
def test_the_panel_opens_for_the_circle_alone(client: Client, patient, who):
    if who:
        role = "nurse" if who == "wrong_circle" else "identity_officer"
        about = PatientFactory() if who == "wrong_circle" else patient
        client.force_login(member(about, role))
    for name, method in (("panel", "get"), ("begin", "post"), ("send", "post")):
        answer = getattr(client, method)(url(name, patient))
        assert answer.status_code == (404 if who else 302)
    assert not Answer.objects.exists()


def test_an_empty_panel_says_what_comes_here(client: Client, patient, nurse):
    client.force_login(nurse)
    assert "Aucune évaluation demandée" in client.get(url("panel", patient)).content.decode()


def test_a_filled_request_goes_to_the_team_that_may_then_read_it(
    client: Client, patient, nurse, team, worker
):
    task = sent(client, patient, nurse, team)
    assert (task.state, task.patient_id) == ("sent", patient.pk)
    client.force_login(worker)
    assert client.get(reverse("workflow:task", args=[task.id])).status_code == 200
    assert client.get(reverse("questionnaires:read", args=[task.answer_id])).status_code == 200
    board = client.get(reverse("workflow:board", args=["evaluations-sociales"]))
    assert str(task.id) in board.content.decode()
    client.post(
        reverse("workflow:move", args=[task.id]), {"acte": "accept", "version": task.version}
    )
    task.refresh_from_db()
    assert (task.state, task.assignee_name) == ("accepted", worker.name)


def test_a_form_begun_is_not_sent(client: Client, patient, nurse, team):
    client.force_login(nurse)
    client.post(url("begin", patient))
    given = {"answer": str(Answer.objects.get().id), "place": str(team.id)}
    assert client.post(url("send", patient), given).status_code == 404
    assert "La reprendre" in client.get(url("panel", patient)).content.decode()


@pytest.mark.parametrize("given", [{}, {"answer": "x", "place": "y"}])
def test_a_forged_sending_is_refused(client: Client, patient, nurse, given):
    client.force_login(nurse)
    assert client.post(url("send", patient), given).status_code == 404


def test_the_answers_of_another_patient_are_not_sent(client: Client, patient, nurse, team):
    answer = filled(client, patient, nurse)
    other = PatientFactory()
    client.force_login(member(other, "nurse"))
    given = {"answer": str(answer.id), "place": str(team.id)}
    assert client.post(url("send", other), given).status_code == 404
    assert not Task.objects.exists()


def test_a_request_is_sent_once(client: Client, patient, nurse, team):
    task = sent(client, patient, nurse, team)
    again = {"answer": str(task.answer_id), "place": str(team.id)}
    page = client.post(url("send", patient), again, follow=True).content.decode()
    assert "Cette demande est déjà partie." in page
    assert Task.objects.get() == task


def test_another_form_is_not_sent(client: Client, patient, nurse, team):
    with acting(actor(nurse)):
        answer = start_answer(form="coordination-request", patient_id=patient.pk)
        Answer.objects.update(status="completed")
    client.force_login(nurse)
    given = {"answer": str(answer.id), "place": str(team.id)}
    assert client.post(url("send", patient), given).status_code == 404
    assert not Task.objects.exists()


def test_only_who_may_send_is_offered_to_begin(client: Client, patient, nurse):
    offered = "Demander une évaluation"
    client.force_login(nurse)
    assert offered in client.get(url("panel", patient)).content.decode()
    page = signed_in(client, owner(patient.pk)).get(url("panel", patient))
    assert page.status_code == 200
    assert offered not in page.content.decode()


def test_it_takes_fewer_than_150_lines_of_code():
    """What `docs/howto/add-a-service.md` promises: Python and templates, the demo's data apart."""
    folder = Path(social_assessment.__file__).parent
    files = [*folder.glob("*.py"), *folder.rglob("*.html")]
    lines = [
        line
        for path in files
        if path.name != "demo.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    assert len(lines) < 150
