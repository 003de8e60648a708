"""Tasks about a patient as FHIR R4 `Task` and `ServiceRequest` (the same id); those without one stay inside."""

from typing import Any

from enrs.core.fhir.commands import Publication, publication, publish
from enrs.core.fhir.rules.dates import instant
from enrs.core.workflow.models import Task

Keys = list[tuple[str, str]]

ORDER_STATUSES = {
    "draft": "draft", "rejected": "revoked", "cancelled": "revoked", "failed": "revoked", "completed": "completed",
    "on-hold": "on-hold", "entered-in-error": "entered-in-error",
}  # fmt: skip
"""`task-status` to `request-status`; the others are active orders."""


def status_of(task: Task) -> str:
    """The FHIR status of a task."""
    return "entered-in-error" if task.withdrawn_at else task.place.status


def _concept(task: Task) -> dict[str, Any]:
    code = {"system": "urn:local:workflow", "code": task.workflow, "display": task.table.label}
    return {"coding": [code], "text": task.title}


def _requester(task: Task) -> dict[str, Any]:
    named = " · ".join(
        one for one in (task.requester_name, task.requester_organisation_name) if one
    )
    return {"display": named or "Plateforme régionale"}


def to_fhir(task: Task) -> dict[str, Any]:
    """`Task`: status, business status, priority, whom it is for, who asked, who does it, until when."""
    resource: dict[str, Any] = {
        "resourceType": "Task",
        "id": str(task.id),
        "status": status_of(task),
        "businessStatus": {
            "coding": [{"system": f"urn:local:workflow:{task.workflow}", "code": task.state}],
            "text": task.place.label,
        },
        "intent": "order",
        "priority": task.priority,
        "code": _concept(task),
        "description": task.title,
        "focus": {"reference": f"ServiceRequest/{task.id}"},
        "for": {"reference": f"Patient/{task.patient_id}"},
        "authoredOn": instant(task.opened_at),
        "lastModified": instant(task.changed_at),
        "requester": _requester(task),
    }
    if task.assignee_name:
        resource["owner"] = {"display": task.assignee_name}
    elif task.team_name:
        resource["owner"] = {"display": task.team_name}
    if task.reason:
        resource["reasonCode"] = {"text": task.reason}
    if task.due_at:
        resource["restriction"] = {"period": {"end": instant(task.due_at)}}
    return resource


def request_resource(task: Task) -> dict[str, Any]:
    """`ServiceRequest`: the order that the task carries out."""
    resource: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "id": str(task.id),
        "status": ORDER_STATUSES.get(status_of(task), "active"),
        "intent": "order",
        "priority": task.priority,
        "code": _concept(task),
        "subject": {"reference": f"Patient/{task.patient_id}"},
        "authoredOn": instant(task.opened_at),
        "requester": _requester(task),
    }
    if task.team_name or task.assignee_name:
        resource["performer"] = [{"display": task.team_name or task.assignee_name}]
    if task.reason:
        resource["reasonCode"] = [{"text": task.reason}]
    return resource


def keys(task: Task) -> Keys:
    """Search keys of a `Task`."""
    return [
        ("status", status_of(task)),
        ("business-status", task.state),
        ("priority", task.priority),
        ("code", task.workflow),
        ("code", f"urn:local:workflow|{task.workflow}"),
        ("authored-on", instant(task.opened_at)),
        ("modified", instant(task.changed_at)),
        ("focus", f"ServiceRequest/{task.id}"),
    ]


def request_keys(task: Task) -> Keys:
    """Search keys of a `ServiceRequest`."""
    return [
        ("status", ORDER_STATUSES.get(status_of(task), "active")),
        ("priority", task.priority),
        ("code", task.workflow),
        ("code", f"urn:local:workflow|{task.workflow}"),
        ("authored", instant(task.opened_at)),
    ]


def publish_task(task: Task) -> None:
    """Publish a task and its order in their present state; nothing for a task without a patient."""
    if task.patient_id is None:
        return
    for resource, found in (
        (to_fhir(task), keys(task)),
        (request_resource(task), request_keys(task)),
    ):
        publish(resource, patient_id=task.patient_id, category=task.table.category, keys=found)


def publications(task: Task) -> list[Publication]:
    """What `publish_task` would write (`enrs fhir rebuild`)."""
    if task.patient_id is None:
        return []
    return [
        publication(resource, patient_id=task.patient_id, category=task.table.category, keys=found)
        for resource, found in ((to_fhir(task), keys(task)), (request_resource(task), request_keys(task)))
    ]  # fmt: skip
