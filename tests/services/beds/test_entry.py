"""Entry by hand: by whom, what follows, what is refused, what is taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.beds import commands
from enrs.services.beds.commands import BedsRefusedError
from enrs.services.beds.models import Reading, Unit
from tests.factories import actor
from tests.services.beds.factories import bed_unit, capacity, caregiver, cell_member, operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return capacity()


@pytest.fixture
def nurse(row):
    return caregiver(row.unit.site_id)


def test_a_freed_bed_leaves_one_occupied_less(row, nurse):
    with acting(actor(nurse)):
        made = commands.enter_figures(capacity=row, given={"available": 4}, expected_version=1)
    row.refresh_from_db()
    assert (row.available, row.occupied, row.version, row.source) == (4, 8, 2, "hand")
    assert (made.before[1], made.after[1], made.by_name) == (3, 4, nurse.name)
    unit = Unit.objects.get(pk=row.unit_id)
    assert (unit.free_count, unit.known_at) == (4, row.measured_at)


def test_more_than_there_are_is_refused_and_changes_nothing(row, nurse):
    with acting(actor(nurse)), pytest.raises(BedsRefusedError, match="sum"):
        commands.enter_figures(capacity=row, given={"available": 13}, expected_version=1)
    row.refresh_from_db()
    assert (row.available, Reading.objects.count()) == (3, 0)


@pytest.mark.parametrize("given", [{}, {"operational": 3}, {"held": 0}])
def test_what_is_computed_is_not_entered(row, nurse, given):
    with acting(actor(nurse)), pytest.raises(BedsRefusedError, match="status"):
        commands.enter_figures(capacity=row, given=given, expected_version=1)


def test_a_stale_save_is_refused_and_shows_what_stands(row, nurse):
    other = caregiver(row.unit.site_id)
    with acting(actor(other)):
        commands.enter_figures(capacity=row, given={"available": 2}, expected_version=1)
    with acting(actor(nurse)), pytest.raises(StaleSaveError) as refusal:
        commands.enter_figures(capacity=row, given={"available": 4}, expected_version=1)
    assert refusal.value.current.available == 2


def test_nothing_changed_renews_the_age_of_every_figure():
    row = capacity(hours=20)
    with acting(actor(caregiver(row.unit.site_id))):
        commands.confirm_figures(unit=row.unit, seen={row.pk: 1})
    row.refresh_from_db()
    assert timezone.now() - row.measured_at < timedelta(minutes=1)
    assert (row.available, row.occupied) == (3, 9)


def test_nothing_changed_is_refused_when_something_did(row, nurse):
    with acting(actor(nurse)):
        commands.enter_figures(capacity=row, given={"available": 2}, expected_version=1)
        with pytest.raises(StaleSaveError):
            commands.confirm_figures(unit=row.unit, seen={row.pk: 1})


def test_nothing_changed_means_nothing_before_a_first_figure():
    row = capacity(hours=None, available=0, occupied=0)
    with acting(actor(caregiver(row.unit.site_id))), pytest.raises(BedsRefusedError, match="empty"):
        commands.confirm_figures(unit=row.unit, seen={row.pk: 1})


def test_an_entry_is_taken_back_with_its_age_and_its_source(row, nurse):
    with acting(actor(nurse)):
        made = commands.enter_figures(capacity=row, given={"available": 4}, expected_version=1)
        commands.undo_entry(reading=made)
    old = row.measured_at
    row.refresh_from_db()
    assert (row.available, row.occupied, row.measured_at, row.version) == (3, 9, old, 3)
    assert [one.act for one in Reading.objects.order_by("pk")] == ["entered", "undone"]


def test_what_another_entered_or_what_was_followed_is_not_taken_back(row, nurse):
    with acting(actor(nurse)):
        made = commands.enter_figures(capacity=row, given={"available": 4}, expected_version=1)
    with acting(actor(caregiver(row.unit.site_id))):
        with pytest.raises(BedsRefusedError, match="undo"):
            commands.undo_entry(reading=made)
        commands.enter_figures(capacity=row, given={"available": 5}, expected_version=2)
    with acting(actor(nurse)), pytest.raises(BedsRefusedError, match="undo"):
        commands.undo_entry(reading=made)


def test_after_a_quarter_of_an_hour_it_stays(row, nurse):
    with acting(actor(nurse)):
        made = commands.enter_figures(capacity=row, given={"available": 4}, expected_version=1)
        made.received_at -= timedelta(minutes=16)
        with pytest.raises(BedsRefusedError, match="undo"):
            commands.undo_entry(reading=made)


@pytest.mark.parametrize("who", ["pharmacist", "social_worker", "elsewhere", "cell", "operator"])
def test_others_enter_nothing(row, who):
    users = {
        "elsewhere": lambda: caregiver(bed_unit().site_id),
        "cell": cell_member,
        "operator": operator,
    }
    user = users.get(who, lambda: caregiver(row.unit.site_id, who))()
    with acting(actor(user)):
        for attempt in (
            lambda: commands.enter_figures(
                capacity=row, given={"available": 4}, expected_version=1
            ),
            lambda: commands.confirm_figures(unit=row.unit, seen={row.pk: 1}),
            lambda: commands.write_word(unit=row.unit, words="Un mot", expected_version=1),
            lambda: commands.set_code(unit=row.unit, code="A1", expected_version=1),
            lambda: commands.open_capacity(unit=row.unit, age="child"),
        ):
            with pytest.raises(AccessRefusedError):
                attempt()


def test_one_kind_is_followed_once(row, nurse):
    with acting(actor(nurse)):
        made = commands.open_capacity(unit=row.unit, age="child", installed=4)
        assert made.installed == 4
        with pytest.raises(BedsRefusedError, match="known"):
            commands.open_capacity(unit=row.unit, age="child", installed=4)
        with pytest.raises(BedsRefusedError, match="kind"):
            commands.open_capacity(unit=row.unit, crisis="zombies")


def test_two_units_of_a_site_have_two_codes(row, nurse):
    other = bed_unit(name="Soins continus", site_id=row.unit.site_id)
    with acting(actor(nurse)):
        commands.set_code(unit=row.unit, code="REA1", expected_version=1)
        with pytest.raises(BedsRefusedError, match="code"):
            commands.set_code(unit=other, code="REA1", expected_version=1)
