"""Lines of prescriptions as FHIR R4 MedicationRequest, one for each, grouped by the number of the prescription."""

from collections.abc import Sequence
from typing import Any, Final

from enrs.core.documents.models import Document
from enrs.core.fhir.commands import publish
from enrs.core.fhir.rules.dates import instant
from enrs.services.record.fhir import Keys, concept, marks_of, system_uri
from enrs.services.record.models import Prescription, PrescriptionLine
from enrs.services.record.rules import prescribing as rules

Tree = dict[str, Any]
GROUP: Final = "urn:enrs:record:prescription"
STATUSES: Final = {"signed": "active", "replaced": "stopped", "cancelled": "cancelled"}
"""States of a prescription; a treatment whose days are over stays `active`: nobody says that it was taken."""
ATC_URI: Final = "http://www.whocc.no/atc"


def publish_prescription(row: Prescription, lines: Sequence[PrescriptionLine]) -> None:
    """Publish the lines of a signed prescription in its present state; a draft is published nowhere."""
    if row.status == Prescription.Status.DRAFT:
        return
    for line in lines:
        publish(
            line_resource(row, line),
            patient_id=row.patient_id,
            category="summary",
            marks=marks_of(row.document) if row.document else 0,
            keys=line_keys(row, line),
        )


def publish_marks_of(document: Document) -> None:
    """Publish anew the lines of the prescription that this document tells of: its marks hide them too."""
    if document.about_id is None:
        return
    for row in Prescription.objects.filter(document=document).select_related("document"):
        row.document = document
        publish_prescription(row, list(row.lines.filter(removed_at=None).order_by("id")))


def line_resource(row: Prescription, line: PrescriptionLine) -> Tree:
    """MedicationRequest: medicine, dosage, boxes, substitution, who asks."""
    assert row.signed_at is not None  # noqa: S101  only signed ones are published
    requester = ", ".join(one for one in (row.author_name, row.author_label) if one)
    resource: Tree = {
        "resourceType": "MedicationRequest",
        "id": str(line.pk),
        "status": STATUSES[row.status],
        "intent": "order",
        "medicationCodeableConcept": _medicine(line),
        "subject": {"reference": f"Patient/{row.patient_id}"},
        "authoredOn": instant(row.signed_at),
        "requester": {"display": requester},
        "groupIdentifier": {"system": GROUP, "value": str(row.pk)},
        "dosageInstruction": [_dosage(line)],
        "substitution": _substitution(line),
    }
    if dispense := _dispense(line):
        resource["dispenseRequest"] = dispense
    if line.comment:
        resource["note"] = [{"text": line.comment}]
    if row.ended_reason:
        resource["statusReason"] = {"text": row.ended_reason}
    return resource


def line_keys(row: Prescription, line: PrescriptionLine) -> Keys:
    """Search keys of a line."""
    assert row.signed_at is not None  # noqa: S101  only signed ones are published
    at = instant(row.signed_at)
    keys: Keys = [
        ("identifier", str(row.pk)),
        ("identifier", f"{GROUP}|{row.pk}"),
        ("status", STATUSES[row.status]),
        ("intent", "order"),
        ("authoredon", at),
        ("date", at),
    ]
    if line.code:
        keys += [("code", line.code), ("code", f"{_system(line)}|{line.code}")]
    return keys


def _system(line: PrescriptionLine) -> str:
    return ATC_URI if line.code_system == rules.ATC else system_uri(line.code_system)


def _medicine(line: PrescriptionLine) -> Tree:
    tree = concept("", "", line.display)
    if line.code:
        coding = {"system": _system(line), "code": line.code, "display": line.display}
        tree["coding"] = [coding]
    return tree


def _dosage(line: PrescriptionLine) -> Tree:
    tree: Tree = {"text": rules.dosage_words(line) or line.comment}
    repeat: Tree = {}
    if line.times:
        repeat |= {"frequency": line.times, "period": 1, "periodUnit": line.period}
    if line.lasts:
        ucum = {"system": "http://unitsofmeasure.org", "code": line.lasts_unit}
        span = rules.SPANS[line.lasts_unit]
        repeat["boundsDuration"] = {"value": line.lasts, "unit": span[1]} | ucum
    if repeat:
        tree["timing"] = {"repeat": repeat}
    tree["asNeededBoolean"] = line.is_as_needed
    if route := rules.route_code(line.route):
        tree["route"] = concept(route.code, route.system, route.display)
    if line.dose is not None:
        tree["doseAndRate"] = [
            {"doseQuantity": {"value": float(line.dose), "unit": line.dose_unit}}
        ]
    return tree


def _dispense(line: PrescriptionLine) -> Tree:
    tree: Tree = {}
    if line.refills:
        tree["numberOfRepeatsAllowed"] = line.refills
    if line.quantity:
        tree["quantity"] = {"value": line.quantity, "unit": "boîte"}
    return tree


def _substitution(line: PrescriptionLine) -> Tree:
    if not line.no_substitution:
        return {"allowedBoolean": True}
    return {
        "allowedBoolean": False,
        "reason": {"text": rules.NO_SUBSTITUTION[line.no_substitution]},
    }
