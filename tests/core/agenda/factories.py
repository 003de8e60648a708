"""Agendas and appointments for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from enrs.core.accounts.models import User
from enrs.core.agenda.models import Agenda, Appointment
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
"""9 h on a Tuesday, in the region's winter."""


def agenda_of(user: User) -> Agenda:
    """The user's own agenda."""
    return Agenda.objects.create(id=uuid7(), owner_id=user.grantee_id, label=user.name)


def appointment(
    agenda: Agenda | None = None,
    patient: Patient | None = None,
    start: datetime = NINE,
    minutes: int = 30,
    **fields: Any,
) -> Appointment:
    """A booked appointment, written without its command."""
    made = Appointment.objects.create(
        id=uuid7(),
        agenda=agenda,
        patient=patient,
        period=(start, start + timedelta(minutes=minutes)),
        starts_at=start,
        **fields,
    )
    made.refresh_from_db()
    return made
