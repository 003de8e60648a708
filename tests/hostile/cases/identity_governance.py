"""The governance of identity: charter, audits, action plans, adverse events."""

from typing import Any

from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.referentials.identity.models import (
    CharterSigning,
    IdentityCharter,
    IdentityContact,
    IdentityIncident,
    IdentitySource,
    SourceAction,
    SourceAudit,
)
from tests.hostile.table import case, part
from tests.hostile.world import World
from tests.referentials.identity.factories import CLINIC

E = "referentials.identity"
UNIT = ("identity_officer",)
WHY = "Constaté sur place"
TOLD: dict[str, Any] = {
    "kind": "duplicate",
    "gravity": "minor",
    "happened": "Deux dossiers ouverts",
    "person_told": "no",
}


def _source() -> IdentitySource:
    return IdentitySource.objects.get_or_create(system=CLINIC, defaults={"name": "Clinique du Parc"})[0]  # fmt: skip


def _charter() -> IdentityCharter:
    return IdentityCharter.objects.create(
        version=f"v{uuid7()}", text="Texte", published_at=timezone.now(), published_by="X"
    )


def _today() -> Any:
    return legal_day(timezone.now())


def _signing() -> CharterSigning:
    return CharterSigning.objects.create(
        charter=_charter(), source=_source(), signed_on=_today(), signed_by="X",
        recorded_at=timezone.now(), recorded_by="X",
    )  # fmt: skip


def _audit() -> SourceAudit:
    return SourceAudit.objects.create(
        source=_source(), held_on=_today(), auditors="X", conclusions=WHY,
        recorded_at=timezone.now(), recorded_by="X",
    )  # fmt: skip


def _owner() -> IdentityContact:
    return IdentityContact.objects.create(source=_source(), name="X", added_at=timezone.now())


def _action(state: str = "open") -> SourceAction:
    return SourceAction.objects.create(
        source=_source(), title="Former l’accueil", owner=_owner(), due_on=_today(),
        opened_at=timezone.now(), opened_by="X", state=state,
    )  # fmt: skip


def _incident(state: str) -> IdentityIncident:
    return IdentityIncident.objects.create(
        **TOLD, discovered_on=_today(), declared_by_id=uuid7(), declared_by="X",
        declared_at=timezone.now(), state=state,
    )  # fmt: skip


def lived_in() -> None:
    """A signed charter, an audit, actions and events in each state: what the unit's pages show."""
    _signing(), _charter(), _audit(), _action(), _action("done")
    for state in IdentityIncident.State.values:
        _incident(state)


@case(f"{E}.publish_charter", "identity_officer", roles=UNIT)
def publish_charter(w: World) -> dict[str, Any]:
    return {"version": f"v{uuid7()}", "text": "Chacun vérifie.", "by": None}


@case(f"{E}.sign_charter", "identity_officer", roles=UNIT)
def sign_charter(w: World) -> dict[str, Any]:
    return {
        "source_id": _source().id,
        "charter_id": _charter().id,
        "signed_on": _today(),
        "signed_by": "La directrice",
        "by": None,
    }


@case(f"{E}.cancel_signing", "identity_officer", roles=UNIT)
def cancel_signing(w: World) -> dict[str, Any]:
    return {"signing_id": _signing().id, "reason": WHY, "by": None}


@case(f"{E}.record_audit", "identity_officer", roles=UNIT)
def record_audit(w: World) -> dict[str, Any]:
    return {
        "source_id": _source().id,
        "held_on": _today(),
        "auditors": "Camille Roche",
        "conclusions": WHY,
        "by": None,
    }


@case(f"{E}.cancel_audit", "identity_officer", roles=UNIT)
def cancel_audit(w: World) -> dict[str, Any]:
    return {"audit_id": _audit().id, "reason": WHY, "by": None}


@case(f"{E}.open_action", "identity_officer", roles=UNIT)
def open_action(w: World) -> dict[str, Any]:
    return {
        "source_id": _source().id,
        "title": "Former l’accueil",
        "owner_id": _owner().id,
        "due_on": _today(),
        "by": None,
    }


@case(f"{E}.settle_action", "identity_officer", roles=UNIT)
def settle_action(w: World) -> dict[str, Any]:
    """Or somebody of the source's team, as its own tests show."""
    return {"action_id": _action().id, "is_done": True, "proof": WHY, "by": None}


@case(f"{E}.reopen_action", "identity_officer", roles=UNIT)
def reopen_action(w: World) -> dict[str, Any]:
    return {"action_id": _action("done").id, "reason": WHY, "by": None}


@case(
    f"{E}.declare_incident", "nurse", in_circle=True,
    more=("outside", "opposed", "ended", "other_patient", "right_who_left", "right_opposed", "role:operator",
          "role:auditor"),
)  # fmt: skip
def declare_incident(w: World) -> dict[str, Any]:
    """Who reads the record may say what went wrong in it: it writes nothing there."""
    return TOLD | {"discovered_on": _today(), "patient_id": w.patient.pk, "by": None}


@case(f"{E}.qualify_incident", "identity_officer", roles=UNIT)
def qualify_incident(w: World) -> dict[str, Any]:
    return {
        "incident_id": _incident("declared").id, "kind": "overlay", "gravity": "major",
        "source_id": _source().id, "by": None,
    }  # fmt: skip


@case(f"{E}.close_incident", "identity_officer", roles=UNIT)
def close_incident(w: World) -> dict[str, Any]:
    return {"incident_id": _incident("qualified").id, "causes": WHY, "actions": "", "by": None}


@case(f"{E}.reopen_incident", "identity_officer", roles=UNIT)
def reopen_incident(w: World) -> dict[str, Any]:
    return {"incident_id": _incident("closed").id, "reason": WHY, "by": None}


part("the line of history that the commands of governance leave", f"{E}.record_step")
