"""Plans and goals as FHIR R4 `CarePlan` and `Goal`."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from enrs.core.fhir.commands import Publication, collecting, publish
from enrs.core.fhir.rules.dates import instant
from enrs.core.fhir.rules.identifiers import identifier_keys
from enrs.core.plans import rules
from enrs.core.plans.models import Action, Agreement, Goal, Plan, Problem

Tree = dict[str, Any]

ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
KINDS = "urn:local:plan-kind"
ACTIONS = "urn:local:plan-action"
PROBLEM = "urn:local:plan-problem"
"""System of the identifiers of problems, and extension of what R4 has no place for."""
TEXTS = {"situation": "urn:local:plan-situation", "wishes": "urn:local:plan-wishes"}
"""Extensions of a CarePlan that hold texts of the plan."""
REVISION, CLOSING, AGREEMENT = (
    "urn:local:plan-revision", "urn:local:plan-closing", "urn:local:plan-agreement",
)  # fmt: skip
"""The day of revision, the reason of the end, and what somebody answered to the plan."""
PLAN, SHARED = "urn:local:plan", "urn:local:plan-goal-shared"
"""Extensions of a Goal: its plan, and whether it is shared with the person."""
AGREEMENTS = 50
"""Answers that are published, the newest: the whole history is on the plan's page."""


def plan_resource(plan: Plan) -> Tree:
    """A CarePlan: problems as `addresses`, goals by reference, actions as activities, answers as extensions."""
    problems = Problem.objects.filter(plan=plan, withdrawn_at=None).order_by("priority", "id")
    goals = Goal.objects.filter(plan=plan, withdrawn_at=None).order_by("id")
    actions = Action.objects.filter(plan=plan, withdrawn_at=None).order_by("id")
    answers = Agreement.objects.filter(plan=plan, withdrawn_at=None).defer("content")
    resource: Tree = {"resourceType": "CarePlan", "id": str(plan.id)}
    given = list(answers.order_by("-answered_at", "-id")[:AGREEMENTS])
    if extensions := [*_texts(plan), *(_agreement(one) for one in reversed(given))]:
        resource["extension"] = extensions
    if plan.identifiers:
        resource["identifier"] = plan.identifiers
    resource |= {
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
        resource["contributor"] = [_named("member", plan.referent_id, plan.referent_name)]
    if addresses := [_problem(one) for one in problems]:
        resource["addresses"] = addresses
    if references := [{"reference": f"Goal/{one.id}"} for one in goals]:
        resource["goal"] = references
    if activities := [_activity(one) for one in actions]:
        resource["activity"] = activities
    return resource


def _texts(plan: Plan) -> list[Tree]:
    found = [
        {"url": url, "valueString": text}
        for name, url in TEXTS.items()
        if (text := getattr(plan, name))
    ]
    if plan.revise_on:
        found.append({"url": REVISION, "valueDate": plan.revise_on.isoformat()})
    if plan.closed_reason:
        found.append({"url": CLOSING, "valueString": plan.closed_reason})
    return found


def _agreement(row: Agreement) -> Tree:
    """What somebody answered: the party, their name, the answer, how it was given, on which revision."""
    said: list[Tree] = [
        {"url": "party", "valueCode": row.party},
        {"url": "name", "valueString": row.party_label},
        {"url": "answer", "valueCode": row.answer},
        {"url": "means", "valueCode": row.means},
        {"url": "revision", "valuePositiveInt": row.revision},
        {"url": "at", "valueDateTime": instant(row.answered_at)},
    ]
    if row.remark:
        said.append({"url": "remark", "valueString": row.remark})
    if row.content_hash:
        said.append({"url": "content-hash", "valueString": row.content_hash})
        said.append({"url": "edition", "valuePositiveInt": row.edition})
    if row.signed_on:
        said.append({"url": "signed-on", "valueDate": row.signed_on.isoformat()})
    return {"url": AGREEMENT, "extension": said}


def _named(kind: str, key: UUID | None, name: str) -> Tree:
    """Somebody by reference when we know who, else by name alone."""
    types = {"member": "Practitioner", "organisation": "Organization"}
    if key is None or kind not in types:
        return {"display": name}
    return {"reference": f"{types[kind]}/{key}", "display": name}


def _problem(row: Problem) -> Tree:
    said: list[Tree] = [
        {"url": "priority", "valuePositiveInt": row.priority},
        {"url": "resolved", "valueBoolean": row.is_resolved},
    ]
    if row.detail:
        said.append({"url": "detail", "valueString": row.detail})
    if row.code:
        said.append({"url": "code", "valueCoding": {"system": row.code_system, "code": row.code}})
    return {
        "extension": [{"url": PROBLEM, "extension": said}],
        "type": "Condition",
        "identifier": {"system": PROBLEM, "value": str(row.id)},
        "display": row.label,
    }


def _performer(row: Action) -> Tree:
    """Who does an action; the person, or their family, by the reference to the person."""
    if row.who_kind == "person":
        return {"reference": f"Patient/{row.patient_id}", "display": row.who_label}
    return _named(row.who_kind, row.who_id, row.who_label)


def _activity(row: Action) -> Tree:
    detail: Tree = {
        "code": {
            "coding": [{"system": ACTIONS, "code": row.kind, "display": row.get_kind_display()}],
            "text": row.text,
        },
        "status": rules.FHIR_ACTION[row.status],
        "performer": [_performer(row)],
    }
    if row.goal_id:
        detail["goal"] = [{"reference": f"Goal/{row.goal_id}"}]
    if row.due_on:
        detail["scheduledPeriod"] = {"end": row.due_on.isoformat()}
    progress: Tree = {}
    if row.evaluation:
        told = {"time": row.evaluated_on.isoformat()} if row.evaluated_on else {}
        progress = {"progress": [{**told, "text": row.evaluation}]}
    return {"id": str(row.id), **progress, "detail": detail}


def goal_resource(row: Goal) -> Tree:
    """A Goal, with its plan, what became of it and why."""
    resource: Tree = {
        "resourceType": "Goal",
        "id": str(row.id),
        "extension": [
            {"url": PLAN, "valueReference": {"reference": f"CarePlan/{row.plan_id}"}},
            {"url": SHARED, "valueBoolean": row.is_shared},
        ],
        "lifecycleStatus": rules.FHIR_GOAL[row.status],
        "description": {"text": row.text},
        "subject": {"reference": f"Patient/{row.patient_id}"},
    }
    if achieved := rules.FHIR_ACHIEVED.get(row.status):
        resource["achievementStatus"] = {"coding": [{"system": ACHIEVEMENT, "code": achieved}]}
    target: Tree = {}
    if row.criteria:
        target = {"measure": {"text": "Critère"}, "detailString": row.criteria}
    if row.due_on:
        target["dueDate"] = row.due_on.isoformat()
    if target:
        resource["target"] = [target]
    if row.stated_by:
        resource["expressedBy"] = {"display": row.stated_by}
    if row.settled_on:
        resource["statusDate"] = row.settled_on.isoformat()
    if row.why:
        resource["statusReason"] = row.why
    if row.problem_id:
        identifier = {"system": PROBLEM, "value": str(row.problem_id)}
        resource["addresses"] = [{"type": "Condition", "identifier": identifier}]
    return resource


def publish_plan(plan: Plan) -> None:
    """Publish a plan in its present state."""
    resource = plan_resource(plan)
    keys = [("status", resource["status"]), ("category", plan.kind)]
    keys += [("category", f"{KINDS}|{plan.kind}"), ("intent", "plan")]
    keys += identifier_keys(plan.identifiers)
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
        keys=_goal_keys(row, resource),
        is_deleted=row.withdrawn_at is not None,
    )


def _goal_keys(row: Goal, resource: Tree) -> list[tuple[str, str]]:
    found = [("lifecycle-status", resource["lifecycleStatus"])]
    if achieved := rules.FHIR_ACHIEVED.get(row.status):
        found += [
            ("achievement-status", achieved),
            ("achievement-status", f"{ACHIEVEMENT}|{achieved}"),
        ]
    return found


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
