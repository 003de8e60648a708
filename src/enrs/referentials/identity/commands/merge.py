"""A hospital merges two of its own numbers (ADT^A40)."""

from datetime import UTC, datetime

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.commands.links import move, refresh
from enrs.referentials.identity.commands.receive import write_new
from enrs.referentials.identity.models import IdentityLink, SourceIdentity, WorkItem


def merge_local(*, system: str, kept: str, absorbed: str, sender: str) -> None:
    """Take the absorbed number to the patient of the kept one; its facts follow.

    The absorbed identity keeps its row and its later messages go to the kept one's patient. When its
    former patient is also known elsewhere, only this identity moves, and the identity unit is told;
    it is told too when the two numbers have discordant traits. Sent twice, it changes nothing.
    """
    if kept == absorbed:
        return
    with act():
        found = store.lock_identities([(system, kept), (system, absorbed)])
        keeper, merged = found.get((system, kept)), found.get((system, absorbed))
        if keeper is None and merged is None:
            note("identity.merge.unknown", outcome="refused", details={"system": system})
            return
        if keeper is None and merged is not None:
            keeper = _twin(merged, kept, sender)
        elif merged is None and keeper is not None:
            merged = _twin(keeper, absorbed, sender)
        if keeper is None or merged is None or merged.absorbed_into_id == keeper.id:
            return
        _absorb(keeper, merged, sender)


def _twin(known: SourceIdentity, value: str, sender: str) -> SourceIdentity:
    """The other number of a merge, never heard of before: the same person under another number."""
    now = datetime.now(UTC)
    twin = SourceIdentity(
        id=uuid7(), system=known.system, value=value, sender=sender, patient_id=known.patient_id,
        version=1, created_at=now, changed_at=now,
    )  # fmt: skip
    store.apply_traits(twin, known.traits, known.attribute)
    others = [one.identity for one in store.linked_to(known.patient_id)]
    write_new(twin, others, rule=IdentityLink.Rule.LOCAL_MERGE)
    return twin


def _absorb(keeper: SourceIdentity, merged: SourceIdentity, sender: str) -> None:
    before = merged.patient_id
    others = [one for one in store.linked_to(before) if one.identity.id != merged.id]
    comparison = rules.compare(keeper.traits, merged.traits)
    SourceIdentity.objects.filter(pk=merged.pk).update(absorbed_into=keeper)
    merged.absorbed_into = keeper
    if before == keeper.patient_id:
        identities = [one.identity for one in store.linked_to(before)]
        refresh(before, identities, "identity.merged")
    else:
        move(
            merged, to=keeper.patient_id, rule=IdentityLink.Rule.LOCAL_MERGE, by=sender,
            evidence={"kept": str(keeper.id), "differs": list(comparison.fields)},
        )  # fmt: skip
    note(
        "identity.merged",
        patient_ids=sorted({before, keeper.patient_id}),
        object_kind="identity",
        object_id=merged.id,
        details={"kept": str(keeper.id), "differs": list(comparison.fields)},
    )
    if not comparison.may_link:
        _tell_unit(WorkItem.Kind.DISCORDANT_TRAITS, keeper, merged, before, comparison.fields)
    if others and before != keeper.patient_id:
        _tell_unit(WorkItem.Kind.MERGE_ACROSS_PATIENTS, keeper, merged, before, comparison.fields)


def _tell_unit(
    kind: str,
    keeper: SourceIdentity,
    merged: SourceIdentity,
    before: object,
    fields: tuple[str, ...],
) -> None:
    open_work_item(
        kind=kind,
        identity_ids=[keeper.id, merged.id],
        patient_ids=sorted({keeper.patient_id, merged.patient_id}),
        evidence={"fields": list(fields), "former_patient": str(before)},
        sender=merged.sender,
    )
