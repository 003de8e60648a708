"""Undoing a decision from the desk, whatever kind of item it closed."""

from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.effects import act
from enrs.referentials.identity.commands.desk import demand_officer, record_act
from enrs.referentials.identity.commands.quarantine import unsettle_quarantined
from enrs.referentials.identity.commands.worklist import reopen_work_item
from enrs.referentials.identity.models import ItemAct, WorkItem

OF_QUARANTINE = (WorkItem.Outcome.CORRECTED, WorkItem.Outcome.REFUSED)


def undo_decision(*, item_id: UUID, reason: str, by: Actor) -> None:
    """Take a decision back: links, attributes and the item are as before, and the history says who and why.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: the item is open, was closed by a rule, or waits again under another line.
    """
    demand_officer(by, reason)
    with act():
        item = WorkItem.objects.get(pk=item_id)
        outcome = item.outcome
        if outcome in OF_QUARANTINE:
            unsettle_quarantined(item, reason, by)
        else:
            reopen_work_item(item_id=item_id, reason=reason, by=by)
        record_act(item_id, ItemAct.Kind.UNDONE, by, reason, outcome=outcome)
