"""Who did what: the journal as it is read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from enrs.services.record.queries.paging import PAGE, Position


@dataclass(frozen=True, slots=True)
class Access:
    """A line of the journal as the person concerned reads it."""

    id: UUID
    at: datetime
    action: str
    outcome: str
    actor_name: str
    actor_role: str
    organisation_id: UUID | None
    purpose: str
    reason: str
    channel: str


def accesses(
    patient_id: UUID, *, before: Position | None = None, limit: int = PAGE
) -> list[Access]:
    """Who did what with this record, newest first, one more than asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, at, action, outcome, actor_name, actor_role, organisation_id, purpose, reason, channel "
            "from audit_of_patient(%s, %s, %s, %s)",
            [patient_id, before.at if before else None, before.id if before else None, limit + 1],
        )
        return [Access(*row) for row in cursor.fetchall()]


def my_acts(*, before: Position | None = None, limit: int = PAGE) -> list[Access]:
    """What the current user did, newest first, one more than asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, at, action, outcome, actor_name, actor_role, organisation_id, purpose, reason, channel "
            "from audit_of_actor(%s, %s, %s)",
            [before.at if before else None, before.id if before else None, limit + 1],
        )
        return [Access(*row) for row in cursor.fetchall()]
