"""A nurse of somebody's circle, and her agenda."""

import pytest

from enrs.core.accounts.models import User
from enrs.core.agenda.models import Agenda
from enrs.core.subjects.models import Patient
from tests.core.agenda.factories import agenda_of
from tests.factories import known_patient, member


@pytest.fixture
def patient() -> Patient:
    return known_patient()


@pytest.fixture
def nurse(patient: Patient) -> User:
    return member(patient, "nurse")


@pytest.fixture
def agenda(nurse: User) -> Agenda:
    return agenda_of(nurse)
