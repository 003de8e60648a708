"""Notes, stays and the line of everything that happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from enrs.core.access.actor import current_actor
from enrs.services.record.models import Encounter, Note
from enrs.services.record.queries.blinding import shown_sql
from enrs.services.record.queries.paging import PAGE, Position, page_of


def notes(
    patient_id: UUID, *, role: str, before: Position | None = None, limit: int = PAGE
) -> list[Note]:
    """Notes that this role reads, newest first, one more than asked."""
    rows = Note.objects.filter(patient_id=patient_id, withdrawn_at=None)
    if role in {"social_worker", "patient", "proxy"}:
        rows = rows.filter(Q(audience="shared") | Q(author_id=current_actor().user_id))
    return page_of(rows, "written_at", before, limit)


def encounters(
    patient_id: UUID, *, before: Position | None = None, limit: int = PAGE
) -> list[Encounter]:
    """Stays, newest admission first, one more than asked."""
    rows = Encounter.objects.filter(patient_id=patient_id, withdrawn_at=None)
    return page_of(rows.filter(admitted_at__isnull=False), "admitted_at", before, limit)


@dataclass(frozen=True, slots=True)
class LifeItem:
    """One point of the life line."""

    kind: str
    id: UUID
    at: datetime
    title: str
    text: str
    author: str


LIFE_LINES: dict[str, tuple[str, str]] = {
    "documents": (
        "documents",
        "select 'document', id, happened_at, title, type_display, author_name from document "
        "where patient_id = %(patient)s and status <> 'withdrawn' and {marks} and {before:happened_at}",
    ),
    "results": (
        "results",
        "select case when is_abnormal then 'abnormal' else 'result' end, id, issued_at, display, '', "
        "coalesce(nullif(organisation, ''), author_name) from report "
        "where patient_id = %(patient)s and withdrawn_at is null and {marks} and {before:issued_at}",
    ),
    "notes": (
        "notes",
        "select 'note', id, written_at, 'Note de suivi', left(text, 240), author_name from note "
        "where patient_id = %(patient)s and withdrawn_at is null and {audience} and {before:written_at}",
    ),
    "encounters": (
        "encounters",
        "select 'stay', id, admitted_at, organisation_name, concat_ws(' · ', unit, status), attending_name "
        "from encounter where patient_id = %(patient)s and withdrawn_at is null "
        "and admitted_at is not null and {before:admitted_at}",
    ),
}
"""One branch per kind, each ended by its own index and limit before the union."""


def life_line(
    patient_id: UUID,
    *,
    role: str,
    categories: set[str],
    before: Position | None = None,
    limit: int = PAGE,
) -> list[LifeItem]:
    """Everything that happened, newest first, of the categories this person reads; one more than asked."""
    branches = [
        _branch(sql, role, before)
        for category, sql in LIFE_LINES.values()
        if category in categories
    ]
    if not branches:
        return []
    values: dict[str, Any] = {
        "patient": patient_id,
        "limit": limit + 1,
        "user": current_actor().user_id,
        "at": before.at if before else None,
        "id": before.id if before else None,
    }
    union = " union all ".join(f"({one})" for one in branches)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select * from ({union}) life order by 3 desc, 2 desc limit %(limit)s", values
        )
        return [LifeItem(*row) for row in cursor.fetchall()]


def _branch(sql: str, role: str, before: Position | None) -> str:
    moment = sql.rpartition("{before:")[2].rstrip("}")
    older = f"({moment}, id) < (%(at)s, %(id)s)" if before else "true"
    audience = "(audience = 'shared' or author_id = %(user)s)"
    if role not in {"social_worker", "patient", "proxy"}:
        audience = "true"
    marks = shown_sql(role)
    head = sql.rpartition("{before:")[0].replace("{marks}", marks).replace("{audience}", audience)
    return f"{head}{older} order by {moment} desc, id desc limit %(limit)s"
