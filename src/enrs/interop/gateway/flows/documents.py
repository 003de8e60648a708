"""Documents inside messages: CDA to metadata and values, replacements, suppressions."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from enrs.core.documents.models import Document
from enrs.formats.cda import header, laboratory
from enrs.formats.cda.model import Metadata, Party
from enrs.formats.cda.reader import CdaDocument, read
from enrs.formats.hl7v2 import EmbeddedDocument, Flags, IdentityTraits
from enrs.formats.hl7v2.datatypes import Coded
from enrs.interop.gateway.failures import MessageRefusedError
from enrs.interop.gateway.flows.people import Sending
from enrs.interop.gateway.flows.values import LOINC, SYSTEMS, aware, marks_of, new_value
from enrs.interop.gateway.models import FiledDocument
from enrs.services.record.commands import file_document, file_results, withdraw_document
from enrs.services.record.rules import DocumentMeta, NewReport

WITHDRAWN_BY_SENDER = "Retiré par l'émetteur"


@dataclass(frozen=True, slots=True)
class Filing:
    """Under whom documents are filed, and who sends them."""

    identity_id: UUID
    patient_id: UUID
    partner: Sending


@dataclass(frozen=True, slots=True)
class Letter:
    """A document as its message announces it.

    `number` is the order's own number and `rank` the document's place in it; `unique_id` and
    `parent_id` are those of TXA. `has_values` says that the message gives the values apart.
    """

    number: str
    rank: int
    document: EmbeddedDocument
    patient: IdentityTraits
    flags: Flags
    sent_at: datetime | None
    code: Coded
    author: str = ""
    organisation: str = ""
    unique_id: str = ""
    parent_id: str = ""
    has_values: bool = False


def apply_documents(filing: Filing, letters: Sequence[Letter], effects: dict[str, Any]) -> None:
    """File, replace or withdraw the documents of one order, in their order.

    A replacement points at what stood at the same rank of the same order; else at what the document
    itself names (TXA-13, relatedDocument, setId).
    """
    opened = [(letter, _open(letter)) for letter in letters]
    sets = Counter(meta.set_id for _, (_, meta) in opened if meta and meta.set_id)
    for letter, (cda, meta) in opened:
        previous = _previous(filing, letter)
        entry = (
            _cda_meta(
                letter,
                meta,
                filing,
                previous,
                is_set_shared=meta.set_id is not None and sets[meta.set_id] > 1,
            )
            if meta is not None
            else _plain_meta(letter, filing, previous)
        )
        entry = _marked(entry, letter.flags)
        if letter.document.action == "cancel":
            _withdraw(filing, letter, entry, previous, effects)
        else:
            _file(filing, letter, entry, effects)
        if cda is not None and not letter.has_values:
            _file_values(filing, letter, entry, cda, effects)


def _open(letter: Letter) -> tuple[CdaDocument | None, Metadata | None]:
    """Read a CDA and make sure that it is about the message's patient."""
    if letter.document.kind != "CDA":
        return None, None
    cda = read(letter.document.content)
    meta = header.metadata(cda)
    if not is_same_person(letter.patient, meta):
        raise MessageRefusedError(
            "OBX-5", "Le document concerne une autre personne que le message (PID)."
        )
    return cda, meta


def is_same_person(patient: IdentityTraits, meta: Metadata) -> bool:
    """Whether recordTarget and PID name one person: by INS when both have one, else by name and birth."""
    theirs = meta.patient
    if patient.ins and theirs.ins is not None and theirs.ins.extension:
        return patient.ins == theirs.ins.extension.replace(" ", "")
    names = {_plain(name) for name in (patient.birth_name, patient.used_name) if name}
    others = {_plain(name) for name in (theirs.birth_name, theirs.used_name) if name}
    if names and others and not names & others:
        return False
    dates = sorted((patient.birth_date, theirs.birth_date), key=len)
    return not dates[0] or dates[1].startswith(dates[0])


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).upper()
    return "".join(letter for letter in letters if letter.isalpha() and letter.isascii())


def _previous(filing: Filing, letter: Letter) -> str:
    """Unique id of what this partner last filed at the same rank of the same order."""
    rows = FiledDocument.objects.filter(
        sender=filing.partner.sender, number=letter.number, rank=letter.rank
    )
    return rows.values_list("unique_id", flat=True).first() or ""


def _marked(entry: DocumentMeta, flags: Flags) -> DocumentMeta:
    """The entry with the confidentiality marks of the message."""
    return replace(entry, **marks_of(flags))


def _cda_meta(
    letter: Letter, meta: Metadata, filing: Filing, previous: str, *, is_set_shared: bool
) -> DocumentMeta:
    """XDS metadata from the CDA header.

    Published replacements carry two documents under one setId: a set that two documents of one
    order share is told apart by rank, or the second would supersede the first.
    """
    partner = filing.partner
    unique_id = str(meta.unique_id) or letter.unique_id
    set_id = str(meta.set_id) if meta.set_id else ""
    declared = [str(one) for one in meta.replaces] + (
        [letter.parent_id] if letter.parent_id else []
    )
    replaces = (
        [previous] if previous and previous != unique_id else declared if not previous else []
    )
    author = meta.authors[0] if meta.authors else Party()
    act = meta.service_events[0] if meta.service_events else None
    happened_at = aware(meta.creation_time, partner) or letter.sent_at
    kind = meta.type_code
    return DocumentMeta(
        unique_id=unique_id[:200],
        type_code=(kind.code if kind else letter.code.code)[:40],
        type_system=(kind.system if kind and kind.system else LOINC)[:100],
        type_display=(kind.label if kind else letter.code.text or letter.code.code)[:200],
        title=(meta.title or (kind.label if kind else "") or "Document")[:300],
        mime_type="text/xml",
        happened_at=_needed(happened_at),
        set_id=(f"{set_id}#{letter.rank}" if is_set_shared else set_id)[:200],
        version_number=meta.version_number or 1,
        replaces=tuple(replaces),
        format_code=meta.format_code[:100],
        language=meta.language[:10] or "fr-FR",
        confidentiality=(meta.confidentiality.code if meta.confidentiality else "N")[:2] or "N",
        service_start=aware(act.start, partner) if act else None,
        service_end=aware(act.end, partner) if act else None,
        author_name=(author.name or letter.author)[:200],
        author_idnat=author.idnat[:40],
        author_profession=(author.profession.label if author.profession else "")[:200],
        author_organisation=(
            (author.organization.name if author.organization else "") or letter.organisation
        )[:200],
        author_organisation_id=(author.organization.idnat if author.organization else "")[:40],
        custodian=(meta.custodian.name if meta.custodian else "")[:200],
    )


def _plain_meta(letter: Letter, filing: Filing, previous: str) -> DocumentMeta:
    """Metadata of a file that says nothing of itself: from the message around it."""
    digest = hashlib.sha256(letter.document.content).hexdigest()[:16]
    unique_id = letter.unique_id or f"{letter.number}/{letter.rank}/{digest}"
    replaces = [one for one in (previous, letter.parent_id) if one and one != unique_id]
    return DocumentMeta(
        unique_id=unique_id[:200],
        type_code=(letter.code.code or "34133-9")[:40],
        type_system=SYSTEMS.get(letter.code.system, letter.code.system)[:100],
        type_display=(letter.code.text or "Document")[:200],
        title=(letter.code.text or "Document")[:300],
        mime_type=letter.document.mime_type,
        happened_at=_needed(letter.sent_at),
        replaces=tuple(replaces),
        author_name=letter.author[:200],
        author_organisation=(letter.organisation or filing.partner.name)[:200],
    )


def _needed(moment: datetime | None) -> datetime:
    if moment is None:
        raise MessageRefusedError(
            "MSH-7", "Ni le message ni le document ne disent de quand ils datent."
        )
    return moment


def _file(filing: Filing, letter: Letter, entry: DocumentMeta, effects: dict[str, Any]) -> None:
    document = file_document(
        identity_id=filing.identity_id,
        patient_id=filing.patient_id,
        content=letter.document.content,
        meta=entry,
        source=filing.partner.sender,
        may_loosen=letter.flags.modif_conf_code,
    )
    FiledDocument.objects.bulk_create(
        [
            FiledDocument(
                sender=filing.partner.sender,
                number=letter.number,
                rank=letter.rank,
                unique_id=entry.unique_id,
            )
        ],
        update_conflicts=True,
        unique_fields=["sender", "number", "rank"],
        update_fields=["unique_id"],
    )
    effects.setdefault("documents", []).append(str(document.id))
    done = "remplacé" if entry.replaces else "classé"
    effects["words"].append(f"Document {done} : {entry.title}")


def _withdraw(
    filing: Filing, letter: Letter, entry: DocumentMeta, previous: str, effects: dict[str, Any]
) -> None:
    """Withdraw the document that the message names: by its unique id, its parent's, or its rank."""
    mine = Document.objects.filter(patient_id=filing.patient_id, source=filing.partner.sender)
    for unique_id in (entry.unique_id, letter.parent_id, previous):
        found = list(mine.filter(unique_id=unique_id).order_by("id")) if unique_id else []
        if found:
            break
    else:
        raise MessageRefusedError("OBX-5", "Le document à retirer n'est pas dans le dossier.")
    for document in found:
        withdraw_document(document=document, reason=WITHDRAWN_BY_SENDER)
    effects.setdefault("withdrawn", []).extend(str(document.id) for document in found)
    effects["words"].append(f"Document retiré : {entry.title}")


def _file_values(
    filing: Filing, letter: Letter, entry: DocumentMeta, cda: CdaDocument, effects: dict[str, Any]
) -> None:
    """File the laboratory values of a structured CDA; those of a withdrawn one are withdrawn.

    They bear the marks of the message, as the document does.
    """
    lines = laboratory.observations(cda)
    if not lines:
        return
    report = NewReport(
        number=f"{letter.number}#{letter.rank}"[:200],
        code=entry.type_code,
        code_system=entry.type_system,
        display=entry.title,
        issued_at=entry.happened_at,
        observations=tuple(new_value(line, entry.happened_at, filing.partner) for line in lines),
        author_name=entry.author_name,
        organisation=entry.author_organisation,
        document_unique_id=entry.unique_id,
        is_withdrawn=letter.document.action == "cancel",
        **marks_of(letter.flags),
    )
    filed = file_results(
        identity_id=filing.identity_id,
        patient_id=filing.patient_id,
        report=report,
        source=filing.partner.sender,
        may_loosen=letter.flags.modif_conf_code,
    )
    if filed is not None:
        effects.setdefault("reports", []).append(str(filed.id))
    count = len(lines)
    effects["words"].append(
        "Résultats du document retirés"
        if report.is_withdrawn
        else f"{count} résultat{'s' if count > 1 else ''} extrait{'s' if count > 1 else ''} du document"
    )
