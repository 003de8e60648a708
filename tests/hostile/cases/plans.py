"""Plans: whoever may write the plan of this person, and what the person answers to it."""

from typing import Any

from enrs.core.plans import commands
from tests.core.plans.factories import plan as new_plan
from tests.hostile.table import case
from tests.hostile.world import World

PLANS = "core.plans"


def plan(w: World) -> Any:
    return new_plan(w.patient.pk, w.actor)


def problem(w: World) -> Any:
    made = plan(w)
    with w.as_right():
        return commands.add_problem(plan=made, label="Chutes")


@case(f"{PLANS}.create_plan", "nurse", category="plan")
def create_plan(w: World) -> dict[str, Any]:
    return {"patient_id": w.patient.pk, "kind": "ppcs", "title": "Retour à domicile"}


@case(f"{PLANS}.revise_plan", "nurse", category="plan")
def revise_plan(w: World) -> dict[str, Any]:
    made = plan(w)
    return {"plan": made, "expected_version": made.version, "wishes": "Rester chez elle."}


@case(f"{PLANS}.move_plan", "nurse", category="plan")
def move_plan(w: World) -> dict[str, Any]:
    return {"plan": plan(w), "status": "active"}


@case(f"{PLANS}.add_problem", "nurse", category="plan")
def add_problem(w: World) -> dict[str, Any]:
    return {"plan": plan(w), "label": "Chutes"}


@case(f"{PLANS}.add_goal", "nurse", category="plan")
def add_goal(w: World) -> dict[str, Any]:
    return {"plan": plan(w), "text": "Marcher dehors"}


@case(f"{PLANS}.add_action", "nurse", category="plan")
def add_action(w: World) -> dict[str, Any]:
    return {"plan": plan(w), "text": "Kinésithérapie", "who_label": "Paul Imbert"}


@case(f"{PLANS}.amend_row", "nurse", category="plan")
def amend_row(w: World) -> dict[str, Any]:
    made = problem(w)
    return {"row": made, "expected_version": made.version, "label": "Chutes répétées"}


@case(f"{PLANS}.withdraw_row", "nurse", category="plan")
def withdraw_row(w: World) -> dict[str, Any]:
    return {"row": problem(w), "reason": "Erreur de dossier"}


@case(
    f"{PLANS}.record_agreement", "nurse", category="plan",
    but={"role:patient": "the person answers to their own plan"},
)  # fmt: skip
def record_agreement(w: World) -> dict[str, Any]:
    return {"plan": plan(w), "party": "person", "label": "Awa", "answer": "agreed"}
