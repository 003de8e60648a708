"""Traits that would turn a known person into another wait here until a person says who it is."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from enrs.core.access.actor import Actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import links
from enrs.referentials.identity.commands.desk import (
    DECIDED,
    PROPOSED,
    ChangedTraitsError,
    demand_officer,
    is_proposed,
    record_act,
)
from enrs.referentials.identity.commands.items import drop_proposal, open_work_item
from enrs.referentials.identity.commands.parting import seen_by_unit
from enrs.referentials.identity.commands.receive import receive_identity
from enrs.referentials.identity.models import (
    IdentityQuarantine,
    ItemAct,
    SourceIdentity,
    WorkItem,
)

State = IdentityQuarantine.State
NEWER = "Un message plus récent de la source"
"""Who takes back a proposal on traits that are not the newest any more."""

OUTCOMES = {State.APPLIED: WorkItem.Outcome.CORRECTED, State.REFUSED: WorkItem.Outcome.REFUSED}


def overlay_of(identity: SourceIdentity, settled: rules.Settled) -> tuple[str, ...]:
    """The fields by which new traits make another person of an identity, unless a person said otherwise."""
    fields = rules.overlay(identity.traits, settled.traits, attribute=identity.standing)
    if not fields:
        return ()
    cleared = IdentityQuarantine.objects.filter(identity_id=identity.id, state=State.APPLIED)
    told = rules.as_told(settled.traits)
    is_cleared = any(one.traits == told for one in cleared.order_by("-settled_at")[:5])
    return () if is_cleared else fields


def quarantine(
    identity: SourceIdentity, settled: rules.Settled, told_at: datetime, sender: str
) -> IdentityQuarantine:
    """Keep traits aside and put the identity on the unit's list; the identity itself does not change.

    A newer message takes the place of the one that waits. Traits that a person has refused stay so, told
    again however often: the hospital has its number to mend.
    """
    told = rules.as_told(settled.traits)
    fields = list(rules.overlay(identity.traits, settled.traits, attribute=identity.standing))
    key = f"{WorkItem.Kind.OVERLAY.value}:{identity.id}"
    with act():
        # The item first, then its rows: in the order of who decides of it.
        WorkItem.objects.filter(key=key, closed_at=None).select_for_update().first()
        own = IdentityQuarantine.objects.filter(identity_id=identity.id).order_by("-kept_at")
        refused = next(
            (one for one in own.filter(state=State.REFUSED)[:5] if one.traits == told), None
        )
        if refused is not None:
            return refused
        row = own.filter(state=State.WAITING).select_for_update().first()
        if row is not None and row.told_at > told_at:
            return row
        row = row or IdentityQuarantine(id=uuid7(), identity_id=identity.id)
        if row.item_id and row.traits != told:
            drop_proposal(row.item_id, NEWER)
        row.traits, row.fields, row.told_at, row.sender = told, fields, told_at, sender[:120]
        row.kept_at = datetime.now(UTC)
        open_work_item(
            kind=WorkItem.Kind.OVERLAY, identity_ids=[identity.id],
            patient_ids=[identity.patient_id], evidence={"fields": fields}, sender=sender,
        )  # fmt: skip
        row.item_id = (
            WorkItem.objects.filter(key=key, closed_at=None).values_list("id", flat=True).get()
        )
        row.save(force_insert=row._state.adding)
        note("identity.quarantined", patient_id=identity.patient_id, object_kind="identity",
             object_id=identity.id, details={"fields": fields})  # fmt: skip
    return row


def apply_quarantined(*, item_id: UUID, reason: str, by: Actor, seen: str | None = None) -> str:
    """« C’est la même personne »: the traits in quarantine become the identity's, with the links they deserve.

    Gives `decided`, or `proposed` where a second person must confirm. `seen` is the `digest` of the traits read.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        ChangedTraitsError: a newer message took the place of the traits read.
        StaleSaveError: a colleague settled it meanwhile.
    """
    return _decide(item_id, State.APPLIED, reason, by, seen)


def refuse_quarantined(*, item_id: UUID, reason: str, by: Actor, seen: str | None = None) -> str:
    """« C’est une autre personne »: the traits are not applied; the hospital has its number to mend.

    Gives `decided`, or `proposed`, and wants `seen`, as `apply_quarantined`.

    Raises:
        AccessRefusedError, ChangedTraitsError, StaleSaveError: as `apply_quarantined`.
    """
    return _decide(item_id, State.REFUSED, reason, by, seen)


def _decide(item_id: UUID, state: State, reason: str, by: Actor, seen: str | None) -> str:
    """One person's decision, which waits for another's when the identity or the traits are qualified."""
    demand_officer(by, reason)
    with act():
        row, item = _waiting(item_id)
        if seen not in (None, row.digest):
            raise ChangedTraitsError(item)
        told = SourceIdentity(status=row.traits.get("status", ""))
        if is_proposed(item, OUTCOMES[state], reason, by, besides=[told]):
            return PROPOSED
        settle_quarantined(item_id, state, reason, by)
    return DECIDED


def settle_quarantined(item_id: UUID, state: State, reason: str, by: Actor) -> None:
    """Apply or refuse the traits that wait, whoever had to agree having agreed.

    Raises:
        StaleSaveError: a colleague settled it meanwhile.
    """
    row, item = _waiting(item_id)
    identity, _ = seen_by_unit(row.identity_id)
    if state == State.APPLIED:
        row.former = rules.as_told(identity.traits)
    _settle(row, item, state, reason, by)
    if state == State.APPLIED:
        _tell_traits(identity, row.traits, row.sender, by)


def unsettle_quarantined(item: WorkItem, reason: str, by: Actor) -> None:
    """Take back what was said of traits in quarantine: they wait again, the identity is as it was.

    Raises:
        StaleSaveError: others wait for the same identity.
    """
    row = IdentityQuarantine.objects.select_for_update().get(item_id=item.id)
    again = IdentityQuarantine.objects.filter(identity_id=row.identity_id, state=State.WAITING)
    if again.exists():
        raise StaleSaveError(item)
    identity, _ = seen_by_unit(row.identity_id)
    was_applied, former = row.state == State.APPLIED, row.former
    row.state, row.settled_at, row.settled_by, row.reason = State.WAITING, None, "", ""
    row.former = {}
    row.save()
    item.closed_at, item.closed_by, item.closed_reason, item.outcome = None, "", "", ""
    item.save(update_fields=["closed_at", "closed_by", "closed_reason", "outcome"])
    if was_applied:
        _tell_traits(identity, former, row.sender, by)
    note("identity.work.undone", object_kind="identity_work_item", object_id=item.id,
         patient_ids=item.patient_ids, reason=reason)  # fmt: skip


def _waiting(item_id: UUID) -> tuple[IdentityQuarantine, WorkItem]:
    item = WorkItem.objects.select_for_update().get(pk=item_id, kind=WorkItem.Kind.OVERLAY)
    rows = IdentityQuarantine.objects.filter(item_id=item_id, state=State.WAITING)
    row = rows.select_for_update().first()
    if row is None or item.closed_at is not None:
        raise StaleSaveError(item)
    return row, item


def _settle(row: IdentityQuarantine, item: WorkItem, state: State, reason: str, by: Actor) -> None:
    now, outcome = datetime.now(UTC), OUTCOMES[state]
    row.state, row.settled_at, row.settled_by, row.reason = state, now, by.name, reason
    row.save()
    item.closed_at, item.closed_by, item.closed_reason = now, by.name, reason
    item.outcome = outcome
    item.save(update_fields=["closed_at", "closed_by", "closed_reason", "outcome"])
    record_act(item.id, ItemAct.Kind.DECIDED, by, reason, outcome=outcome)
    note(f"identity.work.{outcome}", object_kind="identity_work_item", object_id=item.id,
         patient_ids=item.patient_ids, reason=reason)  # fmt: skip


def _tell_traits(identity: SourceIdentity, told: dict[str, Any], sender: str, by: Actor) -> None:
    """Have the identity take traits as if its source told them now, whoever has their INS being seen."""
    traits = rules.traits_of(told)
    with connection.cursor() as cursor:
        cursor.execute("select identity_unit_find(%s)", [traits.ins])
        holders = [row[0] for row in cursor.fetchall()]
    links.let_in(by, sorted({identity.patient_id, *holders}), identity.id)
    receive_identity(system=identity.system, value=identity.value, traits=traits, sender=sender,
                     is_confirmed=True)  # fmt: skip
