"""The hot path: what a source says of a person, kept, versioned, compared and linked by rule."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings

from enrs.core.access.actor import SYSTEM, current_actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.events.outbox import OutboxEvent
from enrs.core.ids import uuid7
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import neighbourhood, store
from enrs.referentials.identity.commands.items import follow_pairs, open_work_item
from enrs.referentials.identity.commands.neighbourhood import Pair
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.matching.features import Features
from enrs.referentials.identity.matching.online import Scored
from enrs.referentials.identity.models import (
    IdentityLink,
    IdentityVersion,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.rules.clusters import Key

NOBODY = UUID(int=0)
"""The first patient of a number that has none yet: the one prepared for it gives way to any other."""

EVIDENCE = "identity.evidence"
"""The event of a change whose links the worker must follow."""

AHEAD = timedelta(days=1)
"""A source's clock further ahead than this is not believed: nothing could overwrite what it tells."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One message about one number, made ready."""

    system: str
    value: str
    sender: str
    settled: rules.Settled
    told: rules.Told
    digest: str
    features: Features
    keys: list[int]

    @property
    def key(self) -> Key:
        """What names the identity."""
        return self.system, self.value

    @property
    def ins(self) -> str:
        """The INS by which it may be linked."""
        traits = self.settled.traits
        return traits.ins if traits.status == "qualified" else ""


def receive_identity(
    *,
    system: str,
    value: str,
    traits: rules.Traits,
    sender: str,
    told_at: datetime | None = None,
    is_confirmed: bool = False,
) -> SourceIdentity:
    """Keep what a source says of a person, and link it by what is known of everybody around.

    `told_at` is the moment of the message by its sender's clock (EVN-2): an older one never overwrites what
    a newer one told. A qualified INS with matching strict traits links, and so does a likeness above the
    model's threshold that nothing bars; discordant traits under one INS make a doubtful identity with a
    patient of its own, and a work item. Traits that would make another person of a known number wait in
    quarantine, unless a person said who it is (`is_confirmed`). One statement when nothing changed, two for
    a new patient, four when linked, besides the act's bulk effects.

    Raises:
        IdentityRefusedError: no birth name, or a test INS in production.
        KeptAsideError: traits of somebody else under a known number.
    """
    settled = rules.settle(traits, mode=settings.MODE)
    features, keys = online.prepared(settled.traits, attribute=settled.attribute, system=system)
    saying = Saying(
        system, value, sender, settled, (moment_of(told_at), sender[:120]),
        rules.digest(settled.traits, settled.attribute), features, keys,
    )  # fmt: skip
    with act():
        found = store.find(
            system, value, ins=saying.ins, digest=saying.digest, told=saying.told, keys=keys
        )
        if found.own is None:
            return _create(saying, found)
        if found.is_same:
            return found.own
        if not is_confirmed:
            _refuse_overlay(found.own, saying)
        return _update(found.own, saying, is_confirmed=is_confirmed)


def moment_of(told_at: datetime | None) -> datetime:
    """The moment of a message, by its sender's clock where that may be believed."""
    now = datetime.now(UTC)
    return now if told_at is None or told_at > now + AHEAD else told_at.astimezone(UTC)


# --- a number never heard of ---------------------------------------------------------------------


def _create(saying: Saying, found: store.Found) -> SourceIdentity:
    now = datetime.now(UTC)
    identity = SourceIdentity(
        id=uuid7(), system=saying.system, value=saying.value, sender=saying.sender,
        patient_id=uuid7(), version=1, created_at=now, changed_at=now,
    )  # fmt: skip
    _tell(identity, saying)
    store.apply_traits(identity, saying.settled.traits, saying.settled.attribute)
    likes = online.scored(saying.features, found.near)
    seeds = [*found.carriers, *(one.identity_id for one in likes if one.is_sure)]
    rule, evidence = "new", dict[str, Any]()
    around: neighbourhood.Neighbourhood | None = None
    if seeds:
        around = neighbourhood.read(seeds)
        around.put(identity)
        around.homes[identity.id] = NOBODY
        what = neighbourhood.planned(around, _pairs(identity, likes))
        neighbourhood.carry_out(
            around, what, by=saying.sender, news=[saying.key], besides=saying.key
        )
        identity.attribute = what.attributes[saying.key]
        target = what.patients[saying.key]
        if target is not None and target != identity.patient_id:
            identity.patient_id = target
            rule, evidence = neighbourhood.explained(around, what, saying.key)
    is_linked = rule != IdentityLink.Rule.NEW
    others = [one.identity for one in store.linked_to(identity.patient_id)] if is_linked else []
    write_new(
        identity, others, rule=rule, evidence=evidence, makes_patient=not is_linked,
        compared=compared_rows(identity, saying.features, saying.keys, likes),
    )  # fmt: skip
    if around is not None:
        neighbourhood.tell_contests(around, what, [saying.key])
    note(
        "identity.linked" if is_linked else "identity.created",
        patient_id=identity.patient_id,
        object_kind="identity",
        object_id=identity.id,
    )
    _report(identity, saying.settled)
    follow_pairs(identity, likes, is_new=True)
    return identity


def compared_rows(
    identity: SourceIdentity, features: Features, keys: list[int], likes: list[Scored]
) -> dict[str, Any]:
    """What `identity_insert` writes of a new identity for those who come after."""
    return {
        "feature": online.feature_row(identity.id, features, keys),
        "pairs": online.pair_rows(identity.id, likes),
    }


def write_new(
    identity: SourceIdentity,
    others: list[SourceIdentity],
    *,
    rule: str,
    evidence: dict[str, Any] | None = None,
    makes_patient: bool = True,
    by: str = "",
    compared: dict[str, Any] | None = None,
) -> None:
    """Write a new identity, its version, its link and its patient's regional identity at once."""
    now, everyone = identity.created_at, [*others, identity]
    regional = store.regional_values(identity.patient_id, everyone, now)
    link = store.link_values(
        identity, rule=rule, by=by or identity.sender, at=now, evidence=evidence
    )
    rows = {
        "identity": store.identity_values(identity),
        "version": store.version_values(identity, by or identity.sender),
        "link": link,
        "regional": {**regional, "version": 1},
        **(compared or {}),
    }
    if makes_patient and not others:
        rows["patient"] = {"id": identity.patient_id, "created_at": now}
    store.insert_new(rows)
    identity._state.adding = False
    kind = "identity.linked" if others else "identity.created"
    store.show(identity.patient_id, regional, everyone, kind)


def _tell(identity: SourceIdentity, saying: Saying) -> None:
    """Note on the instance when and by whom its newest message was sent."""
    identity.told_at, identity.told_by = saying.told
    identity.digest, identity.stamps = saying.digest, {}
    identity.own_attribute = saying.settled.attribute


def _pairs(identity: SourceIdentity, likes: list[Scored]) -> list[Pair]:
    """The pairs of an identity that decide of its links, before they are written."""
    return [
        Pair(
            identity.id, one.identity_id, one.score.weight, one.score.levels, "", one.score.barrier
        )
        for one in likes
        if one.is_sure or one.score.barrier
    ]


def _refuse_overlay(own: SourceIdentity, saying: Saying) -> None:
    """Traits of somebody else under a known number wait, and nothing that comes with them is filed."""
    from enrs.referentials.identity.commands import quarantine  # noqa: PLC0415  it receives what it lets go

    is_newer = own.told_at is not None and saying.told >= (own.told_at, own.told_by)
    if not settings.REGION.quarantines_overlays or not own.told_by or not is_newer:
        return
    if quarantine.overlay_of(own, saying.settled):
        told_at, sender = saying.told
        raise rules.KeptAsideError(
            partial(quarantine.quarantine, own, saying.settled, told_at, sender)
        )


# --- a known number ------------------------------------------------------------------------------


def _update(own: SourceIdentity, saying: Saying, *, is_confirmed: bool) -> SourceIdentity:
    before, before_attribute = own.traits, own.standing
    known = (own.told_at, own.told_by) if own.told_at else rules.NEVER
    folded = rules.fold(
        before, own.stamps, known, saying.settled.traits, saying.told,
        keeps_ins=not is_confirmed and saying.settled.attribute not in rules.BARRED,
    )  # fmt: skip
    if folded.is_newer:
        _tell(own, saying)
    own.stamps = folded.stamps
    is_same = folded.traits == before and own.standing == before_attribute
    if not folded.is_newer and not store.keep_late_version(own, saying.settled, saying.told):
        return own
    if is_same:
        store.write(store.update_identity(own))
        if not folded.is_newer and saying.ins == own.ins != "":
            settle_changed(own, by=saying.sender)
        return own
    store.apply_traits(own, folded.traits, own.attribute)
    own.sender, own.changed_at = saying.sender, datetime.now(UTC)
    if folded.is_newer:
        own.version += 1
        version = store.insert("identity_version", store.version_values(own, saying.sender))
        store.write(store.update_identity(own), version)
    else:
        store.write(store.update_identity(own))
    follow_change(own, before, before_attribute, by=saying.sender)
    if not folded.is_newer and saying.ins == own.ins != "":
        settle_changed(own, by=saying.sender)
    note(
        "identity.changed",
        patient_id=own.patient_id,
        object_kind="identity",
        object_id=own.id,
        details={"fields": changed_fields(before, own.traits)},
    )
    _report(own, saying.settled)
    return own


def follow_change(
    own: SourceIdentity, before: rules.Traits, before_attribute: str, *, by: str
) -> None:
    """After a known identity was written anew: its pairs, its links, its patient's best traits."""
    likes, may_move = _compare_anew(own, before, before_attribute)
    if not may_move:
        _refresh(own)
    elif not settle_changed(own, by=by, former_ins=before.ins):
        return
    if likes is not None:
        follow_pairs(own, likes)


def _refresh(own: SourceIdentity) -> None:
    siblings = [one.identity for one in store.linked_to(own.patient_id)]
    regional = store.regional_values(own.patient_id, siblings, own.changed_at)
    store.write(store.upsert_regional(regional))
    store.show(own.patient_id, regional, siblings, "identity.changed")


def _compare_anew(
    own: SourceIdentity, before: rules.Traits, before_attribute: str
) -> tuple[list[Scored] | None, bool]:
    """Write what is compared of a changed identity, and tell whether its links may change.

    None instead of likenesses when nothing that is compared has changed. An address or a telephone moves weights,
    and seldom a link: for what a source tells, who sees every pair, the neighbourhood is then left as it is.
    """
    was, _ = online.prepared(before, attribute=before_attribute, system=own.system)
    now, keys = online.prepared(own.traits, attribute=own.standing, system=own.system)
    strict = (*rules.STRICT, "ins", "status", "given_names")
    is_light = before_attribute == own.standing and all(
        getattr(before, name) == getattr(own, name) for name in strict
    )
    if was == now and is_light:
        return None, False
    if own.absorbed_into_id is not None:
        return [], True
    tied = online.written_ties(own.id) if is_light and current_actor() == SYSTEM else None
    likes = online.scored(now, online.near(keys, besides=own.id))
    online.write_compared(own.id, now, keys, likes)
    return likes, tied is None or tied != online.ties(likes)


def settle_changed(own: SourceIdentity, *, by: str, former_ins: str = "") -> bool:
    """Bring the neighbourhood of a changed identity to what the evidence now says; False when it is for later.

    Those who carry the INS that it had before may hold it now. For a professional, who sees their own circle
    alone, the worker does it, in a moment.
    """
    actor = current_actor()
    if actor.kind in ("professional", "person") and actor.role != "identity_officer":
        _settle_later(own)
        return False
    seeds = [own.id]
    if former_ins:
        former = SourceIdentity.objects.filter(ins=former_ins).exclude(pk=own.id)
        seeds += former.values_list("pk", flat=True)
    around = neighbourhood.read(seeds, actor=actor if actor.role == "identity_officer" else None)
    around.put(own)
    what = neighbourhood.planned(around)
    neighbourhood.carry_out(
        around, what, by=by, news=[(own.system, own.value)], refreshed=[own.patient_id]
    )
    return True


def _settle_later(own: SourceIdentity) -> None:
    """Show the identity as it is, doubtful if another patient holds its INS, until the worker has looked."""
    own.attribute = own.standing
    if own.ins and own.status == "qualified" and store.is_ins_elsewhere(own.ins, own.patient_id):
        own.attribute = rules.DOUBTFUL
    SourceIdentity.objects.filter(pk=own.pk).update(attribute=own.attribute)
    _refresh(own)
    emit(
        EVIDENCE,
        patient_id=own.patient_id,
        payload={"kind": "identity", "ids": [str(own.id)]},
    )


def settle_evidence(event: OutboxEvent) -> None:
    """What the worker does of a change that a professional made: links follow (subscriber of `EVIDENCE`)."""
    for one in event.payload["ids"]:
        own = SourceIdentity.objects.select_for_update().filter(pk=one).first()
        if own is not None:
            claimed = IdentityVersion.objects.filter(identity=own).exclude(ins="")
            last = claimed.order_by("-version").values_list("ins", flat=True).first()
            settle_changed(own, by="", former_ins=last or "")
            features, keys = online.prepared(own.traits, attribute=own.standing, system=own.system)
            follow_pairs(own, online.scored(features, online.near(keys, besides=own.id)))


def changed_fields(before: rules.Traits, after: rules.Traits) -> list[str]:
    """Names of the traits that differ: the journal keeps names, never values."""
    return [name for name in rules.TRAIT_FIELDS if getattr(before, name) != getattr(after, name)]


def _report(identity: SourceIdentity, settled: rules.Settled) -> None:
    """Tell the unit of an INS that its check refused."""
    if any(code.startswith("ins.") for code in settled.codes):
        open_work_item(
            kind=WorkItem.Kind.INS_REFUSED,
            identity_ids=[identity.id],
            patient_ids=[identity.patient_id],
            evidence={"codes": list(settled.codes)},
            sender=identity.sender,
        )
