"""Notes, stays and the line of everything that happened."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from enrs.core.kept import Kept, past
from enrs.core.subjects.queries import tables_holding
from enrs.core.ui.registry import LifeKind, LifePosition, LifeRow, life_kinds_for
from enrs.services.record.models import Encounter, Note, NoteMark
from enrs.services.record.queries.blinding import reader_id
from enrs.services.record.queries.paging import PAGE, Position, page_after, page_of
from enrs.services.record.rules import CARE_NOTE_BLIND


def notes(
    patient_id: UUID,
    *,
    role: str,
    before: Position | None = None,
    limit: int = PAGE,
    tag: str = "",
    is_favourite: bool = False,
) -> list[Note]:
    """Notes that this role reads, newest first, one more than asked; of a tag or of one's favourites."""
    rows = readable_notes(patient_id, role=role)
    if tag:
        rows = rows.filter(tags__contains=[tag])
    if is_favourite:
        rows = rows.filter(marks__user_id=reader_id(), marks__is_favourite=True)
    return page_of(rows, "written_at", before, limit)


def note_tags(patient_id: UUID, *, role: str) -> list[str]:
    """The tags of the newest notes that this role reads, by name."""
    newest = readable_notes(patient_id, role=role).exclude(tags=[]).order_by("-written_at", "-id")
    return sorted({tag for tags in newest.values_list("tags", flat=True)[:200] for tag in tags})


def kept_notes(shown: Collection[Note]) -> set[UUID]:
    """Those of the notes that the current user keeps at hand."""
    rows = NoteMark.objects.filter(
        user_id=reader_id(), note__in=[one.id for one in shown], is_favourite=True
    )
    return set(rows.values_list("note_id", flat=True))


def note(patient_id: UUID, note_id: UUID, *, role: str) -> Note | None:
    """One standing note that this role reads."""
    return readable_notes(patient_id, role=role).filter(id=note_id).select_related("photo").first()


def readable_notes(patient_id: UUID, *, role: str) -> QuerySet[Note]:
    """The standing notes of an audience that this role belongs to, and one's own."""
    rows = Note.objects.filter(patient_id=patient_id, withdrawn_at=None)
    if role in CARE_NOTE_BLIND:
        rows = rows.filter(Q(audience="shared") | Q(author_id=reader_id()))
    return rows


def encounters(
    patient_id: UUID, *, before: Position | None = None, limit: int = PAGE
) -> list[Encounter]:
    """Stays, newest admission first, one more than asked."""
    return _encounters(patient_id, *past(before), limit=limit)


@Kept
def _encounters(patient_id: UUID, *last: Any, limit: int) -> QuerySet[Encounter]:
    rows = Encounter.objects.filter(patient_id=patient_id, withdrawn_at=None)
    return page_after(rows.filter(admitted_at__isnull=False), "admitted_at", last, limit)


@dataclass(frozen=True, slots=True)
class LifePoint:
    """One point of the life line with its kind, which gives the icon that a row does not name."""

    kind: LifeKind
    row: LifeRow

    @property
    def at(self) -> datetime:
        """The moment, by which pages are cut."""
        return self.row.at

    @property
    def id(self) -> UUID:
        """The identifier, by which pages are cut."""
        return self.row.id


def life_line(
    patient_id: UUID,
    *,
    role: str,
    categories: set[str],
    before: Position | None = None,
    limit: int = PAGE,
    kinds: Collection[str] = (),
) -> list[LifePoint]:
    """Everything that happened, newest first, of the categories this person reads; one more than asked.

    `kinds` keeps those kinds alone. Each kind that the record holds is asked for one page: as many
    statements as kinds, and one.
    """
    last = LifePosition(before.at, before.id) if before else None
    asked = [one for one in life_kinds_for(categories) if not kinds or one.key in kinds]
    held = tables_holding(patient_id, {one.table for one in asked if one.table})
    points = [
        LifePoint(kind, row)
        for kind in asked
        if not kind.table or kind.table in held
        for row in kind.query(patient_id, role, last, limit + 1)
    ]
    points.sort(key=lambda one: (one.at, one.id), reverse=True)
    return points[: limit + 1]
