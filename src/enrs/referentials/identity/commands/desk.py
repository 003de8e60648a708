"""The identity unit's desk: who works on an item, notes, decisions proposed and confirmed, decisions undone."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands.worklist import close_work_item
from enrs.referentials.identity.models import IdentityProposal, ItemAct, SourceIdentity, WorkItem
from enrs.referentials.identity.queries_unit import officers, wants_four_eyes

OFFICER = "identity_officer"
MOST_AT_ONCE = 200
"""Items that one act may hand over: what a person has ticked on a page."""


def demand_officer(by: Actor, reason: str | None = None) -> None:
    """Refuse who is not of the unit, and an act that gives no reason where one is wanted."""
    if by.role != OFFICER or by.user_id is None:
        raise AccessRefusedError("profession")
    if reason is not None and len(reason.strip()) < 5:
        raise AccessRefusedError("reason")


def assign_items(*, item_ids: Collection[UUID], to: UUID | None, by: Actor) -> int:
    """Take open items, give them to a colleague (`to`) or give them back (None); how many changed hands.

    One takes what nobody has, and gives back one's own: what a colleague works on is given by name alone.

    Raises:
        AccessRefusedError: `profession`, also when `to` is nobody of the unit.
    """
    demand_officer(by)
    if to is not None and to not in officers():
        raise AccessRefusedError("profession")
    waiting = WorkItem.objects.filter(pk__in=list(item_ids)[:MOST_AT_ONCE], closed_at=None)
    if to == by.user_id:
        waiting, kind = waiting.filter(assignee_id=None), ItemAct.Kind.TAKEN
    elif to is None:
        waiting, kind = waiting.filter(assignee_id=by.user_id), ItemAct.Kind.GIVEN_BACK
    else:
        waiting, kind = waiting.exclude(assignee_id=to), ItemAct.Kind.GIVEN
    with act():
        keys = list(waiting.order_by("id").select_for_update().values_list("id", flat=True))
        WorkItem.objects.filter(pk__in=keys).update(assignee_id=to)
        whom = officers().get(to, "") if kind == ItemAct.Kind.GIVEN and to else ""
        _record(keys, kind, by, text=whom)
        if keys:
            note("identity.work.assigned", object_kind="identity_work_item",
                 details={"items": [str(one) for one in keys], "to": str(to or "")})  # fmt: skip
    return len(keys)


def note_item(*, item_id: UUID, text: str, by: Actor) -> None:
    """Write something about an item that its next reader should know.

    Raises:
        AccessRefusedError: `profession`, or `reason` when nothing is written.
    """
    demand_officer(by, text)
    item = WorkItem.objects.get(pk=item_id)
    with act():
        _record([item.id], ItemAct.Kind.NOTED, by, text=text.strip())
        note("identity.work.noted", object_kind="identity_work_item", object_id=item.id,
             patient_ids=item.patient_ids)  # fmt: skip


def decide_item(
    *,
    item_id: UUID,
    outcome: str,
    reason: str,
    by: Actor,
    identities: Sequence[SourceIdentity] = (),
) -> str:
    """Decide an item, or propose it where a second person must confirm; gives `decided` or `proposed`.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: somebody decided or proposed meanwhile.
    """
    demand_officer(by, reason)
    with act():
        item = WorkItem.objects.select_for_update().get(pk=item_id)
        if item.closed_at or IdentityProposal.objects.filter(item=item, settled_at=None).exists():
            raise StaleSaveError(item)
        if wants_four_eyes(identities):
            _propose(item, outcome, reason, by)
            return "proposed"
        _close(item_id, outcome, reason, by, identities)
    return "decided"


def _propose(item: WorkItem, outcome: str, reason: str, by: Actor) -> None:
    if outcome not in rules.DECISIONS or by.user_id is None:
        raise ValueError(outcome)
    IdentityProposal.objects.create(
        item=item, outcome=outcome, reason=reason, proposed_by_id=by.user_id,
        proposed_by=by.name, proposed_at=datetime.now(UTC),
    )  # fmt: skip
    _record([item.id], ItemAct.Kind.PROPOSED, by, outcome=outcome, text=reason)
    note("identity.work.proposed", object_kind="identity_work_item", object_id=item.id,
         patient_ids=item.patient_ids, reason=reason, details={"outcome": outcome})  # fmt: skip


def settle_proposal(
    *,
    item_id: UUID,
    is_confirmed: bool,
    reason: str,
    by: Actor,
    identities: Sequence[SourceIdentity] = (),
) -> None:
    """Confirm or refuse what a colleague proposed; confirmed, it is decided for both reasons.

    Raises:
        AccessRefusedError: `profession`, `reason`, or `same_person` for who proposed it.
        IdentityProposal.DoesNotExist: nothing is proposed (any more).
    """
    demand_officer(by, reason)
    with act():
        waiting = IdentityProposal.objects.select_for_update().filter(settled_at=None)
        proposal = waiting.get(item_id=item_id)
        if proposal.proposed_by_id == by.user_id:
            raise AccessRefusedError("same_person")
        proposal.settled_by_id, proposal.settled_by = by.user_id, by.name
        proposal.settled_at, proposal.is_confirmed = datetime.now(UTC), is_confirmed
        proposal.save()
        if is_confirmed:
            words = f"{proposal.reason} (proposé par {proposal.proposed_by})\n{reason}"
            _close(item_id, proposal.outcome, words, by, identities)
        else:
            _record([item_id], ItemAct.Kind.REFUSED, by, outcome=proposal.outcome, text=reason)
            note("identity.work.refused", object_kind="identity_work_item", object_id=item_id,
                 reason=reason, details={"outcome": proposal.outcome})  # fmt: skip


def _close(
    item_id: UUID, outcome: str, reason: str, by: Actor, identities: Sequence[SourceIdentity]
) -> None:
    close_work_item(item_id=item_id, outcome=outcome, reason=reason, by=by, identities=identities)
    _record([item_id], ItemAct.Kind.DECIDED, by, outcome=outcome, text=reason)
    emit("identity.work.closed", payload={"kind": "identity", "ids": []}, topics=["identity-unit"])


def _record(
    item_ids: Collection[UUID], kind: str, by: Actor, *, outcome: str = "", text: str = ""
) -> None:
    now = datetime.now(UTC)
    ItemAct.objects.bulk_create(
        ItemAct(
            id=uuid7(), item_id=key, kind=kind, by_id=by.user_id, by=by.name, at=now,
            outcome=outcome, text=text,
        )
        for key in item_ids
    )  # fmt: skip


def record_act(item_id: UUID, kind: str, by: Actor, text: str = "", *, outcome: str = "") -> None:
    """Leave one line in the history of an item, for the commands that decided it."""
    _record([item_id], kind, by, text=text, outcome=outcome)
