"""Appointments about a person as FHIR R4 `Appointment`; those without a person are not published."""

from collections.abc import Sequence
from typing import Any

from enrs.core.agenda.models import Appointment, Participant
from enrs.core.agenda.rules import KINDS
from enrs.core.fhir.commands import publish
from enrs.core.fhir.rules.dates import instant
from enrs.core.fhir.rules.identifiers import identifier_keys

KIND_SYSTEM = "urn:local:appointment-kind"


def to_fhir(row: Appointment, participants: Sequence[Participant] = ()) -> dict[str, Any]:
    """The resource: status, kind, period, the person, the agenda's owner and the participants."""
    start, end = row.period.lower, row.period.upper
    kind = KINDS.get(row.kind, KINDS["other"])[0]
    resource: dict[str, Any] = {
        "resourceType": "Appointment",
        "id": str(row.id),
        "status": row.status,
        "appointmentType": {
            "coding": [{"system": KIND_SYSTEM, "code": row.kind, "display": kind}],
            "text": kind,
        },
        "start": instant(start),
        "end": instant(end),
        "minutesDuration": max(1, int((end - start).total_seconds() // 60)),
        "created": instant(row.recorded_at or row.updated_at),
        "participant": _participants(row, participants),
    }
    if row.identifiers:
        resource["identifier"] = row.identifiers
    if row.title:
        resource["description"] = row.title
    if row.comment:
        resource["comment"] = row.comment
    if row.cancelled_reason:
        resource["cancelationReason"] = {"text": row.cancelled_reason}
    return resource


def _participants(row: Appointment, participants: Sequence[Participant]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if row.patient_id:
        reference = {"reference": f"Patient/{row.patient_id}"}
        found.append({"actor": reference, "status": "accepted"})
    if row.agenda:
        found.append({"actor": {"display": row.agenda.label}, "status": "accepted"})
    found += [
        {"actor": {"display": one.display}, "status": one.answer}
        for one in participants
        if one.left_at is None
    ]
    if row.place:
        found.append({"actor": {"display": row.place}, "status": "accepted"})
    return found


def publish_appointment(row: Appointment, participants: Sequence[Participant] = ()) -> None:
    """Publish an appointment about a person in its present state."""
    if row.patient_id is None:
        return
    publish(
        to_fhir(row, participants),
        patient_id=row.patient_id,
        category="agenda",
        keys=[
            ("date", instant(row.period.lower)),
            ("status", row.status),
            ("actor", f"Patient/{row.patient_id}"),
            *identifier_keys(row.identifiers),
        ],
        is_deleted=row.withdrawn_at is not None,
    )
