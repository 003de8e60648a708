"""What the record itself puts on the life line, one page of each kind at a time."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Left, NullIf
from django.urls import reverse

from enrs.core.documents.models import Document
from enrs.core.kept import Kept, past
from enrs.core.ui.registry import LifePosition, LifeRow
from enrs.services.record.models import Encounter, Report
from enrs.services.record.queries.blinding import shown
from enrs.services.record.queries.life import readable_notes
from enrs.services.record.queries.paging import older_than

EXCERPT = 240
STAY_WORDS = {
    "in-progress": "en cours",
    "finished": "terminé",
    "planned": "prévu",
    "entered-in-error": "annulé",
}


def document_rows(
    patient_id: UUID, role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Documents that stand."""
    return [
        LifeRow(
            key, at, title, kind, author, url=reverse("record:document", args=[patient_id, key])
        )
        for key, at, title, kind, author in _documents(
            patient_id, *past(before), role=role, limit=limit
        )
    ]


@Kept
def _documents(patient_id: UUID, *last: Any, role: str, limit: int) -> QuerySet[Any, Any]:
    rows = Document.objects.filter(patient_id=patient_id, **shown(role))
    rows = rows.exclude(status=Document.Status.WITHDRAWN)
    return _page(rows, "happened_at", last, limit, "title", "type_display", "author_name")


def result_rows(
    patient_id: UUID, role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Laboratory reports that stand; one with a value out of range says so."""
    url = reverse("record:results", args=[patient_id])
    found = _results(patient_id, *past(before), role=role, limit=limit)
    return [
        LifeRow(key, at, title, "", by, "droplet-fill", "attention", "hors norme", url)
        if is_abnormal
        else LifeRow(key, at, title, "", by, url=url)
        for key, at, title, by, is_abnormal in found
    ]


@Kept
def _results(patient_id: UUID, *last: Any, role: str, limit: int) -> QuerySet[Any, Any]:
    rows = Report.objects.filter(patient_id=patient_id, withdrawn_at=None, **shown(role)).annotate(
        by=Coalesce(NullIf("organisation", Value("")), F("author_name"))
    )
    return _page(rows, "issued_at", last, limit, "display", "by", "is_abnormal")


def note_rows(
    patient_id: UUID, role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Follow-up notes that this role reads."""
    rows = readable_notes(patient_id, role=role).annotate(excerpt=Left("text", EXCERPT))
    url = reverse("record:notes", args=[patient_id])
    return [
        LifeRow(key, at, "Note de suivi", text, author, tone="information", url=url)
        for key, at, text, author in _page(
            rows, "written_at", past(before), limit, "excerpt", "author_name"
        )
    ]


def stay_rows(
    patient_id: UUID, _role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Stays, at their admission."""
    return [
        LifeRow(key, at, place or "Séjour", unit, doctor, state=STAY_WORDS.get(status, ""))
        for key, at, place, unit, doctor, status in _stays(patient_id, *past(before), limit=limit)
    ]


@Kept
def _stays(patient_id: UUID, *last: Any, limit: int) -> QuerySet[Any, Any]:
    rows = Encounter.objects.filter(
        patient_id=patient_id, withdrawn_at=None, admitted_at__isnull=False
    )
    fields = ("organisation_name", "unit", "attending_name", "status")
    return _page(rows, "admitted_at", last, limit, *fields)


def _page(
    rows: QuerySet[Any], moment: str, last: Sequence[Any], limit: int, *fields: str
) -> QuerySet[Any, Any]:
    """Identifier, moment and the named fields of at most `limit` rows, newest first, after the last."""
    older = older_than(rows, moment, *last) if last else rows
    return older.order_by(f"-{moment}", "-id").values_list("id", moment, *fields)[:limit]
