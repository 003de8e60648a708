"""Adverse events of identity: any professional declares one, the identity unit qualifies, analyses and closes it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import connection

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity.commands.desk import OFFICER, demand_officer
from enrs.referentials.identity.commands.governance import record_step
from enrs.referentials.identity.models import (
    GovernanceAct,
    IdentityIncident,
    IdentitySource,
    WorkItem,
)

State = IdentityIncident.State
LOCK = 31
"""Seed of the advisory lock of one person's declarations: a form sent twice finds its first sending."""


def declare_incident(
    *,
    kind: str,
    gravity: str,
    happened: str,
    discovered_on: date,
    person_told: str,
    by: Actor,
    consequences: str = "",
    measures: str = "",
    patient_id: UUID | None = None,
) -> IdentityIncident:
    """Declare an adverse event, of a patient of one's circle or of nobody in particular; sent twice, it is one.

    Raises:
        AccessRefusedError: `profession` for who is no professional of care, `reason` when nothing is told, or why
            the patient's record is closed.
    """
    if by.user_id is None or not access_rules.permits(by.role, "identity", access_rules.READ):
        raise AccessRefusedError("profession")
    if by.kind != "professional":
        raise AccessRefusedError("profession")
    if len(happened.strip()) < 5:
        raise AccessRefusedError("reason")
    if patient_id is not None and by.role != OFFICER:
        decision = may(access_rules.READ, "identity", patient_id=patient_id, actor=by)
        if not decision.allowed:
            raise AccessRefusedError(decision.reason)
    told = {
        "kind": IdentityIncident.Kind(kind), "gravity": IdentityIncident.Gravity(gravity),
        "happened": happened.strip(), "discovered_on": discovered_on,
        "consequences": consequences.strip(), "measures": measures.strip(),
        "person_told": IdentityIncident.Told(person_told), "patient_id": patient_id,
        "declared_by_id": by.user_id,
    }  # fmt: skip
    with act():
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, %s))", [str(by.user_id), LOCK]
            )
        if same := IdentityIncident.objects.filter(**told, state=State.DECLARED).first():
            return same
        row = IdentityIncident.objects.create(
            **told, declared_by=by.name,
            declared_from=by.organisation_name[:200], declared_at=datetime.now(UTC),
        )  # fmt: skip
        record_step(row.id, GovernanceAct.Kind.DECLARED, by)
        note("identity.incident.declared", patient_id=patient_id, object_kind="identity_incident",
             object_id=row.id, details={"kind": kind, "gravity": gravity})  # fmt: skip
        _tell("declared", row)
    return row


def qualify_incident(
    *,
    incident_id: UUID,
    kind: str,
    gravity: str,
    by: Actor,
    source_id: UUID | None = None,
    item_id: UUID | None = None,
    identity_ids: Sequence[UUID] = (),
    text: str = "",
    last_step: UUID | None = None,
) -> IdentityIncident:
    """Say what an event is, of which source, and link it to a work item or to identities; as often as needed.

    `last_step` is the newest line of its history that one read.

    Raises:
        AccessRefusedError: `profession`.
        StaleSaveError: it is closed, or a colleague did something of it since `last_step`.
    """
    demand_officer(by)
    with act():
        row = IdentityIncident.objects.select_for_update().get(pk=incident_id)
        if row.state == State.CLOSED or _is_late(row, last_step):
            raise StaleSaveError(row)
        row.kind = IdentityIncident.Kind(kind)
        row.gravity = IdentityIncident.Gravity(gravity)
        row.source = IdentitySource.objects.get(pk=source_id) if source_id else None
        row.item_id = WorkItem.objects.get(pk=item_id).id if item_id else None
        row.identity_ids, row.state = list(identity_ids), State.QUALIFIED
        row.save()
        words = f"{row.get_kind_display()}. {row.get_gravity_display()}. {text.strip()}".strip()
        record_step(row.id, GovernanceAct.Kind.QUALIFIED, by, words)
        _note(row, "qualified")
    return row


def close_incident(
    *, incident_id: UUID, causes: str, actions: str, by: Actor, last_step: UUID | None = None
) -> IdentityIncident:
    """Close an analysed event with its causes and what was decided; `last_step` as for `qualify_incident`.

    Raises:
        AccessRefusedError: `profession`, or `reason` without causes.
        StaleSaveError: it is not qualified yet, or closed already, or a colleague was there since `last_step`.
    """
    demand_officer(by, causes)
    with act():
        row = IdentityIncident.objects.select_for_update().get(pk=incident_id)
        if row.state != State.QUALIFIED or _is_late(row, last_step):
            raise StaleSaveError(row)
        row.state, row.causes, row.actions = State.CLOSED, causes.strip(), actions.strip()
        row.closed_at, row.closed_by = datetime.now(UTC), by.name
        row.save(update_fields=["state", "causes", "actions", "closed_at", "closed_by"])
        record_step(row.id, GovernanceAct.Kind.CLOSED, by, f"{causes.strip()}\n{actions.strip()}")
        _note(row, "closed")
        _tell("closed", row)
    return row


def reopen_incident(*, incident_id: UUID, reason: str, by: Actor) -> IdentityIncident:
    """Take a closing back: the event is analysed again; causes and actions stay, to be completed.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: it is not closed.
    """
    demand_officer(by, reason)
    with act():
        row = IdentityIncident.objects.select_for_update().get(pk=incident_id)
        if row.state != State.CLOSED:
            raise StaleSaveError(row)
        row.state, row.closed_at, row.closed_by = State.QUALIFIED, None, ""
        row.save(update_fields=["state", "closed_at", "closed_by"])
        record_step(row.id, GovernanceAct.Kind.REOPENED, by, reason)
        _note(row, "reopened", reason)
    return row


def _is_late(row: IdentityIncident, last_step: UUID | None) -> bool:
    newest = GovernanceAct.objects.filter(about_id=row.id).order_by("-at", "-id")
    return last_step is not None and newest.values_list("id", flat=True).first() != last_step


def _note(row: IdentityIncident, what: str, reason: str = "") -> None:
    note(f"identity.incident.{what}", patient_id=row.patient_id, object_kind="identity_incident",
         object_id=row.id, reason=reason)  # fmt: skip


def _tell(what: str, row: IdentityIncident) -> None:
    """The event names its row alone: no text of it leaves."""
    emit(
        f"identity.incident.{what}",
        payload={"kind": "identity_incident", "ids": [str(row.id)]},
        topics=["identity-unit"],
    )
