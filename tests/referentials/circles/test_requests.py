"""Asking from outside, answering from inside, and « mes patients »."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.access import queries as access
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.models import Grant
from enrs.referentials.circles import commands, queries
from enrs.referentials.circles.commands import CircleError
from enrs.referentials.circles.models import AccessRequest
from tests.factories import GrantFactory, PatientFactory, UserFactory, actor, known_patient, member

pytestmark = pytest.mark.django_db
REASON = "Je remplace son médecin traitant cette semaine."


@pytest.fixture
def patient():
    return PatientFactory()


@pytest.fixture
def asker():
    return actor(UserFactory(role="physician"))


@pytest.fixture
def asked(as_actor, patient, asker):
    with as_actor(asker):
        return commands.request_access(patient_id=patient.id, reason=REASON)


def test_asking_opens_nothing_and_waits_once(as_actor, patient, asker, asked):
    with as_actor(asker):
        assert commands.request_access(patient_id=patient.id, reason=REASON).id == asked.id
        assert [one.id for one in queries.my_requests()] == [asked.id]
    assert not access.valid_grants(asker.grantees).exists()


def test_a_reason_is_needed(as_actor, patient, asker):
    with as_actor(asker), pytest.raises(CircleError):
        commands.request_access(patient_id=patient.id, reason="svp")


def test_only_the_circle_and_the_asker_see_a_request(as_actor, patient, asked):
    with as_actor(actor(UserFactory(role="physician"))):
        assert not AccessRequest.objects.exists()
        assert queries.waiting_requests() == []
    with as_actor(actor(member(patient, "physician"))):
        assert [one.id for one, _ in queries.waiting_requests()] == [asked.id]


def test_a_doctor_of_the_circle_accepts(as_actor, patient, asker, asked):
    with as_actor(actor(member(patient, "physician"))):
        commands.answer_request(
            request=asked, accepted=True, informed_on=timezone.now().date(), answer="Bienvenue"
        )
    assert access.valid_grants(asker.grantees).filter(patient=patient).exists()
    assert AccessRequest.objects.get().outcome == "accepted"


def test_declining_opens_nothing_and_answers_once(as_actor, patient, asker, asked):
    with as_actor(actor(member(patient, "physician"))):
        commands.answer_request(request=asked, accepted=False, answer="Non")
        with pytest.raises(CircleError) as no:
            commands.answer_request(request=asked, accepted=True)
    assert no.value.reason == "answered"
    assert not access.valid_grants(asker.grantees).exists()


def test_an_acceptance_without_ground_leaves_the_request_open(as_actor, patient, asked):
    with as_actor(actor(member(patient, "physician"))), pytest.raises(CircleError):
        commands.answer_request(request=asked, accepted=True, informed_on=None)
    assert AccessRequest.objects.get().outcome == ""


def test_a_nurse_does_not_answer(as_actor, patient, asked):
    with as_actor(actor(member(patient, "nurse"))), pytest.raises(AccessRefusedError):
        commands.answer_request(request=asked, accepted=True)


def test_my_patients_are_those_of_my_grants_in_order_of_name(as_actor):
    doctor = actor(UserFactory(role="physician"))
    with acting(SYSTEM):
        known = [known_patient(birth_name=name) for name in ("ZOLA", "ABADIE", "MORIN", "MOREL")]
        known_patient(birth_name="AILLEURS")
    for one in known:
        GrantFactory(patient=one, grantee_id=doctor.grantee_id)
    GrantFactory(patient=known[0], grantee_id=doctor.organisation_id, level=2, purpose="stay")
    Grant.objects.update(valid_from=timezone.now() - timedelta(minutes=5))
    with as_actor(doctor):
        first, after = queries.my_patients(size=3)
        assert [one.identity.birth_name for one in first] == ["ABADIE", "MOREL", "MORIN"]
        last, end = queries.my_patients(size=3, after=after)
        assert [(one.identity.birth_name, one.purpose) for one in last] == [("ZOLA", "stay")]
        assert end is None
        assert len(queries.my_patients(prefix="MOR")[0]) == 2
        assert len(queries.my_patients(grantees=[doctor.organisation_id])[0]) == 1
        stranger = UserFactory(role="physician").grantee_id
        assert queries.my_patients(grantees=[stranger])[0] == []


def test_who_sees_names_everybody_with_a_right(as_actor, patient):
    with acting(SYSTEM):
        commands.add_member(
            patient_id=patient.id,
            block="care_team",
            grantee_id=UserFactory().grantee_id,
            display="Dr Yann LE GOFF",
            role_label="Médecin",
            basis="care_team",
        )
    with as_actor(actor(member(patient, "physician"))):
        seers = queries.who_sees(patient.id)
    assert "Dr Yann LE GOFF" in {one.display for one in seers}
    assert len(seers) == 2


def test_why_gives_each_ground_once_the_strongest_first(as_actor, patient):
    doctor = actor(member(patient, "physician"))
    GrantFactory(patient=patient, grantee_id=doctor.organisation_id, purpose="stay", level=1)
    with as_actor(doctor):
        assert [one.code for one in queries.why(patient.id)] == ["care_team", "stay"]
    with as_actor(actor(UserFactory(role="physician"))):
        assert [one.code for one in queries.why(patient.id)] == ["outside_circle"]
