"""Work of the platform: the gaps that are left shortly before a discharge, and what an opposition frees."""

from uuid import UUID

from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.subscribers import subscribe
from enrs.core.jobs.registry import every
from enrs.services.home_support.commands.denials import follow_denials
from enrs.services.home_support.commands.warning import warn_of_gaps


def _denied(event: OutboxEvent) -> None:
    if event.patient_id is not None:
        revoked = [UUID(one) for one in event.payload["revoked"]]
        follow_denials(patient_id=event.patient_id, grantees=revoked)


every("home_support.gaps", minutes=15, run=warn_of_gaps)
subscribe("home_support.denials", {"access.revoked"}, _denied)
