"""Movements by HL7 to the occupied beds of the units: who is there, whose beds, how old, what differs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.queries import actor_of
from enrs.interop.gateway.jobs import tell_presence
from enrs.services.beds import commands
from enrs.services.beds.models import Capacity, Reading, SoftwareUnit, Unit
from enrs.services.record.models import Encounter
from tests.factories import organisation
from tests.interop.gateway import messages
from tests.services.beds.factories import bed_unit, capacity, caregiver, operator

pytestmark = pytest.mark.django_db


def stamp(minutes_ago):
    moment = timezone.localtime() - timedelta(minutes=minutes_ago)
    return moment.strftime("%Y%m%d%H%M%S")


def moved(trigger, visit, *, unit="UF1", minutes_ago=60, patient_class="I"):
    """A movement of one patient, known by their visit, in a unit."""
    raw = messages.adt(
        trigger, f"{trigger}{visit}{unit}", ipp=visit, visit=visit, at=stamp(minutes_ago)
    )
    return raw.replace(b"PV1|1|I|UF1", f"PV1|1|{patient_class}|{unit}".encode())


@pytest.fixture
def told(receive, work):
    """Messages received, applied, then told to the beds as the periodic job does."""

    def tell(*raw):
        for one in raw:
            assert receive(one) == "AA"
        work()
        with acting(SYSTEM):
            tell_presence()

    return tell


@pytest.fixture
def hospital():
    return organisation("Hôpital d’essai", finess_eg=messages.FINESS)


def ward(hospital, code="UF1", **figures):
    """A unit of ten beds that a code of the software means, whose figures were counted two days ago."""
    values = {"installed": 10, "available": 10, "occupied": 0, "age": "any"} | figures
    row = capacity(bed_unit(hospital), hours=48, **values)
    SoftwareUnit.objects.create(
        finess=messages.FINESS,
        code=code,
        unit=row.unit,
        heard_at=timezone.now() - timedelta(days=2),
    )
    return row


def figures(row):
    row.refresh_from_db()
    return row.occupied, row.available, row.additional


def test_admissions_transfers_and_discharges_move_the_occupied_beds(told, hospital):
    one, other = ward(hospital), ward(hospital, "UF2")
    told(*(moved("A01", f"V{rank}") for rank in range(3)))
    assert figures(one) == (3, 7, 0)
    assert (one.source, one.sources[2]) == ("hl7", "hl7")
    told(moved("A02", "V0", unit="UF2", minutes_ago=50), moved("A03", "V1", minutes_ago=49))
    assert (figures(one), figures(other)) == ((1, 9, 0), (1, 9, 0))
    # A transfer that is cancelled leads back, a discharge that is cancelled too; an admission goes away.
    told(
        moved("A12", "V0", minutes_ago=40),
        moved("A13", "V1", minutes_ago=39),
        moved("A11", "V2", minutes_ago=38),
    )
    assert (figures(one), figures(other)) == ((2, 8, 0), (0, 10, 0))
    unit = Unit.objects.get(pk=one.unit_id)
    assert (unit.present_count, unit.free_count) == (2, 8)


def test_a_figure_is_as_old_as_the_last_movement_of_its_hospital(told, hospital):
    one, other = ward(hospital), ward(hospital, "UF2")
    told(moved("A01", "V1", minutes_ago=300), moved("A01", "V2", unit="UF2", minutes_ago=200))
    one.refresh_from_db()
    age = timezone.now() - one.measured_at
    assert timedelta(minutes=199) < age < timedelta(minutes=202)
    told(moved("A01", "V3", unit="UF2", minutes_ago=20))
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.measured_at == other.measured_at
    assert figures(one) == (1, 9, 0)


def test_the_same_count_is_told_again_every_quarter_of_an_hour_at_most(told, hospital):
    row = ward(hospital)
    told(moved("A01", "V1", minutes_ago=60))
    lines = Reading.objects.filter(capacity=row)
    before = lines.count()
    told(moved("A01", "V2", unit="UF9", minutes_ago=50))
    assert lines.count() == before
    told(moved("A01", "V3", unit="UF9", minutes_ago=30))
    assert lines.count() == before + 1


def test_outpatients_and_series_lie_in_no_bed(told, hospital):
    row = ward(hospital)
    told(
        *(moved("A01", f"V{one}", patient_class=one) for one in ("O", "E", "R")), moved("A01", "V4")
    )
    assert figures(row) == (1, 9, 0)


def test_more_patients_than_beds_lie_in_additional_ones_and_go_with_them(told, hospital, signed_in):
    row = ward(hospital, installed=2, available=2)
    told(*(moved("A01", f"V{rank}", minutes_ago=60 - rank) for rank in range(4)))
    assert figures(row) == (4, 0, 2)
    browser = signed_in(caregiver(hospital.pk))
    page = browser.get(reverse("beds:mine")).content.decode()
    assert "2 de plus que de lits" in page
    told(*(moved("A03", f"V{rank}", minutes_ago=30 - rank) for rank in range(3)))
    assert figures(row) == (1, 1, 0)
    assert "de plus que de lits" not in browser.get(reverse("beds:mine")).content.decode()


def test_additional_beds_that_a_person_opened_stay_when_the_patients_beyond_them_go(told, hospital):
    row = ward(hospital, additional=2, available=12)
    told(*(moved("A01", f"V{rank}", minutes_ago=90 - rank) for rank in range(13)))
    assert figures(row) == (13, 0, 3)
    told(moved("A01", "V13", minutes_ago=70))
    assert figures(row) == (14, 0, 4)
    told(*(moved("A03", f"V{rank}", minutes_ago=60 - rank) for rank in range(4)))
    assert figures(row) == (10, 2, 2)
    told(*(moved("A01", f"W{rank}", minutes_ago=50 - rank) for rank in range(3)))
    assert figures(row) == (13, 0, 3)
    # What is given later counts from then on.
    row.refresh_from_db()
    with acting(SYSTEM):
        commands.enter_figures(
            capacity=row, given={"additional": 5, "available": 2}, expected_version=row.version
        )
    long_ago = timezone.now() - timedelta(minutes=40)
    Capacity.objects.filter(pk=row.pk).update(moments=[long_ago] * 6, measured_at=long_ago)
    told(*(moved("A01", f"X{rank}", minutes_ago=30 - rank) for rank in range(4)))
    assert figures(row) == (17, 0, 7)
    told(*(moved("A03", f"X{rank}", minutes_ago=20 - rank) for rank in range(4)))
    assert figures(row) == (13, 2, 5)


def test_what_a_nurse_entered_stands_until_the_unit_moves_and_the_page_says_that_they_differ(
    told, hospital, signed_in
):
    row = ward(hospital)
    told(moved("A01", "V1", minutes_ago=60))
    row.refresh_from_db()
    with acting(SYSTEM):
        commands.enter_figures(capacity=row, given={"available": 7}, expected_version=row.version)
    told(moved("A01", "V2", unit="UF9", minutes_ago=5))
    assert figures(row) == (3, 7, 0)
    page = signed_in(caregiver(hospital.pk)).get(reverse("beds:mine")).content.decode()
    assert "1 présent" in page
    assert "Les chiffres disent 3 occupés" in page
    # Nothing that the hospital sent is newer than the entry: whoever entered it saw the beds.
    told(moved("A01", "V3", minutes_ago=30))
    assert figures(row) == (3, 7, 0)
    assert Reading.objects.filter(capacity=row, act="late").count() == 1


def test_a_movement_after_the_entry_counts(told, hospital):
    row = ward(hospital)
    told(moved("A01", "V1", minutes_ago=60))
    row.refresh_from_db()
    with acting(SYSTEM):
        commands.enter_figures(capacity=row, given={"available": 7}, expected_version=row.version)
    told_at = timezone.now() - timedelta(minutes=20)
    Capacity.objects.filter(pk=row.pk).update(moments=[told_at] * 6, measured_at=told_at)
    told(moved("A03", "V1", minutes_ago=10))
    assert figures(row) == (0, 10, 0)
    assert row.source == "hl7"


def test_a_departure_that_comes_late_does_not_overwrite_what_was_entered_since(told, hospital):
    row = ward(hospital)
    told(moved("A01", "V1", minutes_ago=400), moved("A01", "V2", minutes_ago=399))
    row.refresh_from_db()
    with acting(SYSTEM):
        commands.enter_figures(capacity=row, given={"available": 6}, expected_version=row.version)
    # The queue that was cut empties: a discharge, then an admission that is withdrawn, of before the entry.
    told(moved("A03", "V1", minutes_ago=355))
    assert figures(row) == (4, 6, 0)
    told(moved("A11", "V2", minutes_ago=350))
    assert figures(row) == (4, 6, 0)
    assert Reading.objects.filter(capacity=row, act="late").count() == 2
    known = SoftwareUnit.objects.get()
    age = timezone.now() - known.heard_at
    assert known.count == 0
    assert timedelta(minutes=349) < age < timedelta(minutes=352)


def test_a_departure_is_as_old_as_its_movement(told, hospital):
    row = ward(hospital)
    told(moved("A01", "V1", minutes_ago=400), moved("A03", "V1", minutes_ago=300))
    assert figures(row) == (0, 10, 0)
    told(moved("A01", "V2", unit="UF2", minutes_ago=200), moved("A03", "V2", minutes_ago=100))
    row.refresh_from_db()
    age = timezone.now() - row.measured_at
    assert timedelta(minutes=99) < age < timedelta(minutes=102)


def test_a_movement_of_the_future_dates_nothing(told, hospital):
    row = ward(hospital)
    told(moved("A01", "V1", minutes_ago=60), moved("A01", "V2", minutes_ago=-120))
    assert row.pk
    age = timezone.now() - SoftwareUnit.objects.get().heard_at
    assert timedelta(minutes=59) < age < timedelta(minutes=62)


def test_several_codes_are_one_unit_and_a_unit_of_two_kinds_shows_the_count_alone(told, hospital):
    row = ward(hospital)
    SoftwareUnit.objects.create(
        finess=messages.FINESS, code="UF2", unit=row.unit, heard_at=timezone.now()
    )
    told(moved("A01", "V1"), moved("A01", "V2", unit="UF2"))
    assert figures(row) == (2, 8, 0)
    capacity(row.unit, age="child", installed=4, available=4, occupied=0)
    told(moved("A01", "V3", minutes_ago=1))
    assert figures(row) == (2, 8, 0)
    assert Unit.objects.get(pk=row.unit_id).present_count == 3


def test_an_unknown_code_is_listed_until_somebody_says_whose_beds_it_is(told, hospital, signed_in):
    row = capacity(bed_unit(hospital), installed=10, available=10, occupied=0, hours=48)
    told(moved("A01", "V1"), moved("A01", "V2"))
    browser = signed_in(caregiver(hospital.pk))
    assert "Une unité de votre logiciel" in browser.get(reverse("beds:mine")).content.decode()
    listed = browser.get(reverse("beds:software")).content.decode()
    assert "Chirurgie" in listed
    assert "UF1" in listed
    found = SoftwareUnit.objects.get()
    answer = browser.post(
        reverse("beds:attach", args=[found.pk]), {"unit": str(row.unit_id)}, follow=True
    )
    assert "C’est noté" in answer.content.decode()
    assert figures(row) == (2, 8, 0)
    browser.post(reverse("beds:attach", args=[found.pk]), {"unit": ""})
    assert Unit.objects.get(pk=row.unit_id).present_count is None
    assert figures(row) == (2, 8, 0)


def test_a_code_of_another_structure_is_nobody_elses(told, hospital, signed_in):
    told(moved("A01", "V1"))
    found = SoftwareUnit.objects.get()
    other = capacity(bed_unit())
    browser = signed_in(caregiver(other.unit.site_id))
    assert "UF1" not in browser.get(reverse("beds:software")).content.decode()
    answer = browser.post(reverse("beds:attach", args=[found.pk]), {"unit": str(other.unit_id)})
    assert answer.status_code == 404
    assert SoftwareUnit.objects.get().unit is None


def test_the_platform_alone_tells_who_is_there(as_actor, hospital):
    with as_actor(actor_of(operator())), pytest.raises(AccessRefusedError):
        commands.receive_presence(told=[], moved_at={})


def test_stays_of_before_have_no_code_and_count_for_nothing(told, hospital):
    row = ward(hospital)
    told(moved("A01", "V1"))
    Encounter.objects.update(unit_code="")
    with acting(SYSTEM):
        tell_presence()
    assert figures(row) == (0, 10, 0)
