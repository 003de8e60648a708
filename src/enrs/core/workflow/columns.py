"""Columns that most boards want, ready made."""

from typing import Any

from django.utils import timezone

from enrs.core.workflow.commands import PRIORITY_LABELS
from enrs.core.workflow.registry import Column, Pill, Row

TONES = {"stat": "alerte", "asap": "alerte", "urgent": "attention", "routine": "neutre"}


def _state(row: Row) -> Pill:
    place = row.workflow.state(row.task.state)
    return Pill(place.label, place.tone, place.icon)


def _priority(row: Row) -> Pill:
    code = row.task.priority
    icon = {"routine": "dash", "urgent": "chevron-up"}.get(code, "chevron-double-up")
    return Pill(PRIORITY_LABELS[code], TONES[code], icon)


def _due(row: Row) -> Any:
    due_at = row.task.due_at
    if due_at is not None and row.task.closed_at is None and due_at < timezone.now():
        return Pill("En retard", "alerte", "alarm", at=due_at)
    return due_at


TITLE = Column("title", "Objet", lambda row: row.task.title)
PATIENT = Column("patient", "Personne", lambda row: row.patient_name)
STATE = Column("state", "État", _state)
PRIORITY = Column("priority", "Priorité", _priority)
DUE = Column("due", "Échéance", _due)
ASSIGNEE = Column("assignee", "En main", lambda row: row.task.assignee_name or row.task.team_name)
REQUESTER = Column(
    "requester",
    "Demandée par",
    lambda row: row.task.requester_name or row.task.requester_organisation_name,
)
OPENED = Column("opened", "Reçue", lambda row: row.task.opened_at)

STANDARD = (TITLE, PATIENT, STATE, PRIORITY, DUE, ASSIGNEE, REQUESTER, OPENED)
