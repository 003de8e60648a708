"""Stays from movements: in order, late, repeated, cancelled."""

import itertools

import pytest

from enrs.core.audit.models import AuditLine
from enrs.core.events.models import Event
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.services.record.commands import record_stay
from enrs.services.record.models import Encounter
from tests.factories import PatientFactory
from tests.services.record.checks import assert_r4, current, left_behind, search
from tests.services.record.given import at, stay

pytestmark = pytest.mark.django_db
WARD = {"unit": "CARDIO", "room": "12", "bed": "F"}
ADMISSION = stay("A01", 8, **WARD, organisation_name="CH d'essai", attending_name="Dr LE GOFF")
TRANSFER = stay("A02", 10, unit="REA")
DISCHARGE = stay("A03", 14)
CANCELLED = stay("A13", 15)


@pytest.fixture
def move():
    patient, identity = PatientFactory(), uuid7()

    def moving(*movements):
        for one in movements:
            record_stay(identity_id=identity, patient_id=patient.pk, stay=one, source="ch-essai")
        return Encounter.objects.get()

    return moving


def test_admission_is_kept_told_audited_and_published(move):
    row = move(ADMISSION)
    assert (row.status, row.unit, row.room, row.bed) == ("in-progress", "CARDIO", "12", "F")
    assert (row.admitted_at, row.discharged_at) == (at(8), None)
    assert left_behind("record.stay.recorded") == ("encounters", [str(row.pk)])
    published = assert_r4(current("Encounter", row.pk))
    assert published["period"] == {"start": "2026-03-12T08:00:00Z"}
    assert published["class"]["code"] == "IMP"
    assert published["location"][0]["location"]["display"] == "CARDIO · 12 · F"
    assert search("Encounter", "identifier", "urn:finess:750000000|V-1") == [row.pk]
    assert search("Encounter", "status", "in-progress") == [row.pk]


def test_transfer_leaves_no_bed_of_the_former_unit(move):
    row = move(ADMISSION, TRANSFER)
    assert (row.unit, row.room, row.bed) == ("REA", "", "")
    assert row.attending_name == "Dr LE GOFF"


def test_discharge_then_its_cancellation(move):
    row = move(ADMISSION, TRANSFER, DISCHARGE)
    assert (row.status, row.discharged_at) == ("finished", at(14))
    assert assert_r4(current("Encounter", row.pk))["period"]["end"] == "2026-03-12T14:00:00Z"
    row = move(CANCELLED)
    assert (row.status, row.discharged_at, row.admitted_at) == ("in-progress", None, at(8))
    assert "end" not in assert_r4(current("Encounter", row.pk))["period"]


def test_cancelled_admission_withdraws_the_stay_and_a_new_one_gives_it_back(move):
    row = move(ADMISSION, stay("A11", 9))
    assert (row.status, row.withdrawn_at) == ("entered-in-error", at(9))
    assert row.withdrawn_reason
    assert Resource.objects.get(id=row.pk, is_current=True).is_deleted
    assert search("Encounter", "status", "entered-in-error") == []
    row = move(stay("A01", 11))
    assert (row.status, row.withdrawn_at, row.withdrawn_reason) == ("in-progress", None, "")


def test_late_admission_of_a_cancelled_stay_gives_nothing_back(move):
    row = move(ADMISSION, stay("A11", 9), ADMISSION)
    assert row.status == "entered-in-error"


@pytest.mark.parametrize("again", [ADMISSION, TRANSFER, DISCHARGE, CANCELLED])
def test_same_message_again_changes_nothing(move, again):
    move(ADMISSION, TRANSFER, DISCHARGE, CANCELLED)
    before = (Encounter.objects.values().get(), AuditLine.objects.count(), Event.objects.count())
    move(again)
    assert (
        Encounter.objects.values().get(),
        AuditLine.objects.count(),
        Event.objects.count(),
    ) == before


@pytest.mark.parametrize("order", list(itertools.permutations([ADMISSION, TRANSFER, DISCHARGE])))
def test_end_is_the_same_in_every_order(move, order):
    row = move(*order)
    assert (row.status, row.admitted_at, row.discharged_at) == ("finished", at(8), at(14))


def test_late_message_moves_nobody(move):
    row = move(stay("A02", 10, unit="REA"), ADMISSION)
    assert (row.unit, row.admitted_at, row.last_event_at) == ("REA", at(8), at(10))


def test_number_belongs_to_its_system(move):
    move(ADMISSION)
    other = stay("A01", 8, system="urn:finess:920000000")
    record_stay(identity_id=None, patient_id=PatientFactory().pk, stay=other, source="autre")
    assert Encounter.objects.count() == 2


def test_said_dates_prevail_over_that_of_the_message(move):
    row = move(stay("A01", 8, admitted_at=at(7, 30)), stay("A03", 14, discharged_at=at(13, 45)))
    assert (row.admitted_at, row.discharged_at) == (at(7, 30), at(13, 45))


@pytest.mark.parametrize("patient_class", ["I", "O", "R", "E", "N", "P", "Z"])
def test_every_class_is_published(move, patient_class):
    row = move(stay("A04", 8, patient_class=patient_class))
    assert assert_r4(current("Encounter", row.pk))["class"]["code"]


def test_movement_takes_few_statements(move, django_assert_max_num_queries):
    move(ADMISSION)
    with django_assert_max_num_queries(10):
        record_stay(
            identity_id=None,
            patient_id=Encounter.objects.get().patient_id,
            stay=TRANSFER,
            source="s",
        )
    row = Encounter.objects.get()
    with django_assert_max_num_queries(3):
        record_stay(identity_id=None, patient_id=row.patient_id, stay=TRANSFER, source="s")
