"""« Quoi de neuf » for every patient whom one follows, and the lists that a reader keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.rules import READ, permits
from enrs.core.documents.models import Document
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.record.models import Encounter, Mark, Note, PatientList, Report, RoundEntry
from enrs.services.record.queries.blinding import reader_id
from enrs.services.record.queries.paging import PAGE, Position
from enrs.services.record.rules import CARE_NOTE_BLIND

WINDOW = timedelta(days=180)
"""How far back the inbox goes: what is older is on each record."""
KINDS = {"documents": "documents", "results": "results", "notes": "notes"}
"""Kinds of the inbox and the category that each asks for."""


@dataclass(frozen=True, slots=True)
class NewsItem:
    """Something new about one patient."""

    kind: str
    id: UUID
    patient_id: UUID
    at: datetime
    is_unread: bool
    recorded_at: datetime | None = None
    title: str = ""
    text: str = ""
    author: str = ""
    url: str = ""


def inbox(
    *,
    kind: str = "",
    is_unread: bool = False,
    is_favourite: bool = False,
    before: Position | None = None,
    limit: int = PAGE,
) -> list[NewsItem]:
    """What is new for everybody whom the current professional follows, newest first, one more than asked.

    Four statements: which rows, then the rows of each kind under row security.
    """
    role = current_actor().role
    wanted = {
        key: kind in ("", key) and (permits(role, category, READ) or _reads_social(role, key))
        for key, category in KINDS.items()
    }
    values: list[Any] = [
        wanted["documents"], wanted["results"], wanted["notes"], role not in CARE_NOTE_BLIND, is_unread,
        is_favourite, timezone.now() - WINDOW, before.at if before else None, before.id if before else None,
        limit + 1,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "select kind, id, patient_id, at, is_unread from record_news(%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
            values,
        )
        found = [NewsItem(*row) for row in cursor.fetchall()]
    words = _words(found)
    return [_with_words(one, words[one.id]) for one in found if one.id in words]


def _reads_social(role: str, kind: str) -> bool:
    return kind == "notes" and permits(role, "social", READ)


def _with_words(one: NewsItem, words: tuple[datetime, str, str, str]) -> NewsItem:
    name = {"document": "record:document", "result": "record:results"}.get(one.kind, "record:notes")
    arguments = [one.patient_id, one.id] if one.kind == "document" else [one.patient_id]
    url = reverse(name, args=arguments)
    return NewsItem(one.kind, one.id, one.patient_id, one.at, one.is_unread, *words, url)


def _words(found: Sequence[NewsItem]) -> dict[UUID, tuple[datetime, str, str, str]]:
    """When each row was recorded, its title, text and author, read under row security."""
    ids: dict[str, list[UUID]] = {"document": [], "result": [], "note": []}
    for one in found:
        ids[one.kind].append(one.id)
    documents = Document.objects.filter(id__in=ids["document"]).values_list(
        "id", "recorded_at", "title", "type_display", "author_name"
    )
    results = Report.objects.filter(id__in=ids["result"]).values_list(
        "id", "recorded_at", "display", "is_abnormal", "organisation"
    )
    notes = Note.objects.filter(id__in=ids["note"]).values_list(
        "id", "recorded_at", "text", "author_name"
    )
    words = {key: (at, title, kind, by) for key, at, title, kind, by in documents}
    words |= {
        key: (at, title, "Valeur hors norme" if is_abnormal else "", by)
        for key, at, title, is_abnormal, by in results
    }
    return words | {key: (at, "Note de suivi", text[:200], by) for key, at, text, by in notes}


# --- lists ---------------------------------------------------------------------------------------

SORTS = ("name", "news", "stay")


@dataclass(frozen=True, slots=True)
class Listed:
    """A patient of a list."""

    identity: RegionalIdentity
    key: str


def listed_patients(
    *,
    sort: str = "name",
    is_favourite: bool = False,
    of_list: UUID | None = None,
    day: int = 0,
    after: tuple[str, UUID] | None = None,
    limit: int = PAGE,
) -> list[Listed]:
    """Patients whom the current actor follows in the order of `sort`, one more than asked; two statements.

    `of_list` keeps those of one's own round, `day` (1 Monday … 7 Sunday) those of that day.
    """
    reads = permits(current_actor().role, "documents", READ)
    key, patient_id = after or ("", None)
    with connection.cursor() as cursor:
        cursor.execute(
            "select patient_id, key from record_patients(%s,%s,%s,%s,%s,%s,%s,%s)",
            [sort, is_favourite, of_list, day, reads, key, patient_id, limit + 1],
        )
        found = cursor.fetchall()
    people = RegionalIdentity.objects.in_bulk([row[0] for row in found])
    return [Listed(people[row[0]], row[1]) for row in found if row[0] in people]


def marks_of(patient_ids: Sequence[UUID]) -> dict[UUID, Mark]:
    """What the current user keeps about these patients."""
    rows = Mark.objects.filter(user_id=reader_id(), patient_id__in=list(patient_ids))
    return {one.patient_id: one for one in rows}


def stays_of(patient_ids: Sequence[UUID]) -> dict[UUID, Encounter]:
    """The stay that goes on for each of these patients; nothing for who may not read stays."""
    if not permits(current_actor().role, "encounters", READ):
        return {}
    rows = Encounter.objects.filter(
        patient_id__in=list(patient_ids), status="in-progress", withdrawn_at=None
    )
    return {one.patient_id: one for one in rows.order_by("admitted_at", "id")}


def my_lists(kind: str = "") -> list[PatientList]:
    """The lists that the current user keeps, by name."""
    rows = PatientList.objects.filter(user_id=reader_id(), removed_at=None)
    return list((rows.filter(kind=kind) if kind else rows).order_by("label", "id")[:50])


def my_list(list_id: UUID) -> PatientList | None:
    """One of the current user's lists."""
    rows = PatientList.objects.filter(user_id=reader_id(), removed_at=None)
    return rows.filter(id=list_id).first()


def round_entries(of_list: UUID, patient_ids: Sequence[UUID]) -> dict[UUID, RoundEntry]:
    """What a round says of these patients."""
    rows = RoundEntry.objects.filter(
        of_list_id=of_list, patient_id__in=list(patient_ids), removed_at=None
    )
    return {one.patient_id: one for one in rows}


def rounds_with(patient_id: UUID) -> dict[UUID, Any]:
    """The user's rounds that hold this patient, by list."""
    rows = RoundEntry.objects.filter(
        patient_id=patient_id, removed_at=None, of_list__user_id=reader_id(),
        of_list__removed_at=None,
    )  # fmt: skip
    return {one.of_list_id: one for one in rows}
