"""A circle as a FHIR R4 CareTeam, one per patient."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from enrs.core.fhir.commands import Publication, publication
from enrs.core.fhir.rules.dates import instant
from enrs.referentials.circles.models import Member
from enrs.referentials.circles.rules import care_team_id


def care_team_publication(patient_id: UUID, members: Sequence[Member]) -> Publication:
    """The current circle; found by patient, participant and status. The person is its subject only."""
    shown = [member for member in members if member.basis != Member.Basis.SELF]
    tree: dict[str, Any] = {
        "resourceType": "CareTeam",
        "id": str(care_team_id(patient_id)),
        "status": "active" if shown else "inactive",
        "name": "Cercle de soins",
        "subject": {"reference": f"Patient/{patient_id}"},
    }
    if shown:
        tree["participant"] = [_participant(member) for member in shown]
    keys = [
        ("patient", f"Patient/{patient_id}"),
        ("subject", f"Patient/{patient_id}"),
        ("status", tree["status"]),
    ]
    keys += [("participant", reference) for member in shown if (reference := _reference(member))]
    return publication(tree, patient_id=patient_id, category="circle", keys=keys)


def _reference(member: Member) -> str:
    if member.practitioner_id:
        return f"Practitioner/{member.practitioner_id}"
    return f"Organization/{member.organisation_id}" if member.organisation_id else ""


def _participant(member: Member) -> dict[str, Any]:
    who: dict[str, Any] = {"display": member.display}
    reference = _reference(member)
    who |= {"reference": reference} if reference else {"type": "RelatedPerson"}
    period = {"start": instant(member.since)}
    if member.until:
        period["end"] = instant(member.until)
    one: dict[str, Any] = {"member": who, "period": period}
    if member.role_label:
        one["role"] = [{"text": member.role_label}]
    return one
