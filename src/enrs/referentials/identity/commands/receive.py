"""The hot path: what a source says of a person, kept, versioned and linked by rule."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.commands.items import close_by_rule, open_work_item
from enrs.referentials.identity.commands.links import move
from enrs.referentials.identity.models import (
    IdentityLink,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the rules put an identity: `patient_id` None means that it stays, or begins, alone."""

    patient_id: UUID | None = None
    attribute: str = ""
    item: str = ""
    fields: tuple[str, ...] = ()


def receive_identity(
    *, system: str, value: str, traits: rules.Traits, sender: str
) -> SourceIdentity:
    """Keep what a source says of a person, and link it.

    A qualified INS that a patient already has, with matching strict traits, links to that patient; a
    discordant one gets a patient of its own, doubtful, and a work item; anything else is a new
    regional patient. One statement when nothing changed, two for a new patient, three when linked or
    changed, besides the act's bulk effects.

    Raises:
        IdentityRefusedError: no birth name, or a test INS in production.
    """
    settled = rules.settle(traits, mode=settings.MODE)
    wanted = settled.traits.ins if settled.traits.status == "qualified" else ""
    with act():
        own, holder = store.find(system, value, wanted)
        if own is None:
            return _create(system, value, settled, sender, holder)
        return _update(own, settled, sender, holder)


def _place(settled: rules.Settled, holder: RegionalIdentity | None) -> _Place:
    if holder is None:
        return _Place()
    comparison = rules.compare(settled.traits, holder.traits)
    if not comparison.may_link:
        return _Place(
            attribute=rules.DOUBTFUL,
            item=WorkItem.Kind.DISCORDANT_TRAITS,
            fields=comparison.fields,
        )
    differs = comparison.verdict == rules.BIRTH_PLACE_ONLY
    return _Place(
        patient_id=holder.patient_id,
        item=WorkItem.Kind.BIRTH_PLACE_DIFFERS if differs else "",
        fields=comparison.fields,
    )


def _create(
    system: str, value: str, settled: rules.Settled, sender: str, holder: RegionalIdentity | None
) -> SourceIdentity:
    now = datetime.now(UTC)
    place = _place(settled, holder)
    identity = SourceIdentity(
        id=uuid7(), system=system, value=value, sender=sender, patient_id=place.patient_id or uuid7(),
        version=1, created_at=now, changed_at=now,
    )  # fmt: skip
    store.apply_traits(identity, settled.traits, settled.attribute or place.attribute)
    others = [one.identity for one in store.linked_to(place.patient_id)] if place.patient_id else []
    write_new(identity, others, rule="ins" if place.patient_id else "new", fields=place.fields)
    note(
        "identity.linked" if place.patient_id else "identity.created",
        patient_id=identity.patient_id,
        object_kind="identity",
        object_id=identity.id,
    )
    _report(identity, settled, place, holder)
    return identity


def write_new(
    identity: SourceIdentity,
    others: list[SourceIdentity],
    *,
    rule: str,
    fields: tuple[str, ...] = (),
    makes_patient: bool = True,
    by: str = "",
) -> None:
    """Write a new identity, its version, its link and its patient's regional identity at once."""
    now, everyone = identity.created_at, [*others, identity]
    regional = store.regional_values(identity.patient_id, everyone, now)
    link = store.link_values(
        identity, rule=rule, by=by or identity.sender, at=now,
        evidence={"ins": bool(identity.ins), "differs": list(fields)} if rule == "ins" else {},
    )  # fmt: skip
    rows = {
        "identity": store.identity_values(identity),
        "version": store.version_values(identity, by or identity.sender),
        "link": link,
        "regional": {**regional, "version": 1},
    }
    if makes_patient and not others:
        rows["patient"] = {"id": identity.patient_id, "created_at": now}
    store.insert_new(rows)
    identity._state.adding = False
    kind = "identity.linked" if others else "identity.created"
    store.show(identity.patient_id, regional, everyone, kind)


def _update(
    own: SourceIdentity, settled: rules.Settled, sender: str, holder: RegionalIdentity | None
) -> SourceIdentity:
    elsewhere = holder if holder and holder.patient_id != own.patient_id else None
    place = _place(settled, elsewhere)
    if place.patient_id is not None and _is_linked_by_hand(own):
        place = _Place(attribute=rules.DOUBTFUL)
    attribute = settled.attribute or place.attribute
    if not attribute and own.attribute not in (rules.DOUBTFUL, rules.FICTIVE):
        attribute = own.attribute
    before = own.traits
    if settled.traits == before and attribute == own.attribute and place.patient_id is None:
        return own
    siblings = store.linked_to(own.patient_id)
    store.apply_traits(own, settled.traits, attribute)
    own.sender, own.version, own.changed_at = sender, own.version + 1, datetime.now(UTC)
    others = [one.identity for one in siblings if one.identity.id != own.id]
    rule = next((one.rule for one in siblings if one.identity.id == own.id), "")
    saved = [
        store.update_identity(own),
        store.insert("identity_version", store.version_values(own, sender)),
    ]
    parting = _parts_from(before, own, others)
    if place.patient_id is None and not (parting and rule == IdentityLink.Rule.INS):
        regional = store.regional_values(own.patient_id, [*others, own], own.changed_at)
        store.write(*saved, store.upsert_regional(regional))
        store.show(own.patient_id, regional, [*others, own], "identity.changed")
    else:
        own = _move(own, saved, place, sender)
    note(
        "identity.changed",
        patient_id=own.patient_id,
        object_kind="identity",
        object_id=own.id,
        details={"fields": changed_fields(before, own.traits)},
    )
    if parting:
        place = _Place(item=WorkItem.Kind.DISCORDANT_TRAITS, fields=parting)
        _raise_item(own, place.item, others[0].id, others[0].patient_id, parting)
    else:
        _report(own, settled, place, elsewhere)
    return own


def _is_linked_by_hand(own: SourceIdentity) -> bool:
    """Whether a person put this identity where it is: no rule takes it elsewhere."""
    return any(
        one.identity.id == own.id and one.rule == IdentityLink.Rule.HAND
        for one in store.linked_to(own.patient_id)
    )


def _move(
    own: SourceIdentity, saved: list[store.Part], place: _Place, sender: str
) -> SourceIdentity:
    """Write the new traits, then take the identity to the patient of its INS, or to one of its own."""
    if place.patient_id is None and own.status == "qualified":
        own.attribute = rules.DOUBTFUL
        saved[0] = store.update_identity(own)
        saved[1] = store.insert("identity_version", store.version_values(own, sender))
    store.write(*saved)
    move(
        own,
        to=place.patient_id,
        rule=IdentityLink.Rule.INS if place.patient_id else IdentityLink.Rule.PARTED,
        by=sender,
        evidence={"differs": list(place.fields)},
    )
    if place.patient_id:
        close_by_rule(own.id)
    return own


def _parts_from(
    before: rules.Traits, own: SourceIdentity, others: list[SourceIdentity]
) -> tuple[str, ...]:
    """The strict traits that now set an identity against the others of its patient."""
    strict = [name for name in rules.STRICT if getattr(before, name) != getattr(own, name)]
    alive = [one for one in others if one.absorbed_into_id is None]
    if not strict or not alive:
        return ()
    top = rules.best([rules.Candidate(one.traits, one.attribute, one.changed_at) for one in alive])
    comparison = rules.compare(own.traits, top.traits)
    return () if comparison.may_link else comparison.fields


def changed_fields(before: rules.Traits, after: rules.Traits) -> list[str]:
    """Names of the traits that differ: the journal keeps names, never values."""
    return [name for name in rules.TRAIT_FIELDS if getattr(before, name) != getattr(after, name)]


def _report(
    identity: SourceIdentity,
    settled: rules.Settled,
    place: _Place,
    holder: RegionalIdentity | None,
) -> None:
    if place.item and holder is not None:
        _raise_item(identity, place.item, holder.source_id, holder.patient_id, place.fields)
    if any(code.startswith("ins.") for code in settled.codes):
        open_work_item(
            kind=WorkItem.Kind.INS_REFUSED,
            identity_ids=[identity.id],
            patient_ids=[identity.patient_id],
            evidence={"codes": list(settled.codes)},
            sender=identity.sender,
        )


def _raise_item(
    identity: SourceIdentity, kind: str, other_id: UUID | None, patient_id: UUID, fields: Any
) -> None:
    open_work_item(
        kind=kind,
        identity_ids=[one for one in (other_id, identity.id) if one],
        patient_ids=sorted({patient_id, identity.patient_id}),
        evidence={"fields": list(fields)},
        sender=identity.sender,
    )
