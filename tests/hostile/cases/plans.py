"""Plans: whoever may write the plan of this person, and what the person answers to it."""

from copy import deepcopy
from typing import Any

from enrs.core.plans import commands
from enrs.core.plans.models import OPEN, Plan, PlanTemplate
from tests.core.plans.factories import CONTENT, template
from tests.core.plans.factories import plan as new_plan
from tests.hostile.table import case, feed, part
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


def asked(w: World) -> Any:
    """A plan that names the right actor, who made it and is its referent."""
    known = Plan.objects.filter(patient_id=w.patient.pk, kind="ppcs", status__in=OPEN).first()
    made = known or plan(w)
    with w.as_right():
        if not made.actions.filter(who_id=w.actor.grantee_id, withdrawn_at=None).exists():
            commands.add_action(
                plan=made, text="Pilulier", who_kind="member", who_id=w.actor.grantee_id, who_label=w.actor.name,
            )  # fmt: skip
    return made


def sent(w: World) -> Any:
    """The plan that names the right actor, sent to them."""
    made = asked(w)
    with w.as_right():
        commands.send_plan(plan=made)
    return made


@case(f"{PLANS}.send_plan", "nurse", category="plan")
def send_plan(w: World) -> dict[str, Any]:
    return {"plan": asked(w)}


@case(f"{PLANS}.validate_plan", "nurse", category="plan", own=True)
def validate_plan(w: World) -> dict[str, Any]:
    made = asked(w)
    with (
        w.as_right()
    ):  # Something new that nobody agreed to: a validated plan is not validated again.
        commands.add_action(plan=made, text="Portage de repas", who_label="Mairie")
    made.refresh_from_db()
    return {"plan": made, "reason": "Congés du pharmacien"}


@case(
    f"{PLANS}.sign_plan", "nurse", category="plan",
    but={"role:patient": "the person signs their own plan"},
)  # fmt: skip
def sign_plan(w: World) -> dict[str, Any]:
    made = asked(w)
    made.refresh_from_db()
    return {
        "plan": made, "signer": "person", "answer": "agreed", "signed_name": "Awa", "has_read": True,
        "expected_edition": made.edition,
    }  # fmt: skip


@case(f"{PLANS}.withdraw_agreement", "nurse", category="plan", own=True)
def withdraw_agreement(w: World) -> dict[str, Any]:
    made = asked(w)
    with w.as_right():
        given = commands.record_agreement(plan=made, party="person", label="Awa", answer="agreed")
    return {"plan": made, "agreement": given, "reason": "Erreur de dossier"}


def model(status: str = "published") -> PlanTemplate:
    """A template of the PPCS."""
    return PlanTemplate.objects.filter(kind="ppcs", status=status).first() or template(
        status, code="brouillon" if status == "draft" else "chutes"
    )


@case(f"{PLANS}.apply_template", "nurse", category="plan")
def apply_template(w: World) -> dict[str, Any]:
    return {"plan": plan(w), "template": model()}


REGION: dict[str, Any] = {"roles": ("operator",)}


@case(f"{PLANS}.draft_template", "operator", **REGION)
def draft_template(w: World) -> dict[str, Any]:
    return {"code": "memoire", "kind": "ppcs", "title": "Mémoire", "content": deepcopy(CONTENT)}


@case(f"{PLANS}.revise_template", "operator", **REGION)
def revise_template(w: World) -> dict[str, Any]:
    one = model("draft")
    return {
        "template": one, "title": "Mémoire fragile", "content": deepcopy(CONTENT), "expected_version": one.version,
    }  # fmt: skip


@case(f"{PLANS}.publish_template", "operator", **REGION)
def publish_template(w: World) -> dict[str, Any]:
    one = model("draft")
    return {"template": one, "expected_version": one.version}


@case(f"{PLANS}.retire_template", "operator", **REGION)
def retire_template(w: World) -> dict[str, Any]:
    one = model("draft")
    return {"template": one, "expected_version": one.version}


feed("after each migration, what comes with the release", f"{PLANS}.sync_templates")
part(
    "what the commands are made of, which have decided before",
    f"{PLANS}.commands.shared",
    f"{PLANS}.commands.parts",
    f"{PLANS}.commands.answers",
    f"{PLANS}.insert_row",
)
part("the pages that print, which have decided before", f"{PLANS}.keep_printed")
