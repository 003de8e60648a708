"""Opening, moving, answering, undoing: as in service, under row security."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.access.commands import AccessRefusedError, deny
from enrs.core.access.models import Grant
from enrs.core.access.queries import rights_on
from enrs.core.access.rules import PASSING
from enrs.core.audit.models import AuditLine
from enrs.core.events.models import Event
from enrs.core.ids import uuid7
from enrs.core.workflow import commands, queries
from enrs.core.workflow.models import Addressee, Task, TaskStep
from enrs.core.workflow.rules import To
from tests.core.workflow.given import (
    NAME,
    actor,
    as_user,
    colleague,
    doctor_of,
    move,
    place,
    request,
)
from tests.factories import GrantFactory, UserFactory, known_patient, member

pytestmark = pytest.mark.django_db


def test_opening_leaves_everything(as_actor):
    patient = known_patient()
    doctor, dac = doctor_of(patient), place()
    with as_actor(actor(doctor)):
        task = commands.open_task(
            workflow=NAME,
            patient_id=patient.pk,
            title="  Retour   à domicile ",
            addressees=[dac.to],
        )
    assert (task.title, task.state, task.version, task.priority) == (
        "Retour à domicile",
        "sent",
        1,
        "routine",
    )
    assert task.identity_id is not None
    assert [one.act for one in task.steps.order_by("version")] == ["open"]
    assert {one.name for one in task.deadlines.order_by("id")} == {"answer"}
    assert task.due_at - task.opened_at < timedelta(hours=48, seconds=5)
    line = AuditLine.objects.get(action="workflow.task.opened")
    assert line.patient_id == patient.pk
    event = Event.objects.get(kind=f"task.told.{NAME}")
    assert f"patient:{patient.pk}" in event.topics
    assert f"grantee:{dac.id}" in event.topics


def test_an_addressee_outside_the_circle_reads_until_the_sending_ends(as_actor):
    dac = place()
    asked, worker = request(dac), dac.person()
    with as_actor(actor(worker)):
        assert queries.task(asked.task.pk) == asked.task
        assert rights_on(asked.patient.pk)[0].purpose == "sending"
        commands.answer_sending(
            addressee=queries.sendings(asked.task)[0], answer="declined", reason="Hors secteur"
        )
    with as_actor(actor(worker)):
        assert queries.task(asked.task.pk) is None
        assert rights_on(asked.patient.pk) == []


def test_every_sending_declined_lets_the_platform_end_the_request(as_actor):
    first, second = place("Un"), place("Deux")
    asked = request(first, second)
    for one in (first, second):
        with as_actor(actor(one.person())):
            sending = Addressee.objects.select_related("task").get(grantee_id=one.id)
            commands.answer_sending(addressee=sending, answer="declined", reason="Complet")
        expected = "sent" if one is first else "refused"
        assert asked.fresh().state == expected
    assert asked.task.closed_at is not None


def test_each_addressee_answers_alone(as_actor):
    first, second = place("Un"), place("Deux")
    asked = request(first, second)
    with as_actor(actor(first.person())):
        commands.answer_sending(addressee=asked.sendings[0], answer="seen")
        commands.answer_sending(addressee=asked.sendings[0], answer="studied")
    assert [one.answer for one in asked.sendings] == ["studied", "sent"]
    assert asked.fresh().version == 1


def test_the_one_who_agrees_wins_and_the_others_are_closed(as_actor):
    first, second = place("Un"), place("Deux")
    asked = request(first, second)
    winner, loser = first.person(name="Giulia MARCHETTI"), second.person()
    with as_actor(actor(winner)):
        commands.answer_sending(addressee=asked.sendings[0], answer="agreed")
    task = asked.fresh()
    assert (task.state, task.assignee_name, task.team_name) == (
        "accepted",
        "Giulia MARCHETTI",
        "Un",
    )
    assert [one.answer for one in asked.sendings] == ["agreed", "closed"]
    with as_actor(actor(loser)):
        assert queries.task(task.pk) is None
    with as_user(loser), pytest.raises((commands.TakenError, AccessRefusedError)):
        commands.answer_sending(addressee=asked.sendings[1], answer="agreed")


def test_a_colleague_who_comes_second_is_told_who_won(as_actor):
    dac = place()
    asked = request(dac)
    seen = asked.task.version
    winner = dac.person(name="Giulia MARCHETTI")
    with as_actor(actor(winner)):
        commands.move_task(task=asked.task, transition="accept", expected_version=seen)
    with as_actor(actor(colleague(winner))), pytest.raises(commands.TakenError) as told:
        commands.move_task(task=asked.task, transition="accept", expected_version=seen)
    assert told.value.by == "Giulia MARCHETTI"
    assert "Giulia MARCHETTI" in str(told.value)


def test_a_stale_move_is_refused(as_actor):
    dac = place()
    asked, worker = request(dac), dac.person()
    with as_actor(actor(worker)):
        move(asked.task, "accept")
    with as_actor(actor(worker)), pytest.raises(commands.StaleMoveError):
        commands.move_task(task=asked.task, transition="pause", expected_version=1)


@pytest.mark.parametrize("expected", [0, 2, 99, -1])
def test_a_forged_version_is_refused(expected, as_actor):
    asked = request(place())
    with as_actor(actor(asked.doctor)), pytest.raises(commands.StaleMoveError):
        commands.move_task(
            task=asked.task, transition="cancel", reason="Erreur", expected_version=expected
        )


def test_reasons_are_wanted_and_known():
    dac = place()
    asked, worker = request(dac), dac.person()
    with as_user(worker):
        move(asked.task, "accept")
        for words in ({}, {"reason": "fini"}, {"reason_code": "invented"}):
            with pytest.raises(commands.TaskRefusedError) as refused:
                move(asked.task, "close", **words)
            assert refused.value.code == "reason"
        task = move(asked.task, "close", reason_code="done")
    assert task.steps.order_by("-version").first().reason == "Besoin couvert"


def test_a_guard_refuses_with_its_sentence():
    dac = place()
    asked = request(dac, title="Manque une pièce")
    with as_user(dac.person()), pytest.raises(commands.TaskRefusedError, match="attend une pièce"):
        move(asked.task, "accept")


def test_closing_ends_rights_sendings_and_deadlines(as_actor):
    dac = place()
    asked, worker = request(dac), dac.person()
    with as_actor(actor(worker)):
        move(asked.task, "accept")
    with as_actor(actor(worker)):
        move(asked.task, "close", reason_code="done")
    assert asked.fresh().closed_at is not None
    assert not asked.task.deadlines.filter(ended_at=None).exists()
    assert not Grant.objects.filter(source_kind="task", valid_until__gt=timezone.now()).exists()
    with as_actor(actor(worker)):
        assert queries.task(asked.task.pk) is None
    with as_actor(actor(asked.doctor)):
        assert queries.task(asked.task.pk) == asked.task


def test_undo_puts_back_hands_sendings_rights_and_deadlines(as_actor):
    first, second = place("Un"), place("Deux")
    asked = request(first, second)
    winner, other = first.person(), second.person()
    with as_actor(actor(winner)):
        move(asked.task, "accept")
    with as_actor(actor(winner)):
        task = commands.undo_step(task=asked.task, expected_version=2)
    assert (task.state, task.assignee_id, task.team_id) == ("sent", None, None)
    assert [one.answer for one in asked.sendings] == ["sent", "sent"]
    assert task.deadlines.filter(name="answer", ended_at=None).count() == 1
    with as_actor(actor(other)):
        assert queries.task(task.pk) == task
        move(task, "accept")


def test_undo_is_for_who_made_the_move_and_for_a_time():
    dac = place()
    asked, worker = request(dac), dac.person()
    with as_user(worker):
        move(asked.task, "accept")
    with as_user(colleague(worker)), pytest.raises(commands.TaskRefusedError):
        commands.undo_step(task=asked.task, expected_version=2)
    TaskStep.objects.filter(version=2).update(at=timezone.now() - timedelta(minutes=16))
    with as_user(worker), pytest.raises(commands.TaskRefusedError):
        commands.undo_step(task=asked.task, expected_version=2)


def test_what_the_table_does_not_allow_is_not_undone():
    asked = request(place())
    with as_user(asked.doctor):
        move(asked.task, "cancel", reason="Doublon")
        with pytest.raises(commands.TaskRefusedError):
            commands.undo_step(task=asked.task, expected_version=2)


def test_assigning_and_delegating(as_actor):
    dac = place()
    asked, worker = request(dac), dac.person(name="Yann LE GOFF")
    other = dac.person(name="Défné ÇELIK")
    with as_actor(actor(worker)):
        task = commands.assign_task(
            task=asked.task, to=To(worker.grantee_id, worker.name, "person"), expected_version=1
        )
        task = commands.delegate_task(
            task=task,
            to=To(other.grantee_id, other.name, "person"),
            reason="En congé",
            expected_version=2,
        )
    assert (task.assignee_name, task.delegated_by) == ("Défné ÇELIK", "Yann LE GOFF")
    with as_actor(actor(worker)), pytest.raises(commands.TaskRefusedError):
        commands.delegate_task(
            task=task,
            to=To(worker.grantee_id, worker.name, "person"),
            reason="Retour",
            expected_version=3,
        )
    with as_actor(actor(other)):
        assert [one.pk for one in queries.tasks(NAME, mine=True)[0]] == [task.pk]


def test_assigning_to_a_team_leaves_the_person(as_actor):
    dac, other = place(), place("Équipe mobile")
    asked, worker = request(dac), dac.person()
    with as_actor(actor(worker)):
        task = move(asked.task, "accept")
        task = commands.assign_task(task=task, to=other.to, expected_version=2)
    assert (task.assignee_id, task.team_name) == (None, "Équipe mobile")


def test_priority_deadline_and_notes(as_actor):
    asked = request(place())
    soon = timezone.now() + timedelta(hours=3)
    with as_actor(actor(asked.doctor)):
        task = commands.set_priority(task=asked.task, priority="urgent", expected_version=1)
        task = commands.set_due(task=task, due_at=soon, expected_version=2)
        commands.comment_task(task=task, note="La fille a appelé.")
        task = commands.set_due(task=task, due_at=None, expected_version=4)
    assert task.priority == "urgent"
    assert task.due_at > soon
    assert [one.act for one in task.steps.order_by("version")] == [
        "open",
        "priority",
        "due",
        "comment",
        "due",
    ]


def test_withdrawing_a_sending_ends_its_right(as_actor):
    first, second = place("Un"), place("Deux")
    asked = request(first, second)
    with as_actor(actor(asked.doctor)):
        commands.withdraw_sending(addressee=asked.sendings[0], reason="Erreur de destinataire")
    with as_actor(actor(first.person())):
        assert queries.task(asked.task.pk) is None
        assert queries.tasks(NAME)[0] == []
    with as_actor(actor(second.person())):
        assert queries.task(asked.task.pk) == asked.task


def test_sending_to_more_people_and_again(as_actor):
    first, second = place("Un"), place("Deux")
    asked = request(first)
    with as_actor(actor(asked.doctor)):
        sent = commands.add_addressees(
            task=asked.task, addressees=[first.to, second.to], expected_version=1
        )
    assert [one.name for one in sent] == ["Deux"]
    with as_actor(actor(second.person())):
        assert queries.task(asked.task.pk) == asked.task


def test_a_task_without_a_patient_is_its_parties_alone(as_actor):
    dac, elsewhere = place(), place("Ailleurs")
    asked = request(dac, is_about_nobody=True, title="Panne du lit 12")
    worker = dac.person()
    with as_actor(actor(worker)):
        assert queries.task(asked.task.pk) == asked.task
        task = move(asked.task, "accept")
        assert task.assignee_id == worker.grantee_id
    with as_actor(actor(elsewhere.person())):
        assert queries.task(asked.task.pk) is None
        assert queries.tasks(NAME)[0] == []
        assert not Task.objects.filter(pk=asked.task.pk).exists()
        assert not TaskStep.objects.filter(task=asked.task.pk).exists()
        with pytest.raises(AccessRefusedError):
            commands.comment_task(task=asked.task, note="Bonjour")
    with as_actor(actor(asked.doctor)):
        assert queries.task(asked.task.pk) == asked.task


def test_a_task_without_a_patient_may_be_opened_under_row_security(as_actor):
    dac, doctor = place(), UserFactory(role="physician")
    with as_actor(actor(doctor)):
        task = commands.open_task(
            workflow=NAME,
            patient_id=None,
            title="Commande de lits",
            addressees=[dac.to],
            due_at=timezone.now() + timedelta(hours=1),
        )
        commands.withdraw_sending(addressee=queries.sendings(task)[0])
    with as_actor(actor(dac.person())):
        assert queries.task(task.pk) is None


# --- hostile pass ----------------------------------------------------------------------------------


def test_the_wrong_circle_neither_opens_nor_moves(as_actor):
    asked, stranger = request(place()), UserFactory(role="physician")
    with as_actor(actor(stranger)):
        with pytest.raises(AccessRefusedError):
            commands.open_task(workflow=NAME, patient_id=asked.patient.pk, title="Curiosité")
        for run in (
            lambda: commands.move_task(task=asked.task, transition="accept", expected_version=1),
            lambda: commands.comment_task(task=asked.task, note="Bonjour"),
            lambda: commands.set_priority(task=asked.task, priority="stat", expected_version=1),
            lambda: commands.undo_step(task=asked.task, expected_version=1),
            lambda: commands.assign_task(
                task=asked.task, to=To(stranger.grantee_id, "Moi", "person"), expected_version=1
            ),
            lambda: commands.answer_sending(addressee=asked.sendings[0], answer="agreed"),
        ):
            with pytest.raises((AccessRefusedError, Addressee.DoesNotExist, KeyError)):
                run()
    assert asked.fresh().version == 1


@pytest.mark.parametrize("role", ["pharmacist", "dentist", "allied", "social_worker"])
def test_the_wrong_profession_does_not_open(role, as_actor):
    patient = known_patient()
    with as_actor(actor(member(patient, role))), pytest.raises(commands.TaskRefusedError):
        commands.open_task(workflow=NAME, patient_id=patient.pk, title="Non")


@pytest.mark.parametrize("role", ["identity_officer", "operator", "auditor"])
def test_a_role_without_the_category_does_nothing(role, as_actor):
    asked = request(place())
    with as_actor(actor(member(asked.patient, role))), pytest.raises(AccessRefusedError):
        commands.move_task(task=asked.task, transition="accept", expected_version=1)


def test_a_secretary_of_the_addressee_does_not_accept(as_actor):
    dac = place()
    asked = request(dac)
    with (
        as_actor(actor(dac.person("secretary"))),
        pytest.raises(commands.TaskRefusedError) as refused,
    ):
        move(asked.task, "accept")
    assert refused.value.code == "role"


def test_somebody_of_the_circle_does_not_answer_for_the_addressee():
    asked = request(place())
    other = doctor_of(asked.patient)
    with as_user(other), pytest.raises(AccessRefusedError):
        commands.answer_sending(addressee=asked.sendings[0], answer="declined", reason="Pour rire")
    with as_user(other), pytest.raises(commands.TaskRefusedError) as refused:
        move(asked.task, "accept")
    assert refused.value.code == "part"
    with as_user(other), pytest.raises(commands.TaskRefusedError):
        commands.withdraw_sending(addressee=asked.sendings[0])


def test_nobody_plays_the_platform():
    asked = request(place())
    for user in (asked.doctor, asked.places[0].person()):
        with as_user(user), pytest.raises(commands.TaskRefusedError):
            move(asked.task, "expire")


def test_nothing_is_sent_to_whom_the_person_refuses(as_actor):
    patient, dac = known_patient(), place()
    doctor = doctor_of(patient)
    deny(patient_id=patient.pk, grantee_id=dac.id, source_id=uuid7())
    with as_actor(actor(doctor)), pytest.raises(commands.TaskRefusedError) as refused:
        commands.open_task(workflow=NAME, patient_id=patient.pk, title="Non", addressees=[dac.to])
    assert refused.value.code == "opposed"
    assert not Task.objects.filter(patient=patient).exists()


@pytest.mark.parametrize("purpose", PASSING)
def test_a_right_that_ends_is_not_lengthened_by_a_request_to_oneself(purpose, as_actor):
    patient, mine, theirs = known_patient(), place("Urgences"), place()
    doctor = mine.person("physician")
    GrantFactory(patient=patient, grantee_id=doctor.grantee_id, level=2, purpose=purpose)
    with as_actor(actor(doctor)):
        for to in (mine.to, To(doctor.grantee_id, doctor.name, "person")):
            with pytest.raises(commands.TaskRefusedError) as refused:
                commands.open_task(
                    workflow=NAME, patient_id=patient.pk, title="Non", addressees=[theirs.to, to]
                )
            assert refused.value.code == "own"
        assert commands.open_task(
            workflow=NAME, patient_id=patient.pk, title="Oui", addressees=[theirs.to]
        )
    assert not Grant.objects.filter(grantee_id=mine.id).exists()


def test_an_opposition_after_the_sending_closes_it(as_actor):
    dac = place()
    asked, worker = request(dac), dac.person()
    deny(patient_id=asked.patient.pk, grantee_id=dac.id, source_id=uuid7())
    with as_actor(actor(worker)):
        assert queries.task(asked.task.pk) is None
        assert queries.tasks(NAME)[0] == []
        assert sum(queries.counts(NAME).values()) == 0
        with pytest.raises(AccessRefusedError):
            commands.move_task(task=asked.task, transition="accept", expected_version=1)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"title": " \x00 "},
        {"title": "x" * 201},
        {"reason": "x" * 5_001},
        {"priority": "tomorrow"},
        {"addressees": [To(uuid7(), f"n{one}") for one in range(21)]},
    ],
)
def test_forged_and_oversize_values_are_refused(fields, as_actor):
    patient = known_patient()
    values = {"title": "Essai", "workflow": NAME, "patient_id": patient.pk} | fields
    with as_actor(actor(doctor_of(patient))), pytest.raises(commands.TaskRefusedError):
        commands.open_task(**values)
    assert not Task.objects.filter(patient=patient).exists()


def test_an_unknown_act_and_an_unknown_answer():
    dac = place()
    asked = request(dac)
    with as_user(dac.person()):
        with pytest.raises(commands.TaskRefusedError):
            move(asked.task, "fly")
        for answer in ("sent", "withdrawn", "closed", "fly"):
            with pytest.raises(commands.TaskRefusedError):
                commands.answer_sending(addressee=asked.sendings[0], answer=answer)


def test_a_closed_task_changes_no_more():
    asked = request(place())
    with as_user(asked.doctor):
        move(asked.task, "cancel", reason="Doublon")
        for run in (
            lambda: commands.set_priority(task=asked.task, priority="stat", expected_version=2),
            lambda: commands.set_due(task=asked.task, due_at=None, expected_version=2),
            lambda: move(asked.task, "cancel", reason="Encore"),
            lambda: commands.add_addressees(
                task=asked.task, addressees=[place().to], expected_version=2
            ),
        ):
            with pytest.raises(commands.TaskRefusedError):
                run()
