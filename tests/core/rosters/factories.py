"""A place of work with its people, and shifts on a week."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from enrs.core.accounts.models import User
from enrs.core.ids import uuid7
from enrs.core.rosters.models import Roster, Shift
from enrs.core.rosters.rules import Person
from tests.factories import PositionFactory, UserFactory

MONDAY = date(2026, 10, 19)
"""A week that ends with the day of 25 hours."""


def place_with(role: str, kind: str = "professional") -> tuple[User, UUID]:
    """Somebody of this role, and the place in which they work."""
    user = UserFactory(kind=kind)
    return user, PositionFactory(user=user, role=role).organisation_id


def colleague(organisation_id: UUID, role: str = "nurse") -> User:
    """Somebody else of the same place."""
    user = UserFactory()
    PositionFactory(user=user, role=role, organisation_id=organisation_id)
    return user


def roster(organisation_id: UUID, **fields: Any) -> Roster:
    values = {
        "organisation_name": "DAC d'essai",
        "label": "Astreinte d'essai",
        "day_starts": time(8),
        "night_starts": time(19),
        "ranks": 3,
    } | fields
    return Roster.objects.create(id=uuid7(), organisation_id=organisation_id, **values)


def shift(one: Roster, start: datetime, hours: float, **fields: Any) -> Shift:
    values: dict[str, Any] = {"grantee_id": uuid7(), "display": "Aya KOUASSI", "rank": 1} | fields
    period = (start, start + timedelta(hours=hours))
    made = Shift.objects.create(id=uuid7(), roster=one, period=period, **values)
    made.refresh_from_db()
    return made


def person(name: str = "Aya KOUASSI", phone: str = "0612345678") -> Person:
    return Person(uuid7(), name, phone)


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    """A UTC moment of October 2026."""
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)
