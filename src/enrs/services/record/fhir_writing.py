"""What the record accepts by FHIR: lines of the summary, measures and documents, by the commands of its pages."""

import binascii
from base64 import b64decode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.fhir.writing import Tree, WriteError, patient_of, register_writer
from enrs.referentials.identity.queries import latest_identity
from enrs.services.record.commands.documents import DocumentRefusedError, file_document
from enrs.services.record.commands.entries import amend_entry, record_entry, withdraw_entry
from enrs.services.record.commands.measures import record_measures
from enrs.services.record.fhir import SYSTEMS
from enrs.services.record.models import (
    Allergy,
    Entry,
    Measure,
    Problem,
    Treatment,
    Vaccination,
)
from enrs.services.record.rules import DocumentMeta
from enrs.services.record.rules import entries as rules

Values = dict[str, Any]
OIDS = {uri: oid for oid, uri in SYSTEMS.items() if oid[0].isdigit()}
BY_CODE = {measure.code: kind for kind, measure in rules.MEASURES.items()}

WORDS = {
    "missing": "est obligatoire",
    "length": "est trop long",
    "choice": "n'est pas une valeur prévue",
    "date": "n'est pas une date",
    "future": "est dans le futur",
    "order": "précède le début",
    "range": "est hors de ce qui peut être",
    "number": "n'est pas un nombre",
    "second": "n'est pas attendu",
    "nul": "contient un caractère interdit",
}
"""Why a value of an entry is refused, for the codes of `rules.EntryRefusedError`."""


def moment_of(text: str) -> datetime:
    """A FHIR dateTime as an aware moment; a date alone is its midnight, UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise WriteError("Un moment complet est attendu.", code="value") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _coded(concept: Tree) -> Values:
    """Code, system (as an OID where we know one) and words of a CodeableConcept."""
    coding: Tree = next(iter(concept.get("coding", ())), {})
    system = coding.get("system", "")
    return {
        "code": coding.get("code", ""),
        "code_system": OIDS.get(system, system.removeprefix("urn:oid:")),
        "display": concept.get("text") or coding.get("display") or coding.get("code", ""),
    }


def _first_code(concepts: Any) -> str:
    concept: Tree = (concepts[0] if isinstance(concepts, list) else concepts) or {}
    coding: Tree = next(iter(concept.get("coding", ())), {})
    return str(coding.get("code", ""))


def _comment(resource: Tree) -> str:
    return "\n".join(one["text"] for one in resource.get("note", ()))


def _status(resource: Tree) -> str:
    code = _first_code(resource.get("clinicalStatus"))
    return "active" if code in ("", "active", "recurrence", "relapse") else "resolved"


def _problem(resource: Tree) -> Values:
    return _coded(resource.get("code", {})) | {
        "status": _status(resource),
        "began_on": resource.get("onsetDateTime", "")[:10],
        "ended_on": resource.get("abatementDateTime", "")[:10],
    }


def _allergy(resource: Tree) -> Values:
    reactions = [one["manifestation"][0] for one in resource.get("reaction", ())]
    return _coded(resource.get("code", {})) | {
        "status": _status(resource),
        "kind": next(iter(resource.get("category", ())), ""),
        "criticality": resource.get("criticality", "unable-to-assess"),
        "reaction": ", ".join(_coded(one)["display"] for one in reactions),
        "began_on": resource.get("onsetDateTime", "")[:10],
    }


def _treatment(resource: Tree) -> Values:
    if "medicationCodeableConcept" not in resource:
        raise WriteError(
            "Le médicament est attendu comme code ou texte.",
            path="MedicationStatement.medicationReference",
        )
    period = resource.get("effectivePeriod", {"start": resource.get("effectiveDateTime", "")})
    return _coded(resource["medicationCodeableConcept"]) | {
        "status": "active" if resource["status"] in ("active", "intended") else "stopped",
        "dosage": " ; ".join(one["text"] for one in resource.get("dosage", ()) if "text" in one),
        "began_on": period.get("start", "")[:10],
        "ended_on": period.get("end", "")[:10],
    }


def _vaccination(resource: Tree) -> Values:
    if resource["status"] != "completed":
        raise WriteError("Seule une vaccination faite est notée.", path="Immunization.status")
    doses = [
        one.get("doseNumberString") or one.get("doseNumberPositiveInt")
        for one in resource.get("protocolApplied", ())
    ]
    return _coded(resource["vaccineCode"]) | {
        "given_on": resource.get("occurrenceDateTime", "")[:10],
        "lot": resource.get("lotNumber", ""),
        "dose": str(doses[0]) if doses and doses[0] else "",
    }


def _measure(resource: Tree) -> Values:
    """A measure by its LOINC code; a pressure in two components."""
    codings = resource["code"].get("coding", ())
    kind = next((BY_CODE[one["code"]] for one in codings if one.get("code") in BY_CODE), None)
    if kind is None:
        raise WriteError(
            "Cette mesure n'est pas reçue ici : les résultats d'examens viennent par leur compte rendu.",
            code="not-supported",
            path="Observation.code",
        )
    if resource["status"] not in ("final", "amended", "corrected"):
        raise WriteError("Seule une mesure faite est notée.", path="Observation.status")
    if "effectiveDateTime" not in resource:
        raise WriteError(
            "Le moment est attendu.", code="required", path="Observation.effectiveDateTime"
        )
    found = {
        _first_code(one["code"]): one.get("valueQuantity", {})
        for one in resource.get("component", ())
    }
    first = (
        found.get(rules.SYSTOLIC, {}) if kind == "pressure" else resource.get("valueQuantity", {})
    )
    second = found.get(rules.DIASTOLIC, {}) if kind == "pressure" else {}
    for quantity in (one for one in (first, second) if one):
        if quantity.get("code", quantity.get("unit")) != rules.MEASURES[kind].unit:
            unit = rules.MEASURES[kind].unit
            raise WriteError(
                f"L'unité attendue est {unit}.", code="value", path="Observation.valueQuantity"
            )
    return {
        "kind": kind,
        "value": _number(first),
        "second": _number(second),
        "measured_at": moment_of(resource["effectiveDateTime"]),
    }


def _number(quantity: Tree) -> Decimal | None:
    return Decimal(str(quantity["value"])) if "value" in quantity else None


SUMMARY: dict[str, tuple[type[Entry], str, Callable[[Tree], Values]]] = {
    "Condition": (Problem, "problem", _problem),
    "AllergyIntolerance": (Allergy, "allergy", _allergy),
    "MedicationStatement": (Treatment, "treatment", _treatment),
    "Immunization": (Vaccination, "vaccination", _vaccination),
    "Observation": (Measure, "measure", _measure),
}
"""The row, its kind and the reading of each type that the summary accepts."""


def _values(resource: Tree) -> Values:
    _, _, read = SUMMARY[resource["resourceType"]]
    return read(resource) | {"comment": _comment(resource)}


def _subject(resource: Tree) -> UUID:
    patient_id = patient_of(resource)
    if patient_id is None:
        raise WriteError("Le patient manque.", code="required")
    return patient_id


def _told(error: rules.EntryRefusedError) -> WriteError:
    return WriteError(f"« {error.field} » {WORDS.get(error.code, error.code)}.", code="value")


def create_entry(resource: Tree, actor: Actor) -> UUID:
    """A line of the summary, by the command of the pages."""
    kind = SUMMARY[resource["resourceType"]][1]
    try:
        row = record_entry(kind=kind, patient_id=_subject(resource), values=_values(resource))
    except rules.EntryRefusedError as error:
        raise _told(error) from error
    return row.id


def create_measures(resources: Sequence[Tree], actor: Actor) -> list[UUID]:
    """Measures of a bundle, in one statement."""
    try:
        rows = record_measures([(_subject(one), _values(one)) for one in resources])
    except rules.EntryRefusedError as error:
        raise _told(error) from error
    return [row.id for row in rows]


def create_measure(resource: Tree, actor: Actor) -> UUID:
    """One measure."""
    return create_measures([resource], actor)[0]


def update_entry(resource: Tree, actor: Actor) -> None:
    """Amend the line; what a reading of ours does not name keeps its present value."""
    row = _row(resource["resourceType"], UUID(resource["id"]))
    try:
        amend_entry(entry=row, values=_values(resource), expected_version=row.version)
    except rules.EntryRefusedError as error:
        raise _told(error) from error


def _row(kind: str, identifier: UUID) -> Entry:
    model = SUMMARY[kind][0]
    row = model._default_manager.filter(id=identifier, withdrawn_at=None).first()
    if row is None:
        message = "Ce qu'un laboratoire ou un établissement a envoyé ne se change que par lui."
        raise WriteError(message, status=403, code="forbidden")
    return row


def _withdrawal(kind: str) -> Callable[[UUID, Actor], None]:
    def withdraw(identifier: UUID, actor: Actor) -> None:
        withdraw_entry(entry=_row(kind, identifier), reason="Retiré par une application")

    return withdraw


def create_document(resource: Tree, actor: Actor) -> UUID:
    """File a document that holds its content (`attachment.data`); known again by its master identifier."""
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
    kind = _coded(resource.get("type", {}))
    title = attachment.get("title") or resource.get("description") or kind["display"] or "Document"
    meta = DocumentMeta(
        unique_id=number.removeprefix("urn:oid:")[:200],
        type_code=kind["code"][:40],
        type_system=kind["code_system"][:100] or rules.LOINC,
        type_display=kind["display"][:200],
        title=title,
        mime_type=attachment["contentType"][:100],
        happened_at=moment_of(resource.get("date") or attachment.get("creation", "")),
        confidentiality=_first_code(resource.get("securityLabel"))[:2] or "N",
        author_name=actor.name,
        author_organisation=actor.organisation_name[:200],
    )
    source = f"fhir:{actor.organisation_id or actor.user_id}"
    patient_id = _subject(resource)
    row = file_document(
        identity_id=latest_identity(patient_id),
        patient_id=patient_id,
        content=content,
        meta=meta,
        source=source,
    )
    return row.id


def register() -> None:
    """Register the writers; called when the application loads."""
    for kind in SUMMARY:
        is_measure = kind == "Observation"
        register_writer(
            kind,
            # The person enters their own measures: the command decides further.
            category="assessment" if is_measure else "summary",
            create=create_measure if is_measure else create_entry,
            update=update_entry,
            delete=_withdrawal(kind),
            create_many=create_measures if is_measure else None,
        )
    register_writer(
        "DocumentReference",
        category="documents",
        create=create_document,
        refusals=(DocumentRefusedError,),
    )
