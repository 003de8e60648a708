"""Somebody admitted without a trait: written under a made up name, and later named, or recognised."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.outbox import OutboxEvent
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands.by_hand import (
    PossibleDuplicateError,
    identities_of,
    possible_twins,
    tell_twins,
    write_typed,
)
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.commands.keeping import demand_real_name, own_identity, sign
from enrs.referentials.identity.commands.receive import receive_identity
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.models import EmergencyIdentity, SourceIdentity, WorkItem
from enrs.referentials.identity.rules import emergencies

MOVED: Final = "identity.moved"
"""The event after which it is asked anew whether somebody is still unknown."""
MOST: Final = 20
"""People who are written at once, when many arrive together."""
RIGHT: Final = timedelta(days=30)
"""How long the place reads what it wrote: nobody unconscious makes a circle within the usual week."""
LEAST_TEXT: Final = 5
WITHDRAWAL: Final = ("is_open", "ended_at", "withdrawn_at", "withdrawn_by", "withdrawn_for")


def create_emergency(
    *,
    sex: str,
    age: int | None,
    circumstance: str,
    by: Actor,
    count: int = 1,
    form: UUID | None = None,
) -> list[EmergencyIdentity]:
    """Write people of whom nothing is known but what is seen: each has a name of their own, made up.

    `age` is in years, about. A `form` that is sent twice gives those whom it wrote the first time. No rule links
    them, no match answers them, the national service is not asked.

    Raises:
        AccessRefusedError: `profession` when the role may not write identities, `reason` without a circumstance.
        ValueError: nobody, more than twenty, or an age that nobody has.
    """
    grantee = by.organisation_id or by.grantee_id
    if grantee is None or not access_rules.permits(by.role, "identity", access_rules.WRITE):
        raise AccessRefusedError("profession")
    _demand_text(circumstance)
    if not 1 <= count <= MOST or (age is not None and not 0 <= age <= emergencies.OLDEST):
        raise ValueError("count")
    with act():
        if form is not None and (before := _written_by(form, grantee)):
            return before
        return [_create(rank, sex, age, circumstance, grantee, by, form) for rank in _ranks(count)]


def _written_by(form: UUID, grantee: UUID) -> list[EmergencyIdentity]:
    """Those whom a form wrote already; another of the same moment waits here until they are."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 9))", [str(form)])
    rows = EmergencyIdentity.objects.filter(form=form, place_id=grantee)
    return list(rows.select_related("identity").order_by("rank"))


def _create(  # noqa: PLR0917  what was seen, of whom, by whom, and by which form
    rank: int,
    sex: str,
    age: int | None,
    circumstance: str,
    grantee: UUID,
    by: Actor,
    form: UUID | None,
) -> EmergencyIdentity:
    traits = emergencies.traits_of_nobody(rank, sex=sex, age=age)
    identity, _ = write_typed(rules.Settled(traits, rules.EMERGENCY), grantee, by, right=RIGHT)
    made = EmergencyIdentity(
        id=uuid7(), rank=rank, identity_id=identity.id, name=traits.birth_name, sex=traits.sex, age=age,
        circumstance=circumstance.strip()[:2000], place_id=grantee, place_name=by.organisation_name[:200],
        by_id=by.user_id, by=by.name[:200], made_at=identity.created_at, form=form,
    )  # fmt: skip
    made.save(force_insert=True)
    note("identity.emergency.created", patient_id=identity.patient_id, object_kind="identity",
         object_id=identity.id)  # fmt: skip
    return made


def _ranks(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval('identity_emergency_rank') from generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]


def fill_emergency(
    *,
    emergency: EmergencyIdentity,
    traits: rules.Traits,
    expected_version: int,
    by: Actor,
    is_confirmed: bool = False,
) -> None:
    """Give their traits to somebody who was nobody: an ordinary provisional or validated identity, without INS.

    Raises:
        AccessRefusedError: the role, the circle, or an identity of another place.
        StaleSaveError: somebody named, or changed them, meanwhile.
        PossibleDuplicateError: unless `is_confirmed`, in which case the identity unit is told.
        IdentityRefusedError: no birth name, or a made up one.
    """
    status = "validated" if traits.status == "validated" else "provisional"
    bare = replace(traits, ins="", ins_oid="", status=status)
    told = rules.settle(bare, mode=settings.MODE).traits
    demand_real_name(told)
    with act():
        now = own_identity(emergency.identity, by, expected_version)
        if now.standing != rules.EMERGENCY:
            raise StaleSaveError(now)
        found = possible_twins(told)
        twins = [one for one, _ in found]
        if twins and not is_confirmed:
            inside = [one for one, is_inside in found if is_inside]
            raise PossibleDuplicateError(inside, len(twins) - len(inside))
        kept = receive_identity(
            system=now.system, value=now.value, traits=told, sender=now.sender, is_confirmed=True
        )
        sign(now, kept, by.name)
        _close([emergency.pk])
        tell_twins(kept, twins, by)
        note("identity.emergency.filled", patient_id=now.patient_id, object_kind="identity",
             object_id=now.id)  # fmt: skip


def recognise_emergency(
    *, emergency: EmergencyIdentity, patient_id: UUID, reason: str, by: Actor
) -> None:
    """Say which known patient somebody is: the unit decides, for all that was written follows the link.

    Raises:
        AccessRefusedError: the role, the circle of either record, or `reason` when none is written.
        StaleSaveError: nobody is unknown there (any more), or somebody said who it is and the unit has not answered.
        ValueError: their own record, or one whom all identities left.
    """
    _demand_text(reason)
    own_patient = online.patients_of([emergency.identity_id]).get(emergency.identity_id)
    if own_patient is None or by.user_id is None:
        raise AccessRefusedError("profession")
    if by.role != "identity_officer":
        for one, verb in ((own_patient, access_rules.WRITE), (patient_id, access_rules.READ)):
            decision = may(verb, "identity", patient_id=one, actor=by)
            if not decision.allowed:
                raise AccessRefusedError(decision.reason)
    with act():
        now = EmergencyIdentity.objects.select_for_update().get(pk=emergency.pk)
        if not now.is_open or now.claim:
            raise StaleSaveError(now)
        mains = identities_of([patient_id])
        if not mains or patient_id == own_patient:
            raise ValueError("patient")
        claim = {
            "claim": reason.strip()[:1000], "by": by.name[:200], "at": datetime.now(UTC).isoformat()
        }  # fmt: skip
        _claim(now, claim)
        open_work_item(
            kind=WorkItem.Kind.EMERGENCY_KNOWN, identity_ids=[mains[0], now.identity_id],
            patient_ids=[patient_id, own_patient], evidence=claim, sender=by.organisation_name or by.name,
        )  # fmt: skip
        note("identity.emergency.recognised", patient_ids=[own_patient, patient_id],
             object_kind="identity", object_id=now.identity_id, reason=reason)  # fmt: skip


def _claim(emergency: EmergencyIdentity, told: Mapping[str, str]) -> None:
    """Keep who somebody is said to be; nothing once the unit has answered."""
    emergency.claim, emergency.claimed_by = told.get("claim", ""), told.get("by", "")
    emergency.claimed_at = datetime.fromisoformat(told["at"]) if "at" in told else None
    emergency.save(update_fields=["claim", "claimed_by", "claimed_at"])


def follow_answer(item: WorkItem) -> None:
    """The unit answered who somebody is: another may be named when it is not them; what else was said is closed."""
    if item.kind != WorkItem.Kind.EMERGENCY_KNOWN:
        return
    identity_id = item.identity_ids[-1]
    is_them = item.outcome == WorkItem.Outcome.LINKED
    now = EmergencyIdentity.objects.select_for_update().filter(identity_id=identity_id).first()
    if now is not None and (is_them or _is_of(item, now)):
        _claim(now, {})
    if not is_them:
        return
    others = WorkItem.objects.filter(
        kind=item.kind, identity_ids__contains=[identity_id], closed_at=None
    )
    others.update(closed_at=datetime.now(UTC), outcome=WorkItem.Outcome.BY_RULE)


def follow_undoing(item: WorkItem) -> None:
    """An answer of the unit is withdrawn: what was said waits again.

    Raises StaleSaveError: somebody else was named meanwhile.
    """
    if item.kind != WorkItem.Kind.EMERGENCY_KNOWN:
        return
    now = EmergencyIdentity.objects.select_for_update().get(identity_id=item.identity_ids[-1])
    if now.claim and not _is_of(item, now):
        raise StaleSaveError(now)
    _claim(now, item.evidence)


def _is_of(item: WorkItem, emergency: EmergencyIdentity) -> bool:
    """Whether what is said of somebody is what an item holds."""
    at = emergency.claimed_at
    return at is not None and item.evidence.get("at") in (None, at.isoformat())


# --- written by mistake ---------------------------------------------------------------------------


def withdraw_emergency(*, emergency: EmergencyIdentity, reason: str, by: Actor) -> None:
    """Say that somebody was written by mistake: they leave the list; their record stays as it is.

    Raises:
        AccessRefusedError: neither the unit nor the place that wrote them, or `reason` when none is written.
        StaleSaveError: named, recognised or withdrawn already.
    """
    _demand_text(reason)
    patient_id = _own_patient(emergency, by)
    with act():
        now = EmergencyIdentity.objects.select_for_update().get(pk=emergency.pk)
        if not now.is_open or now.claim:
            raise StaleSaveError(now)
        now.is_open, now.ended_at = False, datetime.now(UTC)
        now.withdrawn_at, now.withdrawn_by = now.ended_at, by.name[:200]
        now.withdrawn_for = reason.strip()[:1000]
        now.save(update_fields=WITHDRAWAL)
        note("identity.emergency.withdrawn", patient_id=patient_id, object_kind="identity",
             object_id=now.identity_id, reason=reason)  # fmt: skip


def restore_emergency(*, emergency: EmergencyIdentity, by: Actor) -> None:
    """Put somebody who was withdrawn on the list again.

    Raises:
        AccessRefusedError: neither the unit nor the place that wrote them.
        StaleSaveError: not withdrawn (any more).
    """
    patient_id = _own_patient(emergency, by)
    with act():
        now = EmergencyIdentity.objects.select_for_update().get(pk=emergency.pk)
        if now.withdrawn_at is None:
            raise StaleSaveError(now)
        now.is_open, now.ended_at, now.withdrawn_at = True, None, None
        now.withdrawn_by = now.withdrawn_for = ""
        now.save(update_fields=WITHDRAWAL)
        note("identity.emergency.restored", patient_id=patient_id, object_kind="identity",
             object_id=now.identity_id)  # fmt: skip


def _own_patient(emergency: EmergencyIdentity, by: Actor) -> UUID:
    """The patient that somebody without a name is, for the unit and for the place that wrote them."""
    own_patient = online.patients_of([emergency.identity_id]).get(emergency.identity_id)
    if own_patient is None or by.user_id is None:
        raise AccessRefusedError("profession")
    if by.role == "identity_officer":
        return own_patient
    decision = may(access_rules.WRITE, "identity", patient_id=own_patient, actor=by)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)
    if emergency.place_id not in by.grantees:
        raise AccessRefusedError("place")
    return own_patient


def _demand_text(text: str) -> None:
    if len(text.strip()) < LEAST_TEXT:
        raise AccessRefusedError("reason")


# --- whether somebody is still unknown ------------------------------------------------------------


def follow_moves(event: OutboxEvent) -> None:
    """A link was made or undone: those who are now beside a known identity are unknown no more, or again."""
    patients = [event.payload["from"], event.payload["to"]]
    rows = EmergencyIdentity.objects.filter(identity__patient_id__in=patients)
    known: list[Any] = []
    unknown: list[Any] = []
    for one in rows.select_related("identity"):
        (known if _is_named(one.identity) else unknown).append(one.pk)
    _close(known)
    EmergencyIdentity.objects.filter(pk__in=unknown, is_open=False, withdrawn_at=None).update(
        is_open=True, ended_at=None
    )


def _is_named(identity: SourceIdentity) -> bool:
    if identity.standing != rules.EMERGENCY:
        return True
    others = SourceIdentity.objects.filter(patient_id=identity.patient_id, absorbed_into=None)
    return any(one.standing != rules.EMERGENCY for one in others)


def _close(keys: Collection[Any]) -> None:
    EmergencyIdentity.objects.filter(pk__in=keys, is_open=True).update(
        is_open=False, ended_at=datetime.now(UTC)
    )
