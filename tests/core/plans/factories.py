"""An invented plan and the people around it."""

from copy import deepcopy
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.ids import uuid7
from enrs.core.plans import commands
from enrs.core.plans.models import Agreement, Plan, PlanTemplate


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


def named(made: Plan, by: Actor, *actors: Actor) -> None:
    """A goal, and an action of each actor for it."""
    with acting(by):
        goal = commands.add_goal(plan=made, text="Marcher jusqu’au marché")
        for rank, one in enumerate(actors):
            commands.add_action(
                plan=made, text=f"Action de {one.name}", goal_id=goal.id, who_kind="member", who_id=one.grantee_id,
                who_label=f"{one.name}, {one.role}", due_on=tomorrow() + timedelta(days=rank),
            )  # fmt: skip


def answered(made: Plan, by: Actor, answer: str = "agreed", remark: str = "") -> Agreement:
    """What an actor answers to their part, for themselves."""
    with acting(by):
        return commands.record_agreement(
            plan=made, party="actor", label=by.name, answer=answer, means="online", remark=remark
        )


def signed(made: Plan, by: Actor, **changes: Any) -> Agreement:
    """The signature of the person that a professional collects at the screen."""
    values = {
        "signer": "person", "answer": "agreed", "signed_name": "Awa Ndiaye", "has_read": True,
        "expected_edition": Plan.objects.get(pk=made.pk).edition,
    } | changes  # fmt: skip
    with acting(by):
        return commands.sign_plan(plan=made, **values)


CONTENT = {
    "lead": "Après une chute.",
    "rows": [
        {"kind": "problem", "key": 1, "label": "Chutes"},
        {"kind": "goal", "key": 2, "of": 1, "text": "Marcher dehors", "criteria": "Sans aide", "days": 60},
        {"kind": "action", "key": 3, "of": 2, "text": "Kinésithérapie", "type": "care", "role": "allied", "days": 30},
        {"kind": "action", "key": 4, "of": 2, "text": "Marcher chaque jour", "type": "prevention", "role": "person"},
    ],
}  # fmt: skip
"""What a template of the PPCS says."""


def region() -> Actor:
    """Somebody of the region's team, in an open session."""
    return Actor(kind="operator", name="Julien Roux", role="operator", user_id=uuid7())


def template(status: str = "published", code: str = "chutes") -> PlanTemplate:
    """A template of the PPCS."""
    with acting(region()):
        made = commands.draft_template(
            code=code, kind="ppcs", title="Chutes", content=deepcopy(CONTENT)
        )
        if status == "published":
            commands.publish_template(template=made, expected_version=made.version)
    return made
