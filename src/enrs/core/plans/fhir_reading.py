"""What a `CarePlan` or a `Goal` sent by other software says, as the values that the commands of plans take."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from enrs.core.fhir.rules.requests import read_uuid
from enrs.core.fhir.writing import WriteError
from enrs.core.plans import fhir, rules
from enrs.core.plans.kinds import Teammate

Tree = dict[str, Any]
Values = dict[str, Any]

ACTION_STATUSES = {
    "not-started": "planned", "scheduled": "planned", "in-progress": "in_progress", "completed": "done",
    "cancelled": "cancelled", "stopped": "cancelled",
}  # fmt: skip
GOAL_STATUSES = {
    "proposed": "active", "planned": "active", "accepted": "active", "active": "active", "cancelled": "abandoned",
    "rejected": "abandoned",
}  # fmt: skip
ACHIEVED = {
    "achieved": "reached",
    "sustaining": "reached",
    "not-achieved": "not_reached",
    "not-attainable": "not_reached",
}


def code_in(concept: Tree, system: str) -> str:
    """The code of a CodeableConcept in one system; empty without one."""
    return next(
        (one.get("code", "") for one in concept.get("coding", ()) if one.get("system") == system),
        "",
    )


def extensions(tree: Tree, url: str) -> list[Tree]:
    """Every extension of this address."""
    return [one for one in tree.get("extension", ()) if one.get("url") == url]


def value_in(tree: Tree, url: str, kind: str) -> Any:
    """The value of the first extension of this address, None without one."""
    return next((one[kind] for one in extensions(tree, url) if kind in one), None)


def key_in(reference: Tree, kind: str) -> UUID | None:
    """The id that a literal reference to this type names."""
    found, _, key = reference.get("reference", "").rpartition("/")
    known = read_uuid(key) if found == kind else None
    return UUID(known) if known else None


def day(text: str, path: str) -> date:
    """A whole day (WriteError for a partial one)."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise WriteError("Un jour entier est attendu.", code="value", path=path) from error


def header(resource: Tree) -> Values:
    """The plan's own texts that are given, its referent, its day of revision."""
    found: Values = {}
    if "title" in resource:
        found["title"] = resource["title"]
    if "description" in resource:
        found["synthesis"] = resource["description"]
    for name, url in fhir.TEXTS.items():
        text = value_in(resource, url, "valueString")
        if text is not None:
            found[name] = text
    revision = value_in(resource, fhir.REVISION, "valueDate")
    if revision is not None:
        found["revise_on"] = day(revision, "CarePlan.extension")
    if referent := next(iter(resource.get("contributor", ())), None):
        found["referent_id"] = key_in(referent, "Practitioner")
        found["referent_name"] = referent.get("display", "")
    return found


def problem(reference: Tree) -> Values:
    """A problem from an `addresses` reference: its words, and our extension for the rest."""
    found: Values = {"label": reference["display"]} if "display" in reference else {}
    said = next(iter(extensions(reference, fhir.PROBLEM)), {})
    for name, kind, field in (
        ("priority", "valuePositiveInt", "priority"), ("resolved", "valueBoolean", "is_resolved"),
        ("detail", "valueString", "detail"),
    ):  # fmt: skip
        value = value_in(said, name, kind)
        if value is not None:
            found[field] = value
    if coding := value_in(said, "code", "valueCoding"):
        found |= {"code": coding.get("code", ""), "code_system": coding.get("system", "")}
    return found


def problem_id(reference: Tree) -> UUID | None:
    """The problem of ours that a reference names."""
    identifier = reference.get("identifier", {})
    known = (
        read_uuid(identifier.get("value", "")) if identifier.get("system") == fhir.PROBLEM else None
    )
    return UUID(known) if known else None


def goal(resource: Tree) -> Values:
    """A goal's values; `is_shared` and `problem_id` only when they are said."""
    found: Values = {
        "text": resource["description"].get("text", ""),
        "status": _goal_status(resource),
    }
    shared = value_in(resource, fhir.SHARED, "valueBoolean")
    if shared is not None:
        found["is_shared"] = shared
    if "statusReason" in resource:
        found["why"] = resource["statusReason"]
    if "statusDate" in resource and found["status"] != "active":
        found["settled_on"] = day(resource["statusDate"], "Goal.statusDate")
    if stated := resource.get("expressedBy", {}).get("display"):
        found["stated_by"] = stated
    for one in resource.get("target", ())[:1]:
        if "dueDate" in one:
            found["due_on"] = day(one["dueDate"], "Goal.target.dueDate")
        if "detailString" in one:
            found["criteria"] = one["detailString"]
    for one in resource.get("addresses", ())[:1]:
        found["problem_id"] = problem_id(one)
    return found


def _goal_status(resource: Tree) -> str:
    """Our status for a life cycle and an achievement; `withdrawn` for what should not have been there."""
    cycle = resource["lifecycleStatus"]
    if cycle == "entered-in-error":
        return "withdrawn"
    if cycle == "completed":
        achieved = code_in(resource.get("achievementStatus", {}), fhir.ACHIEVEMENT)
        if achieved not in ACHIEVED:
            words = "Dites si cet objectif est atteint : « achieved » ou « not-achieved »."
            raise WriteError(words, code="required", path="Goal.achievementStatus")
        return ACHIEVED[achieved]
    if cycle not in GOAL_STATUSES:
        raise WriteError(f"« {cycle} » n’a pas d’équivalent ici.", path="Goal.lifecycleStatus")
    return GOAL_STATUSES[cycle]


def activity(tree: Tree, team: Sequence[Teammate], path: str) -> Values:
    """An action's values; who does it is of the circle, the person (the plan's own patient), or a name alone."""
    detail = tree.get("detail")
    if detail is None:
        raise WriteError(
            "Une action est décrite dans « detail ».", code="required", path=f"{path}.detail"
        )
    found: Values = {"status": _action_status(detail, path)}
    code = detail.get("code", {})
    if text := code.get("text") or detail.get("description"):
        found["text"] = text
    if kind := code_in(code, fhir.ACTIONS):
        found["kind"] = kind
    for one in detail.get("performer", ())[:1]:
        found |= _who(one, team, f"{path}.detail.performer")
    for one in detail.get("goal", ())[:1]:
        found["goal_id"] = key_in(one, "Goal")
    if end := detail.get("scheduledPeriod", {}).get("end"):
        found["due_on"] = day(end, f"{path}.detail.scheduledPeriod.end")
    if told := tree.get("progress", ()):
        found["evaluation"] = told[-1]["text"]
    return found


def _action_status(detail: Tree, path: str) -> str:
    status = detail["status"]
    if status == "entered-in-error":
        return "withdrawn"
    if status not in ACTION_STATUSES:
        raise WriteError(f"« {status} » n’a pas d’équivalent ici.", path=f"{path}.detail.status")
    return ACTION_STATUSES[status]


def _who(reference: Tree, team: Sequence[Teammate], path: str) -> Values:
    if key_in(reference, "Patient"):
        label = reference.get("display", "") or dict(rules.WHO_KINDS)["person"]
        return {"who_kind": "person", "who_id": None, "who_label": label[:200]}
    key = key_in(reference, "Practitioner") or key_in(reference, "Organization")
    if key is None:
        return {"who_kind": "free", "who_id": None, "who_label": reference.get("display", "")}
    known = next((one for one in team if one.id == key), None)
    if known is None:
        raise WriteError(
            "Cette personne ou cette structure n’est pas du cercle.", code="not-found", path=path
        )
    return {"who_kind": known.kind, "who_id": known.id, "who_label": known.label[:200]}


def agreement(extension: Tree) -> Values:
    """What somebody answered to the plan, as `record_agreement` takes it."""
    found = {
        field: value_in(extension, name, kind) or ""
        for field, name, kind in (
            ("party", "party", "valueCode"), ("label", "name", "valueString"), ("answer", "answer", "valueCode"),
            ("means", "means", "valueCode"), ("remark", "remark", "valueString"),
        )
    }  # fmt: skip
    return {**found, "means": found["means"] or "oral"}


def status(resource: Tree) -> str:
    """Our status of a plan (WriteError for one that plans do not have)."""
    ours = {fhir_code: own for own, fhir_code in rules.FHIR_PLAN.items()}
    if resource["status"] not in ours:
        raise WriteError(
            f"« {resource['status']} » n’a pas d’équivalent ici.", path="CarePlan.status"
        )
    return ours[resource["status"]]
