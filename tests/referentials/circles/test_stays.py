"""A structure's right by a stay: one row, idempotent, bounded after discharge."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.access import queries as access
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.models import Grant
from enrs.core.events.models import Event
from enrs.core.ids import uuid7
from enrs.referentials.circles import commands, queries, rules
from enrs.referentials.circles.models import Member
from tests.factories import PatientFactory, UserFactory, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay():
    return {
        "patient_id": PatientFactory().id,
        "organisation_id": uuid7(),
        "display": "Centre hospitalier d'essai",
        "encounter_id": uuid7(),
    }


def test_a_stay_opens_the_record_to_the_structure(as_actor, stay):
    with as_actor(SYSTEM, role="enrs_feed"):
        commands.open_for_stay(**stay)
    Grant.objects.update(valid_from=timezone.now() - timedelta(minutes=5))
    nurse = UserFactory(role="nurse")
    nurse.positions.update(organisation_id=stay["organisation_id"])
    with as_actor(actor(nurse)):
        decision = access.may("write", "notes", patient_id=stay["patient_id"])
        assert (decision.allowed, decision.reason) == (True, "stay")
        assert len(queries.members(stay["patient_id"]).organisations) == 1


def test_the_same_again_is_one_statement_and_changes_nothing(stay, django_assert_num_queries):
    with acting(SYSTEM):
        assert commands.open_for_stay(**stay) is not None
        with django_assert_num_queries(3):
            assert commands.open_for_stay(**stay) is None
    assert Grant.objects.count() == 1
    assert Event.objects.filter(kind__startswith="circle.stay").count() == 1


def test_discharge_bounds_the_right(stay):
    until = rules.stay_right_until(timezone.now())
    with acting(SYSTEM):
        commands.open_for_stay(**stay)
        commands.open_for_stay(**stay, until=until)
    assert Grant.objects.get().valid_until == until
    assert Member.objects.get().until == until


def test_a_stay_without_discharge_has_an_end_that_each_movement_prolongs(stay):
    with acting(SYSTEM):
        commands.open_for_stay(**stay)
        ends = rules.stay_right_without_news(timezone.now())
        assert Grant.objects.get().valid_until == Member.objects.get().until == ends
        earlier = ends - timedelta(days=21)
        Grant.objects.update(valid_until=earlier)
        Member.objects.update(until=earlier)
        commands.open_for_stay(**stay)
    assert Grant.objects.get().valid_until == Member.objects.get().until == ends


def test_a_readmission_is_another_stay_shown_once(stay):
    with acting(SYSTEM):
        commands.open_for_stay(**stay)
        commands.open_for_stay(**stay | {"encounter_id": uuid7()})
    assert Grant.objects.count() == 2
    assert len(queries.members(stay["patient_id"]).organisations) == 1


def test_an_opposition_keeps_the_structure_out(stay):
    with acting(SYSTEM):
        commands.oppose(
            patient_id=stay["patient_id"],
            grantee_id=stay["organisation_id"],
            grantee_display=stay["display"],
            informed_on=timezone.now().date(),
            means="written",
        )
        assert commands.open_for_stay(**stay) is None
    assert not Grant.objects.exists()
