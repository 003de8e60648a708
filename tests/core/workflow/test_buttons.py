"""The head of a task's page: which acts it offers to whom, in which words, and where they lead."""

from dataclasses import replace

import pytest

from enrs.core.questionnaires.commands import save_answer, start_answer
from enrs.core.ui.registry import offers_for
from enrs.core.workflow import commands
from enrs.core.workflow.registry import register
from tests.core.workflow.given import (
    WORKFLOW,
    actor,
    as_user,
    browser_of,
    doctor_of,
    move,
    place,
    request,
)
from tests.core.workflow.test_pages import page, text_of
from tests.factories import ROLES, FormFactory, known_patient, user_of_role

pytestmark = pytest.mark.django_db


def head(user, task) -> str:
    shown = text_of(browser_of(user).get(page(task)))
    return shown[shown.index('class="page-acts"') : shown.index('class="task-grid"')]


@pytest.fixture
def refusable():
    """The small workflow where who is asked may refuse by a transition of the table."""
    acts = [
        replace(one, who=("coordinator",), needs_reason=True, label="Ne pas retenir")
        if one.name == "expire"
        else one
        for one in WORKFLOW.transitions
    ]
    yield register(replace(WORKFLOW, transitions=tuple(acts)))
    register(WORKFLOW)


def test_who_is_asked_agrees_in_the_table_s_own_word():
    dac = place()
    asked = request(dac)
    renamed = [
        replace(one, label="Prendre en charge") if one.name == "accept" else one
        for one in WORKFLOW.transitions
    ]
    register(replace(WORKFLOW, transitions=tuple(renamed)))
    try:
        shown = head(dac.person(), asked.task)
    finally:
        register(WORKFLOW)
    assert "Prendre en charge" in shown
    assert "Accepter" not in shown


def test_the_table_s_refusal_takes_the_place_of_the_sending_s_for_the_only_one_asked(refusable):
    dac = place()
    shown = head(dac.person(), request(dac).task)
    assert "Ne pas retenir" in shown
    assert 'data-dialog="decline"' not in shown


def test_one_of_several_declines_for_themselves_alone(refusable):
    first, second = place("Un"), place("Deux")
    shown = head(first.person(), request(first, second).task)
    assert 'data-dialog="decline"' in shown


def test_nothing_is_left_to_answer_once_a_task_is_closed():
    dac = place()
    asked = request(dac, patient=(about := known_patient()))
    inside = doctor_of(about, "nurse")
    with as_user(asked.doctor):
        commands.add_addressees(
            task=asked.task, expected_version=asked.task.version,
            addressees=[replace(dac.to, grantee_id=inside.grantee_id, kind="person", name=inside.name)],
        )  # fmt: skip
        move(asked.task, "cancel", reason="Erreur de personne")
    shown = head(inside, asked.task)
    assert 'value="agreed"' not in shown
    assert "À l’étude" not in shown


def test_an_act_with_a_page_of_its_own_leads_there_whatever_its_guard_says():
    acts = [
        replace(one, guard=lambda *_: "Pas encore.", page=lambda task: f"/ailleurs/{task.id}/")
        if one.name == "pause"
        else one
        for one in WORKFLOW.transitions
    ]
    register(replace(WORKFLOW, transitions=tuple(acts)))
    try:
        dac = place()
        asked, worker = request(dac), dac.person()
        with as_user(worker):
            move(asked.task, "accept")
        shown = head(worker, asked.task)
        assert f'href="/ailleurs/{asked.task.id}/"' in shown
        with as_user(worker), pytest.raises(commands.TaskRefusedError, match="Pas encore"):
            move(asked.task, "pause")
    finally:
        register(WORKFLOW)


def test_who_is_asked_reads_the_form_on_the_request_s_own_page():
    doctor = doctor_of(patient := known_patient())
    with as_user(doctor):
        answer = start_answer(form=FormFactory().name, patient_id=patient.pk)
        save_answer(
            answer=answer, values={"note": "Chutes répétées"}, expected_version=1, is_final=True
        )
    dac = place()
    asked = request(dac, patient=patient, doctor=doctor, answer_id=answer.id)
    assert "Chutes répétées" in text_of(browser_of(dac.person()).get(page(asked.task)))
    assert "Chutes répétées" not in text_of(
        browser_of(dac.person("secretary")).get(page(asked.task))
    )


@pytest.mark.parametrize("role", ROLES)
def test_the_boards_stand_in_the_rail_of_who_may_read_requests(role):
    user = user_of_role(role)
    shown = "tasks" in {one.key for one in offers_for(actor(user))}
    address = browser_of(user).get("/demandes/").status_code
    expected = user.kind == "professional" and role not in ("anonymous", "identity_officer")
    assert shown == expected
    assert not shown or address in (200, 302)
