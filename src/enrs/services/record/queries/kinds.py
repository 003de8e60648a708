"""What the record itself puts on the life line, one page of each kind at a time."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Left, NullIf
from django.urls import reverse

from enrs.core.documents.models import Document
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
    rows = Document.objects.filter(patient_id=patient_id, **shown(role))
    rows = rows.exclude(status=Document.Status.WITHDRAWN)
    return [
        LifeRow(
            key, at, title, kind, author, url=reverse("record:document", args=[patient_id, key])
        )
        for key, at, title, kind, author in _page(
            rows, "happened_at", before, limit, "title", "type_display", "author_name"
        )
    ]


def result_rows(
    patient_id: UUID, role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Laboratory reports that stand; one with a value out of range says so."""
    rows = Report.objects.filter(patient_id=patient_id, withdrawn_at=None, **shown(role)).annotate(
        by=Coalesce(NullIf("organisation", Value("")), F("author_name"))
    )
    url = reverse("record:results", args=[patient_id])
    found = _page(rows, "issued_at", before, limit, "display", "by", "is_abnormal")
    return [
        LifeRow(key, at, title, "", by, "droplet-fill", "attention", "hors norme", url)
        if is_abnormal
        else LifeRow(key, at, title, "", by, url=url)
        for key, at, title, by, is_abnormal in found
    ]


def note_rows(
    patient_id: UUID, role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Follow-up notes that this role reads."""
    rows = readable_notes(patient_id, role=role).annotate(excerpt=Left("text", EXCERPT))
    url = reverse("record:notes", args=[patient_id])
    return [
        LifeRow(key, at, "Note de suivi", text, author, tone="information", url=url)
        for key, at, text, author in _page(
            rows, "written_at", before, limit, "excerpt", "author_name"
        )
    ]


def stay_rows(
    patient_id: UUID, _role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Stays, at their admission."""
    rows = Encounter.objects.filter(
        patient_id=patient_id, withdrawn_at=None, admitted_at__isnull=False
    )
    found = _page(
        rows, "admitted_at", before, limit, "organisation_name", "unit", "attending_name", "status"
    )
    return [
        LifeRow(key, at, place or "Séjour", unit, doctor, state=STAY_WORDS.get(status, ""))
        for key, at, place, unit, doctor, status in found
    ]


def _page(
    rows: QuerySet[Any], moment: str, before: LifePosition | None, limit: int, *fields: str
) -> QuerySet[Any, Any]:
    """Identifier, moment and the named fields of at most `limit` rows, newest first."""
    older = older_than(rows, moment, before.at, before.id) if before else rows
    return older.order_by(f"-{moment}", "-id").values_list("id", moment, *fields)[:limit]
