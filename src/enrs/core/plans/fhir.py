"""Plans and goals as FHIR R4 `CarePlan` and `Goal`."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from enrs.core.fhir.commands import Publication, collecting, publish
from enrs.core.fhir.rules.dates import instant
from enrs.core.plans import rules
from enrs.core.plans.models import Action, Goal, Plan, Problem

ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
KINDS = "urn:local:plan-kind"
ACTIONS = "urn:local:plan-action"


def plan_resource(plan: Plan) -> dict[str, Any]:
    """A CarePlan: problems as `addresses`, goals by reference, actions as activities."""
    problems = Problem.objects.filter(plan=plan, withdrawn_at=None).order_by("priority", "id")
    goals = Goal.objects.filter(plan=plan, withdrawn_at=None).order_by("id")
    actions = Action.objects.filter(plan=plan, withdrawn_at=None).order_by("id")
    resource: dict[str, Any] = {
        "resourceType": "CarePlan",
        "id": str(plan.id),
        "status": rules.FHIR_PLAN[plan.status],
        "intent": "plan",
        "category": [{"coding": [{"system": KINDS, "code": plan.kind}]}],
        "title": plan.title,
        "subject": {"reference": f"Patient/{plan.patient_id}"},
    }
    if plan.synthesis:
        resource["description"] = plan.synthesis
    if plan.started_at:
        period = {"start": instant(plan.started_at)}
        if plan.closed_at:
            period["end"] = instant(plan.closed_at)
        resource["period"] = period
    if plan.author_name:
        resource["author"] = {"display": plan.author_name}
    if plan.referent_name:
        resource["contributor"] = [{"display": plan.referent_name}]
    if addresses := [{"display": one.label} for one in problems]:
        resource["addresses"] = addresses
    if references := [{"reference": f"Goal/{one.id}"} for one in goals]:
        resource["goal"] = references
    if activities := [_activity(one) for one in actions]:
        resource["activity"] = activities
    return resource


def _activity(row: Action) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "code": {
            "coding": [{"system": ACTIONS, "code": row.kind, "display": row.get_kind_display()}],
            "text": row.text,
        },
        "status": rules.FHIR_ACTION[row.status],
        "performer": [{"display": row.who_label}],
    }
    if row.goal_id:
        detail["goal"] = [{"reference": f"Goal/{row.goal_id}"}]
    if row.due_on:
        detail["scheduledPeriod"] = {"end": row.due_on.isoformat()}
    progress = [{"text": row.evaluation}] if row.evaluation else []
    return {"detail": detail, **({"progress": progress} if progress else {})}


def goal_resource(row: Goal) -> dict[str, Any]:
    """A Goal, with what became of it and why."""
    resource: dict[str, Any] = {
        "resourceType": "Goal",
        "id": str(row.id),
        "lifecycleStatus": rules.FHIR_GOAL[row.status],
        "description": {"text": row.text},
        "subject": {"reference": f"Patient/{row.patient_id}"},
    }
    if achieved := rules.FHIR_ACHIEVED.get(row.status):
        resource["achievementStatus"] = {"coding": [{"system": ACHIEVEMENT, "code": achieved}]}
    if row.due_on:
        resource["target"] = [{"dueDate": row.due_on.isoformat()}]
    if row.stated_by:
        resource["expressedBy"] = {"display": row.stated_by}
    if row.settled_on:
        resource["statusDate"] = row.settled_on.isoformat()
    if row.why:
        resource["statusReason"] = row.why
    return resource


def publish_plan(plan: Plan) -> None:
    """Publish a plan in its present state."""
    resource = plan_resource(plan)
    keys = [("status", resource["status"]), ("category", plan.kind)]
    keys += [("category", f"{KINDS}|{plan.kind}")]
    if plan.started_at:
        keys.append(("date", instant(plan.started_at)))
    publish(
        resource,
        patient_id=plan.patient_id,
        category="plan",
        keys=keys,
        is_deleted=plan.withdrawn_at is not None,
    )


def publish_goal(row: Goal) -> None:
    """Publish a goal in its present state."""
    resource = goal_resource(row)
    publish(
        resource,
        patient_id=row.patient_id,
        category="plan",
        keys=[("lifecycle-status", resource["lifecycleStatus"])],
        is_deleted=row.withdrawn_at is not None,
    )


def publications(size: int = 200) -> Iterator[list[Publication]]:
    """Every CarePlan and Goal again, in batches (`enrs fhir rebuild`)."""
    yield from _batches(Plan.objects.order_by("id").iterator(), publish_plan, size)
    yield from _batches(Goal.objects.order_by("id").iterator(), publish_goal, size)


def _batches(
    rows: Iterator[Any], publish_row: Callable[[Any], None], size: int
) -> Iterator[list[Publication]]:
    while batch := list(islice(rows, size)):
        with collecting() as collected:
            for row in batch:
                publish_row(row)
        yield collected
