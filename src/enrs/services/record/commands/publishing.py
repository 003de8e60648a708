"""Publishing what the region made to the national record (DMP): asked by a person, replayed by a person.

`publishing_round` sends what is asked.
"""

from collections.abc import Iterable
from typing import Final

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
from enrs.formats.cda import header
from enrs.formats.cda.checks import header_faults
from enrs.formats.cda.reader import read
from enrs.referentials.identity.queries import regional_identity
from enrs.services.record import national
from enrs.services.record.models import Publication
from enrs.services.record.queries import document as document_seen
from enrs.services.record.queries import marks as mark_queries
from enrs.services.record.rules import producing as rules

State = Publication.State

WORDS: Final = {
    "informed": "Dites que la personne en est informée et ne s’y oppose pas (CSP, R1111-47).",
    "source": "Seuls les documents produits ici partent d’ici : les autres, leur émetteur les publie.",
    "state": "Seul un document en vigueur se publie.",
    "known": "Ce document est déjà publié, ou attend son départ.",
    "unqualified": "Un document ne part que sous une INS qualifiée : faites qualifier l’identité, produisez une "
    "nouvelle version, puis publiez-la.",
    "waiting": "Cette publication attend déjà son départ.",
    "replaced": "Une version plus récente de ce document existe, ou il a été retiré : publiez celle en vigueur.",
    "none": "Aucun dossier national n’est relié à cet espace régional.",
}


class PublishingRefusedError(Exception):
    """The document cannot be published; the message says why, in French."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(words or WORDS[code])
        self.code = code


def publish_to_national(*, document: Document, is_informed: bool) -> Publication:
    """Ask for a document that the region made to be published; a worker sends it.

    Raises:
        AccessRefusedError: who may not write documents in this record, or does not see this one.
        PublishingRefusedError: the person is not informed, no qualified INS, another's document, not in force,
            asked already, no national record, or a header with a fault (its code).
    """
    _demand(document)
    by = current_actor()
    with act():
        held = Document.objects.select_for_update().get(pk=document.pk)
        _check(held, is_informed=is_informed)
        made = Publication(
            identity_id=held.identity_id,
            patient_id=held.patient_id,
            document=held,
            asked_by_id=by.user_id,
            asked_by=by.name[:200],
            organisation_id=by.organisation_id,
            asked_at=timezone.now(),
        )
        made.save(force_insert=True)
        say(made, "asked")
    return made


def follow_to_national(document: Document, former: Iterable[Document]) -> None:
    """Ask for what corrects a document that left, or waits to leave: the national record would go on showing the
    wrong one. The person was told of the first; what stops this one is written on it by the round.
    """
    before = Publication.objects.filter(
        document__in=list(former), state__in=(State.WAITING, State.SENT), withdrawn_at=None
    )
    if not before.exists():
        return
    by = current_actor()
    made = Publication(
        identity_id=document.identity_id,
        patient_id=document.patient_id,
        document=document,
        asked_by_id=by.user_id,
        asked_by=by.name[:200],
        organisation_id=by.organisation_id,
        asked_at=timezone.now(),
    )
    made.save(force_insert=True)
    say(made, "asked")


def replay_publication(*, publication: Publication) -> None:
    """Have a refused publication sent again, from what is true now.

    Raises:
        AccessRefusedError: who may not write documents in this record, or does not see this one.
        PublishingRefusedError: it is not refused, its document is no longer in force, or the identity is not
            qualified.
    """
    _demand(publication.document)
    with act():
        held = Publication.objects.select_for_update().get(pk=publication.pk)
        if held.state != State.REFUSED:
            raise PublishingRefusedError("waiting")
        if held.document.status != Document.Status.CURRENT:
            raise PublishingRefusedError("replaced")
        if not regional_identity(held.patient_id).ins:
            raise PublishingRefusedError("unqualified")
        settle(held, State.WAITING, attempts=0, next_try_at=None, code="", error="")
        say(held, "replayed")


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
    today = regional_identity(document.patient_id).ins
    meta = header.metadata(read(store.take(document.blob)))
    if not today or meta.patient.ins is None or meta.patient.ins.extension != today:
        raise PublishingRefusedError("unqualified")
    if not is_informed:
        raise PublishingRefusedError("informed")
    for fault in header_faults(meta, rules.kind_of(document.type_code, document.type_system)):
        raise PublishingRefusedError(fault.code, f"{fault.where} {fault.remedy} ({fault.code})")


# --- what every step writes -----------------------------------------------------------------------


def settle(one: Publication, state: str, **values: object) -> None:
    """Write the state of a publication, and the values that come with it."""
    one.state = state
    for name, value in values.items():
        setattr(one, name, value)
    one.save(update_fields=["state", *values])


def say(one: Publication, what: str) -> None:
    """Write what became of a publication in the journal, and tell it to open pages."""
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
