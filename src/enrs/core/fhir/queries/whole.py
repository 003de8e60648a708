"""Everything published of one patient that somebody may read: the decision of FHIR reads, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from enrs.core.access.actor import current_actor

SQL = """
select r.type, r.id, r.body from fhir_resource r
where r.patient_id = %s and r.is_current and not r.is_deleted
  and (fhir_decide(%s, %s::uuid[], r.patient_id, r.category, r.marks)).allowed
order by r.type, r.updated_at, r.id
"""
AT_ONCE = 100
"""Rows fetched in one round trip: a resource is of a few kilobytes, whatever the length of the history."""


@dataclass(frozen=True, slots=True)
class Published:
    """A current resource; `body` is the exact JSON text that the API serves."""

    type: str
    id: UUID
    body: str


def everything_of(patient_id: UUID) -> Iterator[Published]:
    """The current resources of one patient that the current actor may read, by type then date.

    They come from a cursor of the database: call it in a transaction, inside `acting`, which tells the
    denials whom to look for. It holds under a role that row security does not narrow.
    """
    by = current_actor()
    with connection.chunked_cursor() as cursor:
        cursor.execute(SQL, [patient_id, by.role, list(by.grantees)])
        while rows := cursor.fetchmany(AT_ONCE):
            for kind, identifier, body in rows:
                yield Published(kind, identifier, body)
