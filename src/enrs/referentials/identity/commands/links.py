"""Moving an identity, and every fact known by it, from one patient to another."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

from enrs.core.access.actor import Actor
from enrs.core.access.commands import (
    AccessRefusedError,
    end_grants,
    follow_denials,
    give_grant,
)
from enrs.core.access.models import Grant
from enrs.core.access.queries import valid_denials
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.fhir.commands import publish
from enrs.core.fhir.models import Key, Resource
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import clinical_models, move_facts, relink
from enrs.core.subjects.models import Patient
from enrs.referentials.circles.commands.merges import settle_merge
from enrs.referentials.identity import fhir, rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.models import (
    IdentityLink,
    IdentityVersion,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)

ONE_MINUTE = timedelta(minutes=1)
"""A right used by the act that gives it begins a little earlier: row security reads the time at which
the transaction began."""

TIMED_PURPOSES = ("break_glass", "centre_15", "identity")
"""Rights that end by themselves: they do not follow a patient who became another."""


def relink_identity(
    *, identity: SourceIdentity, patient_id: UUID | None, by: Actor, reason: str
) -> None:
    """Link an identity to a patient by a person's decision; None gives it a patient of its own.

    Undoing is the same act towards the former patient: links are kept, facts follow.

    Raises:
        AccessRefusedError: `profession` when the role may not, `reason` when none is written.
    """
    if by.role not in ("identity_officer", "system"):
        raise AccessRefusedError("profession")
    if len(reason.strip()) < 5:
        raise AccessRefusedError("reason")
    with act():
        before = identity.patient_id
        let_in(by, [before], identity.id)
        if identity.absorbed_into_id is not None:
            identity.absorbed_into = None
            SourceIdentity.objects.filter(pk=identity.pk).update(absorbed_into=None)
        move(
            identity,
            to=patient_id,
            rule=IdentityLink.Rule.HAND,
            by=by.name,
            reason=reason,
            actor=by,
        )
        note(
            "identity.relinked",
            patient_ids=sorted({before, identity.patient_id}),
            object_kind="identity",
            object_id=identity.id,
            reason=reason,
        )


def move(
    identity: SourceIdentity,
    *,
    to: UUID | None,
    rule: str,
    by: str,
    reason: str = "",
    evidence: dict[str, Any] | None = None,
    actor: Actor | None = None,
) -> None:
    """Change the link of an identity; its facts, versions and published resources follow.

    A patient left without identity names the one who took them in `replaced_by`, and those who had a
    lasting right on the first get it on the second for as long as this link lasts.
    """
    source, target = identity.patient_id, to or uuid7()
    if source == target:
        return
    if to is None:
        Patient.objects.create(id=target)
    if actor is not None:
        let_in(actor, [source, target], identity.id)
    store.lock_patients([source, target])
    facts = _facts_of(identity.id)
    now = datetime.now(UTC)
    identity.patient_id = target
    link = store.link_values(identity, rule=rule, by=by, at=now, reason=reason, evidence=evidence)
    _rewrite_links(identity, source, link, now)
    relink(identity_id=identity.id, patient_id=target)
    rest = [one.identity for one in store.linked_to(source)]
    _republish(source, target, facts if rest else None)
    follow_denials(patient_id=source, to=target, source_ids=facts if rest else None)
    if rest:
        refresh(source, rest, "identity.parted")
    else:
        _take_along(source, target, identity.id)
        _replace(source, target, link["id"])
    settle_merge(source=source, target=target)
    refresh(target, [one.identity for one in store.linked_to(target)], "identity.linked")
    emit(
        "identity.moved",
        patient_id=target,
        topics=[f"patient:{source}", f"patient:{target}"],
        payload={
            "kind": "identity",
            "ids": [str(identity.id)],
            "from": str(source),
            "to": str(target),
        },
    )


def refresh(patient_id: UUID, identities: Sequence[SourceIdentity], kind: str) -> None:
    """Compute the regional identity anew; an INS that another patient shows makes this one doubtful."""
    regional = store.regional_values(patient_id, identities, datetime.now(UTC))
    if regional["ins"]:
        holder = RegionalIdentity.objects.filter(ins=regional["ins"]).exclude(pk=patient_id).first()
        if holder is not None:
            regional = _doubt(regional, identities, holder)
    store.write(store.upsert_regional(regional))
    store.show(patient_id, regional, identities, kind)


def _doubt(
    regional: dict[str, Any], identities: Sequence[SourceIdentity], holder: RegionalIdentity
) -> dict[str, Any]:
    """One INS on two patients: who came second is doubtful, and the identity unit is told."""
    carriers = [one for one in identities if one.ins == regional["ins"]]
    for one in carriers:
        one.attribute = rules.DOUBTFUL
    SourceIdentity.objects.filter(pk__in=[one.pk for one in carriers]).update(
        attribute=rules.DOUBTFUL
    )
    open_work_item(
        kind=WorkItem.Kind.INS_ON_TWO_PATIENTS,
        identity_ids=[key for key in (holder.source_id, *(one.id for one in carriers)) if key],
        patient_ids=[holder.patient_id, regional["patient_id"]],
        evidence={"fields": ["ins"]},
    )
    return store.regional_values(regional["patient_id"], identities, regional["changed_at"])


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


def _facts_of(identity_id: UUID) -> list[UUID]:
    return [
        key
        for model in clinical_models()
        for key in model._default_manager.filter(identity_id=identity_id).values_list(
            "pk", flat=True
        )
    ]


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
    for model in clinical_models():
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
    lasting = lasting.exclude(purpose__in=TIMED_PURPOSES).exclude(grantee_id__in=refused)
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
    rows = Resource.objects.filter(patient_id=source, is_current=True).exclude(
        type__in=("Patient", "CareTeam")
    )
    if facts is not None:
        rows = rows.filter(id__in=facts)
    old, new = f"Patient/{source}", f"Patient/{target}"
    found = list(rows.order_by("type", "id"))
    keys: dict[tuple[str, UUID], list[tuple[str, str]]] = {}
    for key in Key.objects.filter(id__in=[row.id for row in found]).order_by("param", "value"):
        value = new if key.value == old else str(target) if key.value == str(source) else key.value
        keys.setdefault((key.type, key.id), []).append((key.param, value))
    for row in found:
        publish(
            orjson.loads(row.body.replace(old, new)),
            patient_id=target,
            category=row.category,
            keys=keys.get((row.type, row.id), ()),
            marks=row.marks,
            is_deleted=row.is_deleted,
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "update fhir_resource set patient_id = %s where patient_id = %s and not is_current "
            "and id = any(%s) and type <> 'Patient'",
            [target, source, [row.id for row in found]],
        )
