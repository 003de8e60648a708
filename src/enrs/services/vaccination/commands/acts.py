"""Declaring a dose, correcting it, taking it back as entered in error, putting it back."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act as one_act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day, partial_bounds
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.persons import carrier_of
from enrs.referentials.identity import queries as identity
from enrs.services.vaccination import queries
from enrs.services.vaccination.commands.errors import VaccinationRefusedError
from enrs.services.vaccination.commands.papers import retell
from enrs.services.vaccination.commands.prescriptions import (
    check_ground,
    check_standing,
    write_prescription,
)
from enrs.services.vaccination.commands.traces import (
    authored,
    demand_own,
    demand_vaccinator,
    lock,
    tell,
)
from enrs.services.vaccination.doses import history_of
from enrs.services.vaccination.fhir import publish_act
from enrs.services.vaccination.models import (
    ROUTES,
    SITES,
    Act,
    ActChange,
    Attestation,
    Campaign,
    Prescription,
    Vaccine,
)
from enrs.services.vaccination.queries import Standing
from enrs.services.vaccination.rules import eligibility
from enrs.services.vaccination.rules.acts import Given, fault

STATE = (
    "given_at", "lot", "expires_on", "site", "route", "dose_rank", "gtin", "serial", "comment", "vaccine_id",
    "vaccine_name",
)  # fmt: skip
"""What a correction may change."""


def declare_act(
    *,
    patient_id: UUID,
    campaign: Campaign,
    vaccine: Vaccine,
    given: Given,
    ground: str,
    prescriber_name: str = "",
    prescribed_on: date | None = None,
) -> Act:
    """Declare a dose of a campaign.

    It uses the prescription that waits here; else the one on paper that `prescriber_name` and `prescribed_on`
    copy; else the actor prescribes in the same act, where the campaign lets them.

    Raises:
        AccessRefusedError: not a profession that the campaign lets vaccinate, or not of this record.
        VaccinationRefusedError: a reason of the verdict, a fault of the dose, `vaccine`, `box`, `answer`,
            `ground`, `prescription`.
    """
    by = demand_vaccinator(patient_id)
    if by.role not in campaign.vaccinators:
        raise AccessRefusedError("profession")
    _check_given(patient_id, given)
    _check_vaccine(campaign, vaccine, given.gtin)
    _check_age(patient_id, vaccine, legal_day(given.given_at))
    with one_act():
        # Two people who declare the same dose at once: the second sees the first’s.
        lock(patient_id)
        found = queries.standing(patient_id, campaign, today=legal_day(given.given_at))
        check_standing(found)
        check_ground(found, ground)
        if not found.verdict.may_vaccinate:
            raise VaccinationRefusedError("age")
        used, on_paper = _prescription(
            patient_id, found, ground, by, (prescriber_name.strip(), prescribed_on, given)
        )
        made = Act(
            id=uuid7(), patient_id=patient_id, identity_id=carrier_of(patient_id), campaign=campaign,
            vaccine=vaccine, answer_id=found.answer.pk if found.answer else None, ground=ground[:200],
            prescription=used, **_named(vaccine), **_columns(given), **on_paper, **authored(by),
        )  # fmt: skip
        made.save(force_insert=True)
        _tell(made, "declared")
    return made


def amend_act(
    *, act: Act, vaccine: Vaccine, given: Given, reason: str, expected_version: int
) -> Act:
    """Correct what was declared of a dose; how it stood is kept, its attestation no longer holds.

    Whoever it was sent to is told.

    Raises:
        AccessRefusedError: another place's.
        StaleSaveError: it was changed meanwhile.
        VaccinationRefusedError: `withdrawn`, `reason`, `vaccine`, `box`, or a fault of the dose.
    """
    demand_own(act)
    if act.withdrawn_at:
        raise VaccinationRefusedError("withdrawn")
    _check_reason(reason)
    _check_given(act.patient_id, given)
    if vaccine.pk != act.vaccine_id or given.gtin != act.gtin:
        _check_vaccine(act.campaign, vaccine, given.gtin)
        _check_age(act.patient_id, vaccine, legal_day(given.given_at))
    before = _state(act)
    for name, value in _columns(given).items():
        setattr(act, name, value)
    if vaccine.pk != act.vaccine_id:
        # Another vaccine has its own words; those of the same one stay as they were written that day.
        act.vaccine_name, act.vaccine_disease = vaccine.name, vaccine.disease
    act.vaccine, act.amended_at = vaccine, timezone.now()
    with one_act():
        fields = [*_columns(given), "vaccine_id", "vaccine_name", "vaccine_disease", "amended_at"]
        save_version(act, expected=expected_version, fields=fields)
        _keep(act, ActChange.Kind.AMENDED, reason, before)
        _revoke(act)
        _tell(act, "amended", reason)
        retell(act=act, what="amended", reason=reason.strip())
    return act


def withdraw_act(*, act: Act, reason: str, expected_version: int) -> None:
    """Take a dose back as entered in error: it stays, with its reason, and may be put back.

    Raises:
        AccessRefusedError: another place's.
        StaleSaveError: it was changed meanwhile.
        VaccinationRefusedError: `withdrawn`, `reason`.
    """
    demand_own(act)
    if act.withdrawn_at:
        raise VaccinationRefusedError("withdrawn")
    _check_reason(reason)
    act.withdrawn_at, act.withdrawn_reason = timezone.now(), reason.strip()[:200]
    with one_act():
        save_version(act, expected=expected_version, fields=["withdrawn_at", "withdrawn_reason"])
        _keep(act, ActChange.Kind.WITHDRAWN, reason, {})
        _revoke(act)
        _tell(act, "withdrawn", reason)
        retell(act=act, what="withdrawn", reason=reason.strip())


def restore_act(*, act: Act, reason: str, expected_version: int) -> None:
    """Put back a dose that was taken back by mistake; its attestation is made anew.

    Raises:
        AccessRefusedError: another place's.
        StaleSaveError: it was changed meanwhile.
        VaccinationRefusedError: `standing`, `reason`, `done` (all doses were given meanwhile), `used` (so was
            its prescription).
    """
    demand_own(act)
    if act.withdrawn_at is None:
        raise VaccinationRefusedError("standing")
    _check_reason(reason)
    try:
        with one_act(savepoint=True):
            lock(act.patient_id)
            past = history_of(act.patient_id, act.campaign, but=act.pk).past
            used = act.prescription
            is_excepted = used and "done" in used.lifted and past.count < used.dose_rank
            if past.count >= act.campaign.dose_count and not is_excepted:
                raise VaccinationRefusedError("done")
            act.withdrawn_at, act.withdrawn_reason = None, ""
            save_version(
                act, expected=expected_version, fields=["withdrawn_at", "withdrawn_reason"]
            )
            _keep(act, ActChange.Kind.RESTORED, reason, {})
            _tell(act, "restored", reason)
            retell(act=act, what="restored", reason=reason.strip())
    except IntegrityError as error:
        raise VaccinationRefusedError("used") from error


# --- the parts -------------------------------------------------------------------------------------


def _prescription(
    patient_id: UUID, found: Standing, ground: str, by: Actor, paper: tuple[str, date | None, Given]
) -> tuple[Prescription | None, dict[str, Any]]:
    """The prescription that a dose uses, and what is copied of one on paper."""
    if found.prescription is not None:
        return found.prescription, {}
    name, day, given = paper
    if name and day is not None:
        if day > legal_day(given.given_at):
            raise VaccinationRefusedError("prescribed_late")
        return None, {"prescriber_name": name[:200], "prescribed_on": day}
    if found.verdict.may_prescribe:
        return write_prescription(patient_id, found, ground, by), {}
    raise VaccinationRefusedError("doubt" if found.verdict.kind == "advice" else "prescription")


def _check_given(patient_id: UUID, given: Given) -> None:
    who, day = identity.regional_identity(patient_id), legal_day(given.given_at)
    if who.deceased_at and day > legal_day(who.deceased_at):
        raise VaccinationRefusedError("deceased")
    born = who.birth_date
    wrong = fault(
        given, now=timezone.now(), day=day,
        born=partial_bounds(born)[0] if born else None, sites=set(dict(SITES)), routes=set(dict(ROUTES)),
    )  # fmt: skip
    if wrong:
        raise VaccinationRefusedError(wrong)


def _check_vaccine(campaign: Campaign, vaccine: Vaccine, gtin: str) -> None:
    """The vaccine is of the campaign; a box whose number is known says this vaccine."""
    if vaccine.pk not in campaign.vaccine_ids or vaccine.is_retired:
        raise VaccinationRefusedError("vaccine")
    known = Vaccine.objects.filter(gtins__contains=[gtin]).first() if gtin else None
    if known is not None and known.pk != vaccine.pk:
        raise VaccinationRefusedError("box")


def _check_age(patient_id: UUID, vaccine: Vaccine, day: date) -> None:
    """The vaccine is for somebody of this age."""
    months = eligibility.months_on(identity.regional_identity(patient_id).birth_date, day)
    if not eligibility.suits(months, vaccine.min_months, vaccine.max_months):
        raise VaccinationRefusedError("vaccine_age")


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < 5 or "\x00" in reason:
        raise VaccinationRefusedError("reason")


def _columns(given: Given) -> dict[str, Any]:
    return {
        "given_at": given.given_at, "lot": given.lot, "expires_on": given.expires_on, "site": given.site,
        "route": given.route, "dose_rank": given.dose_rank, "gtin": given.gtin[:14],
        "serial": given.serial[:20], "comment": given.comment.strip(),
    }  # fmt: skip


def _named(vaccine: Vaccine) -> dict[str, str]:
    """The words of a vaccine, kept with the dose."""
    return {"vaccine_name": vaccine.name, "vaccine_disease": vaccine.disease}


def _state(act: Act) -> dict[str, str]:
    return {name: str(getattr(act, name)) for name in STATE}


def _keep(act: Act, kind: str, reason: str, before: dict[str, str]) -> None:
    by = demand_own(act)
    ActChange(
        id=uuid7(), act=act, patient_id=act.patient_id, kind=kind, before=before,
        reason=reason.strip()[:200], by_name=by.name[:200],
    ).save(force_insert=True)  # fmt: skip


def _revoke(act: Act) -> None:
    """An attestation that no longer says what the act says is withdrawn: whoever checks it is told."""
    held = Attestation.objects.filter(act=act, withdrawn_at=None)
    held.update(withdrawn_at=timezone.now(), withdrawn_reason="Acte corrigé ou retiré")


def _tell(act: Act, what: str, reason: str = "") -> None:
    publish_act(act)
    tell(
        f"act.{what}", patient_id=act.patient_id, kind="vaccination_act", object_id=act.id,
        reason=reason,
    )  # fmt: skip
