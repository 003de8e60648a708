"""Writes what a document repository is handed: a submission set, its document entry and the document, as the
transaction Bundle of IHE MHD (ITI-65, Comprehensive Metadata; French profile PDSm).

XDS names: `type` is typeCode, `category` classCode, `content.format` formatCode, `context` the event, the period, the
facility and the practice setting; `securityLabel` the confidentiality and the French codes of visibility.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from enrs.formats.cda.model import (
    ID_NAT_PS,
    ID_NAT_STRUCT,
    INS_OIDS,
    LOINC,
    Code,
    Identifier,
    Metadata,
    Organization,
    Party,
    Patient,
)

Tree = dict[str, Any]

MHD: Final = "https://profiles.ihe.net/ITI/MHD"
VISIBILITY: Final = "1.2.250.1.213.1.1.4.13"
"""Code system of the French codes of visibility (MASQUE_PS, INVISIBLE_PATIENT…)."""
VISIBILITIES: Final = {
    "MASQUE_PS": "Masqué aux professionnels de santé",
    "INVISIBLE_PATIENT": "Non visible par le patient",
    "INVISIBLE_REPRESENTANTS_LEGAUX": "Non visible par les représentants légaux du patient",
}
CLASSES: Final = "1.2.250.1.213.1.1.4.1"
"""TRE_A03-ClasseDocument."""
SYSTEMS: Final = {LOINC: "http://loinc.org", "2.16.840.1.113883.6.96": "http://snomed.info/sct"}
IHE_FORMATS: Final = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode"
FORMATS: Final = "urn:oid:1.2.250.1.213.1.1.4.2.282"
"""TRE_A06-FormatCodeComplementaire: the formats that the CI-SIS names (`urn:asip:…`, `urn:ans:…`)."""
SEXES: Final = {"M": "male", "F": "female"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A document to hand over: its header, its bytes, and what its header does not say.

    `visibility` are codes of `VISIBILITIES`; `contents` the kind of the submission (contentTypeCode).
    """

    meta: Metadata
    content: bytes
    format_code: str
    class_code: Code
    contents: Code
    visibility: tuple[str, ...] = ()
    mime: str = "text/xml"


def provide_bundle(entry: Entry, *, source_id: str, submission_id: UUID, at: datetime) -> Tree:
    """The Bundle of ITI-65: List, DocumentReference, Binary.

    `source_id` is the OID of this installation. The same submission gives the same identifiers.
    """
    document = f"urn:uuid:{uuid5(submission_id, 'document')}"
    binary = f"urn:uuid:{uuid5(submission_id, 'binary')}"
    parts = (
        ("List", f"urn:uuid:{submission_id}", _submission(entry, source_id, submission_id, at, document)),
        ("DocumentReference", document, _reference(entry, document, binary)),
        ("Binary", binary, {
            "resourceType": "Binary", "contentType": entry.mime, "data": b64encode(entry.content).decode(),
        }),
    )  # fmt: skip
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{MHD}/StructureDefinition/IHE.MHD.Comprehensive.ProvideBundle"]},
        "type": "transaction",
        "entry": [
            {"fullUrl": url, "resource": tree, "request": {"method": "POST", "url": kind}}
            for kind, url, tree in parts
        ],
    }


def labels(meta: Metadata, visibility: Sequence[str]) -> list[Tree]:
    """The `securityLabel` of an entry: its confidentiality, then the codes of visibility."""
    found = [concept(meta.confidentiality or Code("N", "2.16.840.1.113883.5.25", "Normal"))]
    return found + [concept(Code(one, VISIBILITY, VISIBILITIES[one])) for one in visibility]


def concept(code: Code) -> Tree:
    """A CodeableConcept."""
    coding = {"system": SYSTEMS.get(code.system, f"urn:oid:{code.system}"), "code": code.code}
    return {"coding": [coding | ({"display": code.display} if code.display else {})]}


def document_number(meta: Metadata) -> Tree:
    """The `masterIdentifier` of a document: its unique id, an OID."""
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{meta.unique_id}"}


def _submission(
    entry: Entry, source_id: str, submission_id: UUID, at: datetime, document: str
) -> Tree:
    patient = entry.meta.patient
    return {
        "resourceType": "List",
        "meta": {"profile": [f"{MHD}/StructureDefinition/IHE.MHD.Comprehensive.SubmissionSet"]},
        "contained": [_patient(patient), *_authors(entry.meta.authors)],
        "extension": [
            {
                "url": f"{MHD}/StructureDefinition/ihe-designationType",
                "valueCodeableConcept": concept(entry.contents),
            },
            {
                "url": f"{MHD}/StructureDefinition/ihe-sourceId",
                "valueIdentifier": {"value": f"urn:oid:{source_id}"},
            },
        ],
        "identifier": [
            {"use": "official", "system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{submission_id}"},
            {"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:2.25.{submission_id.int}"},
        ],
        "status": "current",
        "mode": "working",
        "title": entry.meta.title,
        "code": {"coding": [{"system": f"{MHD}/CodeSystem/MHDlistTypes", "code": "submissionset"}]},
        "subject": {"reference": "#patient"},
        "date": at.isoformat(timespec="seconds"),
        "source": {"reference": "#author-0"},
        "entry": [{"item": {"reference": document}}],
    }  # fmt: skip


def _reference(entry: Entry, document: str, binary: str) -> Tree:
    meta = entry.meta
    attachment = {
        "contentType": entry.mime,
        "language": meta.language,
        "url": binary,
        "size": len(entry.content),
        "hash": b64encode(hashlib.sha1(entry.content, usedforsecurity=False).digest()).decode(),
        "title": meta.title,
        "creation": _moment(meta.creation_time),
    }
    tree: Tree = {
        "resourceType": "DocumentReference",
        "meta": {"profile": [f"{MHD}/StructureDefinition/IHE.MHD.Comprehensive.DocumentReference"]},
        "contained": [
            _patient(meta.patient),
            *_authors(meta.authors),
            *_keeper(meta.custodian),
        ],
        "masterIdentifier": document_number(meta),
        "identifier": [{"use": "official", "system": "urn:ietf:rfc:3986", "value": document}],
        "status": "current",
        "docStatus": "final",
        "type": concept(meta.type_code or Code()),
        "category": [concept(entry.class_code)],
        "subject": {"reference": "#patient"},
        "date": _moment(meta.creation_time),
        "author": [{"reference": f"#author-{rank}"} for rank, _ in enumerate(meta.authors)],
        "authenticator": {"reference": "#author-0"},
        "custodian": {"reference": "#custodian"},
        "description": meta.title,
        "securityLabel": labels(meta, entry.visibility),
        "content": [
            {
                "attachment": attachment,
                "format": {"system": _format_system(entry.format_code), "code": entry.format_code},
            }
        ],
        "context": _context(meta),
    }  # fmt: skip
    if meta.replaces:
        tree["relatesTo"] = [
            {
                "code": "replaces",
                "target": {
                    "type": "DocumentReference",
                    "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{one}"},
                },
            }
            for one in meta.replaces
        ]
    return tree


def _format_system(code: str) -> str:
    return IHE_FORMATS if code.startswith("urn:ihe:") else FORMATS


def _context(meta: Metadata) -> Tree:
    tree: Tree = {"sourcePatientInfo": {"reference": "#patient"}}
    if meta.service_events:
        event = meta.service_events[0]
        if event.code:
            tree["event"] = [concept(event.code)]
        period = {
            name: _moment(moment)
            for name, moment in (("start", event.start), ("end", event.end))
            if moment
        }
        if period:
            tree["period"] = period
    if meta.facility_type:
        tree["facilityType"] = concept(meta.facility_type)
    if meta.practice_setting:
        tree["practiceSetting"] = concept(meta.practice_setting)
    return tree


def _patient(patient: Patient) -> Tree:
    numbers = ([patient.ins] if patient.ins else []) + list(patient.identifiers)
    return {
        "resourceType": "Patient",
        "id": "patient",
        "identifier": [
            {
                "use": "official" if one.root in INS_OIDS else "secondary",
                "system": f"urn:oid:{one.root}",
                "value": one.extension,
            }
            for one in numbers
        ],
        "name": [
            {"use": "official", "family": patient.birth_name, "given": [patient.first_given_name]}
        ],
        "gender": SEXES.get(patient.sex, "unknown"),
        "birthDate": patient.birth_date,
    }


def _authors(authors: Sequence[Party]) -> Iterator[Tree]:
    for rank, author in enumerate(authors):
        yield {
            "resourceType": "Practitioner",
            "id": f"doctor-{rank}",
            "identifier": [{"system": f"urn:oid:{ID_NAT_PS}", "value": author.idnat}],
            "name": [{"family": author.family, "given": [author.given], "text": author.name}],
        }
        if author.organization:
            yield _organization(author.organization, f"place-{rank}")
        tree: Tree = {
            "resourceType": "PractitionerRole",
            "id": f"author-{rank}",
            "practitioner": {"reference": f"#doctor-{rank}"},
        }
        if author.organization:
            tree["organization"] = {"reference": f"#place-{rank}"}
        if author.profession:
            tree["specialty"] = [concept(author.profession)]
        yield tree


def _keeper(place: Organization | None) -> Iterator[Tree]:
    yield _organization(place or Organization(), "custodian")


def _organization(place: Organization, key: str) -> Tree:
    return {
        "resourceType": "Organization",
        "id": key,
        "identifier": [{"system": f"urn:oid:{ID_NAT_STRUCT}", "value": place.idnat}],
        "name": place.name,
    }


def _moment(moment: datetime | str | None) -> str:
    return moment.isoformat(timespec="seconds") if isinstance(moment, datetime) else moment or ""


def submission_of(document_id: UUID) -> UUID:
    """The identifier of a document's submission: always the same, so that a lost answer is known again."""
    return uuid5(NAMESPACE_OID, f"submission:{document_id}")


def replacing(meta: Metadata, unique_id: str) -> Metadata:
    """The same header, replacing the document of this unique id; none when it is empty."""
    root, _, extension = unique_id.partition("^")
    return replace(meta, replaces=(Identifier(root, extension),) if root else ())
