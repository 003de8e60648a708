"""Documents that a role may see."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from enrs.core.access.actor import current_actor
from enrs.core.access.rules import Confidentiality, sees_document
from enrs.core.documents.models import Document
from enrs.core.kept import Kept, past
from enrs.referentials.directory.models import Practitioner
from enrs.services.record.queries.blinding import PERSONS, shown
from enrs.services.record.queries.paging import PAGE, Position, page_after, page_of

TYPES_SEEN = 200
"""Documents looked at for the list of kinds: bounded, however long the history is."""


def _visible_documents(
    patient_id: UUID, role: str, author: UUID | None = None
) -> QuerySet[Document]:
    """What no mark hides from a role; with `author`, a professional's own documents too, masked or not."""
    rows = Document.objects.filter(patient_id=patient_id).exclude(status=Document.Status.WITHDRAWN)
    if author is None:
        return rows.filter(**shown(role))
    own = Practitioner.objects.filter(pk=author).values("idnat")
    return rows.filter(Q(**shown(role)) | Q(author_idnat__in=own))


def _author(role: str) -> UUID | None:
    """The professional who reads, to whom their own documents stay open; nobody for the person and proxies."""
    return None if role in PERSONS else current_actor().grantee_id


def documents(
    patient_id: UUID,
    *,
    role: str,
    before: Position | None = None,
    limit: int = PAGE,
    text: str = "",
    type_code: str = "",
    is_every_version: bool = False,
    since: datetime | None = None,
) -> list[Document]:
    """Documents that this role may see, newest first, one more than asked; past versions if wanted.

    `text` is looked for in titles, kinds and authors as typed, and in the contents as French words.
    """
    if not (text or type_code or is_every_version or since):
        who = _author(role)
        if who is None:
            return _newest(patient_id, *past(before), role=role, limit=limit)
        return _newest_of_author(patient_id, who, *past(before), role=role, limit=limit)
    rows = _visible_documents(patient_id, role, _author(role))
    if not is_every_version:
        rows = rows.filter(status=Document.Status.CURRENT)
    if type_code:
        rows = rows.filter(type_code=type_code)
    if text:
        rows = rows.filter(
            Q(title__icontains=text)
            | Q(type_display__icontains=text)
            | Q(author_name__icontains=text)
            | Q(text__words=SearchQuery(text, config="french", search_type="websearch"))
        )
    if since:
        rows = rows.filter(happened_at__gte=since)
    return page_of(rows, "happened_at", before, limit)


@Kept
def _newest(patient_id: UUID, *last: Any, role: str, limit: int) -> QuerySet[Document]:
    rows = _visible_documents(patient_id, role).filter(status=Document.Status.CURRENT)
    return page_after(rows, "happened_at", last, limit)


@Kept
def _newest_of_author(
    patient_id: UUID, author: UUID, *last: Any, role: str, limit: int
) -> QuerySet[Document]:
    rows = _visible_documents(patient_id, role, author).filter(status=Document.Status.CURRENT)
    return page_after(rows, "happened_at", last, limit)


def document_types(patient_id: UUID, *, role: str) -> list[tuple[str, str]]:
    """The kinds (code, name) of the newest documents that this role may see, by name."""
    newest = _visible_documents(patient_id, role, _author(role)).order_by("-happened_at", "-id")
    codes = dict(newest.values_list("type_code", "type_display")[:TYPES_SEEN])
    return sorted(codes.items(), key=lambda one: one[1])


def version_after(found: Document, *, role: str) -> Document | None:
    """The document that replaced this one, if this role may see it."""
    rows = _visible_documents(found.patient_id, role, _author(role)).filter(replaces_id=found.id)
    return rows.order_by("-happened_at", "-id").first()


def document(patient_id: UUID, document_id: UUID, *, role: str) -> Document | None:
    """One document, even withdrawn, unless its marks hide it from this role; its author reads it always."""
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
    if sees_document(role=role, is_author=False, marks=marks):
        return found
    is_author = _is_author(found, _author(role))
    return found if sees_document(role=role, is_author=is_author, marks=marks) else None


def _is_author(found: Document, who: UUID | None) -> bool:
    if who is None or not found.author_idnat:
        return False
    return Practitioner.objects.filter(pk=who, idnat=found.author_idnat).exists()
