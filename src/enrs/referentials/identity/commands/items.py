"""Putting things on the identity unit's list, and taking off what a later message settled."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from enrs.core.access.actor import current_actor
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.matching.online import Scored
from enrs.referentials.identity.models import (
    IdentityPair,
    IdentityProposal,
    ItemAct,
    SourceIdentity,
    WorkItem,
)


def open_work_item(
    *,
    kind: str,
    identity_ids: Sequence[UUID],
    patient_ids: Sequence[UUID],
    evidence: dict[str, Any],
    sender: str = "",
    severity: int | None = None,
    weight: float | None = None,
) -> None:
    """Put something on the identity unit's list; the same thing is never there twice.

    `evidence` holds names of fields, codes and ids: no trait of anybody, but for what a professional wrote to say
    who somebody admitted without a name is. `severity` is that of the kind
    (`rules.SEVERITIES`) unless told.
    """
    # Whoever of two holds the INS now, their contest is the same one.
    key = ":".join([kind, *sorted(map(str, list(identity_ids)[:3]))])
    soon = rules.SEVERITIES.get(kind, 2) if severity is None else severity
    sql, params = store.insert(
        "identity_work_item",
        {
            "id": uuid7(), "kind": kind, "identity_ids": list(identity_ids),
            "patient_ids": list(patient_ids), "evidence": evidence, "sender": sender,
            "severity": soon, "weight": weight, "key": key, "opened_at": datetime.now(UTC),
            "closed_by": "", "closed_reason": "", "outcome": "",
        },
    )  # fmt: skip
    with act():
        store.write((f"{sql} on conflict (key) where closed_at is null do nothing", params))
        emit(
            "identity.work.opened",
            payload={"kind": "identity", "ids": []},
            topics=["identity-unit"],
        )


def close_by_rule(
    identity_id: UUID, *, contests: Mapping[frozenset[UUID], str] = MappingProxyType({})
) -> None:
    """Close the items on the INS of an identity that are none of `contests` any more, and those of what is together.

    `contests` gives for each pair the kind of its item.

    What a source merged although the traits are discordant is told until they agree.
    """
    kinds = (WorkItem.Kind.DISCORDANT_TRAITS, WorkItem.Kind.INS_ON_TWO_PATIENTS)
    settled = [
        item.pk
        for item in _waiting(identity_id, *kinds)
        if contests.get(frozenset(item.identity_ids)) != item.kind
        and ("former_patient" not in item.evidence or _do_agree(item.identity_ids))
    ]
    if settled:
        _close(WorkItem.objects.filter(pk__in=settled))
    if not contests:
        close_pairs(identity_id)


def drop_proposal(item_id: UUID, why: str) -> None:
    """What was proposed of an item is proposed no more: nobody confirms what their colleague never saw.

    `why` says what came since, in place of a name. The item is locked before.
    """
    now = datetime.now(UTC)
    waiting = IdentityProposal.objects.filter(item_id=item_id, settled_at=None)
    if waiting.update(settled_at=now, settled_by=why):
        ItemAct.objects.create(
            item_id=item_id, kind=ItemAct.Kind.REFUSED, by_id=current_actor().user_id, by=why, at=now
        )  # fmt: skip


def _do_agree(ids: Sequence[UUID]) -> bool:
    found = [one.traits for one in SourceIdentity.objects.filter(pk__in=ids)]
    return len(found) == 2 and rules.compare(*found).may_link


def close_pairs(identity_id: UUID, *, kept: Collection[frozenset[UUID]] | None = None) -> None:
    """Close the likenesses of an identity that are settled: both are together, or (not of `kept`) gone."""
    waiting = _waiting(identity_id, WorkItem.Kind.POSSIBLE_DUPLICATE)
    pairs = {item.pk: item.identity_ids for item in waiting if len(item.identity_ids) == 2}
    if not pairs:
        return
    patients = online.patients_of([one for pair in pairs.values() for one in pair])
    settled = [
        key
        for key, pair in pairs.items()
        if len({patients.get(one, one) for one in pair}) == 1
        or (kept is not None and frozenset(pair) not in kept)
    ]
    _close(WorkItem.objects.filter(pk__in=settled))


def _waiting(identity_id: UUID, *kinds: WorkItem.Kind) -> list[WorkItem]:
    """The open items of one identity that are of these kinds.

    The kind is no part of the query: before the statistics of a list that a night's pass filled are made, the
    planner takes the index of kinds for the narrower one, and each message reads the whole list.
    """
    waiting = WorkItem.objects.filter(identity_ids__contains=[identity_id], closed_at=None)
    return [item for item in waiting if item.kind in kinds]


def _close(items: QuerySet[WorkItem]) -> None:
    items.update(closed_at=datetime.now(UTC), outcome=WorkItem.Outcome.BY_RULE)


def follow_pairs(
    identity: SourceIdentity, likes: Sequence[Scored], *, is_new: bool = False
) -> None:
    """Put the likenesses of an identity that no rule links on the list, take off what is settled since.

    Of those with the same INS the contest of the INS is told, and nothing more.
    """
    likes = [one for one in likes if _is_worth_a_look(identity, one)]
    if is_new and not likes:
        return
    close_pairs(identity.id, kept={frozenset((identity.id, one.identity_id)) for one in likes})
    if not likes:
        return
    patients = online.patients_of([one.identity_id for one in likes])
    decided = _decided(identity.id)
    for one in likes:
        if one.identity_id in decided or patients.get(one.identity_id) == identity.patient_id:
            continue
        open_work_item(
            kind=WorkItem.Kind.POSSIBLE_DUPLICATE,
            identity_ids=sorted((identity.id, one.identity_id)),
            patient_ids=sorted({identity.patient_id, patients[one.identity_id]}),
            evidence={"levels": one.score.levels, "barrier": one.score.barrier},
            sender=identity.sender,
            weight=one.score.weight,
        )


def _is_worth_a_look(identity: SourceIdentity, one: Scored) -> bool:
    """Not who has the same INS, nor brothers and sisters: two INS and two given names."""
    is_same = bool(identity.ins) and one.features.ins == identity.ins
    return not is_same and not (one.score.barrier == "ins" and one.score.levels[1] in "67")


def _decided(identity_id: UUID) -> set[UUID]:
    """Those whom a person already told apart from an identity, or the same."""
    pairs = IdentityPair.objects.filter(Q(first=identity_id) | Q(second=identity_id)).exclude(
        decision=""
    )
    return {one for pair in pairs.values_list("first_id", "second_id") for one in pair}
