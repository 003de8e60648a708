"""Awa, her doctor, and a nurse of her circle."""

from uuid import UUID

import pytest

from enrs.core.access.actor import Actor
from tests.services.record.factories import member, owner, patient


@pytest.fixture
def awa(db: None) -> UUID:
    """A person known by a hospital."""
    return patient()


@pytest.fixture
def doctor(awa: UUID) -> Actor:
    """Her own doctor."""
    return member(awa, "physician", "Dr Hélène Vasseur")


@pytest.fixture
def nurse(awa: UUID) -> Actor:
    """A nurse of her circle."""
    return member(awa, "nurse")


@pytest.fixture
def own(awa: UUID) -> Actor:
    """Awa herself, with an account."""
    return owner(awa)
