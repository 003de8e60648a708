"""What a person decides of identities: the same, different, namesakes; each decision is undone as it was made."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.identity.commands import links, store
from enrs.referentials.identity.commands.absorbing import tell_merge
from enrs.referentials.identity.commands.neighbourhood import carry_out, planned, read
from enrs.referentials.identity.models import (
    IdentityPair,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.rules.clusters import Key

FROM_A_PAGE = (WorkItem.Kind.PARTING, WorkItem.Kind.REJOINING)
"""Items that hold what was proposed on a patient's page."""


def check_officer(by: Actor, reason: str) -> None:
    """Raise AccessRefusedError: `profession` when the role may not decide, `reason` when none is written."""
    if by.role not in ("identity_officer", "system"):
        raise AccessRefusedError("profession")
    if len(reason.strip()) < 5:
        raise AccessRefusedError("reason")


def relink_identity(
    *,
    identity: SourceIdentity,
    patient_id: UUID | None,
    by: Actor,
    reason: str,
    stamp: UUID | None = None,
) -> None:
    """Link an identity to a patient by a person's decision; None gives it a patient of its own.

    Towards another patient it is decided to be the person of that one's main identity; away from one, to be
    nobody of those there. A patient who was left comes back when their identity does. `stamp` is what the decisions
    are known by when they are withdrawn, one of their own unless told.

    Raises:
        AccessRefusedError: `profession` when the role may not, `reason` when none is written.
    """
    check_officer(by, reason)
    with act():
        before = identity.patient_id
        links.let_in(by, [before, *([patient_id] if patient_id else [])], identity.id)
        main = _main_identity(patient_id) if patient_id else None
        stamp, merge = stamp or uuid7(), _undo_merge(identity, by)
        for other in store.linked_to(before):
            if other.identity.id != identity.id:
                different = IdentityPair.Decision.DIFFERENT
                decide(
                    identity.id, other.identity.id, different, by, reason, item=stamp, merge=merge
                )
        if main is not None:
            same = IdentityPair.Decision.SAME
            decide(identity.id, main, same, by, reason, item=stamp, merge=merge)
        settle_decided([identity.id], by=by, reason=reason)
        now = SourceIdentity.objects.get(pk=identity.pk)
        identity.patient_id = now.patient_id
        note(
            "identity.relinked",
            patient_ids=sorted({before, now.patient_id}),
            object_kind="identity",
            object_id=identity.id,
            reason=reason,
        )


def _undo_merge(identity: SourceIdentity, by: Actor) -> dict[str, str]:
    """Have a number that its source merged live again; returns what the source had said, to be put back."""
    if identity.absorbed_told_into is None:
        return {}
    identity = SourceIdentity.objects.select_for_update().get(pk=identity.pk)
    if identity.absorbed_told_into is None or identity.absorbed_told_at is None:
        return {}
    told = {
        "into": str(identity.absorbed_told_into), "at": identity.absorbed_told_at.isoformat(),
        "by": identity.absorbed_told_by,
    }  # fmt: skip
    tell_merge(identity, None, by.name)
    return told | {"undone": identity.absorbed_told_at.isoformat()}


def _restore_merge(identity_id: UUID, told: dict[str, str]) -> None:
    """Put back what a source said of a number, unless it said something else since."""
    identity = SourceIdentity.objects.select_for_update().get(pk=identity_id)
    is_as_left = identity.absorbed_told_at == datetime.fromisoformat(told["undone"])
    if is_as_left and identity.absorbed_told_into is None:
        at = datetime.fromisoformat(told["at"])
        tell_merge(identity, UUID(told["into"]), told["by"], at)


def _main_identity(patient_id: UUID) -> UUID | None:
    """The identity that gives a patient their traits; None for one whom all identities left."""
    row = RegionalIdentity.objects.filter(pk=patient_id, replaced_by=None).first()
    return row.source_id if row else None


def decide(  # noqa: PLR0917  two identities, what, who and why
    one: UUID,
    other: UUID,
    decision: str,
    by: Actor,
    reason: str,
    item: UUID | None = None,
    *,
    merge: dict[str, str] | None = None,
) -> None:
    """Write a decision on two identities over the former ones, which stand again when it is withdrawn.

    `merge` is what a source had said of one of them, which the same act undid.
    """
    first, second = sorted((one, other))
    pair = IdentityPair.objects.filter(first=first, second=second).first()
    if pair is None:
        pair = IdentityPair(id=uuid7(), first_id=first, second_id=second)
    pair.history = [
        *pair.history,
        {
            "decision": decision, "by": by.name[:200], "at": datetime.now(UTC).isoformat(),
            "item": str(item) if item else "", "reason": reason, **({"merge": merge} if merge else {}),
        },
    ]  # fmt: skip
    _stand(pair)


def withdraw_decisions(item: UUID, identity_ids: Sequence[UUID]) -> list[UUID]:
    """Take back the decisions of an item, wherever they lie under others; returns the identities concerned."""
    concerned: set[UUID] = set()
    for pair in IdentityPair.objects.filter(first__in=identity_ids, second__in=identity_ids):
        left = [one for one in pair.history if one["item"] != str(item)]
        if len(left) != len(pair.history):
            pair.history = left
            _stand(pair)
            concerned |= {pair.first_id, pair.second_id}
    return sorted(concerned)


def withdraw_parting(
    identity_id: UUID, *, by: Actor, reason: str, stamp: UUID | None = None
) -> bool:
    """Take back the act of a `stamp`, or the last one by which a person linked or parted an identity from a page.

    Gives whether there was one; what was proposed on a page and confirmed is such an act too.
    """
    check_officer(by, reason)
    pairs = list(IdentityPair.objects.filter(Q(first=identity_id) | Q(second=identity_id)))
    acts = [(one["at"], one["item"]) for pair in pairs for one in pair.history]
    items = {
        str(key)
        for key in WorkItem.objects.filter(pk__in=[key for _, key in acts if key])
        .exclude(kind__in=FROM_A_PAGE)
        .values_list("pk", flat=True)
    }
    stamps = sorted(
        (at, key) for at, key in acts if key and (key == str(stamp) if stamp else key not in items)
    )
    concerned = [identity_id]
    if stamps:
        others = {one for pair in pairs for one in (pair.first_id, pair.second_id)}
        merges = [
            one["merge"] for pair in pairs for one in pair.history
            if one["item"] == stamps[-1][1] and "merge" in one
        ]  # fmt: skip
        concerned = withdraw_decisions(UUID(stamps[-1][1]), sorted(others)) or concerned
        for told in merges[:1]:
            _restore_merge(identity_id, told)
            concerned = [*concerned, UUID(told["into"])]
    settle_decided(concerned, by=by, reason=reason)
    note("identity.relinked", object_kind="identity", object_id=identity_id, reason=reason)
    return bool(stamps)


def _stand(pair: IdentityPair) -> None:
    """Save a pair whose newest decision is the one that stands."""
    last = pair.history[-1] if pair.history else {}
    pair.decision, pair.decided_by = last.get("decision", ""), last.get("by", "")
    pair.reason = last.get("reason", "")
    pair.decided_at = datetime.fromisoformat(last["at"]) if last else None
    pair.decided_item = UUID(last["item"]) if last.get("item") else None
    pair.save()


def settle_decided(seeds: Sequence[UUID], *, by: Actor, reason: str) -> None:
    """Bring the neighbourhood of identities to what the evidence now says."""
    around = read(seeds, actor=by)
    news: list[Key] = [key for key, one in around.identities.items() if one.id in seeds]
    carry_out(around, planned(around), by=by.name, news=news, reason=reason, actor=by)
