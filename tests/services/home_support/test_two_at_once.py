"""Two agencies take the same visit at the same moment: one has it, the other is told; never both."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from enrs.core.access.actor import acting
from enrs.core.accounts.queries import actor_of
from enrs.core.moments import legal_day
from enrs.core.workflow.models import Task
from enrs.services.home_support import commands
from enrs.services.home_support.commands import SupportRefusedError
from enrs.services.home_support.models import Slot
from tests.core.workflow.test_two_at_once import at_once
from tests.factories import known_patient, organisation
from tests.services.home_support.factories import MEAL, asked, leaving, opened, slots_of, worker

pytestmark = pytest.mark.django_db(transaction=True)


def taking(user: Any, ask: Any, slots: list[Any]) -> Callable[[], str]:
    def run() -> str:
        with transaction.atomic(), acting(actor_of(user)), connection.cursor() as cursor:
            cursor.execute("set local role enrs_app")
            task = Task.objects.get(pk=ask.task_id)
            commands.accept_ask(
                task=task,
                slot_ids=slots,
                from_on=legal_day(leaving()),
                expected_version=task.version,
            )
        return str(ask.agency_name)

    return run


@pytest.mark.parametrize("_run", range(5))
def test_a_visit_is_never_held_by_two_agencies(_run: int) -> None:
    patient = known_patient()
    social = worker(
        organisation("CH des Tilleuls", finess_eg="970300037"), "social_worker", patient
    )
    places = [organisation(f"Agence {rank}", finess_eg=f"97030004{rank}") for rank in range(3)]
    one = opened(patient.pk, social, MEAL)
    asks = asked(one, social, *places)
    users = [worker(place, "coordinator") for place in places]
    runs = [taking(user, ask, slots_of(ask)) for user, ask in zip(users, asks, strict=True)]
    outcomes = at_once(*runs)
    won = [one for one in outcomes if isinstance(one, str)]
    assert len(won) == 1, outcomes
    lost = [one for one in outcomes if not isinstance(one, str)]
    assert all(isinstance(one, SupportRefusedError) and one.reason == "taken" for one in lost), (
        outcomes
    )
    held = set(Slot.objects.values_list("ask__agency_name", flat=True))
    assert held == set(won)


def test_two_people_of_one_agency_who_answer_at_once_take_it_once() -> None:
    patient = known_patient()
    social = worker(
        organisation("CH des Tilleuls", finess_eg="970300037"), "social_worker", patient
    )
    place = organisation("Agence", finess_eg="970300045")
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, place)[0]
    users = [worker(place, "coordinator"), worker(place, "coordinator")]
    outcomes = at_once(*(taking(user, ask, slots_of(ask)) for user in users))
    assert sum(isinstance(one, str) for one in outcomes) == 1, outcomes
    assert Slot.objects.filter(ask=ask).count() == 7
