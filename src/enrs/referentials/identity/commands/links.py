"""Moving an identity, and every fact known by it, from one patient to another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from enrs.core.access.actor import Actor
from enrs.core.access.commands import (
    end_grants,
    follow_denials,
    give_grant,
)
from enrs.core.access.models import Grant
from enrs.core.access.queries import valid_denials
from enrs.core.effects import write_waiting
from enrs.core.events.commands import emit
from enrs.core.fhir.commands import publish, rebind
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import clinical_models, move_facts, relink
from enrs.core.subjects.models import Patient
from enrs.core.subjects.published import published_besides
from enrs.core.subjects.queries import facts_of, tables_without_identity
from enrs.referentials.circles.commands.merges import settle_merge
from enrs.referentials.identity import fhir
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.models import (
    IdentityLink,
    IdentityVersion,
    RegionalIdentity,
    SourceIdentity,
)

ONE_MINUTE = timedelta(minutes=1)
"""A right used by the act that gives it begins a little earlier: row security reads the time at which
the transaction began."""

TIMED_PURPOSES = ("break_glass", "centre_15", "identity")
"""Rights that end by themselves: they do not follow a patient who became another."""


@dataclass(slots=True)
class Move:
    """An identity that goes to another patient."""

    identity: SourceIdentity
    to: UUID
    rule: str
    by: str
    reason: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)


def make(
    moves: Sequence[Move], *, refreshed: Collection[UUID] = (), actor: Actor | None = None
) -> None:
    """Change the links of identities together; their facts, versions and published resources follow.

    A patient left without identity names the one who took the last in `replaced_by`, and those who had a
    lasting right on the first get it on the second for as long as this link lasts. The regional identity
    of everybody concerned, and of those `refreshed`, is computed anew.
    """
    steps = [(move, move.identity.patient_id, move.to) for move in moves]
    concerned = {*refreshed, *(source for _, source, _ in steps), *(to for *_, to in steps)}
    if actor is not None and steps:
        let_in(actor, sorted(concerned), steps[0][0].identity.id)
    if steps:
        store.lock_patients(sorted(concerned))
        # What this act published before under who is left is written first, to be taken along.
        write_waiting()
    if not concerned:
        return
    # An INS is unique among patients: whoever shows one now may lose it to another of them.
    RegionalIdentity.objects.filter(pk__in=concerned).exclude(ins="").update(ins="", ins_oid="")
    left = {source: (target, _transfer(move, source, target)) for move, source, target in steps}
    members = {one: [row.identity for row in store.linked_to(one)] for one in sorted(concerned)}
    for source, (target, link_id) in left.items():
        if not members[source]:
            last = next(m.identity for m, s, _ in reversed(steps) if s == source)
            _take_along(source, target, last.id)
            _republish(source, target, None)
            follow_denials(patient_id=source, to=target, source_ids=None)
            _replace(source, target, link_id)
    for source, target in dict.fromkeys((source, target) for _, source, target in steps):
        settle_merge(source=source, target=target)
    if any(not found for found in members.values()):
        # Those who stay now know the patients who became them.
        members = {one: [row.identity for row in store.linked_to(one)] for one in members}
    arrived = {target for *_, target in steps}
    for one in sorted(concerned):
        if members[one]:
            kind = "identity.linked" if one in arrived else "identity.parted"
            refresh(one, members[one], kind if steps else "identity.changed")
    for move, source, target in steps:
        _tell_moved(move.identity.id, source, target)


def new_patient() -> UUID:
    """A patient for identities that find none of their own."""
    made = Patient.objects.create(id=uuid7())
    return made.id


def _transfer(move: Move, source: UUID, target: UUID) -> UUID:
    """Close the open link and open the next one, and take along what is known by this identity."""
    identity, now = move.identity, datetime.now(UTC)
    held = facts_of(identity.id)
    facts = [one for rows in held.values() for one in rows]
    published = [*facts, *published_besides(held)]
    identity.patient_id = target
    link = store.link_values(
        identity, rule=move.rule, by=move.by, at=now, reason=move.reason, evidence=move.evidence
    )
    _rewrite_links(identity, source, link, now)
    relink(identity_id=identity.id, patient_id=target)
    if facts:
        _republish(source, target, published)
        follow_denials(patient_id=source, to=target, source_ids=facts)
    link_id: UUID = link["id"]
    return link_id


def _tell_moved(identity_id: UUID, source: UUID, target: UUID) -> None:
    emit(
        "identity.moved",
        patient_id=target,
        topics=[f"patient:{source}", f"patient:{target}"],
        payload={
            "kind": "identity",
            "ids": [str(identity_id)],
            "from": str(source),
            "to": str(target),
        },
    )


def refresh(patient_id: UUID, identities: Sequence[SourceIdentity], kind: str) -> None:
    """Compute the regional identity of a patient anew, publish it and tell the open pages."""
    regional = store.regional_values(patient_id, identities, datetime.now(UTC))
    store.write(store.upsert_regional(regional))
    store.show(patient_id, regional, identities, kind)


def let_in(actor: Actor, patient_ids: Sequence[UUID], source_id: UUID) -> None:
    """Give the identity officer, who is in nobody's circle, a minute's right for one act."""
    if actor.grantee_id is None:
        return
    now = datetime.now(UTC)
    for patient_id in patient_ids:
        give_grant(
            patient_id=patient_id, grantee_id=actor.grantee_id, source_kind="identity_work",
            source_id=source_id, purpose="identity", level=2, scope="identity",
            valid_from=now - ONE_MINUTE, valid_until=now + ONE_MINUTE,
        )  # fmt: skip


def _rewrite_links(
    identity: SourceIdentity, source: UUID, link: dict[str, Any], now: datetime
) -> None:
    old = IdentityLink.objects.filter(identity=identity, until=None).first()
    if old is not None:
        IdentityLink.objects.filter(pk=old.pk).update(until=now)
        end_grants(patient_id=source, source_id=old.pk)
    store.write(
        store.insert("identity_link", link),
        (
            "update source_identity set patient_id = %s where id = %s",
            [identity.patient_id, identity.id],
        ),
    )
    IdentityVersion.objects.filter(identity=identity).update(patient_id=identity.patient_id)


def _take_along(source: UUID, target: UUID, identity_id: UUID) -> None:
    """Facts written by hand, known by no identity, follow the last one that leaves their patient.

    They are known by it from then on, so that undoing the link brings them back.
    """
    held = tables_without_identity(source)
    for model in clinical_models():
        if model._meta.db_table not in held:
            continue
        left = model._default_manager.filter(patient_id=source, identity_id=None)
        move_facts(left.order_by("pk"), patient_id=target, identity_id=identity_id)


def _replace(source: UUID, target: UUID, link_id: UUID) -> None:
    """The patient `source` has become `target`: its row says so, its lasting rights follow.

    Not those of whom the person opposed, on either patient.
    """
    RegionalIdentity.objects.filter(pk=source).update(
        replaced_by=target, ins="", ins_oid="", changed_at=datetime.now(UTC)
    )
    now = datetime.now(UTC)
    lasting = Grant.objects.filter(patient_id=source, valid_from__lte=now, valid_until__gt=now)
    refused = valid_denials().filter(patient_id__in=(source, target)).values("grantee_id")
    # The first right of who typed somebody is on what they typed: it opens nothing of what was there before.
    lasting = lasting.exclude(purpose__in=TIMED_PURPOSES).exclude(source_kind="creation")
    lasting = lasting.exclude(grantee_id__in=refused)
    for grant in lasting.order_by("level", "grantee_id"):
        give_grant(
            patient_id=target, grantee_id=grant.grantee_id, source_kind="identity_link",
            source_id=link_id, purpose=grant.purpose, level=grant.level, scope=grant.scope,
            valid_until=grant.valid_until,
        )  # fmt: skip
    keys = fhir.replaced_keys(source, settings.REGION.identity_domain)
    publish(fhir.replaced(source, target), patient_id=source, category="identity", keys=keys)
    store.tell("identity.replaced", source, replaced_by=str(target))


def _republish(source: UUID, target: UUID, facts: list[UUID] | None) -> None:
    """Publish the moved facts anew under their patient; None takes all that `source` still has.

    A circle is published by `settle_merge`, from its members.
    """
    rebind(source=source, target=target, ids=facts, besides=("Patient", "CareTeam"))
