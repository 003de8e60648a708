"""Awa, a desk, and its coordinator."""

from uuid import UUID

import pytest

from enrs.core.access.actor import Actor
from enrs.referentials.directory.models import Organisation
from tests.services.coordination.factories import desk, teammate
from tests.services.record.factories import patient


@pytest.fixture
def awa(db: None) -> UUID:
    """A person known by a hospital."""
    return patient()


@pytest.fixture
def place(db: None) -> Organisation:
    """An organisation of coordination."""
    return desk()


@pytest.fixture
def ines(place: Organisation) -> Actor:
    """Its coordinator."""
    return teammate(place)
