"""What a source says of its own numbers: merged (A40), parted again (A37), changed (A47), or linked (A24)."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import neighbourhood, store
from enrs.referentials.identity.commands.absorbing import tell_merge
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.commands.receive import moment_of, write_new
from enrs.referentials.identity.models import IdentityLink, SourceIdentity, WorkItem
from enrs.referentials.identity.rules.clusters import Key


def merge_local(
    *, system: str, kept: str, absorbed: str, sender: str, told_at: datetime | None = None
) -> None:
    """Take the absorbed number to the patient of the kept one; its facts follow.

    The absorbed identity keeps its row and its later messages go to the kept one's patient. When its
    former patient is also known elsewhere, only this identity moves, and the identity unit is told;
    it is told too when the two numbers have discordant traits. Sent twice, it changes nothing; older than
    what was last said of the absorbed number (`told_at`), neither.
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
        if keeper is None or merged is None:
            return
        told = moment_of(told_at)
        if _is_older(merged, told, sender):
            return
        if merged.absorbed_told_into == keeper.id:
            tell_merge(merged, keeper.id, sender, told)
            return
        _absorb(keeper, merged, sender, told)


def unmerge_local(
    *, system: str, absorbed: str, sender: str, told_at: datetime | None = None
) -> None:
    """Take back a merge that the source made: the number lives again, with what was known by it."""
    with act():
        merged = store.lock_identities([(system, absorbed)]).get((system, absorbed))
        told = moment_of(told_at)
        if merged is None or _is_older(merged, told, sender):
            return
        before, was_into = merged.patient_id, merged.absorbed_told_into
        tell_merge(merged, None, sender, told)
        if was_into is None:
            return
        merged = _settle([merged.id, was_into], merged, by=sender)
        note(
            "identity.unmerged",
            patient_ids=sorted({before, merged.patient_id}),
            object_kind="identity",
            object_id=merged.id,
        )


def change_number(
    *, system: str, old: str, new: str, sender: str, told_at: datetime | None = None
) -> None:
    """A source gives a person another number (A47): the old one resolves for ever to the new."""
    merge_local(system=system, kept=new, absorbed=old, sender=sender, told_at=told_at)


def link_declared(
    *,
    one: Key,
    other: Key,
    sender: str,
    is_linked: bool,
    told_at: datetime | None = None,
) -> None:
    """A source declares that two numbers are one person (A24), or are not (A37): the unit is told.

    It speaks of numbers that are not all its own, so it decides nothing; what already agrees says nothing.
    """
    with act():
        found = store.lock_identities([one, other])
        first, second = found.get(one), found.get(other)
        if first is None or second is None:
            note(
                "identity.declared.unknown",
                outcome="refused",
                details={"systems": [one[0], other[0]]},
            )
            return
        if (first.patient_id == second.patient_id) is is_linked:
            return
        kinds = WorkItem.Kind
        open_work_item(
            kind=kinds.DECLARED_LINK if is_linked else kinds.DECLARED_PARTING,
            identity_ids=[first.id, second.id],
            patient_ids=sorted({first.patient_id, second.patient_id}),
            evidence={"told_at": told_at.isoformat() if told_at else ""},
            sender=sender,
        )


def _is_older(merged: SourceIdentity, told: datetime, sender: str) -> bool:
    """Whether something newer was already said of where this number went."""
    if merged.absorbed_told_at is None:
        return False
    return (told, sender[:120]) < (merged.absorbed_told_at, merged.absorbed_told_by)


def _twin(known: SourceIdentity, value: str, sender: str) -> SourceIdentity:
    """The other number of a merge, never heard of before: the same person under another number.

    It was never told of, so the first message about it overwrites what is borrowed here.
    """
    now = datetime.now(UTC)
    twin = SourceIdentity(
        id=uuid7(), system=known.system, value=value, sender=sender, patient_id=known.patient_id,
        version=1, created_at=now, changed_at=now, told_at=rules.NEVER[0], told_by="",
        own_attribute=known.own_attribute,
    )  # fmt: skip
    borrowed = replace(known.traits, ins="", ins_oid="", status="provisional")
    store.apply_traits(twin, borrowed, known.attribute)
    others = [one.identity for one in store.linked_to(known.patient_id)]
    write_new(twin, others, rule=IdentityLink.Rule.LOCAL_MERGE)
    return twin


def _absorb(keeper: SourceIdentity, merged: SourceIdentity, sender: str, told: datetime) -> None:
    before = merged.patient_id
    others = [one for one in store.linked_to(before) if one.identity.id != merged.id]
    comparison = rules.compare(keeper.traits, merged.traits)
    tell_merge(merged, keeper.id, sender, told)
    merged = _settle([keeper.id, merged.id], merged, by=sender)
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


def _settle(seeds: list[UUID], about: SourceIdentity, *, by: str) -> SourceIdentity:
    """Bring the neighbourhood to what the source now says; returns the identity as it then is."""
    around = neighbourhood.read(seeds)
    what = neighbourhood.planned(around)
    concerned = [one for one in around.identities.values() if one.id in seeds]
    neighbourhood.carry_out(
        around, what, by=by, news=[(one.system, one.value) for one in concerned],
        refreshed={one.patient_id for one in concerned},
    )  # fmt: skip
    return around.identities[about.system, about.value]


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
