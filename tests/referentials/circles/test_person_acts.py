"""Opposing and withdrawing are the person's acts: who may record them, against whom, what they stop."""

from datetime import date

import pytest
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.models import Denial
from enrs.core.access.queries import rights_on
from enrs.referentials.circles import commands, rules
from enrs.referentials.circles.commands import CircleError
from enrs.referentials.circles.models import Consent, Member, Opposition
from tests.factories import GrantFactory, PatientFactory, UserFactory, actor, member, person_of
from tests.referentials.circles.test_members import consent_for, join

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 12)


@pytest.fixture
def patient():
    return PatientFactory()


def oppose(patient, grantee_id):
    return commands.oppose(
        patient_id=patient.pk, grantee_id=grantee_id, grantee_display="Dr LE GOFF",
        informed_on=DAY, means="oral",
    )  # fmt: skip


def test_an_opposition_stops_the_right_of_the_place_of_work_until_it_is_lifted(as_actor, patient):
    doctor = actor(UserFactory(role="physician"))
    GrantFactory(patient=patient, grantee_id=doctor.organisation_id, level=2)
    person = actor(person_of(patient))
    with as_actor(person):
        opposition = oppose(patient, doctor.grantee_id)
    with as_actor(doctor):
        assert not rights_on(patient.pk)
    with as_actor(person):
        commands.lift_opposition(opposition=opposition)
    with as_actor(doctor):
        assert rights_on(patient.pk)


def test_a_later_consent_opens_again(patient):
    doctor = actor(UserFactory(role="physician"))
    GrantFactory(patient=patient, grantee_id=doctor.organisation_id, level=2)
    with acting(SYSTEM):
        oppose(patient, doctor.grantee_id)
        consent_for(patient, doctor.grantee_id)
    assert rights_on(patient.pk, doctor)


@pytest.mark.parametrize("role", ["nurse", "social_worker"])
def test_who_may_not_remove_does_not_oppose_nor_withdraw(as_actor, patient, role):
    with acting(SYSTEM):
        placed = join(patient)
        consent = consent_for(patient, placed.grantee_id)
        opposition = oppose(patient, UserFactory(role="nurse").grantee_id)
    with as_actor(actor(member(patient, role))):
        for attempt in (
            lambda: oppose(patient, placed.grantee_id),
            lambda: commands.withdraw_consent(consent=consent),
            lambda: commands.lift_opposition(opposition=opposition),
        ):
            with pytest.raises(AccessRefusedError, match="person"):
                attempt()
    assert Member.objects.get().ended_at is None
    assert Consent.objects.get().withdrawn_at is None
    assert Opposition.objects.get().lifted_at is None


@pytest.mark.parametrize("role", ["physician", "coordinator"])
def test_a_physician_or_a_coordinator_records_it_for_the_person(as_actor, patient, role):
    with acting(SYSTEM):
        placed = join(patient)
    with as_actor(actor(member(patient, role))):
        oppose(patient, placed.grantee_id)
    assert Denial.objects.get().grantee_id == placed.grantee_id


def test_nobody_opposes_the_person_nor_a_doctor_their_proxy(as_actor, patient):
    person, proxy = person_of(patient), UserFactory(relative=True)
    with acting(SYSTEM):
        placed = commands.add_member(
            patient_id=patient.pk, block="relatives", grantee_id=proxy.grantee_id, display="Sa fille",
            role_label="Fille", basis="proxy", proxy_kind="mandate",
        )  # fmt: skip
    with as_actor(actor(member(patient, "physician"))):
        with pytest.raises(CircleError, match="basis"):
            oppose(patient, person.grantee_id)
        with pytest.raises(AccessRefusedError, match="level"):
            oppose(patient, proxy.grantee_id)
        with pytest.raises(AccessRefusedError, match="level"):
            commands.remove_member(member=placed)
    with as_actor(actor(person)):
        commands.remove_member(member=placed)
    assert Member.objects.get(pk=placed.pk).ended_at is not None


def test_a_doctor_who_works_there_records_an_opposition_to_the_place(as_actor, patient):
    doctor = actor(member(patient, "physician"))
    with as_actor(doctor):
        oppose(patient, doctor.organisation_id)
    assert not rights_on(patient.pk, doctor)


def test_a_stay_without_discharge_ends_after_the_last_movement():
    now = timezone.now()
    ends = rules.stay_right_without_news(now)
    assert rules.STAY_DAYS_WITHOUT_NEWS <= (ends - now).days <= rules.STAY_DAYS_WITHOUT_NEWS + 7
