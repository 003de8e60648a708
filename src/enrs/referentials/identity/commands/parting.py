"""Parting an identity that is not this patient's, and putting it back, from the unit's page of a patient.

Where two people decide of qualified identities, what one proposes is an item of the list, which another confirms.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

from enrs.core.access.actor import Actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity.commands import links, store
from enrs.referentials.identity.commands.decisions import relink_identity, withdraw_parting
from enrs.referentials.identity.commands.desk import demand_officer, is_proposed, record_act
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.models import ItemAct, SourceIdentity, WorkItem
from enrs.referentials.identity.queries.unit import people_of, wants_four_eyes

MOVES = {
    WorkItem.Kind.PARTING: WorkItem.Outcome.PARTED,
    WorkItem.Kind.REJOINING: WorkItem.Outcome.REJOINED,
}
"""The kind of item that proposes a move, to the outcome of its confirmation."""


PARTED = WorkItem.Outcome.PARTED


def part_identity(
    *, identity_id: UUID, patient_id: UUID, reason: str, by: Actor
) -> SourceIdentity | None:
    """Give an identity a patient of its own, when it was wrongly linked to `patient_id`; its facts follow.

    None when it waits for a colleague: an identity of this patient is qualified, and the region wants two people.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        SourceIdentity.DoesNotExist: no such identity, or it never was that patient's.
        StaleSaveError: it is that patient's no more, or their only one; or it is proposed already.
    """
    demand_officer(by, reason)
    identity, former = seen_by_unit(identity_id)
    if patient_id not in (identity.patient_id, former):
        raise SourceIdentity.DoesNotExist
    with act():
        if _waits(identity, [patient_id], WorkItem.Kind.PARTING, reason, by):
            return None
        part_now(identity, patient_id, reason, by)
    return identity


def part_now(
    identity: SourceIdentity,
    patient_id: UUID,
    reason: str,
    by: Actor,
    *,
    stamp: UUID | None = None,
) -> None:
    """Part an identity, whoever had to agree having agreed; `stamp` names the act, to be undone alone.

    Raises:
        StaleSaveError: it is that patient's no more, or their only one.
    """
    links.let_in(by, [patient_id], identity.id)
    if identity.patient_id != patient_id or len(store.linked_to(patient_id)) < 2:
        raise StaleSaveError(identity)
    relink_identity(identity=identity, patient_id=None, by=by, reason=reason, stamp=stamp)


def rejoin_identity(
    *, identity_id: UUID, reason: str, by: Actor, patient_id: UUID | None = None
) -> SourceIdentity | None:
    """Put an identity back with the patient whom it left last: the undoing of a parting.

    None when it waits for a colleague, as for `part_identity`. `patient_id` is whose page showed it: sent twice,
    the second time finds it elsewhere.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        SourceIdentity.DoesNotExist: no such identity.
        StaleSaveError: it never was anybody else's, or is not `patient_id`'s any more; or it is proposed already.
    """
    demand_officer(by, reason)
    identity, former = seen_by_unit(identity_id)
    if former is None or patient_id not in (None, identity.patient_id):
        raise StaleSaveError(identity)
    with act():
        both = [identity.patient_id, former]
        if _waits(identity, both, WorkItem.Kind.REJOINING, reason, by):
            return None
        rejoin_now(identity, former, reason, by)
    return identity


def rejoin_now(
    identity: SourceIdentity, former: UUID, reason: str, by: Actor, *, stamp: UUID | None = None
) -> None:
    """Put an identity back, whoever had to agree having agreed: the act of `stamp` is undone, or the last one.

    Raises:
        StaleSaveError: the act of this stamp was undone meanwhile.
    """
    links.let_in(by, [identity.patient_id, former], identity.id)
    is_undone = withdraw_parting(identity.id, by=by, reason=reason, stamp=stamp)
    if stamp and not is_undone:
        raise StaleSaveError(identity)
    identity.refresh_from_db(fields=["patient_id"])
    # The parting had put one INS on two patients.
    settled = WorkItem.objects.filter(identity_ids__contains=[identity.id], closed_at=None)
    settled.filter(kind=WorkItem.Kind.INS_ON_TWO_PATIENTS).update(
        closed_at=datetime.now(UTC), outcome=WorkItem.Outcome.BY_RULE
    )


def _waits(
    identity: SourceIdentity, patient_ids: Sequence[UUID], kind: str, reason: str, by: Actor
) -> bool:
    """Whether a move is proposed instead of done; it is then an item of the list.

    Raises:
        StaleSaveError: it is proposed already.
    """
    if not settings.REGION.identity_four_eyes:
        return False
    people = people_of(patient_ids)
    if not wants_four_eyes([identity, *people]):
        return False
    if kind == WorkItem.Kind.PARTING and (identity.patient_id != patient_ids[0] or len(people) < 2):
        raise StaleSaveError(identity)
    open_work_item(
        kind=kind, identity_ids=[identity.id], patient_ids=patient_ids, evidence={},
        sender=identity.sender,
    )  # fmt: skip
    item = WorkItem.objects.select_for_update().get(key=f"{kind}:{identity.id}", closed_at=None)
    return is_proposed(item, MOVES[WorkItem.Kind(kind)], reason, by, besides=people)


def move_proposed(item: WorkItem, reason: str, by: Actor) -> None:
    """Do what an item of the list proposed, its second person having confirmed, and close it.

    Raises:
        StaleSaveError: the identity is not where it was.
    """
    identity, former = seen_by_unit(item.identity_ids[0])
    if item.kind == WorkItem.Kind.PARTING:
        part_now(identity, item.patient_ids[0], reason, by, stamp=item.id)
    elif [identity.patient_id, former] != item.patient_ids:
        raise StaleSaveError(identity)
    else:
        rejoin_now(identity, item.patient_ids[1], reason, by)
    outcome = MOVES[WorkItem.Kind(item.kind)]
    close_proposal_item(item, outcome, reason, by.name)
    record_act(item.id, ItemAct.Kind.DECIDED, by, reason, outcome=outcome)
    note(f"identity.work.{outcome}", object_kind="identity_work_item", object_id=item.id,
         patient_ids=item.patient_ids, reason=reason)  # fmt: skip


def where_left(item: WorkItem) -> SourceIdentity:
    """The identity of a move that two people decided, where the move left it.

    Raises:
        StaleSaveError: it has moved since.
    """
    identity, former = seen_by_unit(item.identity_ids[0])
    first = item.patient_ids[0]
    is_parted = former == first and identity.patient_id != first
    is_left = is_parted if item.outcome == PARTED else identity.patient_id == item.patient_ids[-1]
    if not is_left:
        raise StaleSaveError(item)
    return identity


def undo_moved(item: WorkItem, reason: str, by: Actor) -> None:
    """Take back a move that two people decided, and no other act; the item is done with.

    Raises:
        StaleSaveError: the identity has moved since, or the act was undone meanwhile.
    """
    identity = where_left(item)
    if item.outcome == PARTED:
        rejoin_now(identity, item.patient_ids[0], reason, by, stamp=item.id)
    else:
        part_now(identity, identity.patient_id, reason, by, stamp=item.id)
    close_proposal_item(item, WorkItem.Outcome.WITHDRAWN, reason, by.name)
    note("identity.work.undone", object_kind="identity_work_item", object_id=item.id,
         patient_ids=item.patient_ids, reason=reason)  # fmt: skip


def close_proposal_item(item: WorkItem, outcome: str, reason: str, by: str) -> None:
    """Close an item that held nothing but a proposal."""
    item.closed_at, item.closed_by = datetime.now(UTC), by
    item.closed_reason, item.outcome = reason, outcome
    item.save(update_fields=["closed_at", "closed_by", "closed_reason", "outcome"])


def seen_by_unit(identity_id: UUID) -> tuple[SourceIdentity, UUID | None]:
    """An identity as the unit sees it, and the patient whom it left last."""
    with connection.cursor() as cursor:
        cursor.execute("select body, former from identity_links_of(%s)", [[identity_id]])
        row = cursor.fetchone()
    if row is None:
        raise SourceIdentity.DoesNotExist
    identity = store.identity_of(store.row_of(row[0]))
    links_before = row[1] if isinstance(row[1], list) else orjson.loads(row[1])
    former = [UUID(one["patient_id"]) for one in links_before]
    others = [one for one in former if one != identity.patient_id]
    return identity, others[0] if others else None
