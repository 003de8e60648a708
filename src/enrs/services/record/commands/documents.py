"""Filing a document in a record, replacing it, withdrawing it."""

import hashlib
from dataclasses import asdict
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.services.record.commands.marks import put_under_marks, source_marks
from enrs.services.record.commands.secrets import put_under, source_says
from enrs.services.record.fhir import publish_document
from enrs.services.record.models import Publication
from enrs.services.record.national.contract import BROKEN, LOST_ANSWERS, RESTORED
from enrs.services.record.queries import marks as mark_queries
from enrs.services.record.queries import secrets as queries
from enrs.services.record.rules import MARKS, DocumentMeta

MAX_BYTES = 50 * 1024 * 1024


class DocumentRefusedError(Exception):
    """The document cannot be filed; the message says why, in French."""


MAYBE: Final = (RESTORED, BROKEN, *LOST_ANSWERS)
"""Codes of publications that were put aside, whose document may be in the national record all the same."""


def file_document(
    *,
    identity_id: UUID | None,
    patient_id: UUID,
    content: bytes,
    meta: DocumentMeta,
    source: str,
    may_loosen: bool = False,
) -> Document:
    """File a document under a patient.

    The same document of the same source again changes nothing, even if it was withdrawn since, but for
    the marks that hide it: one more is kept, and with `may_loosen` (the source says that it changes them)
    the new marks replace the old. One
    that replaces others (by their unique ids, or a higher version of its set) supersedes them; one
    older than a version known of its set, even a withdrawn one, is kept as superseded. A version of what a
    minor keeps secret is secret, and so is the document from which such results were taken; likewise of what
    the person masked, or a professional hid from them.

    Raises:
        DocumentRefusedError: empty or over 50 MB.
        AccessRefusedError: a person or software that may not write documents in this record.
    """
    _demand(patient_id)
    if not content:
        raise DocumentRefusedError("Le document est vide.")
    if len(content) > MAX_BYTES:
        raise DocumentRefusedError("Le document dépasse 50 Mo.")
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    with act():
        related = _related(patient_id, meta, source)
        same = next((one for one in related if _is_same(one, meta, digest)), None)
        if same:
            _mark_again(same, meta, may_loosen=may_loosen)
            return same
        document = Document(
            id=uuid7(),
            identity_id=identity_id,
            patient_id=patient_id,
            source=source,
            blob=store.put(content),
            size=len(content),
            hash_sha1=digest,
            **_columns(meta),
        )
        current = [one for one in related if one.status == Document.Status.CURRENT]
        if any(_is_newer(one, meta) for one in related):
            document.status = Document.Status.SUPERSEDED
        elif current:
            document.replaces = max(current, key=lambda one: one.version_number)
        document.save(force_insert=True)
        same_told = [one.id for one in related] + queries.results_of(patient_id, meta.unique_id)
        for kept in queries.secrets_over(same_told):
            put_under(kept, "document", document)
        put_under_marks(document, mark_queries.over(same_told))
        if document.status == Document.Status.CURRENT:
            for one in current:
                _set_status(one, Document.Status.SUPERSEDED)
        _tell(document, "filed")
    return document


def withdraw_document(*, document: Document, reason: str) -> None:
    """Withdraw a document from view: it stays, with its reason, and its accesses stay audited. One that was published
    is withdrawn from the national record by the next round.

    Raises:
        AccessRefusedError: a person or software that may not write documents in this record.
    """
    _demand(document.patient_id)
    if document.status == Document.Status.WITHDRAWN:
        return
    with act():
        document.withdrawn_at = timezone.now()
        document.withdrawn_reason = reason[:200]
        _set_status(document, Document.Status.WITHDRAWN)
        # The national record withdraws it too (`publishing_round`).
        # What was put aside may have left too: the round looks for it there.
        told = Publication.objects.filter(document=document).exclude(
            state=Publication.State.REMOVED
        )
        told = told.exclude(entry_id="") | told.filter(
            state=Publication.State.REFUSED, code__in=MAYBE
        )
        told.update(
            state=Publication.State.WAITING, attempts=0, next_try_at=None, code="", error=""
        )
        _tell(document, "withdrawn", reason=reason)


def _demand(patient_id: UUID) -> None:
    """The decision for a write among documents; the platform, for what partners send, passes."""
    if current_actor().kind == "system":
        return
    decision = may(access_rules.WRITE, "documents", patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)


def _related(patient_id: UUID, meta: DocumentMeta, source: str) -> list[Document]:
    wanted = Q(unique_id__in=[meta.unique_id, *meta.replaces])
    if meta.set_id:
        wanted |= Q(set_id=meta.set_id)
    rows = Document.objects.filter(wanted, patient_id=patient_id, source=source)
    return list(rows.select_for_update().order_by("id"))


def _is_same(known: Document, meta: DocumentMeta, digest: str) -> bool:
    return known.unique_id == meta.unique_id and known.hash_sha1 == digest


def _is_newer(known: Document, meta: DocumentMeta) -> bool:
    same_set = bool(meta.set_id) and known.set_id == meta.set_id
    return same_set and known.version_number > meta.version_number


def _mark_again(document: Document, meta: DocumentMeta, *, may_loosen: bool) -> None:
    """Hide a document whose source sends it again with a mark more.

    An old copy sent again hides no less, unless its source says that it changes the marks. No source lifts
    what a minor keeps secret, nor what an act hides; what it says then holds once that is lifted.
    """
    if document.hidden_from_proxies and (meta.hidden_from_proxies or may_loosen):
        source_says([document.id], is_hidden=meta.hidden_from_proxies)
    changed = [name for name in MARKS if getattr(meta, name) != getattr(document, name)]
    added = [name for name in changed if getattr(meta, name)]
    held = source_marks([document], meta, may_loosen=may_loosen)
    lifted = [name for name in changed if name not in {*added, *held}] if may_loosen else []
    if "hidden_from_proxies" in lifted and queries.secrets_over([document.id]):
        lifted.remove("hidden_from_proxies")
    if not added and not lifted:
        return
    for name in (*added, *lifted):
        setattr(document, name, getattr(meta, name))
    document.save(update_fields=[*added, *lifted])
    _tell(document, "shown" if lifted else "hidden")


def _columns(meta: DocumentMeta) -> dict[str, object]:
    columns = asdict(meta)
    del columns["replaces"]
    for name, limit in (("title", 300), ("type_display", 200), ("author_name", 200)):
        columns[name] = columns[name][:limit]
    return columns


def _set_status(document: Document, status: str) -> None:
    document.status = status
    document.save(update_fields=["status", "withdrawn_at", "withdrawn_reason"])
    publish_document(document)


def _tell(document: Document, what: str, reason: str = "") -> None:
    publish_document(document)
    note(
        f"record.document.{what}",
        patient_id=document.patient_id,
        object_kind="document",
        object_id=document.id,
        reason=reason,
    )
    emit(
        f"record.document.{what}",
        patient_id=document.patient_id,
        topics=mark_queries.topics_about(document),
        payload={"kind": "documents", "ids": [str(document.id)]},
    )
