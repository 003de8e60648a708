"""The identity unit's desk: who works on an item, notes, decisions taken or proposed."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings

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
from enrs.referentials.identity.queries.unit import (
    digest_of,
    everybody_of,
    officers,
    versions_of,
    wants_four_eyes,
)

OFFICER = "identity_officer"
DECIDED, PROPOSED = "decided", "proposed"
"""What an act of the desk gives: done now, or waiting for a colleague."""

MOST_AT_ONCE = 200
"""Items that one act may hand over: what a person has ticked on a page."""


class ChangedTraitsError(StaleSaveError):
    """The identities, or the traits in quarantine, are not as one read them."""


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
    """Write something about an item that its next reader should know; sent twice, it is there once.

    Raises:
        AccessRefusedError: `profession`, or `reason` when nothing is written.
    """
    demand_officer(by, text)
    with act():
        item = WorkItem.objects.select_for_update().get(pk=item_id)
        last = ItemAct.objects.filter(item=item).order_by("-at", "-id").first()
        if last and (last.kind, last.by_id, last.text) == (
            ItemAct.Kind.NOTED,
            by.user_id,
            text.strip(),
        ):
            return
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
    seen: str | None = None,
) -> str:
    """Decide an item, or propose it where a second person must confirm; gives `decided` or `proposed`.

    `seen` is the `digest_of` the identities that one read.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        ChangedTraitsError: an identity changed, or moved, since it was read.
        StaleSaveError: somebody decided or proposed meanwhile.
    """
    demand_officer(by, reason)
    if outcome not in rules.DECISIONS:
        raise ValueError(outcome)
    with act():
        item = WorkItem.objects.select_for_update().get(pk=item_id)
        if item.closed_at:
            raise StaleSaveError(item)
        if seen not in (None, digest_of(item.identity_ids)):
            raise ChangedTraitsError(item)
        if is_proposed(item, outcome, reason, by):
            return PROPOSED
        close_decided(item_id, outcome, reason, by, identities)
    return DECIDED


def is_proposed(
    item: WorkItem,
    outcome: str,
    reason: str,
    by: Actor,
    *,
    besides: Sequence[SourceIdentity] = (),
    was_by_two: bool = False,
) -> bool:
    """Propose an act where a second person must confirm it; False where one person may do it now.

    That is when an identity of the item, of a patient of theirs as they are now, or of `besides` is qualified, or
    `was_by_two`. The identities are read here: no caller decides alone by naming none.

    Raises:
        StaleSaveError: something is proposed of this item already.
    """
    if IdentityProposal.objects.filter(item=item, settled_at=None).exists():
        raise StaleSaveError(item)
    if not settings.REGION.identity_four_eyes:
        return False
    if not was_by_two and not wants_four_eyes([*everybody_of(item.identity_ids), *besides]):
        return False
    propose(item, outcome, reason, by)
    return True


def propose(item: WorkItem, outcome: str, reason: str, by: Actor) -> None:
    """Have an act wait for a colleague; `outcome` is one of `rules.PROPOSALS`."""
    if outcome not in rules.PROPOSALS or by.user_id is None:
        raise ValueError(outcome)
    IdentityProposal.objects.create(
        item=item, outcome=outcome, reason=reason, proposed_by_id=by.user_id,
        proposed_by=by.name, proposed_at=datetime.now(UTC), versions=versions_of(item.identity_ids),
    )  # fmt: skip
    _record([item.id], ItemAct.Kind.PROPOSED, by, outcome=outcome, text=reason)
    note("identity.work.proposed", object_kind="identity_work_item", object_id=item.id,
         patient_ids=item.patient_ids, reason=reason, details={"outcome": outcome})  # fmt: skip


def close_decided(
    item_id: UUID, outcome: str, reason: str, by: Actor, identities: Sequence[SourceIdentity]
) -> None:
    """Close an item as its pairs are decided, with its line of history."""
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
