"""What the record adds to a copy of somebody's data: the notes, which are not published as FHIR."""

from collections.abc import Iterator
from uuid import UUID

from enrs.core.copies import add_to_copies
from enrs.core.ui import filters
from enrs.services.record import queries


def _notes(patient_id: UUID, role: str, limit: int) -> Iterator[tuple[str, str]]:
    for one in queries.notes(patient_id, role=role, limit=limit)[:limit]:
        yield f"{one.text} ({one.author_name})", filters.moment(one.written_at)


def register() -> None:
    """Declare the part; called when the application loads."""
    add_to_copies("Notes de suivi", category="notes", rows=_notes)
