"""What tasks offer: the boards in the rail, and their line on the life line of every record."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from enrs.core.access.actor import Actor
from enrs.core.access.rules import permits
from enrs.core.kept import Kept, past
from enrs.core.ui.registry import (
    HelpPage,
    LifeKind,
    LifePosition,
    LifeRow,
    Offer,
    help_page,
    life_kind,
    offer,
)
from enrs.core.workflow.models import Task
from enrs.core.workflow.registry import boards_for, workflows

CATEGORY = "request"


def life_rows(
    patient_id: UUID, _role: str, before: LifePosition | None, limit: int
) -> list[LifeRow]:
    """The requests about a patient, newest first: those of workflows under the category of requests."""
    names = tuple(one.name for one in workflows() if one.category == CATEGORY)
    return [_row(one) for one in _tasks(patient_id, *past(before), names=names, limit=limit)]


@Kept
def _tasks(patient_id: UUID, *last: Any, names: tuple[str, ...], limit: int) -> QuerySet[Task]:
    rows = Task.objects.filter(patient_id=patient_id, withdrawn_at=None, workflow__in=names)
    if last:
        at, key = last
        rows = rows.filter(Q(opened_at__lt=at) | Q(opened_at=at, id__lt=key))
    return rows.order_by("-opened_at", "-id")[:limit]


def _row(task: Task) -> LifeRow:
    place = task.place
    return LifeRow(
        id=task.id,
        at=task.opened_at,
        title=task.title,
        text=task.table.label,
        author=task.requester_name or task.requester_organisation_name,
        icon=place.icon,
        tone=place.tone,
        state=place.label,
        url=reverse("workflow:task", args=[task.id]),
    )


def _is_for(actor: Actor) -> bool:
    """Whoever may read requests and has a board to read them on."""
    reads = actor.kind == "professional" and permits(actor.role, CATEGORY, "read")
    return reads and bool(boards_for(actor.role))


offer(
    Offer(
        key="tasks",
        label="Demandes",
        icon="send-check",
        url_name="workflow:index",
        summary="Ce que l’on vous demande, et ce que vous avez demandé.",
        is_for=_is_for,
        order=28,
    )
)
help_page(
    HelpPage(
        key="demandes",
        label="Demandes",
        icon="send-check",
        summary="Répondre à une demande, la confier, suivre les siennes",
        template="workflow/help.html",
        offers=("tasks",),
        order=28,
    )
)
life_kind(LifeKind("requests", "Demandes", "send", CATEGORY, life_rows, 60, "task"))
