"""Making a document from the record: checked, written, filed as the next version of its kind."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.documents.models import Document
from enrs.core.effects import act
from enrs.core.subjects.models import Patient
from enrs.formats.cda.checks import Fault
from enrs.formats.cda.layouts import PRESCRIPTION
from enrs.referentials.identity.queries import latest_identity
from enrs.services.record.commands.documents import file_document, withdraw_document
from enrs.services.record.commands.marks import MaskRefusedError, withhold_document
from enrs.services.record.commands.publishing import follow_to_national
from enrs.services.record.queries.producing import About, Draft, draft, in_force, maker_refusal
from enrs.services.record.queries.producing_facts import Said
from enrs.services.record.queries.producing_header import answers_for
from enrs.services.record.rules import DocumentMeta
from enrs.services.record.rules import marks as mark_rules
from enrs.services.record.rules import producing as rules


class ProductionRefusedError(Exception):
    """The document cannot be made; `faults` say why and how to mend each."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(", ".join(one.code for one in faults))
        self.faults = faults


REASON: Final = Fault(
    "ANN-01", "Vous cachez ce document à la personne sans dire pourquoi.",
    "Dites pourquoi en quelques mots : vos collègues liront ce motif.", subject="form",
)  # fmt: skip


MASKED: Final = Fault(
    "ANN-02", "", "Produisez-le sans le cacher, ou demandez à la personne de ne plus masquer la version précédente.",
    subject="form",
)  # fmt: skip


WITHDRAWAL: Final = Fault(
    "RET-01", "Vous retirez ce document sans dire pourquoi.", "Dites pourquoi en quelques mots.", subject="form",
)  # fmt: skip
REPLACED: Final = Fault(
    "VER-01", "La lettre que vous remplacez n’est plus en vigueur.",
    "Rechargez la page : quelqu’un l’a remplacée ou retirée entre-temps.", subject="form",
)  # fmt: skip


def produce_document(
    *,
    patient_id: UUID,
    kind: str,
    said: Said,
    is_hidden: bool = False,
    reason: str = "",
    about_id: UUID | None = None,
    replaces_id: UUID | None = None,
) -> Document:
    """Make a document of a kind of `rules.KINDS` and file it; the former version is superseded by it.

    `said` is what the author writes, by the names of the kind's questions. With `is_hidden`, the person and their
    proxies do not see it before somebody says that the announcement was made; `reason` says why. `about_id` is the
    vaccination that a note tells of, `replaces_id` the letter in force that a new one replaces.

    Raises:
        AccessRefusedError: a role that does not make this kind, or who may not read or write what it needs; a
            prescription, which `sign_prescription` makes.
        ProductionRefusedError: something is missing or wrong; nothing is filed.
    """
    if kind == "prescription":
        raise AccessRefusedError("kind")
    about = About(row_id=about_id, replaces_id=replaces_id)
    return make(
        patient_id=patient_id, kind=kind, said=said, about=about, is_hidden=is_hidden, reason=reason
    )


def make(
    *,
    patient_id: UUID,
    kind: str,
    said: Said,
    about: About,
    is_hidden: bool = False,
    reason: str = "",
) -> Document:
    """As `produce_document`, of what `about` says."""
    if refused := maker_refusal(patient_id, kind, current_actor()):
        raise AccessRefusedError(refused)
    if is_hidden and not mark_rules.is_reason(reason):
        raise ProductionRefusedError([REASON])
    with act():
        # One version after another: two makers at once would both be the next one.
        list(Patient.objects.select_for_update().filter(pk=patient_id).values_list("pk"))
        if about.replaces_id is not None and not in_force(patient_id, kind, about):
            raise ProductionRefusedError([REPLACED])
        former = in_force(patient_id, kind, about) if rules.KINDS[kind].is_about else []
        made = draft(patient_id, kind, said, current_actor(), about)
        if made.stops:
            raise ProductionRefusedError(made.stops)
        document = file_document(
            identity_id=latest_identity(patient_id),
            patient_id=patient_id,
            content=made.content(),
            meta=_entry(made),
            source=rules.SOURCE,
        )
        note(
            "record.document.produced",
            patient_id=patient_id,
            object_kind="document",
            object_id=document.id,
            details={"kind": kind, "version": document.version_number},
        )
        if is_hidden and not document.hidden_from_patient:
            _withhold(document, reason)
        if rules.KINDS[kind].is_about:
            follow_to_national(document, former)
    return document


def withdraw_produced(*, document: Document, reason: str) -> None:
    """Withdraw a document that was made here, by its author or somebody of the place that answers for it.

    Raises:
        AccessRefusedError: who may not write documents in this record; another's; received from elsewhere; that of a
            prescription, which is cancelled instead.
        ProductionRefusedError: no reason is given.
    """
    by = current_actor()
    is_prescription = document.type_code == PRESCRIPTION.code
    if document.source != rules.SOURCE or is_prescription or not answers_for(document, by):
        raise AccessRefusedError("author")
    if not mark_rules.is_reason(reason):
        raise ProductionRefusedError([WITHDRAWAL])
    withdraw_document(document=document, reason=" ".join(reason.split()))


def _withhold(document: Document, reason: str) -> None:
    """Hide from the person what they may not know yet; not what they masked, for nobody would read it."""
    try:
        withhold_document(document=document, reason=reason)
    except MaskRefusedError as error:
        raise ProductionRefusedError([replace(MASKED, where=str(error))]) from error


def _entry(made: Draft) -> DocumentMeta:
    """The entry of the record, from the header."""
    meta = made.meta
    author = meta.authors[0]
    event = meta.service_events[0]
    values: dict[str, Any] = {
        "unique_id": str(meta.unique_id),
        "type_code": meta.type_code.code if meta.type_code else "",
        "type_system": meta.type_code.system if meta.type_code else "",
        "type_display": rules.KINDS[made.kind].label,
        "title": meta.title,
        "mime_type": "text/xml",
        "happened_at": meta.creation_time,
        "set_id": str(meta.set_id) if meta.set_id else "",
        "version_number": meta.version_number or 1,
        "replaces": made.superseded,
        "format_code": made.format_code,
        "confidentiality": meta.confidentiality.code if meta.confidentiality else "N",
        "service_start": _moment(event.start),
        "service_end": _moment(event.end),
        "author_name": author.name,
        "author_idnat": author.idnat,
        "author_profession": author.profession.label if author.profession else "",
        "author_organisation": author.organization.name if author.organization else "",
        "author_organisation_id": author.organization.idnat if author.organization else "",
        "custodian": meta.custodian.name if meta.custodian else "",
        "about_id": made.about_id,
    }
    return DocumentMeta(**values)


def _moment(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) else None
