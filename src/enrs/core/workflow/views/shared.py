"""The door of a task's page: row security, then the gate for its category, then being a party to it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import Opening, open_patient
from enrs.core.access.permissions import patient_permission
from enrs.core.access.rules import READ, WRITE
from enrs.core.workflow import queries
from enrs.core.workflow.models import Task
from enrs.core.workflow.registry import boards_for


def opened_task(request: HttpRequest, task_id: UUID, action: str = READ) -> Task:
    """A task that the current actor may read (or write), with `request.opening` when it has a patient.

    Every refusal is a 404; one about a patient leaves its line.
    """
    found = queries.find(task_id)
    if found is None:
        raise Http404
    if found.patient_id is None:
        if not queries.is_party(found, current_actor()):
            raise Http404
        return found
    opening = open_patient(patient_permission(found.table.category, action), found.patient_id)
    if not opening.decision.allowed:
        raise Http404
    request.opening = opening  # type: ignore[attr-defined]
    return found


def may_write(request: HttpRequest, task: Task) -> bool:
    """Whether the actor may act on the task at all."""
    opening: Opening | None = getattr(request, "opening", None)
    if task.patient_id is None or opening is None:
        return True
    return opening.may(WRITE, task.table.category)


def boards_page(workflow: str = "") -> HttpResponse:
    """The board of a workflow for the actor's role, or the list of boards."""
    first = next(iter(boards_for(current_actor().role, {workflow} if workflow else None)), None)
    return (
        redirect("workflow:board", first.name) if workflow and first else redirect("workflow:index")
    )


def lost_page(request: HttpRequest, task_id: UUID) -> HttpResponse | None:
    """For who was asked too and came second: the boards, with who won."""
    won = queries.lost_to(task_id)
    if won is None or current_actor().kind != "professional":
        return None
    messages.warning(request, f"{won[0]} a pris cette demande avant vous.")
    return boards_page()
