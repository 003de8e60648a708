"""What every act on an appointment leaves: its line, its event, its published resource."""

from collections.abc import Sequence
from uuid import UUID

from enrs.core.accounts.models import User
from enrs.core.agenda.fhir import publish_appointment
from enrs.core.agenda.models import Appointment, Participant
from enrs.core.audit.commands import note
from enrs.core.events.commands import emit


def tell(
    row: Appointment, what: str, *, participants: Sequence[Participant] = (), reason: str = ""
) -> None:
    """Leave the line of an act, hint the open pages, publish what concerns a person."""
    note(
        f"agenda.appointment.{what}",
        patient_id=row.patient_id,
        object_kind="appointment",
        object_id=row.id,
        reason=reason,
    )
    emit(
        f"agenda.appointment.{what}",
        patient_id=row.patient_id,
        topics=topics_of(row, participants),
        payload={"kind": "agenda", "ids": [str(row.id)]},
    )
    publish_appointment(row, participants)


def topics_of(row: Appointment, participants: Sequence[Participant]) -> list[str]:
    """The open pages that an appointment concerns: the person's record, its people's agendas."""
    grantees: set[UUID] = {one.grantee_id for one in participants}
    if row.agenda:
        grantees.add(row.agenda.owner_id)
    users = User.objects.filter(grantee_id__in=grantees, is_active=True)
    topics = [f"user:{one}" for one in users.values_list("id", flat=True)]
    if row.patient_id:
        topics.append(f"patient:{row.patient_id}")
    return sorted(topics)
