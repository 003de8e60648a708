"""Who may write here, and what each write leaves behind."""

from typing import Any
from uuid import UUID

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note
from enrs.core.events.commands import emit
from enrs.core.subjects.models import Patient
from enrs.services.vaccination.models import Act, Prescription
from enrs.services.vaccination.rules.eligibility import ROLES

CATEGORY = "summary"
"""A vaccination is a line of the summary: the same people read and write both."""
MANAGERS = ("operator",)
"""Who describes campaigns and vaccines: the region's team."""


def demand_vaccinator(patient_id: UUID) -> Actor:
    """The actor, if they are of a profession that vaccinates and may write this record's summary.

    Raises:
        AccessRefusedError: they are not, or may not.
    """
    by = current_actor()
    if by.role not in ROLES:
        raise AccessRefusedError("profession")
    decision = may(access_rules.WRITE, CATEGORY, patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)
    return by


def demand_own(row: Act | Prescription) -> Actor:
    """The actor, if the row is theirs or their place of work's (AccessRefusedError)."""
    by = demand_vaccinator(row.patient_id)
    if row.author_id != by.user_id and row.organisation_id not in by.grantees:
        raise AccessRefusedError("place")
    return by


def demand_manager() -> Actor:
    """The actor, if they are of the region's team, in an open session (AccessRefusedError)."""
    by = current_actor()
    if by.role not in MANAGERS:
        raise AccessRefusedError("profession")
    return by


def lock(patient_id: UUID) -> None:
    """One writer of a person's doses and prescriptions at a time, to the end of the act."""
    list(Patient.objects.select_for_update(no_key=True).filter(pk=patient_id).values_list("pk"))


def authored(by: Actor) -> dict[str, Any]:
    """The columns that say who did it, and where."""
    return {
        "author_id": by.user_id,
        "author_name": by.name[:200],
        "author_label": by.label[:200],
        "organisation_id": by.organisation_id,
        "organisation_name": by.organisation_name[:300],
    }


def tell(
    what: str, *, patient_id: UUID, kind: str, object_id: UUID, reason: str = "", **details: Any
) -> None:
    """The line of an act on somebody, and the hint to the open pages of their record."""
    note(
        f"vaccination.{what}",
        patient_id=patient_id,
        object_kind=kind,
        object_id=object_id,
        reason=reason,
        details=details or None,
    )
    emit(
        f"vaccination.{what}",
        patient_id=patient_id,
        topics=[f"patient:{patient_id}"],
        payload={"kind": "vaccination", "ids": [str(object_id)]},
    )
