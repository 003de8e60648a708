"""What other software gives a task besides its words: the identifiers under which it knows it."""

from collections.abc import Sequence
from typing import Any

from enrs.core.effects import act
from enrs.core.workflow import fhir
from enrs.core.workflow.commands.shared import demand, locked
from enrs.core.workflow.models import Task


def name_task(*, task: Task, identifiers: Sequence[dict[str, Any]]) -> Task:
    """Keep the identifiers (FHIR `Identifier`) that another software gives a task; the version stays.

    Raises:
        AccessRefusedError: not to be written by the current actor.
    """
    with act():
        current = locked(task)
        demand(current)
        current.identifiers = list(identifiers)
        current.save(update_fields=["identifiers"])
        fhir.publish_task(current)
    return current
