"""Which plan a document is made of, and what it says of it."""

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.plans import commands
from enrs.services.record.queries.plan_texts import plan_texts
from tests.services.record.factories import patient

pytestmark = pytest.mark.django_db


def test_the_plan_of_health_comes_first_and_says_what_it_is_worth() -> None:
    awa = patient()
    with acting(SYSTEM):
        other = commands.create_plan(
            patient_id=awa, kind="ppcs", title="PPCS", situation="Au PPCS."
        )
        commands.move_plan(plan=other, status="active")
        assert "en cours, non validé, non signé" in str(plan_texts(awa)["situation"])
        commands.create_plan(patient_id=awa, kind="pps-paerpa", title="PPS", situation="Au PPS.")
        said = str(plan_texts(awa)["situation"])
    assert "Au PPS." in said
    assert "Au PPCS." not in said
    assert (
        "Plan personnalisé de santé, édition n° 1 : en préparation, non validé, non signé." in said
    )
