"""Publishing what the region made to the national record (DMP): asked by a person, sent by a worker, tried again,
refused with a code, replayed by a person.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import SYSTEM, acting, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.formats import mhd
from enrs.formats.cda import header
from enrs.formats.cda.layouts import LAYOUTS
from enrs.formats.cda.model import Metadata
from enrs.formats.cda.reader import CdaDocument, read
from enrs.referentials.identity.queries import latest_identity, regional_identity
from enrs.services.record import national
from enrs.services.record.models import Publication
from enrs.services.record.national.contract import (
    UNKNOWN,
    NationalRecord,
    PublicationRefusedError,
    RecordDownError,
)
from enrs.services.record.queries import document as document_seen
from enrs.services.record.queries import marks as mark_queries
from enrs.services.record.rules import producing as rules

State = Publication.State

ROUND_SECONDS: Final = 20.0
LOCK: Final = 0x646D70
"""The advisory lock of the queue: one process sends at a time, so that a version never passes the one before."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
TRIES: Final = 12
"""Without an answer after so many tries (some six hours), a publication is put aside and the next ones go on."""
CODES: Final = {
    "masked_from_professionals": "MASQUE_PS",
    "hidden_from_patient": "INVISIBLE_PATIENT",
    "hidden_from_proxies": "INVISIBLE_REPRESENTANTS_LEGAUX",
}
"""Marks of a document to the codes of visibility of the DMP."""
WORDS: Final = {
    "informed": "Dites que la personne en est informée et ne s’y oppose pas (CSP, R1111-47).",
    "source": "Seuls les documents produits ici partent d’ici : les autres, leur émetteur les publie.",
    "state": "Seul un document en vigueur se publie.",
    "known": "Ce document est déjà publié, ou attend son départ.",
    "unqualified": "Un document ne part que sous une INS qualifiée : faites qualifier l’identité, produisez une "
    "nouvelle version, puis publiez-la.",
    "waiting": "Cette publication attend déjà son départ.",
    "none": "Aucun dossier national n’est relié à cet espace régional.",
}


class PublishingRefusedError(Exception):
    """The document cannot be published; the message says why, in French."""

    def __init__(self, code: str) -> None:
        super().__init__(WORDS[code])
        self.code = code


def publish_to_national(*, document: Document, is_informed: bool) -> Publication:
    """Ask for a document that the region made to be published; a worker sends it.

    Raises:
        AccessRefusedError: who may not write documents in this record, or does not see this one.
        PublishingRefusedError: the person is not informed, no qualified INS, another's document, not in force,
            asked already, or no national record.
    """
    _demand(document)
    by = current_actor()
    with act():
        held = Document.objects.select_for_update().get(pk=document.pk)
        _check(held, is_informed=is_informed)
        made = Publication(
            identity_id=latest_identity(held.patient_id),
            patient_id=held.patient_id,
            document=held,
            asked_by_id=by.user_id,
            asked_by=by.name[:200],
            organisation_id=by.organisation_id,
            asked_at=timezone.now(),
        )
        made.save(force_insert=True)
        _say(made, "asked")
    return made


def replay_publication(*, publication: Publication) -> None:
    """Have a refused publication sent again, from what is true now.

    Raises:
        AccessRefusedError: who may not write documents in this record, or does not see this one.
        PublishingRefusedError: it is not refused, or the identity is not qualified.
    """
    _demand(publication.document)
    with act():
        held = Publication.objects.select_for_update().get(pk=publication.pk)
        if held.state != State.REFUSED:
            raise PublishingRefusedError("waiting")
        if not regional_identity(held.patient_id).ins:
            raise PublishingRefusedError("unqualified")
        _settle(held, State.WAITING, attempts=0, next_try_at=None, code="", error="")
        _say(held, "replayed")


def run_publications(seconds: float = ROUND_SECONDS) -> int:
    """Send what is due, the oldest first; returns how many were answered.

    Never inside a transaction: each outcome is committed before the next document leaves. A round ends when
    nobody answers.
    """
    there = national.service()
    if there is None:
        return 0
    end, answered = time.monotonic() + seconds, 0
    with acting(SYSTEM), _only_here() as is_ours:
        while is_ours and time.monotonic() < end and (one := _next()) is not None:
            if not _send(there, one):
                break
            answered += 1
    return answered


def labels_of(document: Document) -> list[str]:
    """The codes of visibility of a document."""
    return [code for mark, code in CODES.items() if getattr(document, mark)]


# --- what is asked --------------------------------------------------------------------------------


def _demand(document: Document) -> None:
    decision = may(access_rules.WRITE, "documents", patient_id=document.patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)
    if document_seen(document.patient_id, document.pk, role=decision.role) is None:
        raise AccessRefusedError("marks")


def _check(document: Document, *, is_informed: bool) -> None:
    if national.service() is None:
        raise PublishingRefusedError("none")
    if document.source != rules.SOURCE:
        raise PublishingRefusedError("source")
    if document.status != Document.Status.CURRENT:
        raise PublishingRefusedError("state")
    if Publication.objects.filter(document=document).exists():
        raise PublishingRefusedError("known")
    if not regional_identity(document.patient_id).ins:
        raise PublishingRefusedError("unqualified")
    if not is_informed:
        raise PublishingRefusedError("informed")


# --- what leaves ----------------------------------------------------------------------------------


def _next() -> Publication | None:
    """The oldest that is due, none of whose set waits for its time: a version never passes the one before."""
    now = timezone.now()
    rows = Publication.objects.filter(state=State.WAITING, withdrawn_at=None)
    held = rows.filter(next_try_at__gt=now).values("document__set_id")
    due = rows.exclude(next_try_at__gt=now).exclude(document__set_id__in=held)
    return due.select_related("document", "document__blob").order_by("id").first()


def _send(there: NationalRecord, one: Publication) -> bool:
    """Send one; whether it was answered. A refusal is an answer."""
    document = one.document
    labels = labels_of(document)
    try:
        if one.entry_id:
            there.relabel(one.entry_id, mhd.labels(header.metadata(_cda(document)), labels))
            key = one.entry_id
        elif document.status == Document.Status.WITHDRAWN:
            _end(one, State.VOID)
            return True
        else:
            key = there.provide(_bundle(one, labels))
    except PublicationRefusedError as refusal:
        _end(one, State.REFUSED, code=refusal.code, error=refusal.text[:300])
        return True
    except RecordDownError as failure:
        _failed(one, str(failure))
        return False
    _end(one, State.SENT, entry_id=key[:100], labels=labels)
    return True


def _failed(one: Publication, words: str) -> None:
    """Wait for the next try; after the last one, it is refused, so that the others go on."""
    attempts = one.attempts + 1
    if attempts >= TRIES:
        _end(one, State.REFUSED, code=UNKNOWN, error=words[:300])
        return
    later = timezone.now() + min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    with act():
        _settle(one, State.WAITING, attempts=attempts, next_try_at=later, error=words[:300])


def _bundle(one: Publication, labels: list[str]) -> mhd.Tree:
    """The submission, once the INS of the document is that of a qualified identity today."""
    document = one.document
    content = store.take(document.blob)
    meta = header.metadata(read(content))
    today = regional_identity(document.patient_id)
    if not today.ins or meta.patient.ins is None:
        raise PublicationRefusedError("INS-01")
    if meta.patient.ins.extension != today.ins:
        raise PublicationRefusedError("INS-03")
    encounter = meta.encounter.code.code if meta.encounter and meta.encounter.code else ""
    entry = mhd.Entry(
        meta=_without_unpublished(meta, document),
        content=content,
        format_code=document.format_code,
        class_code=rules.CLASSES[_kind(document)],
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

    The nearest one that did is, whatever the versions in between.
    """
    sent = Publication.objects.filter(
        document__set_id=document.set_id, document__source=rules.SOURCE
    )
    sent = sent.exclude(document=document).exclude(entry_id="").select_related("document")
    last = sent.order_by("-document__version_number").first()
    return mhd.replacing(meta, last.document.unique_id if last else "")


def _kind(document: Document) -> str:
    return next(
        kind for kind, layout in LAYOUTS.items()
        if (layout.type_code.code, layout.type_code.system) == (document.type_code, document.type_system)
    )  # fmt: skip


def _cda(document: Document) -> CdaDocument:
    return read(store.take(document.blob))


def _end(one: Publication, state: str, **values: object) -> None:
    """Write what became of a publication, and the line that says it."""
    values = {"code": "", "error": "", "next_try_at": None} | values
    if state == State.SENT:
        values["sent_at"] = timezone.now()
    with act():
        _settle(one, state, attempts=one.attempts + 1, **values)
        if (
            state == State.SENT
            and labels_of(Document.objects.get(pk=one.document_id)) != one.labels
        ):
            _settle(one, State.WAITING)
        _say(one, {State.SENT: "sent", State.REFUSED: "refused"}.get(State(state), "void"))


def _settle(one: Publication, state: str, **values: object) -> None:
    one.state = state
    for name, value in values.items():
        setattr(one, name, value)
    one.save(update_fields=["state", *values])


def _say(one: Publication, what: str) -> None:
    document = one.document
    note(
        f"record.publication.{what}",
        outcome="refused" if what == "refused" else "done",
        patient_id=one.patient_id,
        object_kind="document",
        object_id=document.pk,
        details={"code": one.code} if one.code else {},
    )
    emit(
        f"record.publication.{what}",
        patient_id=one.patient_id,
        topics=mark_queries.topics_about(document),
        payload={"kind": "documents", "ids": [str(document.pk)]},
    )


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
