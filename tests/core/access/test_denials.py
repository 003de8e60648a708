"""A denial stops every right of whoever acts for the one denied, at each of the gate's readers."""

import pytest
from django.db import connection

from enrs.core.access.commands import deny, end_denial
from enrs.core.access.models import Denial
from enrs.core.access.queries import may, reachable, rights_on
from enrs.core.access.rules import PAST_DENIALS
from enrs.core.events.models import Event
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from enrs.referentials.circles.queries import my_patients
from enrs.referentials.identity.models import RegionalIdentity
from tests.factories import GrantFactory, PatientFactory, UserFactory, actor, known_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor():
    return actor(UserFactory(role="physician"))


def seen(patient):
    """Row security's answer and Python's."""
    return (
        Patient.objects.filter(pk=patient.pk).exists(),
        bool(rights_on(patient.pk)),
        patient.pk in reachable([patient.pk]),
    )


def refuse(patient, grantee_id):
    deny(patient_id=patient.pk, grantee_id=grantee_id, source_id=uuid7())


def test_the_place_of_work_s_grant_does_not_pass_a_denial(as_actor, doctor):
    patient = PatientFactory()
    GrantFactory(patient=patient, grantee_id=doctor.organisation_id, level=2)
    with as_actor(doctor):
        assert seen(patient) == (True, True, True)
    refuse(patient, doctor.grantee_id)
    with as_actor(doctor):
        assert seen(patient) == (False, False, False)
        assert not may("read", "summary", patient_id=patient.pk).allowed
    colleague = actor(UserFactory(role="nurse"))
    GrantFactory(patient=patient, grantee_id=colleague.grantee_id)
    with as_actor(colleague):
        assert seen(patient) == (True, True, True)


def test_a_denied_organisation_stops_who_works_there(as_actor, doctor):
    patient = PatientFactory()
    GrantFactory(patient=patient, grantee_id=doctor.grantee_id)
    refuse(patient, doctor.organisation_id)
    with as_actor(doctor):
        assert seen(patient) == (False, False, False)


@pytest.mark.parametrize("purpose", PAST_DENIALS)
def test_an_emergency_passes(as_actor, doctor, purpose):
    patient = PatientFactory()
    refuse(patient, doctor.grantee_id)
    GrantFactory(patient=patient, grantee_id=doctor.grantee_id, purpose=purpose)
    with as_actor(doctor):
        assert seen(patient) == (True, True, True)
    with connection.cursor() as cursor:
        cursor.execute("select access_past_denials()")
        assert tuple(cursor.fetchone()[0]) == PAST_DENIALS


def test_lists_and_searches_leave_the_patient_out(as_actor, doctor):
    patient, kept = known_patient(), known_patient(birth_date="1950-01-01")
    for one in (patient, kept):
        GrantFactory(patient=one, grantee_id=doctor.organisation_id)
    refuse(patient, doctor.grantee_id)
    name = RegionalIdentity.objects.get(pk=kept.pk).name_key
    with as_actor(doctor), connection.cursor() as cursor:
        assert [line.patient_id for line in my_patients()[0]] == [kept.pk]
        cursor.execute(
            "select patient_id from identity_search(%s, '', '', '', '', 9, null, null, null)",
            [name],
        )
        assert cursor.fetchall() == [(kept.pk,)]


def test_ended_the_right_is_back_and_a_denial_closes_open_pages(as_actor, doctor):
    patient = PatientFactory()
    GrantFactory(patient=patient, grantee_id=doctor.organisation_id)
    refuse(patient, doctor.grantee_id)
    event = Event.objects.get(kind="access.revoked")
    assert event.payload["revoked"] == [str(doctor.grantee_id)]
    assert end_denial(patient_id=patient.pk, grantee_id=doctor.grantee_id) == 1
    with as_actor(doctor):
        assert seen(patient) == (True, True, True)


def test_the_probe_uses_its_index(doctor):
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into patient (id, created_at) select gen_random_uuid(), now() from generate_series(1, 3000);"
            "insert into access_denial (patient_id, grantee_id, source_id, valid_from, valid_until)"
            " select id, gen_random_uuid(), id, now(), '9999-12-31' from patient;"
            "analyze access_denial"
        )
        one = Denial.objects.first()
        cursor.execute(
            "explain select 1 from access_denial where patient_id = %s and grantee_id = any (%s)",
            [one.patient_id, [one.grantee_id]],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index" in plan, plan
    assert "Seq Scan" not in plan, plan
