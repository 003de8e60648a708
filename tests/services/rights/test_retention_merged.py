"""Records that were merged: what keeps one of them keeps both."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from enrs.core.access.actor import SYSTEM
from enrs.core.moments import legal_day
from enrs.core.subjects.models import Patient
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity
from enrs.services.rights import commands
from enrs.services.rights.models import Approval, Elimination, Retention
from tests.factories import actor, person_of, user_of_role
from tests.services.rights.factories import at_its_term, long_ago

pytestmark = pytest.mark.django_db
TODAY = legal_day(timezone.now())
TEXT = "Recours devant la commission de conciliation."


@pytest.fixture
def officer(as_actor):
    user = user_of_role("auditor")
    return lambda: as_actor(actor(user))


@pytest.fixture
def merged(officer):
    """Makes a record of the list absorb another, through a third, after its own erasure was approved."""

    def merge(former):
        found = at_its_term()
        with officer():
            made = commands.approve(records=[found.pk], decision=TEXT)
        Approval.objects.filter(pk=made.pk).update(at=timezone.now() - timedelta(days=3))
        between = long_ago()
        for source, target in ((former, between), (between, found.patient)):
            RegionalIdentity.objects.filter(patient=source).update(replaced_by=target)
            SourceIdentity.objects.filter(patient=source).update(patient=target)
        return found

    return merge


@pytest.fixture
def work(as_actor):
    """The worker erases what it may, then looks at the record; its row."""

    def run(found):
        with as_actor(SYSTEM, role="enrs_feed"):
            commands.erase_next()
            commands.sweep_retention(ids=[found.patient_id])
        return Retention.objects.filter(patient_id=found.patient_id).first()

    return run


def keep_back(officer, record, **values):
    given = {"hold_code": "dispute", "hold_text": TEXT, "hold_from": TODAY} | values
    with officer():
        commands.keep_back(record=record, **given)


def is_whole(found, former):
    return Patient.objects.filter(pk__in=[found.patient_id, former.pk]).count() == 2


def test_an_open_request_of_a_former_record_keeps_both(merged, work, as_actor):
    former = long_ago()
    with as_actor(actor(person_of(former))):
        commands.ask_right(patient_id=former.pk, kind="copy", text="Une copie de tout.")
    found = merged(former)
    assert work(found) is None
    assert is_whole(found, former)


def test_an_appeal_of_a_former_record_keeps_both_and_its_days_count(merged, work, officer):
    kept = at_its_term()
    keep_back(officer, kept, hold_from=TODAY - timedelta(days=800))
    found = merged(kept.patient)
    assert work(found) is None
    assert is_whole(found, kept.patient)
    with officer():
        commands.release(record=kept, ended_on=TODAY)
    assert work(found) is None
    assert is_whole(found, kept.patient)


def test_a_hold_of_a_former_record_that_is_past_keeps_nothing(merged, work, officer):
    kept = at_its_term()
    keep_back(officer, kept, hold_code="medical", hold_until=TODAY + timedelta(days=9))
    found = merged(kept.patient)
    Retention.objects.filter(pk=kept.pk).update(hold_until=TODAY - timedelta(days=9))
    work(found)
    assert not Patient.objects.filter(pk__in=[found.patient_id, kept.patient_id]).exists()
    assert Elimination.objects.count() == 1


def test_the_database_refuses_to_erase_what_a_former_record_keeps(merged, as_actor, officer):
    kept = at_its_term()
    keep_back(officer, kept)
    found = merged(kept.patient)
    with (
        as_actor(SYSTEM, role="enrs_feed"),
        pytest.raises(DatabaseError, match="merged into this one is kept back"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("select * from rights_erase(%s)", [found.pk])
    assert is_whole(found, kept.patient)
