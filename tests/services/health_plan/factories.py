"""Somebody of 84, their équipe de soins in its circle, and their plan."""

from datetime import date
from typing import Any
from uuid import UUID

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.plans.models import Plan, PlanTemplate
from enrs.referentials.circles.commands import add_member
from enrs.services.health_plan import commands
from tests.referentials.identity.factories import actor_in
from tests.services.record.factories import BARE, patient

LABELS = {"physician": "Médecin traitant", "nurse": "Infirmière", "pharmacist": "Pharmacien"}


def elder(value: str = "100", **traits: Any) -> UUID:
    """A person born in 1942."""
    return patient(value, **{"birth_date": "1942-03-12", **BARE} | traits)


def of_team(patient_id: UUID, role: str = "physician", name: str = "Dr Paul Imbert") -> Actor:
    """A professional of the person's équipe de soins."""
    actor = actor_in(role, name)
    assert actor.grantee_id is not None
    with acting(SYSTEM):
        add_member(
            patient_id=patient_id, block="care_team", grantee_id=actor.grantee_id, display=name, basis="care_team",
            ground="recognised", role=role, role_label=LABELS.get(role, role), informed_on=date(2026, 1, 5),
        )  # fmt: skip
    return actor


def model(code: str = "chutes-domicile") -> PlanTemplate:
    """A template that comes with the release."""
    return PlanTemplate.objects.get(code=code, status="published")


def opened(patient_id: UUID, by: Actor, **values: Any) -> Plan:
    """The plan of a person."""
    with acting(by):
        return commands.open_health_plan(patient_id=patient_id, **values)
