"""What the record accepts by FHIR: documents, with the marks that hide them and what they replace."""

import binascii
import re
from base64 import b64decode
from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.access.queries import may
from enrs.core.access.rules import READ
from enrs.core.documents.models import Document
from enrs.core.fhir.rules.requests import read_uuid
from enrs.core.fhir.writing import Tree, WriteError, register_writer
from enrs.referentials.directory.fhir import IDNPS, RPPS
from enrs.referentials.directory.models import Practitioner
from enrs.referentials.identity.queries import latest_identity
from enrs.services.record import queries
from enrs.services.record.commands.documents import DocumentRefusedError, file_document
from enrs.services.record.fhir_writing import coded, moment_of, subject_of
from enrs.services.record.rules import DocumentMeta
from enrs.services.record.rules.entries import LOINC

MARK_CODES = {
    "MASQUE_PS": "masked_from_professionals",
    "INVISIBLE_PATIENT": "hidden_from_patient",
    "INVISIBLE_REPRESENTANTS_LEGAUX": "hidden_from_proxies",
    "INVISIBLE_REP_LEGAUX": "hidden_from_proxies",
}
"""Codes of visibility of the DMP (CI-SIS, confidentialityCode of a document) to the marks that they set."""
IDNAT, RPPS_NUMBER = re.compile(r"[0-9]{9,14}"), re.compile(r"[0-9]{11}")
LEVELS = "ULMNRV"
"""HL7 v3 Confidentiality, from the least to the most confidential."""


def _labels(resource: Tree) -> dict[str, Any]:
    """The marks and the level of every security label; nothing that would hide is left unread.

    Raises:
        WriteError: a code that is neither.
    """
    found: dict[str, Any] = {}
    level = ""
    for label in resource.get("securityLabel", ()):
        for code in [one.get("code", "") for one in label.get("coding", ())] or [""]:
            if code in MARK_CODES:
                found[MARK_CODES[code]] = True
            elif len(code) == 1 and code in LEVELS:
                level = max(level, code, key=LEVELS.find)
            else:
                raise WriteError(
                    "Ce code de confidentialité n'est pas connu ici.",
                    code="code-invalid",
                    path="DocumentReference.securityLabel",
                )
    return found | {"confidentiality": level or "N"}


def _replaced(resource: Tree, patient_id: UUID, source: str) -> tuple[str, ...]:
    """Unique ids of the documents that this one replaces: the sender's own, that the caller sees.

    Raises:
        WriteError: another one, or none.
    """
    role = may(READ, "documents", patient_id=patient_id).role
    numbers = []
    for relation in resource.get("relatesTo", ()):
        if relation["code"] != "replaces":
            continue
        found = _target(relation["target"], patient_id, role)
        if found is None or found.source != source or found.status == Document.Status.WITHDRAWN:
            raise WriteError(
                "Le document remplacé n'est pas de ceux que vous avez déposés et voyez.",
                path="DocumentReference.relatesTo",
            )
        numbers.append(found.unique_id)
    return tuple(numbers)


def _target(target: Tree, patient_id: UUID, role: str) -> Document | None:
    kind, _, identifier = target.get("reference", "").rpartition("/")
    known = read_uuid(identifier) if kind == "DocumentReference" else None
    return queries.document(patient_id, UUID(known), role=role) if known else None


def _read(resource: Tree) -> tuple[str, Tree, bytes]:
    """The unique number, the attachment and its content.

    Raises:
        WriteError: one of them is missing or cannot be read, or the document is not in force.
    """
    attachment = resource["content"][0]["attachment"]
    path = "DocumentReference.content[0].attachment"
    if len(resource["content"]) != 1 or "data" not in attachment:
        raise WriteError(
            "Un contenu, dans « attachment.data », est attendu.", code="required", path=path
        )
    number = resource.get("masterIdentifier", {}).get("value", "")
    if not number:
        raise WriteError(
            "Un numéro unique est attendu.",
            code="required",
            path="DocumentReference.masterIdentifier",
        )
    if resource["status"] != "current":
        raise WriteError("Un document déposé est en vigueur.", path="DocumentReference.status")
    try:
        content = b64decode(attachment["data"], validate=False)
    except binascii.Error as error:
        raise WriteError(
            "Le contenu n'est pas du base 64.", code="value", path=f"{path}.data"
        ) from error
    return number, attachment, content


def _author(resource: Tree, actor: Actor) -> tuple[str, str]:
    """The name and the number of who wrote the document: the first author with one, else the account that files it.

    An author who is named without a number is no account: nobody reads the document past its marks for them.
    """
    authors = resource.get("author", ())
    for one in authors:
        if idnat := _number(one):
            known = Practitioner.objects.filter(idnat=idnat).first()
            name = known.display if known else one.get("display", "") or idnat
            return name[:200], idnat
    if authors:
        return (authors[0].get("display", "") or actor.name)[:200], ""
    return actor.name[:200], _idnat_of(actor.grantee_id)


def _number(author: Tree) -> str:
    """The IdNat_PS of an author, by their identifier (IdNat_PS or RPPS) or as a Practitioner of the directory."""
    named = author.get("identifier", {})
    system, value = named.get("system", ""), named.get("value", "").strip()
    if system == IDNPS and IDNAT.fullmatch(value):
        return str(value)
    if system == RPPS and RPPS_NUMBER.fullmatch(value):
        return f"8{value}"
    kind, _, identifier = author.get("reference", "").rpartition("/")
    return _idnat_of(UUID(identifier)) if kind == "Practitioner" and read_uuid(identifier) else ""


def _idnat_of(practitioner_id: UUID | None) -> str:
    """The national number of a professional; empty for whoever has none."""
    if practitioner_id is None:
        return ""
    rows = Practitioner.objects.filter(pk=practitioner_id).values_list("idnat", flat=True)
    return rows.first() or ""


def create_document(resource: Tree, actor: Actor) -> UUID:
    """File a document that holds its content (`attachment.data`); known again by its master identifier."""
    number, attachment, content = _read(resource)
    patient_id = subject_of(resource)
    source = f"fhir:{actor.organisation_id or actor.user_id}"
    kind = coded(resource.get("type", {}))
    title = attachment.get("title") or resource.get("description") or kind["display"] or "Document"
    author_name, author_idnat = _author(resource, actor)
    meta = DocumentMeta(
        unique_id=number.removeprefix("urn:oid:")[:200],
        type_code=kind["code"][:40],
        type_system=kind["code_system"][:100] or LOINC,
        type_display=kind["display"][:200],
        title=title,
        mime_type=attachment["contentType"][:100],
        happened_at=moment_of(resource.get("date") or attachment.get("creation", "")),
        **_labels(resource),
        replaces=_replaced(resource, patient_id, source),
        author_name=author_name,
        author_idnat=author_idnat,
        author_organisation=actor.organisation_name[:200],
    )
    row = file_document(
        identity_id=latest_identity(patient_id),
        patient_id=patient_id,
        content=content,
        meta=meta,
        source=source,
    )
    return row.id


def register() -> None:
    """Register the writer; called when the application loads."""
    register_writer(
        "DocumentReference",
        category="documents",
        create=create_document,
        refusals=(DocumentRefusedError,),
    )
