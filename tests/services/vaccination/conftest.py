"""A person of 82, their pharmacist, their nurse, their doctor."""

from typing import Any

import pytest

from enrs.core.subjects.models import Patient
from tests.factories import (
    GrantFactory,
    PositionFactory,
    UserFactory,
    actor,
    known_patient,
    organisation,
)


@pytest.fixture
def patient(db: None) -> Patient:
    return known_patient()


@pytest.fixture
def pharmacy(db: None) -> Any:
    return organisation("Pharmacie des Tilleuls")


def worker(place: Any, role: str, patient: Patient | None = None) -> Any:
    """Somebody who works there, in a circle when a patient is given."""
    user = UserFactory()
    PositionFactory(user=user, role=role, organisation_id=place.id, organisation_name=place.name)
    if patient is not None:
        GrantFactory(patient=patient, grantee_id=user.grantee_id, level=2)
    return user


@pytest.fixture
def pharmacist(patient: Patient, pharmacy: Any) -> Any:
    return worker(pharmacy, "pharmacist", patient)


@pytest.fixture
def by(pharmacist: Any) -> Any:
    return actor(pharmacist)
