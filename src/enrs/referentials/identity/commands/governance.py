"""The charter, the audits and the action plans of the sources: written once, cancelled or reopened with a reason."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity.commands.desk import OFFICER, demand_officer
from enrs.referentials.identity.commands.questions import answers_for
from enrs.referentials.identity.models import (
    CharterSigning,
    GovernanceAct,
    IdentityCharter,
    IdentityContact,
    IdentitySource,
    SourceAction,
    SourceAudit,
    SourceDay,
)
from enrs.referentials.identity.rules.governance import INDICATORS, frozen


class AlreadyThereError(ValueError):
    """This version of the charter is published, or signed by this source, already."""


def publish_charter(*, version: str, text: str, by: Actor) -> IdentityCharter:
    """Publish a version of the region's charter; every source has then to sign it.

    Raises:
        AccessRefusedError: `profession`, or `reason` when it has no text.
        AlreadyThereError: this version is published already.
    """
    demand_officer(by, text)
    with act():
        charter = IdentityCharter(
            version=version.strip(), text=text.strip(), published_at=datetime.now(UTC),
            published_by=by.name,
        )  # fmt: skip
        _save_once(charter)
        record_step(charter.id, GovernanceAct.Kind.RECORDED, by)
        note("identity.charter.published", object_kind="identity_charter", object_id=charter.id,
             details={"version": charter.version})  # fmt: skip
    return charter


def sign_charter(
    *,
    source_id: UUID,
    charter_id: UUID,
    signed_on: date,
    signed_by: str,
    by: Actor,
    reference: str = "",
) -> CharterSigning:
    """Record that a source signed a version of the charter.

    Raises:
        AccessRefusedError: `profession`.
        AlreadyThereError: it signed this version already.
    """
    demand_officer(by)
    source = IdentitySource.objects.get(pk=source_id)
    charter = IdentityCharter.objects.get(pk=charter_id)
    with act():
        signing = CharterSigning(
            charter=charter, source=source, signed_on=signed_on, signed_by=signed_by.strip(),
            reference=reference.strip(), recorded_at=datetime.now(UTC), recorded_by=by.name,
        )  # fmt: skip
        _save_once(signing)
        record_step(signing.id, GovernanceAct.Kind.RECORDED, by)
        note("identity.charter.signed", object_kind="identity_source", object_id=source.id,
             details={"version": charter.version})  # fmt: skip
    return signing


def _save_once(row: IdentityCharter | CharterSigning) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyThereError from error


def cancel_signing(*, signing_id: UUID, reason: str, by: Actor) -> CharterSigning:
    """Cancel a signing that was recorded by mistake: the source has to sign again.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: it was cancelled meanwhile.
    """
    demand_officer(by, reason)
    with act():
        row = CharterSigning.objects.select_for_update().get(pk=signing_id)
        _cancel(row, reason, by)
    return row


def record_audit(
    *,
    source_id: UUID,
    held_on: date,
    auditors: str,
    conclusions: str,
    by: Actor,
    findings: Mapping[str, str] | None = None,
) -> SourceAudit:
    """Record an audit of a source; the indicators are frozen as the last count until that day has them.

    `findings` maps indicators (`rules.governance.INDICATORS`) to what was found of them.

    Raises:
        AccessRefusedError: `profession`, or `reason` without conclusions.
    """
    demand_officer(by, conclusions)
    source = IdentitySource.objects.get(pk=source_id)
    counted = SourceDay.objects.filter(system=source.system, day__lte=held_on)
    day = counted.order_by("-day").first()
    told = {
        code: text.strip()
        for code, text in (findings or {}).items()
        if code in INDICATORS and text.strip()
    }
    with act():
        _lock(source)
        given = {
            "source": source, "held_on": held_on, "auditors": auditors.strip(),
            "conclusions": conclusions.strip(), "findings": told,
        }  # fmt: skip
        if same := SourceAudit.objects.filter(**given, cancelled_at=None).first():
            return same
        audit = SourceAudit.objects.create(
            **given, figures_day=day.day if day else None, figures=frozen(day),
            recorded_at=datetime.now(UTC), recorded_by=by.name,
        )  # fmt: skip
        record_step(audit.id, GovernanceAct.Kind.RECORDED, by)
        note("identity.audit.recorded", object_kind="identity_source_audit", object_id=audit.id)
    return audit


def cancel_audit(*, audit_id: UUID, reason: str, by: Actor) -> SourceAudit:
    """Cancel an audit that was recorded by mistake; its actions stay.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: it was cancelled meanwhile.
    """
    demand_officer(by, reason)
    with act():
        row = SourceAudit.objects.select_for_update().get(pk=audit_id)
        _cancel(row, reason, by)
    return row


def _cancel(row: CharterSigning | SourceAudit, reason: str, by: Actor) -> None:
    if row.cancelled_at is not None:
        raise StaleSaveError(row)
    row.cancelled_at, row.cancelled_by = datetime.now(UTC), by.name
    row.cancel_reason = reason.strip()
    row.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
    record_step(row.pk, GovernanceAct.Kind.CANCELLED, by, reason)
    note("identity.governance.cancelled", object_kind=row._meta.db_table, object_id=row.pk,
         reason=reason)  # fmt: skip


def open_action(
    *,
    source_id: UUID,
    title: str,
    owner_id: UUID,
    due_on: date,
    by: Actor,
    audit_id: UUID | None = None,
    incident_id: UUID | None = None,
    indicator: str = "",
) -> SourceAction:
    """Open an action of a source's plan, owned by one of its contacts; sent twice, it is open once.

    Raises:
        AccessRefusedError: `profession`, or `reason` when it has no title.
        IdentityContact.DoesNotExist: the owner is not of this source's team now.
    """
    demand_officer(by, title)
    now = datetime.now(UTC)
    source = IdentitySource.objects.get(pk=source_id)
    indicator = indicator if indicator in INDICATORS else ""
    owner = IdentityContact.objects.exclude(until__lte=now).get(pk=owner_id, source=source)
    if audit_id is not None:
        SourceAudit.objects.get(pk=audit_id, source=source)
    with act():
        _lock(source)
        told = {
            "source": source, "title": title.strip(), "owner": owner, "due_on": due_on,
            "audit_id": audit_id, "incident_id": incident_id, "indicator": indicator,
        }  # fmt: skip
        if same := SourceAction.objects.filter(**told, state=SourceAction.State.OPEN).first():
            return same
        action = SourceAction.objects.create(
            **told, opened_at=now, opened_by=by.name,
            owner_words=f"{owner.name}, {owner.duty}" if owner.duty else owner.name,
        )  # fmt: skip
        record_step(action.id, GovernanceAct.Kind.OPENED, by)
        note("identity.action.opened", object_kind="identity_source_action", object_id=action.id)
    return action


def settle_action(*, action_id: UUID, is_done: bool, proof: str, by: Actor) -> SourceAction:
    """Say that an action is done, with its proof, or (the unit alone) drop it, with its reason.

    Raises:
        AccessRefusedError: `profession`: neither the unit nor the source's team; `reason` without a proof.
        StaleSaveError: it is settled already.
    """
    with act():
        action = SourceAction.objects.select_related("source").select_for_update(of=("self",))
        row = action.get(pk=action_id)
        is_of_team = answers_for(row.source.system, by)
        if by.user_id is None or not (by.role == OFFICER or (is_done and is_of_team)):
            raise AccessRefusedError("profession")
        if len(proof.strip()) < 5:
            raise AccessRefusedError("reason")
        if row.state != SourceAction.State.OPEN:
            raise StaleSaveError(row)
        row.state = SourceAction.State.DONE if is_done else SourceAction.State.DROPPED
        row.proof, row.settled_at, row.settled_by = proof.strip(), datetime.now(UTC), by.name
        row.save(update_fields=["state", "proof", "settled_at", "settled_by"])
        record_step(row.id, GovernanceAct.Kind(row.state), by, proof)
        note(f"identity.action.{row.state}", object_kind="identity_source_action", object_id=row.id)
    return row


def reopen_action(*, action_id: UUID, reason: str, by: Actor) -> SourceAction:
    """Take back that an action is done or dropped: it is to do again; the proof stays in its history.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: it is open.
    """
    demand_officer(by, reason)
    with act():
        row = SourceAction.objects.select_for_update().get(pk=action_id)
        if row.state == SourceAction.State.OPEN:
            raise StaleSaveError(row)
        row.state, row.proof = SourceAction.State.OPEN, ""
        row.settled_at, row.settled_by = None, ""
        row.save(update_fields=["state", "proof", "settled_at", "settled_by"])
        record_step(row.id, GovernanceAct.Kind.REOPENED, by, reason)
        note("identity.action.reopened", object_kind="identity_source_action", object_id=row.id,
             reason=reason)  # fmt: skip
    return row


def _lock(source: IdentitySource) -> None:
    """One after the other: a form sent twice finds what its first sending wrote."""
    IdentitySource.objects.select_for_update().get(pk=source.pk)


def record_step(about_id: UUID, kind: str, by: Actor, text: str = "") -> None:
    """Leave one line in the history of a signing, an audit, an action or an adverse event."""
    GovernanceAct.objects.create(
        about_id=about_id, kind=kind, by_id=by.user_id, by=by.name, at=datetime.now(UTC),
        text=text.strip(),
    )  # fmt: skip
