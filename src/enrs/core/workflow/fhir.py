"""Tasks about a patient as FHIR R4 `Task` and `ServiceRequest` (the same id); those without one stay inside."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects

from enrs.core.fhir.commands import Publication, collecting, publish
from enrs.core.fhir.rules.dates import instant
from enrs.core.fhir.rules.identifiers import identifier_keys
from enrs.core.workflow.models import Addressee, Task, TaskStep

Tree = dict[str, Any]
Keys = list[tuple[str, str]]

WORKFLOWS = "urn:local:workflow"
"""System of the workflows' names; `urn:local:workflow:<name>` is that of the states of one."""
ANSWER = "urn:local:task-answer"
"""Extension of a recipient: what they answered, and why."""
FORM = "urn:local:task-form"
"""Code of the input that is a filled form."""
STEPS = 30
"""Steps of a task whose notes are published: the whole history is on its page."""

ORDER_STATUSES = {
    "draft": "draft", "rejected": "revoked", "cancelled": "revoked", "failed": "revoked", "completed": "completed",
    "on-hold": "on-hold", "entered-in-error": "entered-in-error",
}  # fmt: skip
"""`task-status` to `request-status`; the others are active orders."""
LISTED = frozenset({"sent", "seen", "studied", "agreed", "declined"})
"""Answers of the sendings that are published: one withdrawn or closed asks nobody any more."""


def status_of(task: Task) -> str:
    """The FHIR status of a task."""
    return "entered-in-error" if task.withdrawn_at else task.place.status


def states_of(name: str) -> str:
    """The system of a workflow's states."""
    return f"{WORKFLOWS}:{name}"


def reasons_of(name: str) -> str:
    """The system of the reasons that a workflow's transitions offer."""
    return f"{WORKFLOWS}:{name}:reason"


def literal(task: Task, kind: str, grantee_id: UUID | None) -> str:
    """The reference of a party; empty for somebody who has no resource (a relative)."""
    if grantee_id is None or grantee_id == task.requester_id:
        return ""
    if kind == "organisation":
        return f"Organization/{grantee_id}"
    return f"{'Patient' if grantee_id == task.patient_id else 'Practitioner'}/{grantee_id}"


def _party(task: Task, kind: str, grantee_id: UUID | None, name: str) -> Tree:
    text = literal(task, kind, grantee_id)
    return {"reference": text, "display": name} if text else {"display": name}


def requester_of(task: Task) -> Tree:
    """Who asked: the person, else the place; the platform when nobody did."""
    named = [one for one in (task.requester_name, task.requester_organisation_name) if one]
    display = " · ".join(named) or "Plateforme régionale"
    if task.requester_grantee_id:
        return _party(task, "person", task.requester_grantee_id, display)
    return _party(task, "organisation", task.requester_organisation_id, display)


def hands_of(task: Task) -> list[Tree]:
    """Who has the task in hand: the person, then the team."""
    found = []
    if task.assignee_name:
        found.append(_party(task, "person", task.assignee_id, task.assignee_name))
    if task.team_name:
        found.append(_party(task, "organisation", task.team_id, task.team_name))
    return found


def recipient(task: Task, sending: Addressee) -> Tree:
    """One addressee, with their own answer."""
    said: list[Tree] = [{"url": "answer", "valueCode": sending.answer}]
    if sending.reason:
        said.append({"url": "reason", "valueString": sending.reason})
    named = _party(task, sending.kind, sending.grantee_id, sending.name)
    return {"extension": [{"url": ANSWER, "extension": said}], **named}


def _concept(task: Task) -> Tree:
    code = {"system": WORKFLOWS, "code": task.workflow, "display": task.table.label}
    return {"coding": [code], "text": task.title}


def _common(task: Task, kind: str) -> Tree:
    resource: Tree = {"resourceType": kind, "id": str(task.id)}
    if task.identifiers:
        resource["identifier"] = task.identifiers
    return resource


def to_fhir(task: Task, sent: Sequence[Addressee], steps: Sequence[TaskStep]) -> Tree:
    """`Task`: where it stands and why, for whom, who asked, who does it, who was asked, until when.

    `sent` are its sendings in their order, `steps` its last steps, the newest first.
    """
    resource = _common(task, "Task") | {
        "status": status_of(task),
        "businessStatus": {
            "coding": [
                {
                    "system": states_of(task.workflow),
                    "code": task.state,
                    "display": task.place.label,
                }
            ],
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
        "requester": requester_of(task),
    }
    if why := _why(task, steps):
        resource["statusReason"] = why
    if hands := hands_of(task):
        resource["owner"] = hands[0]
    if task.reason:
        resource["reasonCode"] = {"text": task.reason}
    if notes := [_note(one) for one in reversed(steps) if one.note and one.act != "send"]:
        resource["note"] = notes
    if restriction := _restriction(task, sent):
        resource["restriction"] = restriction
    if task.answer_id:
        resource["input"] = [
            {
                "type": {"coding": [{"system": WORKFLOWS, "code": FORM}], "text": "Formulaire"},
                "valueReference": {"reference": f"QuestionnaireResponse/{task.answer_id}"},
            }
        ]
    return resource


def _why(task: Task, steps: Sequence[TaskStep]) -> Tree:
    """The reason of the last move, when it had one."""
    moves = [one for one in steps if one.act in task.table.acts and one.undone_at is None]
    if not moves or not moves[0].reason or moves[0].to_state != task.state:
        return {}
    why: Tree = {"text": moves[0].reason}
    if moves[0].reason_code:
        code = {"system": reasons_of(task.workflow), "code": moves[0].reason_code}
        why["coding"] = [code]
    return why


def _note(step: TaskStep) -> Tree:
    return {"authorString": step.by_name, "time": instant(step.at), "text": step.note}


def _restriction(task: Task, sent: Sequence[Addressee]) -> Tree:
    restriction: Tree = {}
    if task.due_at:
        restriction["period"] = {"end": instant(task.due_at)}
    if asked := [recipient(task, one) for one in sent if one.answer in LISTED]:
        restriction["recipient"] = asked
    return restriction


def request_resource(task: Task, sent: Sequence[Addressee]) -> Tree:
    """`ServiceRequest`: the order that the task carries out; its performers are those who have it, else those asked."""
    resource = _common(task, "ServiceRequest") | {
        "status": ORDER_STATUSES.get(status_of(task), "active"),
        "intent": "order",
        "priority": task.priority,
        "code": _concept(task),
        "subject": {"reference": f"Patient/{task.patient_id}"},
        "authoredOn": instant(task.opened_at),
        "requester": requester_of(task),
    }
    asked = [
        _party(task, one.kind, one.grantee_id, one.name) for one in sent if one.answer in LISTED
    ]
    if performers := hands_of(task) or asked:
        resource["performer"] = performers
    if task.reason:
        resource["reasonCode"] = [{"text": task.reason}]
    if task.answer_id:
        resource["supportingInfo"] = [{"reference": f"QuestionnaireResponse/{task.answer_id}"}]
    return resource


def _shared_keys(task: Task) -> Keys:
    found = [
        ("priority", task.priority),
        ("code", task.workflow),
        ("code", f"{WORKFLOWS}|{task.workflow}"),
        ("intent", "order"),
        ("date", instant(task.opened_at)),
        *identifier_keys(task.identifiers),
    ]
    requester = requester_of(task).get("reference")
    return [*found, ("requester", requester)] if requester else found


def keys(task: Task) -> Keys:
    """Search keys of a `Task`."""
    owners = [one["reference"] for one in hands_of(task) if "reference" in one]
    return [
        *_shared_keys(task),
        *(("owner", one) for one in owners),
        ("status", status_of(task)),
        ("business-status", task.state),
        ("business-status", f"{states_of(task.workflow)}|{task.state}"),
        ("authored-on", instant(task.opened_at)),
        ("modified", instant(task.changed_at)),
        ("focus", f"ServiceRequest/{task.id}"),
    ]


def request_keys(task: Task, sent: Sequence[Addressee]) -> Keys:
    """Search keys of a `ServiceRequest`."""
    performers = [
        one["reference"]
        for one in request_resource(task, sent).get("performer", ())
        if "reference" in one
    ]
    return [
        *_shared_keys(task),
        *(("performer", one) for one in performers),
        ("status", ORDER_STATUSES.get(status_of(task), "active")),
        ("authored", instant(task.opened_at)),
    ]


def publish_task(task: Task) -> None:
    """Publish a task and its order in their present state; nothing for a task without a patient."""
    if task.patient_id is not None:
        sent = task.addressees.filter(answer__in=LISTED).order_by("sent_at", "id")
        _publish(task, list(sent), shown_steps(task))


def shown_steps(task: Task) -> list[TaskStep]:
    """The steps whose notes are published, the newest first."""
    return list(task.steps.order_by("-version")[:STEPS])


def publish_tasks(tasks: Sequence[Task]) -> None:
    """As `publish_task` for each, in two queries."""
    prefetch_related_objects(
        tasks,
        Prefetch("addressees", Addressee.objects.order_by("sent_at", "id")),
        Prefetch("steps", TaskStep.objects.order_by("-version")),
    )
    for task in tasks:
        if task.patient_id is not None:
            _publish(task, list(task.addressees.all()), list(task.steps.all())[:STEPS])


def _publish(task: Task, sent: Sequence[Addressee], steps: Sequence[TaskStep]) -> None:
    for resource, found in (
        (to_fhir(task, sent, steps), keys(task)),
        (request_resource(task, sent), request_keys(task, sent)),
    ):
        publish(resource, patient_id=task.patient_id, category=task.table.category, keys=found)


def publications(size: int = 200) -> Iterator[list[Publication]]:
    """Every Task and ServiceRequest again, in batches (`enrs fhir rebuild`)."""
    tasks = Task.objects.filter(patient_id__isnull=False).order_by("id").iterator(chunk_size=size)
    while batch := list(islice(tasks, size)):
        with collecting() as collected:
            publish_tasks(batch)
        yield collected
