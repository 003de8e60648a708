"""Giving and ending rights, breaking the glass, and what the current actor may do."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from enrs.core.access import queries, rules
from enrs.core.access.actor import ANONYMOUS, SYSTEM, acting, current_actor
from enrs.core.access.commands import AccessRefusedError, break_glass, deny, end_grants, give_grant
from enrs.core.access.models import FOREVER, BreakGlass, Grant, Level
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.models import AuditLine
from enrs.core.events.models import Event
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from tests.factories import (
    GrantFactory,
    PatientFactory,
    PositionFactory,
    UserFactory,
    actor,
    member,
    organisation,
    person_of,
    proxy_of,
    user_of_role,
)
from tests.referentials.offer.factories import make_unit

pytestmark = pytest.mark.django_db
REASON = "Malaise sur la voie publique, patient inconscient"


def grant(patient, grantee, source, **fields):
    give_grant(
        patient_id=patient.pk,
        grantee_id=grantee,
        source_kind="member",
        source_id=source,
        purpose="care_team",
        **fields,
    )


def test_same_source_renews_its_right():
    patient, grantee, source = PatientFactory(), uuid7(), uuid7()
    grant(patient, grantee, source)
    end_grants(patient_id=patient.pk, source_id=source)
    assert list(queries.valid_grants([grantee])) == []
    grant(patient, grantee, source, level=Level.CONTRIBUTE)
    kept = Grant.objects.get(grantee_id=grantee)
    assert (kept.level, kept.valid_until) == (2, FOREVER)
    assert list(queries.valid_grants([grantee])) == [kept]


def test_right_runs_between_its_two_moments():
    patient, nurse = PatientFactory(), actor(UserFactory(role="nurse"))
    now = timezone.now()
    for start, end in ((1, 2), (-2, -1)):
        grant(
            patient,
            nurse.grantee_id,
            uuid7(),
            valid_from=now + timedelta(hours=start),
            valid_until=now + timedelta(hours=end),
        )
    assert not queries.may("read", "identity", patient_id=patient.pk, actor=nurse).allowed
    grant(patient, nurse.grantee_id, uuid7(), valid_until=now + timedelta(hours=1))
    assert queries.may("read", "identity", patient_id=patient.pk, actor=nurse).allowed
    assert queries.reachable([patient.pk, uuid7()], nurse) == {patient.pk}


def test_ending_a_right_tells_whose_streams_must_close():
    patient, other = PatientFactory(), PatientFactory()
    source = uuid7()
    grantees = sorted([uuid7(), uuid7()])
    for grantee in grantees:
        grant(patient, grantee, source)
    grant(other, grantees[0], source)
    Event.objects.all().delete()
    assert end_grants(patient_id=patient.pk, source_id=source) == 2
    event = Event.objects.get()
    assert event.kind == "access.revoked"
    assert event.topics == [f"patient:{patient.pk}"]
    assert sorted(event.payload["revoked"]) == [str(one) for one in grantees]
    assert queries.valid_grants(grantees).get().patient_id == other.pk
    assert end_grants(patient_id=patient.pk, source_id=source) == 0
    assert Event.objects.count() == 1


@pytest.mark.parametrize("role", rules.ROLES)
def test_who_may_break_the_glass(role, as_actor):
    patient = PatientFactory()
    by = actor(user_of_role(role))
    AuditLine.objects.all().delete()
    with as_actor(by):
        if not rules.may_break_glass(role):
            with pytest.raises(AccessRefusedError, match="profession"):
                break_glass(patient_id=patient.pk, reason_code="emergency", reason_text=REASON)
            assert not queries.may("read", "identity", patient_id=patient.pk).allowed
            return
        assert not Patient.objects.exists()
        opening = break_glass(patient_id=patient.pk, reason_code="emergency", reason_text=REASON)
        assert Patient.objects.get() == patient
        decision = queries.may("read", "results", patient_id=patient.pk)
        assert (decision.allowed, decision.reason) == (True, "break_glass")
    hours = (opening.closes_at - timezone.now()) / timedelta(hours=1)
    assert rules.BREAK_GLASS_HOURS - 0.1 < hours <= rules.BREAK_GLASS_HOURS
    assert Grant.objects.get(grantee_id=by.grantee_id).valid_until == opening.closes_at
    line = AuditLine.objects.get()
    assert (line.action, line.patient_id, line.actor_id) == (
        "access.glass.broken",
        patient.pk,
        by.user_id,
    )
    assert (line.purpose, line.reason, line.object_id) == ("break_glass", REASON, str(opening.id))
    event = Event.objects.get(kind="access.glass.broken")
    assert event.topics == [f"patient:{patient.pk}"]
    assert event.payload["kind"] == "journal"


@pytest.mark.parametrize(
    ("code", "text"), [("curiosity", REASON), ("", REASON), ("samu", "vite"), ("samu", "   " * 9)]
)
def test_glass_is_not_broken_without_a_reason(code, text):
    patient = PatientFactory()
    with (
        acting(actor(UserFactory(role="physician"))),
        pytest.raises(AccessRefusedError, match="reason"),
    ):
        break_glass(patient_id=patient.pk, reason_code=code, reason_text=text)
    assert not BreakGlass.objects.exists()
    assert not Grant.objects.exists()


@pytest.fixture
def regulation():
    """A place that regulates the calls of the centre 15, and one that does not."""
    place, ward = organisation("SAMU d’essai"), organisation("Hôpital d’essai")
    make_unit(place, name="Régulation", activity_code="regulation-samu")
    make_unit(ward, name="Régulation à venir", activity_code="regulation-samu", state="draft")
    return place, ward


def working_at(place, role="physician"):
    user = UserFactory()
    PositionFactory(user=user, role=role, organisation_id=place.id, organisation_name=place.name)
    return user


def test_a_regulator_breaks_the_glass_for_the_purpose_of_the_centre_15(regulation, as_actor):
    patient = PatientFactory()
    by = actor(working_at(regulation[0]))
    with as_actor(by):
        break_glass(patient_id=patient.pk, reason_code="samu", reason_text=REASON)
        assert queries.may("read", "results", patient_id=patient.pk).reason == "centre_15"
    assert Grant.objects.get().purpose == "centre_15"
    line = AuditLine.objects.get(action="access.glass.broken")
    assert (line.purpose, line.reason) == ("centre_15", REASON)


def test_the_purpose_of_the_centre_15_is_for_its_physicians_at_that_place_alone(
    regulation, as_actor
):
    patient, (place, ward) = PatientFactory(), regulation
    both = working_at(ward)
    PositionFactory(user=both, role="physician", organisation_id=place.id, label="Régulateur")
    wrong = [
        actor(UserFactory(role="physician")),
        actor(working_at(ward)),
        actor(working_at(place, "nurse")),
        # Who works at both, but at the ward now.
        actor_of(both, str(both.positions.get(organisation_id=ward.id).id)),
    ]
    for by in wrong:
        with as_actor(by), pytest.raises(AccessRefusedError, match="regulation"):
            break_glass(patient_id=patient.pk, reason_code="samu", reason_text=REASON)
    assert not Grant.objects.exists()
    assert not BreakGlass.objects.exists()
    now = actor_of(both, str(both.positions.get(organisation_id=place.id).id))
    with as_actor(now):
        break_glass(patient_id=patient.pk, reason_code="samu", reason_text=REASON)
    assert Grant.objects.get().purpose == "centre_15"


def test_an_opposition_gives_way_to_the_regulation_and_to_no_forged_right(regulation, as_actor):
    """Past the command too: row security lets no page write this purpose elsewhere, nor change a right to it."""
    patient, (place, ward) = PatientFactory(), regulation
    doctor = actor(working_at(ward))
    row = {"grantee_id": doctor.grantee_id, "source_kind": "break_glass", "source_id": uuid7(),
           "patient_id": patient.pk}  # fmt: skip
    deny(patient_id=patient.pk, grantee_id=doctor.grantee_id, source_id=uuid7())
    with (
        as_actor(doctor),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        give_grant(**row, purpose="centre_15", level=2)
    with as_actor(doctor):
        give_grant(**row, purpose="care_team", level=2)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Grant.objects.filter(source_id=row["source_id"]).update(purpose="centre_15")
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            give_grant(**row, purpose="centre_15", level=2)
        assert not queries.may("read", "results", patient_id=patient.pk).allowed
    regulator = actor(working_at(place))
    deny(patient_id=patient.pk, grantee_id=regulator.grantee_id, source_id=uuid7())
    with as_actor(regulator):
        break_glass(patient_id=patient.pk, reason_code="samu", reason_text=REASON)
        assert queries.may("read", "results", patient_id=patient.pk).allowed


def test_nobody_breaks_the_glass_without_signing_in():
    with pytest.raises(AccessRefusedError, match="profession"):
        break_glass(patient_id=uuid7(), reason_code="emergency", reason_text=REASON)


def test_readable_categories_of_each_person():
    patient = PatientFactory()
    social = actor(member(patient, "social_worker"))
    everything = set(rules.CATEGORIES)
    assert queries.readable_categories(patient.pk, social) == {
        "plan",
        "request",
        "agenda",
        "messages",
        "assessment",
        "identity",
        "encounters",
        "social",
        "circle",
    }
    assert queries.readable_categories(patient.pk, actor(person_of(patient))) == everything
    assert queries.readable_categories(patient.pk, actor(proxy_of(patient))) == everything
    assert queries.readable_categories(patient.pk, actor(UserFactory(role="physician"))) == set()
    assert queries.readable_categories(patient.pk, ANONYMOUS) == set()


def test_one_question_is_one_index_probe(django_assert_num_queries):
    patient = PatientFactory()
    nurse = actor(member(patient, "nurse"))
    GrantFactory.create_batch(50, grantee_id=nurse.grantee_id)
    with django_assert_num_queries(1):
        queries.may("read", "results", patient_id=patient.pk, actor=nurse)
    with django_assert_num_queries(1):
        queries.readable_categories(patient.pk, nurse)
    with django_assert_num_queries(0):
        queries.may("read", "results", patient_id=patient.pk, actor=ANONYMOUS)


def told() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('enrs.grantees', true)")
        return cursor.fetchone()[0]


def test_database_is_told_of_each_actor_in_turn():
    nurse, doctor = actor(UserFactory(role="nurse")), actor(UserFactory(role="physician"))
    with acting(nurse):
        assert told() == f"{{{nurse.grantee_id},{nurse.organisation_id}}}"
        with acting(doctor):
            assert current_actor() == doctor
            assert str(doctor.grantee_id) in told()
        assert str(nurse.grantee_id) in told()
        with acting(SYSTEM):
            assert current_actor() == SYSTEM
        assert current_actor() == nurse
    assert current_actor() == ANONYMOUS
    assert told() == "{}"


def test_failed_statement_is_not_hidden_by_the_actor_s_end():
    with (
        pytest.raises(DatabaseError, match="division by zero"),
        transaction.atomic(),
        acting(actor(UserFactory(role="nurse"))),
        connection.cursor() as cursor,
    ):
        cursor.execute("select 1 / 0")
    assert current_actor() == ANONYMOUS
