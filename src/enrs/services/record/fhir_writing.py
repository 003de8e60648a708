"""What the record accepts by FHIR: lines of the summary and measures, by the commands of its pages."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.fhir.writing import Tree, WriteError, patient_of, register_writer
from enrs.core.prepared import Statement
from enrs.referentials.identity.queries import latest_identity_ahead
from enrs.services.record.commands.entries import (
    NO_ALLERGY,
    NoAllergyRefusedError,
    amend_entry,
    record_entry,
    state_no_allergy,
    withdraw_entry,
)
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
from enrs.services.record.rules import entries as rules

Values = dict[str, Any]
OIDS = {uri: oid for oid, uri in SYSTEMS.items() if oid[0].isdigit()}
CODED = ("code", "code_system")
VOID = ("refuted", "entered-in-error")
TAKEN = {
    "active": "active",
    "intended": "active",
    "completed": "stopped",
    "stopped": "stopped",
    "on-hold": "stopped",
}
"""The states of a MedicationStatement that the summary has words for."""
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


def coded(concept: Tree) -> Values:
    """Code, system (as an OID where we know one) and words of a CodeableConcept."""
    coding: Tree = next(iter(concept.get("coding", ())), {})
    system = coding.get("system", "")
    return {
        "code": coding.get("code", ""),
        "code_system": OIDS.get(system, system.removeprefix("urn:oid:")),
        "display": concept.get("text") or coding.get("display") or coding.get("code", ""),
    }


def first_code(concepts: Any) -> str:
    """The first code of the first concept, or nothing."""
    concept: Tree = (concepts[0] if isinstance(concepts, list) else concepts) or {}
    coding: Tree = next(iter(concept.get("coding", ())), {})
    return str(coding.get("code", ""))


def _comment(resource: Tree) -> str:
    return "\n".join(one["text"] for one in resource.get("note", ()))


def _status(resource: Tree) -> str:
    code = first_code(resource.get("clinicalStatus"))
    return "active" if code in ("", "active", "recurrence", "relapse") else "resolved"


def _verification(resource: Tree) -> str:
    """`confirmed` or `void` (refuted, entered in error).

    Raises:
        WriteError: what is not confirmed is no line of the summary.
    """
    code = first_code(resource.get("verificationStatus")) or "confirmed"
    if code in VOID:
        return "void"
    if code != "confirmed":
        raise WriteError(
            "La synthèse ne reçoit que ce qui est confirmé.",
            path=f"{resource['resourceType']}.verificationStatus",
        )
    return code


def _is_none_known(resource: Tree) -> bool:
    """Whether an AllergyIntolerance states that no allergy is known."""
    code, system, _ = NO_ALLERGY
    codings = resource.get("code", {}).get("coding", ())
    return resource["resourceType"] == "AllergyIntolerance" and any(
        one.get("code") == code and OIDS.get(one.get("system", ""), "") == system for one in codings
    )


def _problem(resource: Tree) -> Values:
    return coded(resource.get("code", {})) | {
        "status": _status(resource),
        "began_on": resource.get("onsetDateTime", "")[:10],
        "ended_on": resource.get("abatementDateTime", "")[:10],
    }


def _allergy(resource: Tree) -> Values:
    reactions = [one["manifestation"][0] for one in resource.get("reaction", ())]
    return coded(resource.get("code", {})) | {
        "status": _status(resource),
        "kind": next(iter(resource.get("category", ())), ""),
        "criticality": resource.get("criticality", "unable-to-assess"),
        "reaction": ", ".join(coded(one)["display"] for one in reactions),
        "began_on": resource.get("onsetDateTime", "")[:10],
    }


def _treatment(resource: Tree) -> Values:
    if "medicationCodeableConcept" not in resource:
        raise WriteError(
            "Le médicament est attendu comme code ou texte.",
            path="MedicationStatement.medicationReference",
        )
    if resource["status"] not in TAKEN:
        raise WriteError(
            "Cet état de traitement n'est pas reçu.", path="MedicationStatement.status"
        )
    period = resource.get("effectivePeriod", {"start": resource.get("effectiveDateTime", "")})
    return coded(resource["medicationCodeableConcept"]) | {
        "status": TAKEN[resource["status"]],
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
    return coded(resource["vaccineCode"]) | {
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
        first_code(one["code"]): one.get("valueQuantity", {})
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


def subject_of(resource: Tree) -> UUID:
    """The patient of a resource; without one it is refused."""
    patient_id = patient_of(resource)
    if patient_id is None:
        raise WriteError("Le patient manque.", code="required")
    return patient_id


def _told(error: rules.EntryRefusedError) -> WriteError:
    return WriteError(f"« {error.field} » {WORDS.get(error.code, error.code)}.", code="value")


def create_entry(resource: Tree, actor: Actor) -> UUID:
    """A line of the summary, by the command of the pages."""
    kind = SUMMARY[resource["resourceType"]][1]
    if _verification(resource) == "void":
        raise WriteError(
            "Ce qui est réfuté ou saisi par erreur n'est pas noté.",
            path=f"{resource['resourceType']}.verificationStatus",
        )
    if _is_none_known(resource):
        return _none_known(resource)
    try:
        row = record_entry(kind=kind, patient_id=subject_of(resource), values=_values(resource))
    except rules.EntryRefusedError as error:
        raise _told(error) from error
    return row.id


def _none_known(resource: Tree) -> UUID:
    if _status(resource) != "active":
        raise WriteError(
            "« Aucune allergie connue » ne se note qu'en vigueur.",
            path="AllergyIntolerance.clinicalStatus",
        )
    try:
        return state_no_allergy(patient_id=subject_of(resource)).id
    except NoAllergyRefusedError as error:
        message = "Une allergie est notée dans ce dossier."
        raise WriteError(message, status=409, code="conflict") from error


def create_measures(resources: Sequence[Tree], actor: Actor) -> list[UUID]:
    """Measures of a bundle, in one statement."""
    try:
        rows = record_measures([(subject_of(one), _values(one)) for one in resources])
    except rules.EntryRefusedError as error:
        raise _told(error) from error
    return [row.id for row in rows]


def create_measure(resource: Tree, actor: Actor) -> UUID:
    """One measure."""
    return create_measures([resource], actor)[0]


def update_entry(resource: Tree, actor: Actor) -> None:
    """Amend the line; what a reading of ours does not name keeps its present value.

    What is refuted or was entered in error is withdrawn.
    """
    row = _row(resource["resourceType"], UUID(resource["id"]))
    if _verification(resource) == "void":
        withdraw_entry(entry=row, reason="Réfuté ou saisi par erreur, dit une application")
        return
    if _is_none_known(resource) and not getattr(row, "is_none_known", False):
        raise WriteError(
            "« Aucune allergie connue » se note à part.", path="AllergyIntolerance.code"
        )
    values = _values(resource)
    if not values.get("code"):
        values = {name: value for name, value in values.items() if name not in CODED}
    try:
        amend_entry(entry=row, values=values, expected_version=row.version)
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


def _measure_ahead(patient_id: UUID) -> list[Statement]:
    return [latest_identity_ahead(patient_id)]


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
            # An allergy waits for another of the same person, and reads after.
            ahead=_measure_ahead if is_measure else None,
        )
