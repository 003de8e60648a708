"""The notices of tasks, three kinds for each workflow: a move is told, a limit nears, a limit has passed."""

from typing import Any
from uuid import UUID

from django.urls import reverse

from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.registry import Telling, register_kind
from enrs.core.workflow.models import TaskStep
from enrs.core.workflow.queries import users_behind
from enrs.core.workflow.registry import on_register
from enrs.core.workflow.rules import Workflow


def telling(event: OutboxEvent) -> Telling:
    """Whom a step is told to, but who made it; nobody when the task is gone."""
    step = TaskStep.objects.select_related("task").filter(pk=event.payload["step"]).first()
    if step is None or step.undone_at is not None:
        return Telling(())
    task = step.task
    users = users_behind(task, event.payload["tells"]) - {step.by_id}
    details = {
        "by": step.by_name,
        "title": task.title,
        "task": str(task.id),
        "label": step.label,
        "state": task.table.state(step.to_state).label,
        "moved": step.from_state != step.to_state,
        "reason": step.reason,
    }
    return Telling(users, details)


def link(details: dict[str, Any]) -> str:
    """The address of the task that a notice speaks of."""
    try:
        return reverse("workflow:task", args=[UUID(details["task"])])
    except (KeyError, ValueError):
        return ""


def declare_kinds(table: Workflow) -> None:
    """The three kinds of one workflow; access is asked in its category."""
    shared: dict[str, Any] = {
        "category": table.category, "link": link, "link_label": "Ouvrir la demande", "channels": ("mail",),
        "audience": ("professional", "operator"),
    }  # fmt: skip
    register_kind(
        f"task.told.{table.name}", label=f"{table.label}\u00a0: du nouveau", icon="inbox",
        template="workflow/_notice.html", tell=telling, **shared,
    )  # fmt: skip
    register_kind(
        f"task.due.{table.name}", label=f"{table.label}\u00a0: échéance proche", icon="alarm",
        template="workflow/_notice_due.html", **shared,
    )  # fmt: skip
    register_kind(
        f"task.late.{table.name}", label=f"{table.label}\u00a0: délai dépassé", icon="exclamation-triangle",
        template="workflow/_notice_due.html", urgency="urgent", **shared,
    )  # fmt: skip


on_register(declare_kinds)
