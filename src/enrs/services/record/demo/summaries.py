"""Demonstration data of the summary, in bulk: rows and their published resources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from enrs.core.demo import Patient, Rows, Someone, key
from enrs.core.fhir.commands import insert_resources, publication
from enrs.core.ids import uuid7
from enrs.services.record.fhir.entries import entry_keys, entry_resource, publish_entry
from enrs.services.record.models import Allergy, Entry, Measure, Problem, Treatment, Vaccination
from enrs.services.record.rules.entries import LOINC, MEASURES

ADULT = 18
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
    ("Paracétamol 1 g", "Au besoin, 3 par jour au plus"),
)
ALLERGIES = (("Pénicilline", "high"), ("Arachide", "high"), ("Latex", "low"))
NONE_KNOWN = {"code": "716186003", "code_system": "2.16.840.1.113883.6.96"}
VALUES = {
    "weight": ("58", "92"),
    "height": ("152", "186"),
    "pressure": ("112", "158"),
    "pulse": ("58", "96"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose summary is invented; without a birth date they are taken for an adult."""

    patient_id: UUID
    identity_id: UUID
    born_on: date | None = None

    def age(self, today: date) -> int:
        """Their age in years."""
        return (today - self.born_on).days * 100 // 36525 if self.born_on else 50


def add_entries(people: Sequence[Person], *, author: str = "Dr Paul Imbert") -> int:
    """A summary for each: problems, allergies, treatments, vaccines, measures, such as their age allows.

    One in ten is left without, so that empty pages are seen; returns how many rows were written.
    """
    rows: list[Entry] = []
    for number, person in enumerate(people):
        if number % 10 != 9:
            rows += _entries(number, person, author)
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


def _entries(number: int, person: Person, author: str) -> list[Entry]:
    now = timezone.now()
    noted = now - timedelta(days=number % 90, hours=number % 24)
    shared: dict[str, Any] = {"patient_id": person.patient_id, "identity_id": person.identity_id,
              "author_name": author, "author_label": "Médecin généraliste", "noted_at": noted}  # fmt: skip
    today = now.date()
    age = person.age(today)
    rows = _allergies(number, shared)
    autumn = today.year if today.month > 10 else today.year - 1
    if age < ADULT:
        year = str(min(today.year, today.year - age + 1))
        vaccine = "Rougeole, oreillons, rubéole"
        rows.append(Vaccination(id=uuid7(), display=vaccine, given_on=year, **shared))
        return rows + _measures(_growth(age, number), shared, noted)
    drug, dosage = TREATMENTS[number % 4]
    rows += [
        Problem(id=uuid7(), display=PROBLEMS[number % 4], began_on=str(2008 + number % 15), **shared),
        Treatment(id=uuid7(), display=drug, dosage=dosage, began_on=str(2015 + number % 9), **shared),
        Vaccination(id=uuid7(), display="Grippe saisonnière", given_on=f"{autumn}-10", **shared),
    ]  # fmt: skip
    return rows + _measures(_usual(number), shared, noted)


def _allergies(number: int, shared: dict[str, Any]) -> list[Entry]:
    if number % 3 == 0:
        substance, gravity = ALLERGIES[number // 3 % len(ALLERGIES)]
        kind = {"Arachide": "food", "Latex": "environment"}.get(substance, "medication")
        return [Allergy(id=uuid7(), display=substance, criticality=gravity, kind=kind, **shared)]
    if number % 3 == 1:
        return [
            Allergy(id=uuid7(), display="Aucune allergie connue", is_none_known=True, **NONE_KNOWN, **shared)
        ]  # fmt: skip
    return []


def _usual(number: int) -> dict[str, int]:
    found = {}
    for kind, (first, last) in VALUES.items():
        low, high = int(first), int(last)
        found[kind] = low + (number * 7) % (high - low)
    return found


def _growth(age: int, number: int) -> dict[str, int]:
    """The weight and height of a child, roughly."""
    return {"weight": 4 + 3 * age + number % 3, "height": 55 + min(age, 17) * 7 - number % 4}


def _measures(values: dict[str, int], shared: dict[str, Any], at: datetime) -> list[Entry]:
    return [_measure(kind, Decimal(value), shared, at) for kind, value in values.items()]


def _measure(kind: str, value: Decimal, shared: dict[str, Any], at: datetime) -> Measure:
    known = MEASURES[kind]
    second = value - 48 if kind == "pressure" else None
    return Measure(
        id=key(at), kind=kind, value=value, unit=known.unit, code=known.code, code_system=LOINC,
        display=kind, second=second, measured_at=at, **shared,
    )  # fmt: skip


MODELS: Final[dict[str, type[Entry]]] = {
    "problem": Problem, "allergy": Allergy, "treatment": Treatment, "vaccination": Vaccination,
}  # fmt: skip


def write_entry(
    rows: Rows, entry: str, *, patient: Patient, by: Someone, at: datetime, **values: Any
) -> Entry:
    """One line of a summary that somebody wrote; `values` are fields of its kind."""
    if values.get("is_none_known"):
        values = {**NONE_KNOWN, **values}
    row = MODELS[entry](
        id=key(at), patient_id=patient.id, identity_id=patient.identity_id, author_id=by.user_id,
        author_name=by.name, author_label=by.label, noted_at=at, **values,
    )  # fmt: skip
    rows.publish(partial(publish_entry, row))
    return rows.add(row)


def measure(
    rows: Rows,
    *,
    patient: Patient,
    by: Someone,
    kind: str,
    value: str,
    at: datetime,
    is_by_person: bool = False,
) -> Measure:
    """One measure that somebody wrote down at a moment."""
    shared = {
        "patient_id": patient.id, "identity_id": patient.identity_id, "author_id": by.user_id,
        "author_name": by.name, "author_label": by.label, "noted_at": at, "is_by_person": is_by_person,
    }  # fmt: skip
    row = rows.add(_measure(kind, Decimal(value), shared, at))
    rows.publish(partial(publish_entry, row))
    return row
