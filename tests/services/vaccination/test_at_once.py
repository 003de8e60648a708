"""Several people declare, prescribe, attest at once, each on a connection of its own: one dose, one paper."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from enrs.core.access.actor import acting
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.vaccination import commands
from enrs.services.vaccination.commands import VaccinationRefusedError
from enrs.services.vaccination.models import Act, Attestation
from tests.factories import actor, known_patient, member, user_of_role
from tests.services.vaccination.factories import campaign, declared, questions

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 4


def at_once(work: Callable[[], Any]) -> list[Any]:
    """What each of several threads got, a refusal by its code."""

    def one(_: int) -> Any:
        try:
            return work()
        except VaccinationRefusedError as error:
            return error.reason
        except StaleSaveError:
            return "stale"
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


@pytest.fixture
def scene(transactional_db: None) -> tuple[Any, Any]:
    patient = known_patient()
    return patient, actor(member(patient, "pharmacist"))


def test_one_dose_is_declared_by_one(scene):
    patient, by = scene
    found = campaign()
    answers = at_once(lambda: declared(patient.pk, by, found))
    assert sorted(one for one in answers if isinstance(one, str)) == ["done"] * (MANY - 1)
    assert Act.objects.count() == 1


def test_one_paper_is_made(scene):
    patient, by = scene
    act = declared(patient.pk, by)

    def attest() -> Any:
        with acting(by):
            return commands.attest(act=Act.objects.get(pk=act.pk)).pk

    assert len(set(at_once(attest))) == 1
    assert Attestation.objects.count() == 1


def test_questions_are_replaced_by_one_and_the_others_are_told(transactional_db: None):
    by = actor(user_of_role("operator"))

    def write(**more: Any) -> Any:
        with acting(by):
            return commands.write_questions(title="Avant le vaccin", questions=questions(), **more)

    made = write()
    answers = at_once(lambda: write(name=made.name, expected_version=1))
    assert [one for one in answers if isinstance(one, str)] == ["stale"] * (MANY - 1)
