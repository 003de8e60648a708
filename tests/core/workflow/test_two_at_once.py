"""Two people accept the same request at the same moment: one wins, the other is told who."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.accounts.models import User
from enrs.core.ids import uuid7
from enrs.core.workflow import commands
from enrs.core.workflow.models import Addressee, Task, TaskStep
from tests.core.workflow.given import NAME, actor, doctor_of, place, request
from tests.factories import known_patient
from tests.proof_page import found

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*runs: Callable[[], Any]) -> list[Any]:
    """What each run gave or raised, all let go at the same moment on connections of their own."""
    gate = threading.Barrier(len(runs))
    outcomes: list[Any] = [None] * len(runs)

    def one(rank: int, run: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            outcomes[rank] = run()
        except Exception as error:
            outcomes[rank] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=item) for item in enumerate(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def accepting(user: User, task: Task) -> Callable[[], str]:
    def run() -> str:
        with transaction.atomic(), acting(actor(user)), connection.cursor() as cursor:
            cursor.execute("set local role enrs_app")
            commands.move_task(task=task, transition="accept", expected_version=task.version)
        return user.name

    return run


def agreeing(user: User, sending: Addressee) -> Callable[[], str]:
    def run() -> str:
        with transaction.atomic(), acting(actor(user)), connection.cursor() as cursor:
            cursor.execute("set local role enrs_app")
            commands.answer_sending(addressee=sending, answer="agreed")
        return user.name

    return run


def check(outcomes: list[Any], names: list[str], task: Task) -> None:
    won = [one for one in outcomes if isinstance(one, str)]
    lost = [one for one in outcomes if isinstance(one, commands.TakenError)]
    assert (len(won), len(lost)) == (1, len(outcomes) - 1), outcomes
    assert won[0] in names
    assert all(one.by == won[0] and won[0] in str(one) for one in lost)
    row = Task.objects.get(pk=task.pk)
    assert (row.assignee_name, row.version) == (won[0], 2)
    assert TaskStep.objects.filter(task=row, is_claim=True).count() == 1


@pytest.mark.proof
def test_two_hundred_races():
    dac = place()
    people = [dac.person(name=name) for name in ("Ousmane N'DIAYE", "Giulia MARCHETTI")]
    for _ in range(200):
        asked = request(dac)
        outcomes = at_once(*(accepting(one, asked.task) for one in people))
        check(outcomes, [one.name for one in people], asked.task)
    found("two accept at once", "200 races: one wins each, the other is told who")


def test_two_colleagues_of_one_place():
    dac = place()
    asked = request(dac)
    people = [dac.person(name=name) for name in ("Ousmane N'DIAYE", "Giulia MARCHETTI")]
    outcomes = at_once(*(accepting(one, asked.task) for one in people))
    check(outcomes, [one.name for one in people], asked.task)


def test_two_places_that_were_both_asked():
    first, second = place("Un"), place("Deux")
    asked = request(first, second)
    people = [first.person(name="Yann LE GOFF"), second.person(name="Défné ÇELIK")]
    outcomes = at_once(
        *(agreeing(one, sent) for one, sent in zip(people, asked.sendings, strict=True))
    )
    check(outcomes, [one.name for one in people], asked.task)
    assert Addressee.objects.filter(task=asked.task, is_winner=True).count() == 1
    assert sorted(one.answer for one in asked.sendings) == ["agreed", "closed"]


def test_the_database_itself_refuses_a_second_winner_and_a_second_step():
    asked = request(place("Un"), place("Deux"))
    Addressee.objects.filter(pk=asked.sendings[0].pk).update(is_winner=True)
    with pytest.raises(IntegrityError):
        Addressee.objects.filter(pk=asked.sendings[1].pk).update(is_winner=True)
    with pytest.raises(IntegrityError):
        TaskStep(
            id=uuid7(), task=asked.task, version=1, act="open", label="Encore", to_state="sent",
            at=timezone.now(), by_name="Personne",
        ).save(force_insert=True)  # fmt: skip


def test_a_filled_form_clicked_twice_is_sent_once():
    patient, dac, answer_id = known_patient(), place(), uuid7()
    doctor = doctor_of(patient)

    def send() -> str:
        with transaction.atomic(), acting(actor(doctor)), connection.cursor() as cursor:
            cursor.execute("set local role enrs_app")
            commands.open_task(
                workflow=NAME, patient_id=patient.pk, title="Appui", addressees=[dac.to],
                answer_id=answer_id,
            )  # fmt: skip
        return "sent"

    for _ in range(5):
        outcomes = at_once(send, send)
        refused = [one for one in outcomes if isinstance(one, commands.TaskRefusedError)]
        assert all(one.code == "sent" for one in refused)
        assert len(refused) + outcomes.count("sent") == 2, outcomes
        assert Task.objects.filter(answer_id=answer_id).count() == 1
