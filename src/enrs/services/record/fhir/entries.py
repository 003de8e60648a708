"""Entries of the summary as FHIR R4: Condition, AllergyIntolerance, MedicationStatement, Immunization, Observation."""

from typing import Any

from enrs.core.fhir.commands import publish
from enrs.services.record.fhir import CATEGORIES, Keys, code_keys, concept, instant
from enrs.services.record.models import Allergy, Entry, Measure, Problem, Treatment, Vaccination
from enrs.services.record.rules import entries as rules

CLINICAL = "http://terminology.hl7.org/CodeSystem/"
TYPES: dict[type[Entry], str] = {
    Problem: "Condition",
    Allergy: "AllergyIntolerance",
    Treatment: "MedicationStatement",
    Vaccination: "Immunization",
    Measure: "Observation",
}


def publish_entry(row: Entry) -> None:
    """Publish an entry in its present state; a withdrawn one is marked as deleted."""
    publish(
        entry_resource(row),
        patient_id=row.patient_id,
        category="summary",
        keys=entry_keys(row),
        is_deleted=row.withdrawn_at is not None,
    )


def entry_resource(row: Entry) -> dict[str, Any]:
    """The resource of an entry, by its kind."""
    subject = {"reference": f"Patient/{row.patient_id}"}
    who = "patient" if isinstance(row, Allergy | Vaccination) else "subject"
    resource: dict[str, Any] = {"resourceType": TYPES[type(row)], "id": str(row.id), who: subject}
    if isinstance(row, Problem):
        resource |= _condition(row)
    elif isinstance(row, Allergy):
        resource |= _allergy(row)
    elif isinstance(row, Treatment):
        resource |= _treatment(row)
    elif isinstance(row, Vaccination):
        resource |= _vaccination(row)
    elif isinstance(row, Measure):
        resource |= _measure(row)
    if row.comment:
        resource["note"] = [{"text": row.comment}]
    return resource


def entry_keys(row: Entry) -> Keys:
    """Search keys of an entry."""
    name = "vaccine-code" if isinstance(row, Vaccination) else "code"
    keys: Keys = code_keys(name, row.code, row.code_system)
    noted = instant(row.noted_at)
    if isinstance(row, Measure):
        keys += [("category", "vital-signs"), ("date", instant(row.measured_at))]
    elif isinstance(row, Vaccination):
        keys += [("status", "completed"), ("date", row.given_on)]
    elif isinstance(row, Treatment):
        keys += [("status", row.status), ("date", noted)]
        keys += [("effective", row.began_on)] if row.began_on else []
    elif isinstance(row, Problem):
        keys += [("clinical-status", row.status), ("category", "problem-list-item")]
        keys += [("recorded-date", noted), ("date", noted)]
        keys += [("onset-date", row.began_on)] if row.began_on else []
    elif isinstance(row, Allergy):
        keys += [("clinical-status", row.status), ("date", noted)]
        if not row.is_none_known:
            keys += [("category", row.kind), ("criticality", row.criticality)]
    return keys


def _coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{CLINICAL}{system}", "code": code}]}


def _period(began: str, ended: str) -> dict[str, str]:
    return {name: day for name, day in (("start", began), ("end", ended)) if day}


def _asserter(row: Entry) -> dict[str, str]:
    if row.is_by_person:
        return {"reference": f"Patient/{row.patient_id}", "display": row.author_name}
    return {"display": row.author_name}


def _condition(row: Problem) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "clinicalStatus": _coded("condition-clinical", row.status),
        "verificationStatus": _coded("condition-ver-status", "confirmed"),
        "category": [_coded("condition-category", "problem-list-item")],
        "code": concept(row.code, row.code_system, row.display),
        "recordedDate": instant(row.noted_at),
        "asserter": _asserter(row),
    }
    if row.began_on:
        resource["onsetDateTime"] = row.began_on
    if row.ended_on and row.status != "active":
        resource["abatementDateTime"] = row.ended_on
    return resource


def _allergy(row: Allergy) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "clinicalStatus": _coded("allergyintolerance-clinical", row.status),
        "verificationStatus": _coded("allergyintolerance-verification", "confirmed"),
        "code": concept(row.code, row.code_system, row.display),
        "recordedDate": instant(row.noted_at),
        "asserter": _asserter(row),
    }
    if not row.is_none_known:
        resource |= {"category": [row.kind], "criticality": row.criticality}
    if row.began_on:
        resource["onsetDateTime"] = row.began_on
    if row.reaction:
        resource["reaction"] = [{"manifestation": [{"text": row.reaction}]}]
    return resource


def _treatment(row: Treatment) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "status": row.status,
        "medicationCodeableConcept": concept(row.code, row.code_system, row.display),
        "dateAsserted": instant(row.noted_at),
        "informationSource": _asserter(row),
    }
    if period := _period(row.began_on, row.ended_on):
        resource["effectivePeriod"] = period
    if row.dosage:
        resource["dosage"] = [{"text": row.dosage}]
    return resource


def _vaccination(row: Vaccination) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "status": "completed",
        "vaccineCode": concept(row.code, row.code_system, row.display),
        "occurrenceDateTime": row.given_on,
        "recorded": instant(row.noted_at),
    }
    if row.lot:
        resource["lotNumber"] = row.lot
    if row.dose:
        resource["protocolApplied"] = [{"doseNumberString": row.dose}]
    return resource


def _measure(row: Measure) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "status": "final",
        "category": [concept("vital-signs", CATEGORIES, "Vital Signs")],
        "code": concept(row.code, row.code_system, rules.MEASURES[row.kind].display),
        "effectiveDateTime": instant(row.measured_at),
        "performer": [_asserter(row)],
    }
    if row.second is None:
        return resource | {"valueQuantity": _quantity(row.value, row.unit)}
    parts = (
        (rules.SYSTOLIC, "Systolique", row.value),
        (rules.DIASTOLIC, "Diastolique", row.second),
    )
    resource["component"] = [
        {"code": concept(code, rules.LOINC, word), "valueQuantity": _quantity(value, row.unit)}
        for code, word, value in parts
    ]
    return resource


def _quantity(value: Any, unit: str) -> dict[str, Any]:
    return {
        "value": float(value),
        "unit": unit,
        "system": "http://unitsofmeasure.org",
        "code": unit,
    }
