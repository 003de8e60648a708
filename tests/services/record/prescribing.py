"""A prescription written, and signed, by somebody."""

from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor, acting
from enrs.services.record import commands
from enrs.services.record.models import Prescription, PrescriptionLine
from enrs.services.record.queries import prescriptions as queries
from enrs.services.record.rules import prescribing as rules

AMLODIPINE: dict[str, Any] = {
    "display": "Amlodipine 5 mg, gélule", "code": "C08CA01", "dose": "1", "dose_unit": "gélule", "times": "1",
    "period": "d", "moments": "le matin", "lasts": "3", "lasts_unit": "mo", "quantity": "1", "refills": "2",
    "route": "20053000", "is_long_term": True,
}  # fmt: skip
PARACETAMOL: dict[str, Any] = {
    "display": "Paracétamol 1 g, comprimé", "dose": "0,5", "dose_unit": "comprimé", "times": "3", "period": "d",
    "is_as_needed": True, "lasts": "5", "lasts_unit": "d", "comment": "Pas plus de 3 g par jour",
    "no_substitution": "CIF", "to_pharmacist": "Sans aspartam",
}  # fmt: skip
VACCINE: dict[str, Any] = {
    "display": "Vaccin grippal inactivé", "code": "J07BB02", "moments": "une injection", "quantity": "1",
}  # fmt: skip


def written(patient_id: UUID, by: Actor, *lines: dict[str, Any]) -> Prescription:
    """A draft with these lines."""
    with acting(by):
        made = commands.start_prescription(patient_id=patient_id)
        for values in lines or (AMLODIPINE,):
            add(made, values)
    return made


def add(made: Prescription, values: dict[str, Any]) -> PrescriptionLine:
    """One line more, by the current actor."""
    return commands.save_prescription_line(
        prescription=made, values=values, expected_version=made.version
    )


def sign(made: Prescription, by: Actor, **changes: Any) -> Prescription:
    """Sign a draft, its alerts read."""
    with acting(by):
        shown = rules.digest(queries.alerts_of(made, queries.lines_of(made)))
        values = {"remarks": "", "alerts_read": shown, "expected_version": made.version} | changes
        return commands.sign_prescription(prescription=made, **values)


def signed(patient_id: UUID, by: Actor, *lines: dict[str, Any]) -> Prescription:
    """A prescription in force."""
    return sign(written(patient_id, by, *lines), by)
