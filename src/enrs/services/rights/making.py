"""What is in a copy: the data as FHIR, the documents, the journal, and a document for reading.

Everything is decided as for a read by who asked: `fhir_decide` for each resource (right, denial, category,
marks), the access decision for what is not FHIR. The platform that makes it is narrowed by nothing else.
"""

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from enrs.core.access import queries as access
from enrs.core.access.rules import READ, Confidentiality, sees_document
from enrs.core.audit.words import act_words
from enrs.core.copies import copied_parts
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.fhir.answers import base_address
from enrs.core.fhir.queries.whole import everything_of
from enrs.core.spreadsheets import csv_cell
from enrs.core.ui import filters
from enrs.services.rights import papers
from enrs.services.rights.archive import Archive, Pieces
from enrs.services.rights.models import DataCopy
from enrs.services.rights.rules import copies as rules

DATA, JOURNAL, SHEET = "dossier-fhir.json", "journal-des-acces.csv", "dossier.pdf"
AT_ONCE: Final = 500
"""Lines of the journal read in one round trip."""


class Sheet:
    """The lines for reading, a bounded number of each part, and how many more there are."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[str, str, str]]] = {}
        self.more: dict[str, int] = {}

    def add(self, part: str, what: str, when: str, *, at: str = "") -> None:
        """One line, of the moment `at` (ISO text); beyond the bound, the one added first is dropped."""
        held = self.rows.setdefault(part, [])
        held.append((at, what, when))
        if len(held) > rules.SHOWN:
            del held[0]
            self.more[part] = self.more.get(part, 0) + 1

    def parts(self, titles: list[str]) -> list[dict[str, Any]]:
        """As the sheet is printed, the newest first."""
        return [
            {"title": one, "rows": self._ordered(one), "more": self.more.get(one, 0)}
            for one in titles
        ]

    def _ordered(self, title: str) -> list[list[str]]:
        found = self.rows.get(title, [])
        if title not in (rules.IDENTITY, rules.CIRCLE):
            found = sorted(found, key=lambda one: one[0])
            found.reverse()
        return [[what, when] for _, what, when in found]


def write_copy(made: DataCopy, *, role: str) -> int:
    """Write the archive of a copy for the current actor, who plays `role`; its size in bytes.

    Called in a transaction, inside `acting`: what is written is kept whole or not at all.
    """
    pieces = Pieces(made)
    with Archive(pieces) as archive:
        _write_all(archive, made, role)
    return pieces.size


def _write_all(archive: Archive, made: DataCopy, role: str) -> None:
    sheet = Sheet()
    documents = _write_data(archive, sheet, made.patient_id)
    _write_documents(archive, sheet, made.patient_id, documents, role)
    titles = list(rules.PARTS)
    for part in copied_parts():
        if access.may(READ, part.category, patient_id=made.patient_id).allowed:
            titles.append(part.title)
            rows = list(part.rows(made.patient_id, role, rules.SHOWN))
            for what, when in reversed(rows):
                sheet.add(part.title, what, when)
    if access.may(READ, "journal", patient_id=made.patient_id).allowed:
        titles.append(papers.JOURNAL)
        _write_journal(archive, sheet, made.patient_id)
    archive.add(SHEET, papers.copy_sheet(made, sheet.parts(titles)), "application/pdf")


def _write_data(archive: Archive, sheet: Sheet, patient_id: UUID) -> list[UUID]:
    """The Bundle, a resource at a time; gives the documents to lay beside it."""
    base, documents = base_address(), []
    with archive.text(DATA) as file:
        file.write('{"resourceType":"Bundle","type":"collection","entry":[')
        for rank, one in enumerate(everything_of(patient_id)):
            address = json.dumps(f"{base}/{one.type}/{one.id}")
            file.write(f'{"," if rank else ""}\n{{"fullUrl":{address},"resource":{one.body}}}')
            if one.type == "DocumentReference":
                documents.append(one.id)
                continue
            part = rules.PART_OF.get(one.type, rules.OTHER)
            for what, when in rules.lines_of(one.type, orjson.loads(one.body)):
                sheet.add(part, what, _day(when), at=when)
        file.write("\n]}\n")
    return documents


def _write_documents(
    archive: Archive, sheet: Sheet, patient_id: UUID, documents: list[UUID], role: str
) -> None:
    """Their contents, one at a time in memory; one that was erased is named without its content."""
    for key in documents:
        rows = Document.objects.filter(pk=key, patient_id=patient_id).select_related("blob")
        found = rows.exclude(status=Document.Status.WITHDRAWN).first()
        if found is None or not _is_seen(found, role):
            continue
        name = rules.file_name(
            title=found.title or found.type_display,
            happened_at=found.happened_at,
            mime_type=found.mime_type,
            key=str(found.id),
        )
        where = name
        try:
            archive.add(name, store.take(found.blob), found.mime_type)
        except store.BlobErasedError:
            where = "contenu effacé"
        title = found.title or found.type_display
        at = found.happened_at
        sheet.add(rules.DOCUMENTS, f"{title} ({where})", filters.date_fr(at), at=at.isoformat())


def _is_seen(found: Document, role: str) -> bool:
    """The marks of the document itself, besides those of what was published of it."""
    marks = Confidentiality(
        found.masked_from_professionals, found.hidden_from_patient, found.hidden_from_proxies
    )
    return sees_document(role=role, is_author=False, marks=marks)


def _write_journal(archive: Archive, sheet: Sheet, patient_id: UUID) -> None:
    """Every line as a file for spreadsheets, and the newest for reading."""
    newest: list[tuple[str, str]] = []
    with archive.text(JOURNAL) as file:
        file.write("\ufeff")
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(("Date", "Qui", "Acte", "Accès"))
        for at, who, words, is_done in _journal(patient_id):
            outcome = "fait" if is_done else "refusé"
            cells = (filters.moment(at), who, words, outcome)
            writer.writerow([csv_cell(one) for one in cells])
            if len(newest) < rules.SHOWN:
                newest.append((f"{who} : {words}", filters.moment(at)))
            else:
                sheet.more[papers.JOURNAL] = sheet.more.get(papers.JOURNAL, 0) + 1
    for what, when in reversed(newest):
        sheet.add(papers.JOURNAL, what, when)


def _journal(patient_id: UUID) -> Iterator[tuple[datetime, str, str, bool]]:
    """Who did what with the record, newest first."""
    last: tuple[datetime | None, UUID | None] = (None, None)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "select id, at, action, outcome, actor_name, actor_role from audit_of_patient(%s, %s, %s, %s)",
                [patient_id, *last, AT_ONCE],
            )
            rows = cursor.fetchall()
        for _, at, action, outcome, name, role in rows:
            yield at, name, act_words(action, role)[0], outcome == "done"
        if len(rows) < AT_ONCE:
            return
        last = (rows[-1][1], rows[-1][0])


def _day(when: str) -> str:
    """A moment of FHIR as people write it; anything else as it stands."""
    try:
        return (
            filters.moment(datetime.fromisoformat(when))
            if "T" in when
            else filters.partial_date(when)
        )
    except ValueError:
        return when
