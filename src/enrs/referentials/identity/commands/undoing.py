"""Undoing a decision from the desk, whatever kind of item it closed."""

from datetime import datetime
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity.commands.desk import (
    DECIDED,
    PROPOSED,
    demand_officer,
    is_proposed,
    record_act,
)
from enrs.referentials.identity.commands.parting import MOVES, undo_moved, where_left
from enrs.referentials.identity.commands.quarantine import unsettle_quarantined
from enrs.referentials.identity.commands.worklist import reopen_work_item
from enrs.referentials.identity.models import IdentityProposal, ItemAct, WorkItem

OF_QUARANTINE = (WorkItem.Outcome.CORRECTED, WorkItem.Outcome.REFUSED)
NOBODY_S = ("", WorkItem.Outcome.BY_RULE, WorkItem.Outcome.WITHDRAWN)
"""What no person decided, or what changed nothing: there is nothing to undo."""


def undo_decision(
    *, item_id: UUID, reason: str, by: Actor, closed_at: datetime | None = None
) -> str:
    """Take a decision back: links, attributes and the item are as before, and the history says who and why.

    `closed_at` is when the decision that one read was taken: another one, taken meanwhile, is not undone.

    Gives `decided`, or `proposed` where a second person must confirm: for qualified identities, and for what two
    people decided.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: the item is open, was closed by a rule, or waits again under another line; its identity
            moved since.
    """
    demand_officer(by, reason)
    with act():
        item = WorkItem.objects.select_for_update().get(pk=item_id)
        if item.closed_at is None or item.outcome in NOBODY_S:
            raise StaleSaveError(item)
        if closed_at not in (None, item.closed_at):
            raise StaleSaveError(item)
        if item.outcome in MOVES.values():
            where_left(item)
        by_two = IdentityProposal.objects.filter(item=item, is_confirmed=True).exists()
        if is_proposed(item, "undone", reason, by, was_by_two=by_two):
            return PROPOSED
        undo_decided(item_id, reason, by)
    return DECIDED


def undo_decided(item_id: UUID, reason: str, by: Actor) -> None:
    """Undo what an item closed, whoever had to agree having agreed.

    Raises:
        StaleSaveError: as `undo_decision`.
    """
    item = WorkItem.objects.select_for_update().get(pk=item_id)
    outcome = item.outcome
    if item.closed_at is None or outcome in NOBODY_S:
        raise StaleSaveError(item)
    if outcome in OF_QUARANTINE:
        unsettle_quarantined(item, reason, by)
    elif outcome in MOVES.values():
        undo_moved(item, reason, by)
    else:
        reopen_work_item(item_id=item_id, reason=reason, by=by)
    record_act(item_id, ItemAct.Kind.UNDONE, by, reason, outcome=outcome)
