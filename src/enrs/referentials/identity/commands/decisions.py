"""What a person decides of identities: the same, different, namesakes; each decision is undone as it was made."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.identity.commands import links, store
from enrs.referentials.identity.commands.neighbourhood import carry_out, planned, read
from enrs.referentials.identity.models import IdentityPair, RegionalIdentity, SourceIdentity
from enrs.referentials.identity.rules.clusters import Key

KEPT = ("decision", "decided_by", "reason")


def check_officer(by: Actor, reason: str) -> None:
    """Raise AccessRefusedError: `profession` when the role may not decide, `reason` when none is written."""
    if by.role not in ("identity_officer", "system"):
        raise AccessRefusedError("profession")
    if len(reason.strip()) < 5:
        raise AccessRefusedError("reason")


def relink_identity(
    *, identity: SourceIdentity, patient_id: UUID | None, by: Actor, reason: str
) -> None:
    """Link an identity to a patient by a person's decision; None gives it a patient of its own.

    Towards another patient it is decided to be the person of that one's main identity; away from one, to be
    nobody of those there. A patient who was left comes back when their identity does.

    Raises:
        AccessRefusedError: `profession` when the role may not, `reason` when none is written.
    """
    check_officer(by, reason)
    with act():
        before = identity.patient_id
        links.let_in(by, [before, *([patient_id] if patient_id else [])], identity.id)
        main = _main_identity(patient_id) if patient_id else None
        if identity.absorbed_told_into is not None:
            store.tell_merge(identity, None, by.name)
        for other in store.linked_to(before):
            if other.identity.id != identity.id:
                decide(identity.id, other.identity.id, IdentityPair.Decision.DIFFERENT, by, reason)
        if main is not None:
            decide(identity.id, main, IdentityPair.Decision.SAME, by, reason)
        settle([identity.id], by=by, reason=reason)
        now = SourceIdentity.objects.get(pk=identity.pk)
        identity.patient_id = now.patient_id
        note(
            "identity.relinked",
            patient_ids=sorted({before, now.patient_id}),
            object_kind="identity",
            object_id=identity.id,
            reason=reason,
        )


def _main_identity(patient_id: UUID) -> UUID | None:
    """The identity that gives a patient their traits; None for one whom all identities left."""
    row = RegionalIdentity.objects.filter(pk=patient_id, replaced_by=None).first()
    return row.source_id if row else None


def decide(  # noqa: PLR0917  two identities, what, who and why
    one: UUID, other: UUID, decision: str, by: Actor, reason: str, item: UUID | None = None
) -> None:
    """Write a decision on two identities, over the former one, which is kept to be given back."""
    first, second = sorted((one, other))
    now = datetime.now(UTC)
    pair = IdentityPair.objects.filter(first=first, second=second).first()
    if pair is None:
        IdentityPair.objects.create(
            id=uuid7(), first_id=first, second_id=second, decision=decision, decided_by=by.name,
            decided_at=now, decided_item=item, reason=reason,
        )  # fmt: skip
        return
    IdentityPair.objects.filter(pk=pair.pk).update(
        decision=decision, decided_by=by.name, decided_at=now, decided_item=item, reason=reason,
        before=_kept(pair),
    )  # fmt: skip


def _kept(pair: IdentityPair) -> dict[str, Any]:
    return {
        **{name: getattr(pair, name) for name in KEPT},
        "decided_at": pair.decided_at.isoformat() if pair.decided_at else None,
        "decided_item": str(pair.decided_item) if pair.decided_item else None,
        "before": pair.before,
    }


def take_back(item: UUID) -> list[UUID]:
    """Give back what stood before the decisions of an item; returns the identities concerned."""
    concerned: set[UUID] = set()
    for pair in IdentityPair.objects.filter(decided_item=item):
        former = pair.before or {"decision": "", "decided_by": "", "reason": ""}
        IdentityPair.objects.filter(pk=pair.pk).update(
            **{name: former[name] for name in KEPT},
            decided_at=former.get("decided_at"),
            decided_item=former.get("decided_item"),
            before=former.get("before") or {},
        )
        concerned |= {pair.first_id, pair.second_id}
    return sorted(concerned)


def settle(seeds: Sequence[UUID], *, by: Actor, reason: str) -> None:
    """Bring the neighbourhood of identities to what the evidence now says."""
    around = read(seeds, actor=by)
    news: list[Key] = [key for key, one in around.identities.items() if one.id in seeds]
    carry_out(around, planned(around), by=by.name, news=news, reason=reason, actor=by)
