"""What one person proposed, another confirms or refuses; confirmed, it is done as if one had decided."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity.commands.desk import close_decided, demand_officer, record_act
from enrs.referentials.identity.commands.items import drop_proposal
from enrs.referentials.identity.commands.parting import MOVES, close_proposal_item, move_proposed
from enrs.referentials.identity.commands.quarantine import OUTCOMES, settle_quarantined
from enrs.referentials.identity.commands.undoing import undo_decided
from enrs.referentials.identity.models import IdentityProposal, ItemAct, SourceIdentity, WorkItem
from enrs.referentials.identity.queries.unit import versions_of

MOVED = "Une mise à jour des identités"
"""Who takes back a proposal on identities that changed since."""

OF_QUARANTINE = {outcome: state for state, outcome in OUTCOMES.items()}


class OutdatedProposalError(StaleSaveError):
    """The identities changed since they were proposed of; the proposal is taken back."""


def settle_proposal(
    *,
    item_id: UUID,
    is_confirmed: bool,
    reason: str,
    by: Actor,
    identities: Sequence[SourceIdentity] = (),
    proposal_id: UUID | None = None,
) -> None:
    """Confirm or refuse what a colleague proposed; confirmed, it is done for both reasons.

    `proposal_id` is the proposal that one read: another of the same item is not settled in its place.

    Raises:
        AccessRefusedError: `profession`, `reason`, or `same_person` for who proposed it.
        IdentityProposal.DoesNotExist: nothing is proposed (any more).
        OutdatedProposalError: the identities have changed since, and it is proposed no more.
        StaleSaveError: something else is proposed, or what it was proposed of has changed since.
    """
    demand_officer(by, reason)
    with act():
        item, proposal = _waiting(item_id, proposal_id)
        if proposal.proposed_by_id == by.user_id:
            raise AccessRefusedError("same_person")
        now = versions_of(item.identity_ids)
        is_outdated = is_confirmed and proposal.versions not in ({}, now)
        if is_outdated:
            _withdraw_outdated(item, proposal)
        else:
            _settle(proposal, is_confirmed, reason, by, identities)
    if is_outdated:
        # After the block: that it is proposed no more is kept.
        raise OutdatedProposalError(item)


def _settle(
    proposal: IdentityProposal,
    is_confirmed: bool,
    reason: str,
    by: Actor,
    identities: Sequence[SourceIdentity],
) -> None:
    item_id = proposal.item_id
    proposal.settled_by_id, proposal.settled_by = by.user_id, by.name
    proposal.settled_at, proposal.is_confirmed = datetime.now(UTC), is_confirmed
    proposal.save()
    if is_confirmed:
        words = f"{proposal.reason} (proposé par {proposal.proposed_by})\n{reason}"
        _carry_out(item_id, proposal.outcome, words, by, identities)
    else:
        _leave(item_id, proposal.outcome, ItemAct.Kind.REFUSED, reason, by)


def _waiting(item_id: UUID, proposal_id: UUID | None) -> tuple[WorkItem, IdentityProposal]:
    """An item and what is proposed of it, locked in this order, as everywhere."""
    item = WorkItem.objects.select_for_update().get(pk=item_id)
    waiting = IdentityProposal.objects.select_for_update().filter(settled_at=None)
    proposal = waiting.get(item_id=item_id)
    if proposal_id not in (None, proposal.id):
        raise StaleSaveError(proposal)
    return item, proposal


def _withdraw_outdated(item: WorkItem, proposal: IdentityProposal) -> None:
    drop_proposal(item.id, MOVED)
    note("identity.work.outdated", object_kind="identity_work_item", object_id=item.id,
         patient_ids=item.patient_ids, details={"outcome": proposal.outcome})  # fmt: skip
    if proposal.outcome in MOVES.values():
        close_proposal_item(item, WorkItem.Outcome.WITHDRAWN, "", MOVED)


def withdraw_proposal(
    *, item_id: UUID, reason: str, by: Actor, proposal_id: UUID | None = None
) -> None:
    """Take back one's own proposal: the item waits as before, for anybody to decide.

    Raises:
        AccessRefusedError: `profession`, `reason`, or `other_person` for who did not propose it.
        IdentityProposal.DoesNotExist: nothing is proposed (any more).
        StaleSaveError: something else than `proposal_id` is proposed.
    """
    demand_officer(by, reason)
    with act():
        _, proposal = _waiting(item_id, proposal_id)
        if proposal.proposed_by_id != by.user_id:
            raise AccessRefusedError("other_person")
        # Nobody settled it: the constraint of two people holds.
        proposal.settled_by, proposal.settled_at = by.name, datetime.now(UTC)
        proposal.save(update_fields=["settled_by", "settled_at"])
        _leave(item_id, proposal.outcome, ItemAct.Kind.WITHDRAWN, reason, by)


def _carry_out(
    item_id: UUID, outcome: str, reason: str, by: Actor, identities: Sequence[SourceIdentity]
) -> None:
    if outcome in OF_QUARANTINE:
        settle_quarantined(item_id, OF_QUARANTINE[WorkItem.Outcome(outcome)], reason, by)
    elif outcome in MOVES.values():
        move_proposed(WorkItem.objects.select_for_update().get(pk=item_id), reason, by)
    elif outcome == "undone":
        undo_decided(item_id, reason, by)
    else:
        close_decided(item_id, outcome, reason, by, identities)


def _leave(item_id: UUID, outcome: str, kind: str, reason: str, by: Actor) -> None:
    """What is proposed is not done; `kind` says whether it was refused or taken back."""
    record_act(item_id, kind, by, reason, outcome=outcome)
    note(f"identity.work.{kind}", object_kind="identity_work_item", object_id=item_id,
         reason=reason, details={"outcome": outcome})  # fmt: skip
    if outcome in MOVES.values():
        # The item was there for this proposal alone.
        item = WorkItem.objects.select_for_update().get(pk=item_id)
        close_proposal_item(item, WorkItem.Outcome.WITHDRAWN, reason, by.name)
