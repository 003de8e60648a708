"""A person who leaves the hospital, its social worker, two agencies and who answers there."""

from typing import Any

import pytest

from enrs.core.subjects.models import Patient
from tests.factories import known_patient, organisation
from tests.services.home_support.factories import worker


@pytest.fixture
def patient(db: None) -> Patient:
    return known_patient(birth_name="ESSAI-LAVIOLETTE")


@pytest.fixture
def hospital(db: None) -> Any:
    return organisation("Centre hospitalier des Tilleuls")


@pytest.fixture
def social(patient: Patient, hospital: Any) -> Any:
    """The social worker of the hospital, in the person's circle."""
    return worker(hospital, "social_worker", patient)


@pytest.fixture
def saad(db: None) -> Any:
    return organisation("Aide à domicile du Plateau", finess_eg="970300011", city="Cayenne")


@pytest.fixture
def ssiad(db: None) -> Any:
    return organisation("SSIAD de la Rivière", finess_eg="970300029", city="Cayenne")


@pytest.fixture
def helper(saad: Any) -> Any:
    """Who answers at the agency: outside of the circle."""
    return worker(saad, "coordinator")


@pytest.fixture
def carer(ssiad: Any) -> Any:
    return worker(ssiad, "nurse")
