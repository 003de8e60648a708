"""Every read of the record, bounded: no page's cost grows with the length of a history."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from enrs.core.access.actor import current_actor
from enrs.core.access.rules import READ, Confidentiality, permits, sees_document
from enrs.core.documents.models import Document
from enrs.services.record.models import Encounter, Note, Observation, Report
from enrs.services.record.rules import ABNORMAL

PAGE = 30
SERIES = 400
"""Points of a curve: ten years of monthly values, and then some."""

TYPES_SEEN = 200
"""Documents looked at for the list of kinds: bounded, however long the history is."""

TABLE_DATES = 6
"""Columns of the table of results."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a keyset page ends: the moment and id of its last row."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """A position from an address; one that is malformed means the first page."""
        moment, _, identifier = text.partition("~")
        try:
            return cls(datetime.fromisoformat(moment), UUID(identifier))
        except ValueError:
            return None


BLINDING = {
    "patient": ("hidden_from_patient",),
    "proxy": ("hidden_from_patient", "hidden_from_proxies"),
}
"""The marks that hide a document or a report from a role (`access.rules.sees_document`)."""


def _blinding(role: str) -> tuple[str, ...]:
    return BLINDING.get(role, ("masked_from_professionals",))


def _shown(role: str, path: str = "") -> dict[str, bool]:
    """The filter that leaves what no mark hides from this role."""
    return {f"{path}{name}": False for name in _blinding(role)}


def _shown_sql(role: str) -> str:
    return " and ".join(f"not {name}" for name in _blinding(role))


def _visible_documents(patient_id: UUID, role: str) -> QuerySet[Document]:
    rows = Document.objects.filter(patient_id=patient_id).exclude(status=Document.Status.WITHDRAWN)
    return rows.filter(**_shown(role))


def _page(rows: QuerySet[Any], moment: str, before: Position | None, limit: int) -> list[Any]:
    """One row more than `limit`, newest first, so that the caller knows whether more follow."""
    if before:
        older = {f"{moment}__lt": before.at}
        same = {moment: before.at, "id__lt": before.id}
        rows = rows.filter(Q(**{f"{moment}__lte": before.at}) & (Q(**older) | Q(**same)))
    return list(rows.order_by(f"-{moment}", "-id")[: limit + 1])


def documents(
    patient_id: UUID,
    *,
    role: str,
    before: Position | None = None,
    limit: int = PAGE,
    text: str = "",
    type_code: str = "",
    is_every_version: bool = False,
) -> list[Document]:
    """Documents that this role may see, newest first, one more than asked; past versions if wanted."""
    rows = _visible_documents(patient_id, role)
    if not is_every_version:
        rows = rows.filter(status=Document.Status.CURRENT)
    if type_code:
        rows = rows.filter(type_code=type_code)
    if text:
        rows = rows.filter(
            Q(title__icontains=text)
            | Q(type_display__icontains=text)
            | Q(author_name__icontains=text)
        )
    return _page(rows, "happened_at", before, limit)


def document_types(patient_id: UUID, *, role: str) -> list[tuple[str, str]]:
    """The kinds (code, name) of the newest documents that this role may see, by name."""
    newest = _visible_documents(patient_id, role).order_by("-happened_at", "-id")
    codes = dict(newest.values_list("type_code", "type_display")[:TYPES_SEEN])
    return sorted(codes.items(), key=lambda one: one[1])


def version_after(found: Document, *, role: str) -> Document | None:
    """The document that replaced this one, if this role may see it."""
    rows = _visible_documents(found.patient_id, role).filter(replaces_id=found.id)
    return rows.order_by("-happened_at", "-id").first()


def document(patient_id: UUID, document_id: UUID, *, role: str) -> Document | None:
    """One document, even withdrawn, unless its marks hide it from this role."""
    found = (
        Document.objects.filter(patient_id=patient_id, id=document_id)
        .select_related("blob")
        .first()
    )
    if found is None:
        return None
    marks = Confidentiality(
        found.masked_from_professionals, found.hidden_from_patient, found.hidden_from_proxies
    )
    return found if sees_document(role=role, is_author=False, marks=marks) else None


def reports(
    patient_id: UUID, *, role: str, before: Position | None = None, limit: int = PAGE
) -> list[Report]:
    """Standing reports that this role may see, newest first, one more than asked."""
    rows = Report.objects.filter(patient_id=patient_id, withdrawn_at=None, **_shown(role))
    return _page(rows, "issued_at", before, limit)


@dataclass(slots=True)
class Analyte:
    """A row of the table of results: one analyte, its newest value first in `values` by date."""

    code: str
    code_system: str
    display: str
    unit: str
    chapter: str
    values: dict[datetime, Observation] = field(default_factory=dict)
    cells: list[Observation | None] = field(default_factory=list)

    @property
    def latest(self) -> Observation:
        """The newest value shown."""
        return next(iter(self.values.values()))


@dataclass(frozen=True, slots=True)
class ResultsTable:
    """Analytes by chapter over the newest dates."""

    dates: list[datetime]
    chapters: dict[str, list[Analyte]]


def results_table(patient_id: UUID, *, role: str) -> ResultsTable:
    """The values of the newest reports, one row per analyte, one column per sampling moment."""
    found = reports(patient_id, role=role, limit=TABLE_DATES * 3)
    newest = [row.id for row in found[: TABLE_DATES * 3]]
    rows = (
        Observation.objects.filter(report_id__in=newest, patient_id=patient_id, withdrawn_at=None)
        .order_by("-observed_at", "rank", "-id")
    )  # fmt: skip
    dates: list[datetime] = []
    analytes: dict[tuple[str, str], Analyte] = {}
    for one in rows:
        if one.observed_at not in dates:
            if len(dates) == TABLE_DATES:
                break
            dates.append(one.observed_at)
        key = (one.code or one.display, one.unit)
        known = analytes.setdefault(
            key, Analyte(one.code, one.code_system, one.display, one.unit, one.chapter)
        )
        known.values.setdefault(one.observed_at, one)
    chapters: dict[str, list[Analyte]] = defaultdict(list)
    for analyte in analytes.values():
        analyte.cells = [analyte.values.get(moment) for moment in dates]
        chapters[analyte.chapter or "Résultats"].append(analyte)
    return ResultsTable(dates, dict(chapters))


def series(patient_id: UUID, code: str, *, role: str) -> list[Observation]:
    """The newest values of one analyte that this role may see, oldest first."""
    rows = Observation.objects.filter(
        patient_id=patient_id, code=code, withdrawn_at=None, **_shown(role, "report__")
    )
    return list(rows.order_by("-observed_at", "-id")[:SERIES])[::-1]


def abnormal_results(patient_id: UUID, *, role: str, limit: int = 6) -> list[Observation]:
    """Of the newest reports, the analytes whose newest value is out of range."""
    newest = [row.id for row in reports(patient_id, role=role, limit=3)[:3]]
    if not newest:
        return []
    rows = Observation.objects.filter(
        report_id__in=newest, patient_id=patient_id, withdrawn_at=None
    )
    latest: dict[tuple[str, str], Observation] = {}
    for one in rows.order_by("-observed_at", "rank", "-id"):
        latest.setdefault((one.code or one.display, one.unit), one)
    return [one for one in latest.values() if one.interpretation in ABNORMAL][:limit]


def notes(
    patient_id: UUID, *, role: str, before: Position | None = None, limit: int = PAGE
) -> list[Note]:
    """Notes that this role reads, newest first, one more than asked."""
    rows = Note.objects.filter(patient_id=patient_id, withdrawn_at=None)
    if role in {"social_worker", "patient", "proxy"}:
        rows = rows.filter(Q(audience="shared") | Q(author_id=current_actor().user_id))
    return _page(rows, "written_at", before, limit)


def encounters(
    patient_id: UUID, *, before: Position | None = None, limit: int = PAGE
) -> list[Encounter]:
    """Stays, newest admission first, one more than asked."""
    rows = Encounter.objects.filter(patient_id=patient_id, withdrawn_at=None)
    return _page(rows.filter(admitted_at__isnull=False), "admitted_at", before, limit)


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
    marks = _shown_sql(role)
    head = sql.rpartition("{before:")[0].replace("{marks}", marks).replace("{audience}", audience)
    return f"{head}{older} order by {moment} desc, id desc limit %(limit)s"


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


def cut(rows: Sequence[Any], moment: str, limit: int = PAGE) -> tuple[list[Any], str]:
    """A page from one row more than asked: its rows, and the position after it or nothing."""
    shown = list(rows[:limit])
    if len(rows) <= limit:
        return shown, ""
    return shown, str(Position(getattr(shown[-1], moment), shown[-1].id))


def my_acts(*, before: Position | None = None, limit: int = PAGE) -> list[Access]:
    """What the current user did, newest first, one more than asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, at, action, outcome, actor_name, actor_role, organisation_id, purpose, reason, channel "
            "from audit_of_actor(%s, %s, %s)",
            [before.at if before else None, before.id if before else None, limit + 1],
        )
        return [Access(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class News:
    """The newest thing of a record, for the list of patients."""

    kind: str
    at: datetime
    title: str


NEWS = {
    "documents": "select 'document' as kind, happened_at as at, title from document where patient_id = p.id "
    "and status = 'current' and {marks} order by happened_at desc, id desc limit 1",
    "results": "select case when is_abnormal then 'abnormal' else 'result' end, issued_at, display "
    "from report where patient_id = p.id and withdrawn_at is null and {marks} "
    "order by issued_at desc, id desc limit 1",
}


def latest_for(patient_ids: Sequence[UUID]) -> dict[UUID, News]:
    """The newest document or report of each patient, of the kinds that the current actor's role reads.

    One index probe per patient and kind.
    """
    actor = current_actor()
    is_person = actor.kind == "person"
    marks = _shown_sql("proxy" if is_person else actor.role)
    branches = [
        f"({sql.replace('{marks}', marks)})"
        for category, sql in NEWS.items()
        if is_person or permits(actor.role, category, READ)
    ]
    if not patient_ids or not branches:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.id, n.kind, n.at, n.title from unnest(%s::uuid[]) as p (id) cross join lateral "
            f"(select * from ({' union all '.join(branches)}) b (kind, at, title) order by at desc limit 1) n",
            [list(patient_ids)],
        )
        return {row[0]: News(*row[1:]) for row in cursor.fetchall()}
