"""What tells the same as a document or as results: hidden together, by a minor's secret or by an act on marks."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q

from enrs.core.documents.models import Document
from enrs.services.record.fhir import publish_document, publish_report
from enrs.services.record.fhir.prescriptions import publish_marks_of
from enrs.services.record.models import Publication, Report


def told_together(
    patient_id: UUID, wanted: Collection[UUID]
) -> tuple[Iterable[Document], Iterable[Report]]:
    """These, locked, with all that tells the same: the document of a report, the reports of a document."""
    held = Report.objects.select_for_update().filter(patient_id=patient_id).order_by("id")
    papers = Document.objects.select_for_update().filter(patient_id=patient_id).order_by("id")
    documents = _versions(patient_id, wanted)
    reports = {one.pk: one for one in held.filter(pk__in=wanted)}
    count = 0
    while count < len(documents) + len(reports):
        count = len(documents) + len(reports)
        names = [one.unique_id for one in documents.values()]
        reports |= {one.pk: one for one in held.filter(document_unique_id__in=names)}
        for one in list(reports.values()):
            reports |= {same.pk: same for same in held.filter(source=one.source, number=one.number)}
        told = {one.document_unique_id for one in reports.values()} - {""}
        more = papers.filter(unique_id__in=told).values_list("pk", flat=True)
        documents = _versions(patient_id, {*documents, *more})
    return documents.values(), reports.values()


def _versions(patient_id: UUID, wanted: Collection[UUID]) -> dict[UUID, Document]:
    """These documents with their other versions: the former ones are read by their address too."""
    held = Document.objects.select_for_update().filter(patient_id=patient_id).order_by("id")
    found = {one.pk: one for one in held.filter(pk__in=wanted)}
    for one in list(found.values()):
        if one.set_id:
            found |= {same.pk: same for same in held.filter(source=one.source, set_id=one.set_id)}
    count = 0
    while count < len(found):
        count = len(found)
        former = {one.replaces_id for one in found.values() if one.replaces_id}
        linked = held.filter(Q(pk__in=former) | Q(replaces_id__in=list(found)))
        found |= {one.pk: one for one in linked}
    return found


def set_mark(row: Document | Report, mark: str, *, is_set: bool) -> None:
    """Put or take off one mark, and publish what it hides or shows."""
    if getattr(row, mark) == is_set:
        return
    setattr(row, mark, is_set)
    row.save(update_fields=[mark])
    if isinstance(row, Document):
        publish_document(row)
        publish_marks_of(row)
        # The national record learns who sees it now (`publishing`).
        told = Publication.objects.filter(document=row).exclude(entry_id="")
        told = told.exclude(state=Publication.State.REMOVED)
        told.update(
            state=Publication.State.WAITING, attempts=0, next_try_at=None, code="", error=""
        )
    else:
        publish_report(row, list(row.observations.order_by("rank")))
