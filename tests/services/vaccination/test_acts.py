"""Declaring, prescribing, correcting, taking back and putting back: what the commands keep and refuse."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.models import Level
from enrs.core.ids import uuid7
from enrs.core.questionnaires.commands import amend_answer
from enrs.core.threads.commands import close_thread
from enrs.core.threads.models import Message, Thread
from enrs.referentials.circles.models import Member
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity
from enrs.referentials.identity.rules import Traits
from enrs.services.vaccination import commands, queries
from enrs.services.vaccination.commands import VaccinationRefusedError
from enrs.services.vaccination.doses import history_of
from enrs.services.vaccination.models import Act, ActChange, Attestation, Prescription, Vaccine
from tests.factories import GrantFactory, UserFactory, actor, known_patient, member, person_of
from tests.services.vaccination.conftest import worker
from tests.services.vaccination.factories import (
    AGE,
    FORM,
    OTHER_GTIN,
    answered,
    campaign,
    declared,
    event,
    given,
    prescribed,
    today,
    vaccine,
)

pytestmark = pytest.mark.django_db


def refused(code):
    return pytest.raises(VaccinationRefusedError, match=f"^{code}$")


def test_a_pharmacist_prescribes_and_vaccinates_in_one_act(patient, by):
    act = declared(patient.pk, by)
    assert act.prescription.author_id == by.user_id
    assert (act.dose_rank, act.lot, act.organisation_name) == (1, "AB12", "Pharmacie des Tilleuls")
    assert queries.doctor_of(patient.pk) is None


def test_a_prescription_that_waits_is_used_once(patient, by):
    found = campaign(dose_count=2)
    held = prescribed(patient.pk, by, found)
    assert prescribed(patient.pk, by, found) == held
    act = declared(patient.pk, by, found)
    assert act.prescription == held
    with acting(by):
        assert queries.waiting_prescriptions(patient.pk) == []
        with refused("used"):
            commands.withdraw_prescription(prescription=held)


def test_a_cancelled_prescription_waits_no_more(patient, by):
    found = campaign()
    held = prescribed(patient.pk, by, found)
    with acting(by):
        commands.withdraw_prescription(prescription=held)
        assert queries.standing(patient.pk, found).prescription is None
        with refused("used"):
            commands.withdraw_prescription(prescription=held)


def test_without_the_right_to_prescribe_a_paper_is_wanted(patient, by):
    found = campaign(prescribers={"physician": 0})
    with refused("prescription"):
        declared(patient.pk, by, found)
    with refused("prescribed_late"):
        declared(
            patient.pk,
            by,
            found,
            prescriber_name="Dr Petit",
            prescribed_on=today() + timedelta(days=1),
        )
    act = declared(patient.pk, by, found, prescriber_name="Dr Petit", prescribed_on=today())
    assert (act.prescription, act.prescriber_name) == (None, "Dr Petit")
    assert not Prescription.objects.exists()


def test_the_campaign_says_who_vaccinates_and_who_prescribes(patient, by):
    found = campaign(vaccinators={"nurse": 0}, prescribers={"nurse": 0})
    with pytest.raises(AccessRefusedError, match="profession"):
        declared(patient.pk, by, found)
    with pytest.raises(AccessRefusedError, match="profession"):
        prescribed(patient.pk, by, found)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": "closed"}, "closed"),
        ({"max_age": 17}, "age"),
        ({"form_name": FORM}, "answer"),
    ],
)
def test_what_the_campaign_refuses_is_not_declared(patient, by, fields, code):
    with refused(code):
        declared(patient.pk, by, campaign(**fields))
    assert not Act.objects.exists()


def test_the_ground_is_one_of_the_campaign(patient, by):
    with refused("ground"):
        declared(patient.pk, by, ground="Parce que")


def test_the_questions_decide(patient, by):
    found = campaign(form_name=FORM)
    answered(patient.pk, by, found, **{"av-allergie": True, "allergie": "Arachide"})
    with refused("doubt"):
        declared(patient.pk, by, found)
    act = declared(patient.pk, by, found, prescriber_name="Dr Petit", prescribed_on=today())
    assert act.answer_id


def test_an_answer_that_stops_stops_everybody(patient, by):
    found = campaign(form_name=FORM)
    answered(patient.pk, by, found, **{"ci-fievre": True})
    with refused("stop"):
        declared(patient.pk, by, found, prescriber_name="Dr Petit", prescribed_on=today())


def test_old_answers_are_asked_again(patient, by):
    found = campaign(form_name=FORM)
    answer = answered(patient.pk, by, found)
    type(answer).objects.update(completed_at=timezone.now() - timedelta(days=1))
    with refused("answer"):
        declared(patient.pk, by, found)


def test_doses_are_counted_and_spaced_by_disease(patient, by):
    found = campaign()
    declared(patient.pk, by, found)
    with refused("done"):
        declared(patient.pk, by, found)
    other = campaign(name="Autre", interval_days=90)
    with refused("interval"):
        declared(patient.pk, by, other)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lot": "A B"}, "lot"),
        ({"expires_on": timezone.localdate() - timedelta(days=1)}, "expired"),
        ({"given_at": timezone.now() + timedelta(hours=1)}, "future"),
        ({"site": "TIBIA"}, "site"),
    ],
)
def test_a_dose_that_cannot_be_is_refused(patient, by, changes, code):
    with refused(code):
        declared(patient.pk, by, given=given(**changes))


def test_the_box_says_which_vaccine_it_is(patient, by):
    other = vaccine(OTHER_GTIN, name="Autre vaccin")
    found = campaign()
    with refused("box"):
        declared(patient.pk, by, found, given=given(gtin=OTHER_GTIN))
    with acting(by), refused("vaccine"):
        commands.declare_act(
            patient_id=patient.pk, campaign=found, vaccine=other, given=given(gtin=""), ground=AGE
        )


def test_a_correction_keeps_what_was_said_and_ends_the_attestation(patient, by):
    act = declared(patient.pk, by)
    with acting(by):
        paper = commands.attest(act=act)
        assert commands.attest(act=act) == paper
        commands.amend_act(
            act=act, vaccine=act.vaccine, given=given(lot="AB13"), reason="Lot mal lu",
            expected_version=1,
        )  # fmt: skip
    act.refresh_from_db()
    assert (act.lot, act.version) == ("AB13", 2)
    change = ActChange.objects.get()
    assert (change.kind, change.before["lot"], change.reason) == ("amended", "AB12", "Lot mal lu")
    assert Attestation.objects.get().withdrawn_at


def test_a_dose_is_taken_back_and_put_back_with_its_history(patient, by):
    act = declared(patient.pk, by)
    with acting(by):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
        with refused("withdrawn"):
            commands.attest(act=act)
        assert history_of(patient.pk, act.campaign).past.count == 0
        commands.restore_act(act=act, reason="C’était le bon", expected_version=2)
        assert history_of(patient.pk, act.campaign).past.count == 1
    assert [one.kind for one in ActChange.objects.order_by("at")] == ["withdrawn", "restored"]


def test_a_dose_is_not_put_back_over_another(patient, by):
    found = campaign()
    act = declared(patient.pk, by, found)
    with acting(by):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
    declared(patient.pk, by, found)
    act.refresh_from_db()
    with acting(by), refused("done"):
        commands.restore_act(act=act, reason="C’était le bon", expected_version=2)


def test_a_prescription_used_meanwhile_stays_with_the_second_dose(patient, by):
    found = campaign(dose_count=3)
    act = declared(patient.pk, by, found)
    with acting(by):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
    again = declared(patient.pk, by, found)
    assert again.prescription == act.prescription
    act.refresh_from_db()
    with acting(by), refused("used"):
        commands.restore_act(act=act, reason="C’était le bon", expected_version=2)
    act.refresh_from_db()
    assert act.withdrawn_at


def test_another_place_corrects_nothing_and_declares_events(patient, by):
    act = declared(patient.pk, by)
    elsewhere = actor(member(patient, "nurse"))
    with acting(elsewhere):
        with pytest.raises(AccessRefusedError, match="place"):
            commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
        made = commands.declare_adverse_event(act=act, event=event())
    with acting(by), pytest.raises(AccessRefusedError, match="place"):
        commands.withdraw_adverse_event(event=made, reason="Pas d’ici")
    with acting(elsewhere):
        commands.withdraw_adverse_event(event=made, reason="Autre vaccin")
        assert queries.events_of(act) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"began_on": timezone.localdate() - timedelta(days=2)}, "event_date"),
        ({"began_on": timezone.localdate() + timedelta(days=2)}, "event_date"),
        ({"description": "Oh"}, "description"),
        ({"seriousness": "bof"}, "description"),
        ({"description": "a" * 4001}, "long"),
    ],
)
def test_an_event_that_cannot_be_is_refused(patient, by, fields, code):
    act = declared(patient.pk, by)
    with acting(by), refused(code):
        commands.declare_adverse_event(act=act, event=event(**fields))


def test_answers_that_the_person_changed_count_no_more(patient, by):
    found = campaign(form_name=FORM)
    answer = answered(patient.pk, by, found, **{"av-allergie": True, "allergie": "Arachide"})
    with acting(actor(person_of(patient))):
        amend_answer(answer=answer, values={"av-allergie": False}, expected_version=answer.version)
    with refused("answer"):
        declared(patient.pk, by, found)
    assert not Act.objects.exists()


def test_a_doubt_wants_a_doctor_s_prescription_written_after_it(patient, by):
    found = campaign(form_name=FORM)
    answered(patient.pk, by, found)
    prescribed(patient.pk, by, found)
    answered(patient.pk, by, found, **{"av-allergie": True, "allergie": "Arachide"})
    with refused("doubt"):
        declared(patient.pk, by, found)
    own = actor(member(patient, "physician"))
    made = prescribed(patient.pk, own, found)
    assert made.author_role == "physician"
    assert declared(patient.pk, by, found).prescription == made


def test_a_vaccine_is_given_at_its_age(patient, by):
    Vaccine.objects.filter(pk=vaccine().pk).update(max_months=215)
    with refused("vaccine_age"):
        declared(patient.pk, by)


def test_nobody_is_vaccinated_after_their_death(patient, by):
    day = timezone.now() - timedelta(days=3)
    RegionalIdentity.objects.filter(pk=patient.pk).update(deceased_at=day)
    with refused("deceased"):
        declared(patient.pk, by)


def test_the_history_of_a_dose_follows_it_to_another_patient(patient, by):
    act = declared(patient.pk, by)
    with acting(by):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
    other = known_patient(birth_name="AUTRE")
    Act.objects.filter(pk=act.pk).update(patient_id=other.pk)
    assert ActChange.objects.get().patient_id == other.pk


def doctor(patient):
    user = UserFactory(role="physician", name="Dr Claire PETIT")
    Member.objects.create(
        patient=patient, block="care_team", basis="care_team", ground="recognised",
        practitioner_id=user.grantee_id, display=user.name, role_label="Médecin traitant", in_care_team=True,
    )  # fmt: skip
    GrantFactory(patient=patient, grantee_id=user.grantee_id, level=2)
    return user


def test_the_declared_doctor_is_told_once_with_the_attestation(patient, by):
    act = declared(patient.pk, by)
    with acting(by), refused("doctor"):
        commands.tell_doctor(act=act)
    doctor(patient)
    with acting(by):
        commands.tell_doctor(act=act)
        with refused("told"):
            commands.tell_doctor(act=act)
    message = Message.objects.get()
    assert "lot AB12" in message.text
    assert message.attachments.get().name == "attestation-de-vaccination.pdf"
    act.refresh_from_db()
    with acting(by):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
    assert "par erreur" in Message.objects.order_by("number").last().text
    with acting(by):
        commands.restore_act(act=act, reason="C’était le bon", expected_version=2)
    assert "bien été faite" in Message.objects.order_by("number").last().text


def test_the_doctor_is_told_of_a_correction_then_of_its_end_even_in_a_closed_conversation(
    patient, by
):
    act = declared(patient.pk, by)
    doctor(patient)
    with acting(by):
        commands.tell_doctor(act=act)
        close_thread(thread=Thread.objects.get())
        act.refresh_from_db()
        commands.amend_act(
            act=act,
            vaccine=act.vaccine,
            given=given(lot="AB13"),
            reason="Lot mal lu",
            expected_version=1,
        )
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=2)
    texts = [one.text for one in Message.objects.order_by("number")]
    assert len(texts) == 3
    assert "lot AB13" in texts[1]
    assert "par erreur" in texts[2]


def test_a_doctor_of_the_circle_is_chosen_where_none_is_declared(patient, by):
    act = declared(patient.pk, by)
    doctor(patient)
    Member.objects.update(role_label="Médecin")
    [place] = queries.doctors_of(patient.pk)
    with acting(by):
        for chosen in (None, uuid7()):
            with refused("doctor"):
                commands.tell_doctor(act=act, chosen=chosen)
        commands.tell_doctor(act=act, chosen=place.id)
    act.refresh_from_db()
    assert act.told_to == "Dr Claire PETIT"


def test_the_doctor_does_not_write_to_themselves(patient):
    own = actor(doctor(patient))
    act = declared(patient.pk, own)
    with acting(own), refused("own_doctor"):
        commands.tell_doctor(act=act)


def test_a_record_is_opened_at_the_counter(db, pharmacy):
    pharmacist = actor(worker(pharmacy, "pharmacist"))
    traits = Traits(
        birth_name="RIVOAL", first_given_name="SYLVIE", birth_date="1948-03-14", sex="F"
    )
    with acting(pharmacist):
        with refused("informed"):
            commands.open_vaccination_file(traits=traits, is_informed=False)
        made = commands.open_vaccination_file(traits=traits, is_informed=True)
        act = declared(made.patient_id, pharmacist)
    assert act.patient_id == made.patient_id
    members = Member.objects.filter(patient_id=made.patient_id)
    assert {one.ground for one in members} == {"recognised", "same_structure"}


def test_nobody_else_opens_one(db, pharmacy):
    secretary = actor(worker(pharmacy, "secretary"))
    traits = Traits(
        birth_name="RIVOAL", first_given_name="SYLVIE", birth_date="1948-03-14", sex="F"
    )
    before = SourceIdentity.objects.count()
    with acting(secretary), pytest.raises(AccessRefusedError, match="profession"):
        commands.open_vaccination_file(traits=traits, is_informed=True)
    assert SourceIdentity.objects.count() == before


@pytest.mark.parametrize("who", ["outside", "reader", "social_worker"])
def test_nobody_outside_declares(patient, who):
    if who == "outside":
        user = member(known_patient(birth_name="AUTRE"), "pharmacist")
    else:
        role = "pharmacist" if who == "reader" else who
        user = member(patient, role, level=Level.READ if who == "reader" else Level.CONTRIBUTE)
    with pytest.raises(AccessRefusedError):
        declared(patient.pk, actor(user))
    assert not Act.objects.exists()
