"""Demonstration data of the summary, in bulk: rows and their published resources."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.fhir.commands import insert_resources, publication
from enrs.core.ids import uuid7
from enrs.services.record.fhir.entries import entry_keys, entry_resource
from enrs.services.record.models import Allergy, Entry, Measure, Problem, Treatment, Vaccination
from enrs.services.record.rules.entries import LOINC, MEASURES

PROBLEMS = (
    "Hypertension artérielle",
    "Diabète de type 2",
    "Insuffisance cardiaque",
    "Arthrose du genou",
)
TREATMENTS = (
    ("Amlodipine 5 mg", "1 le matin"),
    ("Metformine 1 g", "1 matin et soir"),
    ("Furosémide 40 mg", "1 le matin"),
)
ALLERGIES = (("Pénicilline", "high"), ("Arachide", "high"), ("Latex", "low"))
VALUES = {
    "weight": ("58", "92"),
    "height": ("152", "186"),
    "pressure": ("112", "158"),
    "pulse": ("58", "96"),
}


def add_entries(patients: Sequence[tuple[UUID, UUID]], *, author: str = "Dr Paul Imbert") -> int:
    """A summary for each (patient, identity): problems, allergies, treatments, vaccines, measures.

    One patient in ten is left without, so that empty pages are seen; returns how many rows were written.
    """
    rows: list[Entry] = []
    for number, (patient_id, identity_id) in enumerate(patients):
        if number % 10 != 9:
            rows += _entries(number, patient_id, identity_id, author)
    models: tuple[type[Entry], ...] = (Problem, Allergy, Treatment, Vaccination, Measure)
    for model in models:
        model._default_manager.bulk_create(
            [one for one in rows if type(one) is model], batch_size=2000
        )
    insert_resources(
        [
            publication(entry_resource(one), patient_id=one.patient_id, category="summary", keys=entry_keys(one))
            for one in rows
        ]
    )  # fmt: skip
    return len(rows)


def _entries(number: int, patient_id: UUID, identity_id: UUID, author: str) -> list[Entry]:
    noted = timezone.now() - timedelta(days=number % 90, hours=number % 24)
    shared: dict[str, Any] = {"patient_id": patient_id, "identity_id": identity_id, "author_name": author,
              "author_label": "Médecin généraliste", "noted_at": noted}  # fmt: skip
    drug, dosage = TREATMENTS[number % 3]
    rows: list[Entry] = [
        Problem(id=uuid7(), display=PROBLEMS[number % 4], began_on=str(2008 + number % 15), **shared),
        Treatment(id=uuid7(), display=drug, dosage=dosage, began_on=str(2015 + number % 9), **shared),
        Vaccination(id=uuid7(), display="Grippe saisonnière", given_on="2025-10", **shared),
    ]  # fmt: skip
    if number % 3 == 0:
        substance, gravity = ALLERGIES[number % len(ALLERGIES)]
        rows.append(Allergy(id=uuid7(), display=substance, criticality=gravity, **shared))
    elif number % 3 == 1:
        rows.append(
            Allergy(id=uuid7(), display="Aucune allergie connue", is_none_known=True, code="716186003",
                    code_system="2.16.840.1.113883.6.96", **shared)
        )  # fmt: skip
    return rows + [_measure(kind, number, shared, noted) for kind in VALUES]


def _measure(kind: str, number: int, shared: dict[str, Any], noted: datetime) -> Measure:
    low, high = (int(one) for one in VALUES[kind])
    known = MEASURES[kind]
    value = low + (number * 7) % (high - low)
    return Measure(
        id=uuid7(), kind=kind, value=Decimal(value), unit=known.unit, code=known.code, code_system=LOINC,
        display=kind, second=Decimal(value - 48) if kind == "pressure" else None, measured_at=noted, **shared,
    )  # fmt: skip
