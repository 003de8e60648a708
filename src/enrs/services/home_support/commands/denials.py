"""Once a person opposes an agency, what it took is free again and what it was asked is withdrawn."""

from collections.abc import Collection
from uuid import UUID

from enrs.core.access.queries import valid_denials
from enrs.core.effects import act
from enrs.core.workflow.commands import move_task
from enrs.core.workflow.models import Task
from enrs.services.home_support.commands.returns import STANDING
from enrs.services.home_support.commands.shared import free, locked_slots, tell, week_changed
from enrs.services.home_support.models import Ask, HomeReturn, Slot


def follow_denials(*, patient_id: UUID, grantees: Collection[UUID]) -> int:
    """Free and withdraw, in the open returns of a person, all that agencies whom they oppose have; how many had."""
    rows = valid_denials().filter(patient_id=patient_id, grantee_id__in=list(grantees))
    denied = set(rows.values_list("grantee_id", flat=True))
    count = 0
    if not denied:
        return count
    with act():
        returns = HomeReturn.objects.select_for_update(of=("self",)).filter(
            patient_id=patient_id, ended_at=None, withdrawn_at=None
        )
        for held in returns.order_by("id"):
            asks = Ask.objects.filter(
                home_return=held, agency_id__in=denied, task__state__in=STANDING
            )
            if not asks.exists():
                continue
            for ask in asks.order_by("id"):
                keys = Slot.objects.filter(ask=ask).values_list("id", flat=True)
                free([one for one in locked_slots(keys) if one.ask_id == ask.id])
                task = Task.objects.get(pk=ask.task_id)
                move_task(task=task, transition="withdraw", expected_version=task.version)
                tell(held, "withdrawn", agencies=[ask.agency_id], told=[str(ask.agency_id)])
                count += 1
            week_changed(held.patient_id, held.id)
    return count
