"""Plans of health: whoever of the équipe de soins may write plans opens one."""

from typing import Any

from enrs.core.plans import commands as engine
from enrs.core.plans.models import Plan, PlanTemplate
from enrs.referentials.circles.models import Member
from enrs.services.health_plan import commands
from enrs.services.health_plan.commands import KIND
from tests.hostile.table import case
from tests.hostile.world import World

HP = "services.health_plan"


def in_team(w: World) -> None:
    """The right actor has their place in the équipe de soins."""
    Member.objects.get_or_create(
        patient_id=w.patient.pk, practitioner_id=w.actor.grantee_id, block="care_team", basis="care_team",
        defaults={"display": w.actor.name, "role_label": "Infirmière", "in_care_team": True},
    )  # fmt: skip


def free(w: World) -> None:
    """No plan of health is open for the patient."""
    Plan.objects.filter(patient_id=w.patient.pk, kind=KIND).update(status="revoked")


@case(f"{HP}.open_health_plan", "nurse", category="plan")
def open_health_plan(w: World) -> dict[str, Any]:
    in_team(w)
    free(w)
    found = PlanTemplate.objects.filter(kind=KIND, status="published").order_by("code").first()
    return {"patient_id": w.patient.pk, "template": found, "wishes": "Rester chez elle."}


def lived_in(w: World) -> None:
    """A plan of health from a template, sent and not answered by all."""
    with w.as_right():
        made = commands.open_health_plan(**open_health_plan(w))
        engine.send_plan(plan=made)
