"""Adverse events declared on an act."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act as one_act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.services.vaccination.commands.errors import VaccinationRefusedError
from enrs.services.vaccination.commands.traces import (
    authored,
    demand_vaccinator,
    tell,
)
from enrs.services.vaccination.fhir import publish_act
from enrs.services.vaccination.models import Act, AdverseEvent

MAX_TEXT = 4000


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is told of an adverse event; `is_reported` when the pharmacovigilance was told."""

    began_on: date
    seriousness: str
    outcome: str
    description: str
    is_reported: bool = False


def declare_adverse_event(*, act: Act, event: NewEvent) -> AdverseEvent:
    """Declare what happened after a dose; any profession that vaccinates may, wherever the dose was given.

    Every professional reports a suspected adverse effect (Code de la santé publique, R5121-161): this keeps it in
    the record, and does not send it.

    Raises:
        AccessRefusedError: not a profession that vaccinates, or not of this record.
        VaccinationRefusedError: `withdrawn`, `event_date`, `description`, `long`.
    """
    by = demand_vaccinator(act.patient_id)
    if act.withdrawn_at:
        raise VaccinationRefusedError("withdrawn")
    if not legal_day(act.given_at) <= event.began_on <= legal_day(timezone.now()):
        raise VaccinationRefusedError("event_date")
    text = event.description.strip()
    is_known = event.seriousness in AdverseEvent.Seriousness.values
    if len(text) < 5 or not is_known or event.outcome not in AdverseEvent.Outcome.values:
        raise VaccinationRefusedError("description")
    if len(text) > MAX_TEXT or "\x00" in text:
        raise VaccinationRefusedError("long")
    made = AdverseEvent(
        id=uuid7(), act=act, patient_id=act.patient_id, identity_id=act.identity_id,
        began_on=event.began_on, seriousness=event.seriousness, outcome=event.outcome, description=text,
        is_reported=event.is_reported, **authored(by),
    )  # fmt: skip
    with one_act():
        made.save(force_insert=True)
        publish_act(act)
        _tell(made, "declared")
    return made


def withdraw_adverse_event(*, event: AdverseEvent, reason: str) -> None:
    """Take back an adverse event that was declared by mistake, by one's own place.

    Raises:
        AccessRefusedError: another place's.
        VaccinationRefusedError: `reason`.
    """
    by = demand_vaccinator(event.patient_id)
    if event.author_id != by.user_id and event.organisation_id not in by.grantees:
        raise AccessRefusedError("place")
    if event.withdrawn_at:
        return
    if len(reason.strip()) < 5 or "\x00" in reason:
        raise VaccinationRefusedError("reason")
    event.withdrawn_at, event.withdrawn_reason = timezone.now(), reason.strip()[:200]
    with one_act():
        event.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        publish_act(event.act)
        _tell(event, "withdrawn", reason)


def _tell(event: AdverseEvent, what: str, reason: str = "") -> None:
    tell(
        f"event.{what}", patient_id=event.patient_id, kind="vaccination_event", object_id=event.id,
        reason=reason,
    )  # fmt: skip
