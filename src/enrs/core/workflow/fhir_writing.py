"""Tasks opened, moved, assigned and answered by other software, through the commands of the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.fhir.writing import WriteError, patient_of, register_writer
from enrs.core.questionnaires.queries import answer as answer_of
from enrs.core.workflow import commands, fhir, queries, rules
from enrs.core.workflow import fhir_reading as reading
from enrs.core.workflow.commands import StaleMoveError, TakenError, TaskRefusedError
from enrs.core.workflow.fhir_following import Following
from enrs.core.workflow.models import Task
from enrs.core.workflow.registry import Opening, opening_of

Tree = dict[str, Any]

PATHS = {
    "reason": "statusReason", "role": "businessStatus", "part": "businessStatus", "guard": "businessStatus",
    "state": "businessStatus", "priority": "priority", "opposed": "restriction.recipient", "text": "description",
}  # fmt: skip
"""Where in the resource the rule that a command refused by is, when the writer knows no better."""


def category_of(resource: Tree) -> str:
    """The category that the named workflow asks of access; that of requests for an unknown one."""
    name = reading.workflow_of(resource)
    return reading.table_of(resource).category if name else "request"


@contextmanager
def _told(kind: str) -> Iterator[None]:
    """What a command refuses, in its own sentence, at its place in the resource."""
    try:
        yield
    except (TakenError, StaleMoveError) as error:
        raise WriteError(str(error), status=409, code="conflict", path=f"{kind}.status") from error
    except TaskRefusedError as error:
        raise WriteError(str(error), path=f"{kind}.{PATHS.get(error.code, 'status')}") from error


def create_task(resource: Tree, actor: Actor) -> UUID:
    """Open a task; one whose `focus` is a `ServiceRequest` of ours is that order's own, brought up to it."""
    focus = resource.get("focus", {}).get("reference", "")
    with _told("Task"):
        if focus.startswith("ServiceRequest/"):
            return _of_order(resource, focus, actor).pk
        return _opened(resource, actor).pk


def create_order(resource: Tree, actor: Actor) -> UUID:
    """Open the task of an order: both have the same id."""
    with _told("ServiceRequest"):
        return _opened(resource, actor).pk


def update_task(resource: Tree, actor: Actor) -> None:
    """Bring a task up to what is sent, act by act; what is left out stays."""
    task = _known(UUID(str(resource["id"])))
    with _told("Task"):
        Following(task, resource, actor).run()


def update_order(resource: Tree, actor: Actor) -> None:
    """Change the priority of an order; its state is that of its task."""
    task = _known(UUID(str(resource["id"])))
    if resource["status"] != fhir.ORDER_STATUSES.get(fhir.status_of(task), "active"):
        words = f"L’état d’une demande se change sur Task/{task.pk}."
        raise WriteError(words, path="ServiceRequest.status")
    priority = resource.get("priority", task.priority)
    with _told("ServiceRequest"):
        if priority != task.priority:
            commands.set_priority(task=task, priority=priority, expected_version=task.version)


def _known(task_id: UUID) -> Task:
    found = queries.task(task_id)
    if found is None:
        raise Http404
    return found


def _of_order(resource: Tree, focus: str, actor: Actor) -> Task:
    key = reading.key_of(focus)
    task = queries.task(key) if key else None
    is_same = (
        task is not None
        and task.patient_id == patient_of(resource)
        and task.workflow == reading.table_of(resource).name
    )
    if task is None or not is_same:
        words = "Cet ordre n’existe pas, ou n’est pas de cette personne et de cette sorte."
        raise WriteError(words, code="not-found", path="Task.focus")
    Following(task, resource, actor).run()
    if fresh := [one for one in resource.get("identifier", ()) if one not in task.identifiers]:
        task = commands.name_task(task=task, identifiers=[*task.identifiers, *fresh])
    return task


def _opened(resource: Tree, actor: Actor) -> Task:
    table = reading.table_of(resource)
    kind = resource["resourceType"]
    opening = _check_birth(resource, table)
    _check_requester(resource, actor)
    asked = _asked(resource, table, actor)
    if opening.form and asked.answer_id is None:
        part = "input" if kind == "Task" else "supportingInfo"
        words = f"Le formulaire « {opening.form} », rempli et terminé, accompagne cette demande."
        raise WriteError(words, code="required", path=f"{kind}.{part}")
    task = (opening.command or open_asked)(asked)
    if identifiers := resource.get("identifier"):
        task = commands.name_task(task=task, identifiers=identifiers)
    for one in resource.get("note", ()) if kind == "Task" else ():
        commands.comment_task(task=task, note=one["text"])
    return task


def open_asked(asked: rules.Asked) -> Task:
    """Open what was asked, as the page of a service without rules of its own does."""
    return commands.open_task(
        workflow=asked.workflow, patient_id=asked.patient_id, title=asked.title, reason=asked.reason,
        priority=asked.priority, addressees=asked.addressees, assignee=asked.assignee, due_at=asked.due_at,
        answer_id=asked.answer_id,
    )  # fmt: skip


def _check_birth(resource: Tree, table: rules.Workflow) -> Opening:
    """A task opens in the first state of its table, as an order, and only where its service lets it."""
    kind, status = resource["resourceType"], resource["status"]
    opening = opening_of(table.name)
    if opening is None:
        words = f"« {table.label} » ne s’ouvre que depuis les écrans de son service."
        raise WriteError(words, code="not-supported", path=f"{kind}.code")
    first = table.initial.status
    allowed = {"requested", first} if kind == "Task" else {fhir.ORDER_STATUSES.get(first, "active")}
    if status not in allowed:
        words = f"Une demande s’ouvre à l’état « {' » ou « '.join(sorted(allowed))} »."
        raise WriteError(words, path=f"{kind}.status")
    if resource["intent"] != "order":
        raise WriteError("Une demande est un ordre : « order ».", path=f"{kind}.intent")
    return opening


def _check_requester(resource: Tree, actor: Actor) -> None:
    """Who asks is whose token it is: nobody asks in the name of another."""
    given = resource.get("requester", {}).get("reference", "")
    if given and reading.key_of(given) not in actor.grantees:
        kind = resource["resourceType"]
        raise WriteError("Le demandeur est le titulaire du jeton.", path=f"{kind}.requester")


def _asked(resource: Tree, table: rules.Workflow, actor: Actor) -> rules.Asked:
    kind = resource["resourceType"]
    is_task = kind == "Task"
    restriction = resource.get("restriction", {})
    path = f"{kind}.restriction.recipient" if is_task else f"{kind}.performer"
    named = restriction.get("recipient", ()) if is_task else resource.get("performer", ())
    owner = [resource["owner"]] if is_task and "owner" in resource else []
    due = restriction.get("period", {}).get("end", "")
    patient_id = patient_of(resource)
    if patient_id is None:
        raise WriteError("Le patient manque.", code="required")
    due_at = reading.moment(due, f"{kind}.restriction.period.end") if due else None
    if due_at is not None and due_at < timezone.now():
        raise WriteError("Choisissez une échéance à venir.", path=f"{kind}.restriction.period.end")
    hands = reading.parties(owner, actor, f"{kind}.owner")
    return rules.Asked(
        workflow=table.name,
        patient_id=patient_id,
        title=reading.title_of(resource, table),
        reason=reading.reason_text(resource),
        priority=resource.get("priority", "routine"),
        addressees=tuple(reading.parties(named, actor, path)),
        assignee=hands[0] if hands else None,
        due_at=due_at,
        answer_id=_form(resource, patient_id, table),
    )


def _form(resource: Tree, patient_id: UUID, table: rules.Workflow) -> UUID | None:
    """The filled form that is named: one of this person, finished, that the caller may read."""
    key = reading.form_of(resource)
    if key is None:
        return None
    answer, opening = answer_of(key), opening_of(table.name)
    if (
        answer is None
        or answer.patient_id != patient_id
        or answer.status not in ("completed", "amended")
        or (opening and opening.form not in ("", answer.form_name))
    ):
        words = "Ce formulaire n’existe pas pour cette personne, n’est pas terminé, ou n’est pas le bon."
        part = "input" if resource["resourceType"] == "Task" else "supportingInfo"
        raise WriteError(words, code="not-found", path=f"{resource['resourceType']}.{part}")
    return key


register_writer("Task", category=category_of, create=create_task, update=update_task)
register_writer("ServiceRequest", category=category_of, create=create_order, update=update_order)
