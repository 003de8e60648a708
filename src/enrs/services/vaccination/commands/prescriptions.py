"""Prescribing a dose within a campaign, and cancelling what no act used."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.subjects.persons import carrier_of
from enrs.services.vaccination import queries
from enrs.services.vaccination.commands.errors import VaccinationRefusedError
from enrs.services.vaccination.commands.traces import (
    authored,
    demand_own,
    demand_vaccinator,
    lock,
    tell,
)
from enrs.services.vaccination.models import Act, Campaign, Prescription
from enrs.services.vaccination.queries import Standing
from enrs.services.vaccination.rules import eligibility as rules

MAX_REASON = 200


def prescribe(*, patient_id: UUID, campaign: Campaign, ground: str) -> Prescription:
    """Prescribe the next dose of a campaign; one that waits already is given back.

    `ground` is one of `rules.grounds`.

    Raises:
        AccessRefusedError: not a profession that the campaign lets prescribe, or not of this record.
        VaccinationRefusedError: the code of why not (`rules.Verdict.reasons`), `answer`, `ground`, `prescription`.
    """
    by = demand_vaccinator(patient_id)
    if by.role not in campaign.prescribers:
        raise AccessRefusedError("profession")
    with act():
        lock(patient_id)
        found = queries.standing(patient_id, campaign)
        if found.prescription is not None:
            return found.prescription
        check_standing(found)
        check_ground(found, ground)
        if not found.verdict.may_prescribe:
            is_doubted = found.verdict.kind == "advice"
            raise VaccinationRefusedError("doubt" if is_doubted else "prescription")
        return write_prescription(patient_id, found, ground, by)


def prescribe_exception(
    *, patient_id: UUID, campaign: Campaign, ground: str, reason: str
) -> Prescription:
    """Prescribe a dose that the number or the delay of a campaign refuses, for a reason that is kept and shown.

    It sets aside what refuses now, and nothing that would refuse later: neither another rule, nor a dose that comes
    meanwhile. One that waits already and still holds is given back.

    Raises:
        AccessRefusedError: not a doctor whom the campaign lets prescribe, or not of this record.
        VaccinationRefusedError: `exception` (no rule of number or delay refuses), `reason`, `answer`, `ground`, or
            what no doctor sets aside (the age, the dates, an answer that stops).
    """
    by = demand_vaccinator(patient_id)
    if by.role not in campaign.prescribers or by.role != "physician":
        raise AccessRefusedError("profession")
    why = reason.strip()
    if not 5 <= len(why) <= MAX_REASON or "\x00" in why:
        raise VaccinationRefusedError("reason")
    with act():
        lock(patient_id)
        found = queries.standing(patient_id, campaign)
        if found.prescription is not None and found.verdict.lifted and found.verdict.kind != "no":
            return found.prescription
        if not found.is_answered:
            raise VaccinationRefusedError("answer")
        if not found.verdict.may_except:
            others = [one for one in found.verdict.reasons if one not in rules.EXCEPTIONS]
            raise VaccinationRefusedError((others or ["exception"])[0])
        check_ground(found, ground)
        return write_prescription(patient_id, found, ground, by, exception=why)


def withdraw_prescription(*, prescription: Prescription) -> None:
    """Cancel a prescription of one's own place that no act used.

    Raises:
        AccessRefusedError: another's.
        VaccinationRefusedError: `used`.
    """
    demand_own(prescription)
    with act():
        lock(prescription.patient_id)
        held = Prescription.objects.get(pk=prescription.pk)
        if held.withdrawn_at or Act.objects.filter(prescription=held, withdrawn_at=None).exists():
            raise VaccinationRefusedError("used")
        held.withdrawn_at = timezone.now()
        held.save(update_fields=["withdrawn_at"])
        tell(
            "prescription.withdrawn", patient_id=held.patient_id, kind="vaccination_prescription",
            object_id=held.id,
        )  # fmt: skip


def check_standing(found: Standing) -> None:
    """Refuse (VaccinationRefusedError) where the campaign or the answers say no, or are not there."""
    if found.verdict.kind == "no":
        raise VaccinationRefusedError(found.verdict.reasons[0])
    if not found.is_answered:
        raise VaccinationRefusedError("answer")


def check_ground(found: Standing, ground: str) -> None:
    """Refuse (VaccinationRefusedError) a ground that the campaign does not offer to this person."""
    if ground not in found.grounds:
        raise VaccinationRefusedError("ground")


def write_prescription(
    patient_id: UUID, found: Standing, ground: str, by: Actor, *, exception: str = ""
) -> Prescription:
    """The row and its traces, once everything was checked; with `exception`, what refuses is set aside."""
    aside = [*found.verdict.lifted, *found.verdict.reasons] if exception else []
    now = timezone.now()
    made = Prescription(
        id=uuid7(), patient_id=patient_id, identity_id=carrier_of(patient_id), campaign=found.campaign,
        answer_id=found.answer.pk if found.answer else None, ground=ground[:200], author_role=by.role,
        dose_rank=found.verdict.dose_rank, prescribed_at=now,
        valid_until=legal_day(now) + timedelta(days=rules.PRESCRIPTION_DAYS), exception=exception,
        lifted=[one for one in rules.EXCEPTIONS if one in aside],
        known=sorted({f"{first}/{last}" for first, last in found.history.past.days}) if exception else [],
        **authored(by),
    )  # fmt: skip
    made.save(force_insert=True)
    tell(
        "prescription.excepted" if exception else "prescription.written",
        patient_id=patient_id,
        kind="vaccination_prescription",
        object_id=made.id,
        reason=exception,
        **({"lifted": made.lifted} if exception else {}),
    )
    return made
