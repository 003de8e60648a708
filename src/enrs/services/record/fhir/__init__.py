"""Stays, documents and results as FHIR R4 (French Core identifiers)."""

import re
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from enrs.core.documents.models import Document
from enrs.core.fhir.commands import (
    HIDDEN_FROM_PATIENT,
    HIDDEN_FROM_PROXIES,
    MASKED_FROM_PROFESSIONALS,
    publish,
)
from enrs.core.fhir.rules.dates import instant
from enrs.services.record import rules
from enrs.services.record.models import Encounter, Observation, Report

SYSTEMS = {
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "LN": "http://loinc.org",
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
    "2.16.840.1.113883.5.25": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
}
INTERPRETATIONS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
CLASSES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"

OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
COMPARATORS = frozenset({"<", "<=", ">=", ">"})
"""Those of FHIR R4 `Quantity`; another is said in the text."""

Keys = list[tuple[str, str]]


def system_uri(code_system: str) -> str:
    """The FHIR address of a code system given as an OID, a URI or an HL7 v2 name."""
    if code_system in SYSTEMS:
        return SYSTEMS[code_system]
    if code_system[:1].isdigit():
        return f"urn:oid:{code_system}"
    return code_system if ":" in code_system else f"urn:local:{code_system}"


def unique_uri(unique_id: str) -> str:
    """A document's unique id as the URI that `urn:ietf:rfc:3986` wants (MHD: `urn:oid:…`)."""
    return f"urn:oid:{unique_id}" if OID.fullmatch(unique_id) else unique_id


def concept(code: str, system: str, display: str) -> dict[str, Any]:
    """A CodeableConcept; FHIR has no empty texts, so what is unknown is left out."""
    text = {"text": display} if display else {}
    shown = {"display": display} if display else {}
    if code:
        return {"coding": [{"system": system_uri(system), "code": code, **shown}], **text}
    return text or {"text": "Non précisé"}


def code_keys(name: str, code: str, system: str) -> Keys:
    """Search keys of a code, with and without its system."""
    return [(name, code), (name, f"{system_uri(system)}|{code}")] if code else []


def encounter_resource(row: Encounter) -> dict[str, Any]:
    """Encounter: status, class, period and current place."""
    code, display = rules.CLASSES.get(row.patient_class, rules.CLASSES["I"])
    period = {
        name: instant(moment)
        for name, moment in (("start", row.admitted_at), ("end", row.discharged_at))
        if moment
    }
    place = " · ".join(part for part in (row.unit, row.room, row.bed) if part)
    resource: dict[str, Any] = {
        "resourceType": "Encounter",
        "id": str(row.id),
        "identifier": [{"system": row.system, "value": row.number}],
        "status": row.status,
        "class": {"system": CLASSES, "code": code, "display": display},
        "subject": {"reference": f"Patient/{row.patient_id}"},
    }
    if period:
        resource["period"] = period
    if place:
        resource["location"] = [{"location": {"display": place}}]
    if row.organisation_name:
        resource["serviceProvider"] = {"display": row.organisation_name}
    if row.attending_name:
        resource["participant"] = [{"individual": {"display": row.attending_name}}]
    return resource


def publish_encounter(row: Encounter) -> None:
    """Publish a stay in its present state."""
    publish(
        encounter_resource(row),
        patient_id=row.patient_id,
        category="encounters",
        keys=encounter_keys(row),
        is_deleted=row.withdrawn_at is not None,
    )


def encounter_keys(row: Encounter) -> Keys:
    """Search keys of an Encounter."""
    keys = [
        ("identifier", row.number),
        ("identifier", f"{row.system}|{row.number}"),
        ("status", row.status),
        ("class", rules.CLASSES.get(row.patient_class, rules.CLASSES["I"])[0]),
    ]
    if row.admitted_at:
        keys.append(("date", instant(row.admitted_at)))
    return keys


def document_resource(row: Document) -> dict[str, Any]:
    """DocumentReference under MHD names; its content is the Binary of the same id."""
    statuses = {"current": "current", "superseded": "superseded", "withdrawn": "entered-in-error"}
    attachment = {
        "contentType": row.mime_type,
        "language": row.language,
        "url": f"Binary/{row.id}",
        "size": row.size,
        "hash": b64encode(bytes.fromhex(row.hash_sha1)).decode(),
        "title": row.title or row.type_display or "Document",
        "creation": instant(row.happened_at),
    }
    resource: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "id": str(row.id),
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": unique_uri(row.unique_id)},
        "status": statuses[row.status],
        "docStatus": "final",
        "type": concept(row.type_code, row.type_system, row.type_display),
        "subject": {"reference": f"Patient/{row.patient_id}"},
        "date": instant(row.happened_at),
        "description": row.title or row.type_display or "Document",
        "securityLabel": [
            concept(row.confidentiality, "2.16.840.1.113883.5.25", row.confidentiality)
        ],
        "content": [{"attachment": attachment}],
    }
    if row.author_name:
        author: dict[str, Any] = {"display": row.author_name}
        if row.author_idnat:
            author["identifier"] = {
                "system": "urn:oid:1.2.250.1.71.4.2.1",
                "value": row.author_idnat,
            }
        resource["author"] = [author]
    if row.custodian:
        resource["custodian"] = {"display": row.custodian}
    if row.replaces_id:
        target = {"reference": f"DocumentReference/{row.replaces_id}"}
        resource["relatesTo"] = [{"code": "replaces", "target": target}]
    return resource


def marks_of(row: Document | Report) -> int:
    """The confidentiality bits of a document, or of a report and its values."""
    return (
        MASKED_FROM_PROFESSIONALS * row.masked_from_professionals
        + HIDDEN_FROM_PATIENT * row.hidden_from_patient
        + HIDDEN_FROM_PROXIES * row.hidden_from_proxies
    )


def publish_document(row: Document) -> None:
    """Publish a document's reference in its present state."""
    publish(
        document_resource(row),
        patient_id=row.patient_id,
        category="documents",
        marks=marks_of(row),
        keys=document_keys(row),
    )


def document_keys(row: Document) -> Keys:
    """Search keys of a DocumentReference."""
    return [
        ("identifier", row.unique_id),
        ("identifier", unique_uri(row.unique_id)),
        ("identifier", f"urn:ietf:rfc:3986|{unique_uri(row.unique_id)}"),
        *code_keys("type", row.type_code, row.type_system),
        ("date", instant(row.happened_at)),
        ("status", document_resource(row)["status"]),
    ]


def observation_resource(row: Observation) -> dict[str, Any]:
    """Observation of a laboratory, with its unit, range and interpretation."""
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "id": str(row.id),
        "status": "entered-in-error" if row.withdrawn_at else row.status,
        "category": [concept("laboratory", CATEGORIES, "Laboratory")],
        "code": concept(row.code, row.code_system, row.display),
        "subject": {"reference": f"Patient/{row.patient_id}"},
        "effectiveDateTime": instant(row.observed_at),
    }
    if row.value is not None:
        resource["valueQuantity"] = _quantity(row.value, row.unit, row.comparator)
    elif row.text:
        resource["valueString"] = row.text
    if row.interpretation:
        resource["interpretation"] = [
            concept(row.interpretation, INTERPRETATIONS, row.interpretation)
        ]
    ranges = {
        name: _quantity(bound, row.unit)
        for name, bound in (("low", row.low), ("high", row.high))
        if bound is not None
    }
    if row.reference_text:
        ranges["text"] = row.reference_text  # type: ignore[assignment]
    if ranges:
        resource["referenceRange"] = [ranges]
    if row.comment:
        resource["note"] = [{"text": row.comment}]
    return resource


def _quantity(value: Any, unit: str, comparator: str = "") -> dict[str, Any]:
    quantity: dict[str, Any] = {"value": float(value)}
    if unit:
        quantity |= {"unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    if comparator in COMPARATORS:
        quantity["comparator"] = comparator
    return quantity


def observation_keys(row: Observation) -> Keys:
    """Search keys of an Observation."""
    return [
        *code_keys("code", row.code, row.code_system),
        ("category", "laboratory"),
        ("date", instant(row.observed_at)),
    ]


def report_resource(row: Report, observations: Sequence[Observation]) -> dict[str, Any]:
    """DiagnosticReport of a laboratory."""
    resource: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "id": str(row.id),
        "identifier": [{"system": f"urn:local:{row.source}", "value": row.number}],
        "status": "entered-in-error" if row.withdrawn_at else row.status,
        "category": [concept("LAB", "http://terminology.hl7.org/CodeSystem/v2-0074", "Laboratory")],
        "code": concept(row.code, row.code_system, row.display),
        "subject": {"reference": f"Patient/{row.patient_id}"},
        "issued": instant(row.issued_at),
    }
    results = [
        {"reference": f"Observation/{one.id}"} | ({"display": one.display} if one.display else {})
        for one in observations
    ]
    if results:
        resource["result"] = results
    performer = row.author_name or row.organisation
    if performer:
        resource["performer"] = [{"display": performer}]
    return resource


def report_keys(row: Report) -> Keys:
    """Search keys of a DiagnosticReport."""
    return [
        ("identifier", row.number),
        ("identifier", f"urn:local:{row.source}|{row.number}"),
        *code_keys("code", row.code, row.code_system),
        ("category", "LAB"),
        ("date", instant(row.issued_at)),
        ("status", "entered-in-error" if row.withdrawn_at else row.status),
    ]


def publish_report(row: Report, observations: Sequence[Observation]) -> None:
    """Publish a report and each of its observations."""
    publish(
        report_resource(row, observations),
        patient_id=row.patient_id,
        category="results",
        marks=marks_of(row),
        keys=report_keys(row),
    )
    for one in observations:
        publish(
            observation_resource(one),
            patient_id=one.patient_id,
            category="results",
            marks=marks_of(row),
            keys=observation_keys(one),
        )
