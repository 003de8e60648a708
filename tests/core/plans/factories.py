"""An invented plan and the people around it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.plans import commands
from enrs.core.plans.models import Plan


def plan(patient_id: UUID, by: Actor, **changes: Any) -> Plan:
    """A plan in preparation."""
    values = {"kind": "ppcs", "title": "Retour à domicile", "wishes": "Rester chez elle."} | changes
    with acting(by):
        return commands.create_plan(patient_id=patient_id, **values)


def filled(patient_id: UUID, by: Actor, rows: int = 1) -> Plan:
    """A plan with `rows` problems, goals, actions and answers."""
    made = plan(patient_id, by)
    with acting(by):
        for rank in range(rows):
            problem = commands.add_problem(
                plan=made, label=f"Chutes {rank}", priority=rank % 99 + 1
            )
            goal = commands.add_goal(
                plan=made, text=f"Marcher dehors {rank}", problem_id=problem.id, stated_by="Awa"
            )
            commands.add_action(
                plan=made, text=f"Kinésithérapie {rank}", goal_id=goal.id, who_label="Paul Imbert",
                due_on=tomorrow(),
            )  # fmt: skip
            commands.record_agreement(
                plan=made, party="actor", label=f"Intervenant {rank}", answer="agreed"
            )
    return made


def tomorrow() -> date:
    """The day after today."""
    return timezone.localdate() + timedelta(days=1)
