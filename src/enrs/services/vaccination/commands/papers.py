"""The attestation of a dose, and what is sent to the *médecin traitant*."""

from uuid import UUID

from django.utils import timezone

from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act as one_act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.threads.commands import open_thread, post, reopen_thread
from enrs.core.threads.queries import threads_about
from enrs.core.threads.rules import NewFile, Person
from enrs.core.ui import filters
from enrs.referentials.identity import queries as identity
from enrs.services.vaccination import attestations, queries
from enrs.services.vaccination.commands.errors import VaccinationRefusedError
from enrs.services.vaccination.commands.traces import authored, demand_vaccinator, tell
from enrs.services.vaccination.models import Act, Attestation

SUBJECT = "vaccination.act"


def attest(*, act: Act) -> Attestation:
    """The attestation of a dose, made now unless one stands.

    Raises:
        AccessRefusedError: not a profession that vaccinates, or not of this record.
        VaccinationRefusedError: `withdrawn`.
    """
    by = demand_vaccinator(act.patient_id)
    if act.withdrawn_at:
        raise VaccinationRefusedError("withdrawn")
    held = queries.attestation_of(act)
    if held is not None:
        return held
    who = identity.regional_identity(act.patient_id)
    with one_act():
        # Two people at once: one attestation stands, of the dose as it is now.
        row = Act.objects.select_for_update(no_key=True).get(pk=act.pk)
        if row.withdrawn_at:
            raise VaccinationRefusedError("withdrawn")
        held = queries.attestation_of(row)
        if held is not None:
            return held
        made = Attestation(
            id=uuid7(), act=row, patient_id=row.patient_id, identity_id=row.identity_id,
            content=attestations.content_of(row, who), made_at=timezone.now(),
            digest=attestations.digest(who.birth_name, who.birth_date, legal_day(row.given_at)),
            **authored(by),
        )  # fmt: skip
        made.save(force_insert=True)
        tell(
            "attestation.made", patient_id=act.patient_id, kind="vaccination_attestation",
            object_id=made.id,
        )  # fmt: skip
    return made


def tell_doctor(*, act: Act, chosen: UUID | None = None) -> UUID:
    """Send a dose to the person's doctor: a message of the record, with the attestation; its thread.

    `chosen` is the place in the circle of one of `queries.doctors_of`; the declared *médecin traitant* without it.

    Raises:
        AccessRefusedError: not a profession that vaccinates, or not of this record.
        VaccinationRefusedError: `withdrawn`, `told`, `doctor` (none in the circle), `own_doctor`.
        ThreadRefusedError: the doctor holds no right on the person any more.
    """
    by = demand_vaccinator(act.patient_id)
    if act.withdrawn_at:
        raise VaccinationRefusedError("withdrawn")
    if act.told_at:
        raise VaccinationRefusedError("told")
    doctor = queries.doctor_of(act.patient_id, chosen)
    if doctor is None or doctor.practitioner_id is None:
        raise VaccinationRefusedError("doctor")
    if doctor.practitioner_id == by.grantee_id:
        raise VaccinationRefusedError("own_doctor")
    if by.grantee_id is None:
        raise AccessRefusedError("profession")
    with one_act():
        held = Act.objects.select_for_update(no_key=True).get(pk=act.pk)
        if held.told_at or held.withdrawn_at:
            raise VaccinationRefusedError("told" if held.told_at else "withdrawn")
        paper = attest(act=act)
        to = Person(doctor.practitioner_id, doctor.display)
        known = threads_about((SUBJECT, act.id))
        thread = known[0] if known else open_thread(
            subject=(SUBJECT, act.id), patient_id=act.patient_id, members=[to],
            title=f"Vaccination : {act.vaccine_disease}"[:200], audience="circle",
        )  # fmt: skip
        post(
            thread=thread,
            text=_message(act, doctor.display),
            attachments=[NewFile("attestation-de-vaccination.pdf", attestations.pdf(paper))],
        )
        act.told_at, act.told_to = timezone.now(), doctor.display[:200]
        act.save(update_fields=["told_at", "told_to"])
        tell("act.told", patient_id=act.patient_id, kind="vaccination_act", object_id=act.id)
    return thread.id


RETOLD = {
    "amended": "la vaccination du {day} est corrigée ({vaccine}, dose {dose}, lot {lot})",
    "withdrawn": "la vaccination du {day} avait été notée par erreur",
    "restored": "la vaccination du {day} a bien été faite",
}


def retell(*, act: Act, what: str, reason: str) -> None:
    """Say in the conversation of a dose, if it has one, what became of it since; who calls has decided.

    A conversation that was closed is opened again: what it said no longer holds.
    """
    for thread in threads_about((SUBJECT, act.id))[:1]:
        if thread.closed_at:
            reopen_thread(thread=thread)
        told = RETOLD[what].format(
            day=filters.date_fr(act.given_at),
            vaccine=act.vaccine_name,
            dose=act.dose_rank,
            lot=act.lot,
        )
        post(thread=thread, text=f"@{act.told_to}, {told} : {reason}")


def _message(act: Act, doctor: str) -> str:
    lines = [
        f"@{doctor}, cette personne a été vaccinée le {filters.date_fr(act.given_at)}.",
        f"{act.vaccine_name}, dose {act.dose_rank}, lot {act.lot}, {act.get_site_display().lower()}.",
    ]
    if act.ground:
        lines.append(f"À ce titre : {act.ground}.")
    if act.prescription is not None and act.prescription.exception:
        given = act.prescription
        lines.append(f"Par exception, prescrite par {given.author_name} : {given.exception}")
    if act.comment:
        lines.append(act.comment)
    return "\n".join(lines)
