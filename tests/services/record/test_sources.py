"""What the record answers to forms: the last measures and the summary, to who reads it alone."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.questionnaires.commands import start_answer, sync_forms
from enrs.core.questionnaires.registry import sources
from enrs.services.record.commands.entries import record_entry, withdraw_entry
from tests.services.record.factories import actor_in, member, patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def awa() -> UUID:
    return patient()


def ask(name: str, person: UUID, by: Any) -> Any:
    with acting(by):
        return sources()[name](person)


def record(person: UUID, by: Any, entry: str, **values: Any) -> Any:
    with acting(by):
        return record_entry(kind=entry, patient_id=person, values=values)


def measure(person: UUID, by: Any, value: str, days: int = 0) -> Any:
    at = timezone.now() - timezone.timedelta(days=days)
    return record(
        person,
        by,
        "measure",
        kind="weight",
        value=Decimal(value),
        second=None,
        measured_at=at,
        comment="",
    )


def test_the_newest_weight_that_stands(awa: UUID):
    nurse = member(awa, "nurse")
    assert ask("poids", awa, nurse) is None
    measure(awa, nurse, "71.5", days=3)
    wrong = measure(awa, nurse, "171.5")
    with acting(nurse):
        withdraw_entry(entry=wrong, reason="Saisie")
    assert ask("poids", awa, nurse)["valueQuantity"]["value"] == 71.5
    assert ask("taille", awa, nurse) is None


def test_lists_hold_what_is_active(awa: UUID):
    doctor = member(awa, "physician")
    assert ask("traitements", awa, doctor) is None
    for text, status in (("Metformine", "active"), ("Aspirine", "stopped")):
        record(awa, doctor, "treatment", display=text, status=status, began_on="2020", comment="")
    found = ask("traitements", awa, doctor)["entry"]
    assert [one["resource"]["medicationCodeableConcept"]["text"] for one in found] == ["Metformine"]


def test_who_does_not_read_the_summary_is_told_nothing(awa: UUID):
    measure(awa, member(awa, "nurse"), "71.5")
    assert ask("poids", awa, member(awa, "social_worker", "Traoré")) is None
    assert ask("poids", awa, actor_in("physician", "Dr Paul Imbert")) is None


def test_a_form_begins_with_them(awa: UUID):
    sync_forms()
    doctor = member(awa, "physician")
    measure(awa, doctor, "71.5")
    for text in ("Metformine", "Ramipril"):
        record(awa, doctor, "treatment", display=text, status="active", began_on="2020", comment="")
    record(
        awa,
        doctor,
        "problem",
        display="Diabète de type 2",
        status="active",
        began_on="2019",
        comment="",
    )
    with acting(doctor):
        begun = start_answer(form="coordination-assessment", patient_id=awa)
        asked = start_answer(form="coordination-request", patient_id=awa)
    assert begun.items["nutrition.poids"] == {"value": "71.5", "unit": "kg"}
    assert begun.items["medicaments.nombre"] == 2
    assert asked.items["traitements"] in ("Metformine, Ramipril", "Ramipril, Metformine")
    assert asked.items["pathologies"] == "Diabète de type 2"
    with acting(member(awa, "social_worker", "Traoré")):
        other = start_answer(form="coordination-request", patient_id=awa)
    assert not {"traitements", "pathologies"} & other.items.keys()
