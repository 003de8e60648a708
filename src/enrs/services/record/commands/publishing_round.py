"""The round that sends publications to the national record (DMP): tried again, refused with a code, relabelled."""

import logging
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.effects import act
from enrs.formats import mhd
from enrs.formats.cda import header
from enrs.formats.cda.checks import header_faults
from enrs.formats.cda.model import Metadata
from enrs.formats.cda.reader import read
from enrs.referentials.identity.queries import regional_identity
from enrs.services.record import national
from enrs.services.record.commands.publishing import say, settle
from enrs.services.record.models import Publication
from enrs.services.record.national.contract import (
    BROKEN,
    LOST_ANSWERS,
    SILENT,
    NationalRecord,
    PublicationRefusedError,
    RecordDownError,
)
from enrs.services.record.rules import producing as rules

State = Publication.State
log = logging.getLogger(__name__)

ROUND_SECONDS: Final = 20.0
LOCK: Final = 0x646D70
"""The advisory lock of the queue: one process sends at a time, so that a version never passes the one before."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
DAILY: Final = timedelta(days=1)
TRIES: Final = 12
"""After so many tries (some six hours), one more each day; what fails here for another reason is put aside."""
CODES: Final = {
    "masked_from_professionals": ("MASQUE_PS",),
    # Who hides from the person hides from those who act for them, here as there.
    "hidden_from_patient": ("INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"),
    "hidden_from_proxies": ("INVISIBLE_REPRESENTANTS_LEGAUX",),
}
"""Marks of a document to the codes of visibility of the DMP."""
SAID: Final = {State.SENT: "sent", State.REFUSED: "refused", State.REMOVED: "removed"}
"""The last word of the line in the journal, by what became of a publication."""


def run_publications(seconds: float = ROUND_SECONDS) -> int:
    """Send what is due, the oldest first; returns how many were answered.

    Never inside a transaction: each outcome is committed before the next document leaves. A round ends when
    nobody answers; a row that fails here for another reason stops none of the others.
    """
    there = national.service()
    if there is None:
        return 0
    end, answered = time.monotonic() + seconds, 0
    with acting(SYSTEM), _only_here() as is_ours:
        while is_ours and time.monotonic() < end and (one := _next()) is not None:
            try:
                if not _send(there, one):
                    break
            except Exception:
                log.exception("publication %s", one.pk)
                _failed(one, BROKEN, "")
                continue
            answered += 1
    return answered


def labels_of(document: Document) -> list[str]:
    """The codes of visibility of a document, each once."""
    found = [code for mark, codes in CODES.items() if getattr(document, mark) for code in codes]
    return list(dict.fromkeys(found))


def _next() -> Publication | None:
    """The oldest that is due; of a set that waits for its time, nothing leaves: a version never passes the one
    before. Telling who sees what is there already holds no version, and none holds it.
    """
    now = timezone.now()
    rows = Publication.objects.filter(state=State.WAITING, withdrawn_at=None)
    held = rows.filter(next_try_at__gt=now, entry_id="").values("document__set_id")
    due = rows.exclude(next_try_at__gt=now).exclude(entry_id="", document__set_id__in=held)
    return due.select_related("document", "document__blob").order_by("id").first()


def _send(there: NationalRecord, one: Publication) -> bool:
    """Send one; whether it was answered. A refusal is an answer."""
    document = one.document
    labels = labels_of(document)
    key = one.entry_id
    is_withdrawn = document.status == Document.Status.WITHDRAWN
    try:
        if is_withdrawn and not key:
            # It left, perhaps, and the answer was lost.
            key = _known_there(there, one)
        if is_withdrawn and key:
            there.withdraw(key)
        elif key:
            _relabel(there, one, key, labels)
        elif _is_void(document):
            _end(one, State.VOID)
            return True
        else:
            key = _provide(there, one, labels)
    except PublicationRefusedError as refusal:
        if key:
            # An order to hide or to withdraw is never dropped.
            _failed(one, refusal.code, refusal.text)
        else:
            _end(one, State.REFUSED, code=refusal.code, error=refusal.text[:300])
        return True
    except RecordDownError as failure:
        _failed(one, SILENT, str(failure))
        return False
    if is_withdrawn:
        _end(one, State.REMOVED, entry_id=key[:100])
    else:
        _end(one, State.SENT, entry_id=key[:100], labels=labels)
    return True


def _provide(there: NationalRecord, one: Publication, labels: list[str]) -> str:
    """Hand over a document; one that left already (its answer was lost, or a restore) is found again there."""
    try:
        return there.provide(_bundle(one, labels))
    except PublicationRefusedError as refusal:
        key = _known_there(there, one) if refusal.code in LOST_ANSWERS else ""
        if not key:
            raise
    _relabel(there, one, key, labels)
    return key


def _known_there(there: NationalRecord, one: Publication) -> str:
    """The identifier there of this very document, by its number and its digest; empty when it is not there."""
    document = one.document
    ins = _meta(document).patient.ins
    if ins is None:
        return ""
    digest = b64encode(bytes.fromhex(document.hash_sha1)).decode()
    for entry in there.find(ins.extension, ins.root, document.unique_id):
        if any(
            each.get("attachment", {}).get("hash") == digest for each in entry.get("content", ())
        ):
            return str(entry.get("id", ""))
    return ""


def _relabel(there: NationalRecord, one: Publication, key: str, labels: list[str]) -> None:
    there.relabel(key, mhd.labels(_meta(one.document), labels))


def _failed(one: Publication, code: str, words: str) -> None:
    """Wait for the next try: longer and longer, then each day. What fails here, not there, is put aside."""
    attempts = one.attempts + 1
    if attempts >= TRIES and code == BROKEN and not one.entry_id:
        _end(one, State.REFUSED, code=code, error=words[:300])
        return
    wait = DAILY if attempts >= TRIES else min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    with act():
        settle(
            one, State.WAITING, attempts=min(attempts, 1000), next_try_at=timezone.now() + wait, code=code,
            error=words[:300],
        )  # fmt: skip


def _bundle(one: Publication, labels: list[str]) -> mhd.Tree:
    """The submission, once the INS of the document is that of a qualified identity today and its header has no
    fault.
    """
    document = one.document
    content = store.take(document.blob)
    meta = header.metadata(read(content))
    kind = rules.kind_of(document.type_code, document.type_system)
    today = regional_identity(document.patient_id)
    if not today.ins or meta.patient.ins is None:
        raise PublicationRefusedError("INS-01")
    if meta.patient.ins.extension != today.ins:
        raise PublicationRefusedError("INS-03")
    for fault in header_faults(meta, kind):
        raise PublicationRefusedError(fault.code, fault.where)
    encounter = meta.encounter.code.code if meta.encounter and meta.encounter.code else ""
    entry = mhd.Entry(
        meta=_without_unpublished(meta, document),
        content=content,
        format_code=document.format_code,
        class_code=rules.CLASSES[kind],
        contents=rules.CONTENTS.get(encounter, rules.CONTENTS["AMB"]),
        visibility=tuple(labels),
    )
    return mhd.provide_bundle(
        entry,
        source_id=settings.REGION.identity_domain.removeprefix("urn:oid:"),
        submission_id=mhd.submission_of(document.id),
        at=timezone.localtime(),
    )


def _without_unpublished(meta: Metadata, document: Document) -> Metadata:
    """The header as the entry says it: a former version that never left is not replaced there.

    The nearest one before it that did is, whatever the versions in between.
    """
    before = _published(document).filter(document__version_number__lt=document.version_number)
    last = before.order_by("-document__version_number").first()
    return mhd.replacing(meta, last.document.unique_id if last else "")


def _is_void(document: Document) -> bool:
    """Whether it has nothing more to do there: withdrawn, or a newer version of it is there already."""
    if document.status == Document.Status.WITHDRAWN:
        return True
    newer = _published(document).filter(document__version_number__gt=document.version_number)
    return newer.exists()


def _published(document: Document) -> QuerySet[Publication]:
    """The versions of a document that are there and stay there, of the same record."""
    rows = Publication.objects.filter(
        patient_id=document.patient_id,
        document__set_id=document.set_id,
        document__source=rules.SOURCE,
    )
    rows = rows.exclude(document__status=Document.Status.WITHDRAWN)
    return rows.exclude(document=document).exclude(entry_id="").select_related("document")


def _meta(document: Document) -> Metadata:
    return header.metadata(read(store.take(document.blob)))


def _end(one: Publication, state: str, **values: object) -> None:
    """Write what became of a publication, and the line that says it.

    The document is locked, so that a mark put meanwhile is either seen here or finds the publication as sent.
    """
    values = {"code": "", "error": "", "next_try_at": None} | values
    if state == State.SENT:
        values["sent_at"] = timezone.now()
    with act():
        document = Document.objects.select_for_update().get(pk=one.document_id)
        settle(one, state, attempts=one.attempts + 1, **values)
        is_over = document.status == Document.Status.WITHDRAWN
        if state == State.SENT and (is_over or labels_of(document) != one.labels):
            settle(one, State.WAITING, attempts=0)
        say(one, SAID.get(State(state), "void"))


@contextmanager
def _only_here() -> Iterator[bool]:
    """Hold the queue for this session if no other process does; the lock dies with the process."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [LOCK])
