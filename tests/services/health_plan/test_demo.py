"""The invented plans: each fate is there, its figures and pages open on it, nobody is asked what they answered."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.demo import Patient, Rows, Someone
from enrs.core.effects import act
from enrs.core.plans import queries as plans
from enrs.core.plans.models import Plan
from enrs.core.subjects.persons import carrier_of
from enrs.core.workflow.commands.deadlines import remind_due
from enrs.referentials.circles.models import Member
from enrs.services.health_plan import demo
from enrs.services.health_plan.commands import KIND
from tests.services.health_plan.factories import LABELS, elder, of_team
from tests.services.record.factories import give, signed_in

pytestmark = pytest.mark.django_db


def someone(actor: Actor) -> Someone:
    assert actor.grantee_id is not None
    return Someone(actor.grantee_id, actor.name, LABELS[actor.role], actor.user_id)


@pytest.fixture
def told() -> tuple[Actor, dict[str, Plan]]:
    """A doctor with a plan of each fate, a nurse and a pharmacist beside."""
    first = elder("d0")
    doctor, nurse = of_team(first), of_team(first, "nurse", "Camille Roche")
    pharmacist = of_team(first, "pharmacist", "Minh Nguyen")
    people = [first]
    for number in range(1, len(demo.FATES)):
        one = elder(f"d{number}", birth_name=f"NOM{chr(65 + number)}")
        people.append(one)
        for actor in (doctor, nurse, pharmacist):
            _joins(one, actor)
    stories = [
        demo.Told(
            Patient(one, carrier_of(one), f"NOM {rank}"),
            someone(doctor),
            demo.FATES[rank],
            f"NOM {rank}",
        )
        for rank, one in enumerate(people)
    ]
    rows, known = Rows(), {one.grantee_id: one for one in map(someone, (doctor, nurse, pharmacist))}
    with acting(SYSTEM), act():
        demo.fill(rows, plans=stories, people=known, now=timezone.now())
        rows.write()
    found = {one.patient_id: one for one in Plan.objects.filter(kind=KIND)}
    return doctor, {demo.FATES[rank]: found[one] for rank, one in enumerate(people)}


def _joins(patient_id: UUID, actor: Actor) -> None:
    give(patient_id, actor)
    Member.objects.create(
        patient_id=patient_id, block="care_team", basis="care_team", practitioner_id=actor.grantee_id,
        display=actor.name, role_label=LABELS[actor.role], in_care_team=True,
        since=timezone.now() - timedelta(days=400),
    )  # fmt: skip


def test_every_fate_is_told_as_the_engine_reads_it(told: tuple[Actor, dict[str, Plan]]) -> None:
    doctor, found = told
    assert found["signed"].is_signed
    assert found["signed"].is_validated
    whole = plans.whole(found["signed"])
    assert whole.signature.content_hash == whole.print
    assert not found["changed"].is_signed
    assert found["changed"].signed_at
    assert found["validated"].is_validated
    assert found["forced"].validated_reason
    assert plans.whole(found["refused"]).signature.answer == "refused"
    assert found["closed"].status == "completed"
    asked = {one: plans.asked_of(plans.whole(plan)) for one, plan in found.items()}
    assert any(one.is_awaited for one in asked["awaited"])
    assert {one.said.answer for one in asked["proposed"] if one.said} >= {"proposed"}
    assert {one.said.answer for one in asked["declined"] if one.said} >= {"refused"}
    assert not any(one.is_to_send for one in asked["signed"])
    with acting(doctor):
        figures = plans.figures(KIND)
    assert figures.open == len(demo.FATES) - 1
    assert (
        min(figures.preparation, figures.awaited, figures.validated, figures.signed, figures.revise)
        > 0
    )


def test_the_pages_and_the_job_go_on_from_there(told: tuple[Actor, dict[str, Plan]]) -> None:
    doctor, found = told
    while remind_due():
        pass
    mine = signed_in(Client(), doctor)
    assert mine.get(reverse("health_plan:home")).status_code == 200
    for plan in found.values():
        for name in ("plan", "print", "history", "sign"):
            assert (
                mine.get(reverse(f"plans:{name}", args=[plan.patient_id, plan.id])).status_code
                == 200
            )
        assert mine.get(reverse("health_plan:panel", args=[plan.patient_id])).status_code == 200
