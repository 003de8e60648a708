"""The identity unit's decisions on what waits for it, and their withdrawal."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity.commands.decisions import (
    check_officer,
    decide,
    settle_decided,
    withdraw_decisions,
)
from enrs.referentials.identity.commands.emergency import follow_answer, follow_undoing
from enrs.referentials.identity.models import IdentityPair, SourceIdentity, WorkItem

DECISIONS = {
    WorkItem.Outcome.LINKED: IdentityPair.Decision.SAME,
    WorkItem.Outcome.KEPT_APART: IdentityPair.Decision.DIFFERENT,
    WorkItem.Outcome.NAMESAKE: IdentityPair.Decision.NAMESAKE,
}


def close_work_item(
    *,
    item_id: UUID,
    outcome: str,
    reason: str,
    by: Actor,
    identities: Sequence[SourceIdentity] = (),
) -> None:
    """Decide an item: its identities are one person, are not, or are namesakes.

    The decision is on the pairs of the item and stands against every rule until it is withdrawn.
    `identities` are the item's, in its order, as `queries.identities_of_items` gives them to the unit.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: somebody decided it meanwhile.
    """
    if by.role != "identity_officer":
        raise AccessRefusedError("profession")
    check_officer(by, reason)
    if outcome not in DECISIONS:
        raise ValueError(outcome)
    decision = DECISIONS[WorkItem.Outcome(outcome)]
    with act():
        changed = WorkItem.objects.filter(pk=item_id, closed_at=None).update(
            closed_at=datetime.now(UTC), closed_by=by.name, closed_reason=reason, outcome=outcome
        )
        item = WorkItem.objects.get(pk=item_id)
        if not changed:
            raise StaleSaveError(item)
        ids = [one.id for one in identities]
        pairs = [(ids[0], other) for other in ids[1:]]
        if decision != IdentityPair.Decision.SAME:
            pairs = list(combinations(ids, 2))
        for one, other in pairs:
            decide(one, other, decision, by, reason, item=item.id)
        if pairs:
            settle_decided(ids, by=by, reason=reason)
        follow_answer(item)
        note(
            f"identity.work.{outcome}",
            patient_ids=item.patient_ids,
            object_kind="identity_work_item",
            object_id=item.id,
            reason=reason,
        )


def reopen_work_item(*, item_id: UUID, reason: str, by: Actor) -> None:
    """Withdraw a decision: what stood before it stands again, and the item waits anew.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: the item is open, was closed by a rule, or the same thing waits already.
    """
    if by.role != "identity_officer":
        raise AccessRefusedError("profession")
    check_officer(by, reason)
    with act():
        item = WorkItem.objects.get(pk=item_id)
        is_waiting = WorkItem.objects.filter(key=item.key, closed_at=None).exists()
        by_rule = item.outcome == WorkItem.Outcome.BY_RULE
        if item.closed_at is None or is_waiting or by_rule:
            raise StaleSaveError(item)
        WorkItem.objects.filter(pk=item_id).update(
            closed_at=None, closed_by="", closed_reason="", outcome=""
        )
        follow_undoing(item)
        concerned = withdraw_decisions(item_id, item.identity_ids)
        if concerned:
            settle_decided(concerned, by=by, reason=reason)
        note(
            "identity.work.undone",
            patient_ids=item.patient_ids,
            object_kind="identity_work_item",
            object_id=item.id,
            reason=reason,
        )
