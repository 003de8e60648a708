"""What tells that somebody was cared for lately: their record is not at its term."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.agenda.models import Appointment
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.plans.models import Plan
from enrs.core.questionnaires.models import Answer, Form
from enrs.core.subjects.holdings import last_day
from enrs.core.workflow.models import Task
from enrs.services.coordination.models import Case
from enrs.services.record.models import Encounter, Measure, Treatment, Vaccination
from enrs.services.rights.commands import sweep_retention
from enrs.services.rights.models import Retention
from enrs.services.rights.queries.retention import facts_of
from tests.services.rights.factories import long_ago

pytestmark = pytest.mark.django_db
NOW = timezone.now()
OLD = NOW - timedelta(days=9000)
SINCE = NOW - timedelta(days=3000)
ENTRY = {"display": "x", "author_name": "x", "noted_at": OLD}


def answer(**fields):
    form = Form.objects.create(
        name="essai", version="1", url="", title="Essai", body={}, digest="", owner="region"
    )
    return Answer(form=form, form_name="essai", form_version="1", started_at=OLD, **fields)


def stay(**fields):
    return Encounter(system="urn:oid:1.2.3.4.5", number="1", admitted_at=OLD, last_event_at=OLD, **fields)  # fmt: skip


def case(**fields):
    return Case(task_id=uuid7(), organisation_id=uuid7(), requested_at=OLD, opened_at=OLD, **fields)


def appointment(at, status):
    return Appointment(starts_at=at, period=(at, at + timedelta(hours=1)), status=status)


PROOFS = {
    "vaccination": lambda at: Vaccination(given_on=f"{at.year}", **ENTRY),
    "mesure": lambda at: Measure(kind="weight", value=1, unit="kg", measured_at=at, **ENTRY),
    "traitement": lambda at: Treatment(amended_at=at, **ENTRY),
    "plan d’actions": lambda at: Plan(status="completed", changed_at=OLD, closed_at=at),
    "formulaire": lambda at: answer(saved_at=at),
    "demande": lambda at: Task(workflow="x", state="x", opened_at=OLD, changed_at=at),
    "situation suivie": lambda at: case(closed_at=at),
    "rendez-vous": lambda at: appointment(at, "booked"),
}
GOING_ON = {
    "plan d’actions": lambda: Plan(status="draft", changed_at=OLD),
    "situation suivie": case,
    "séjour ou passage": lambda: stay(status="in-progress"),
}
NO_PROOF = {
    "a trial of a form": lambda: answer(saved_at=SINCE, is_trial=True),
    "a cancelled appointment": lambda: appointment(SINCE, "cancelled"),
    "a visit without an end": lambda: stay(status="in-progress", patient_class="O"),
    "a stay that ended": lambda: stay(status="finished"),
    "a plan that was withdrawn": lambda: Plan(status="draft", changed_at=OLD, withdrawn_at=SINCE),
}


def known(made):
    """Somebody seen long ago, of whom the region has this fact too."""
    found = long_ago(40)
    made.patient = found
    made.save()
    return found


def facts(patient):
    """With a row on the list, they are told whatever the term."""
    Retention.objects.create(patient=patient, last_on=OLD, rule="x", kept_until=OLD)
    return facts_of([patient.pk])[0]


def is_at_its_term(patient):
    with acting(SYSTEM):
        sweep_retention(ids=[patient.pk])
    return Retention.objects.filter(patient=patient).exists()


@pytest.mark.parametrize("word", PROOFS)
def test_care_is_dated_by(word):
    found = known(PROOFS[word](SINCE))
    assert not is_at_its_term(found)
    told = facts(found)
    on = legal_day(SINCE)
    assert told.last_kind == word
    assert told.last_on == (on.replace(month=12, day=31) if word == "vaccination" else on)


@pytest.mark.parametrize("word", GOING_ON)
def test_care_that_goes_on_is_of_today(word):
    found = known(GOING_ON[word]())
    assert not is_at_its_term(found)
    told = facts(found)
    assert (told.last_kind, told.last_on) == (word, legal_day(timezone.now()))


def test_an_appointment_to_come_counts_on_its_day():
    at = NOW + timedelta(days=30)
    told = facts(known(appointment(at, "booked")))
    assert (told.last_kind, told.last_on) == ("rendez-vous", legal_day(at))


@pytest.mark.parametrize("what", NO_PROOF)
def test_no_proof_of_care_is(what):
    assert is_at_its_term(known(NO_PROOF[what]()))


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("", None),
        ("2011", datetime(2011, 12, 31, 12, tzinfo=UTC)),
        ("2012-02", datetime(2012, 2, 29, 12, tzinfo=UTC)),
        ("2011-12", datetime(2011, 12, 31, 12, tzinfo=UTC)),
        ("2011-05-07", datetime(2011, 5, 7, 12, tzinfo=UTC)),
    ],
)
def test_a_partial_date_is_its_last_day(given, day):
    with connection.cursor() as cursor:
        cursor.execute(f"select {last_day('x')} from (values (%s)) v (x)", [given])
        assert cursor.fetchone() == (day,)
