"""Public holidays of France, and moments counted in hours of work."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.moments import working_calendar
from enrs.core.working_time import (
    OWN_DAYS,
    TERRITORIES,
    WorkCalendar,
    easter,
    public_holidays,
    territory_of,
)

PARIS = ZoneInfo("Europe/Paris")
OFFICE = WorkCalendar(PARIS)


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (1818, 3, 22), (1900, 4, 15), (1943, 4, 25), (1954, 4, 18), (1961, 4, 2), (1981, 4, 19), (1999, 4, 4),
        (2000, 4, 23), (2008, 3, 23), (2011, 4, 24), (2016, 3, 27), (2018, 4, 1), (2019, 4, 21), (2020, 4, 12),
        (2021, 4, 4), (2022, 4, 17), (2023, 4, 9), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28),
        (2028, 4, 16), (2029, 4, 1), (2030, 4, 21), (2038, 4, 25), (2049, 4, 18), (2076, 4, 19), (2285, 3, 22),
    ],
)  # fmt: skip
def test_easter(year, month, day):
    assert easter(year) == date(year, month, day)


def test_easter_is_a_sunday_between_its_bounds_for_six_centuries():
    for year in range(1800, 2400):
        found = easter(year)
        assert found.weekday() == 6
        assert date(year, 3, 22) <= found <= date(year, 4, 25)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, ["01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25"]),
        (2027, ["01-01", "03-29", "05-01", "05-06", "05-08", "05-17", "07-14", "08-15", "11-01", "11-11", "12-25"]),
        # Ascension on the first of May: ten days, not eleven.
        (2008, ["01-01", "03-24", "05-01", "05-08", "05-12", "07-14", "08-15", "11-01", "11-11", "12-25"]),
    ],
)  # fmt: skip
def test_the_holidays_of_a_year(year, days):
    assert [one.strftime("%m-%d") for one in public_holidays(year)] == days


def test_each_territory_adds_its_own():
    common = set(public_holidays(2026))
    added = {one: set(public_holidays(2026, one)) - common for one in TERRITORIES}
    assert added["metropole"] == set()
    assert added["alsace-moselle"] == {date(2026, 4, 3), date(2026, 12, 26)}
    assert {one: {date(2026, *day)} for one, day in OWN_DAYS.items()} == {
        one: days for one, days in added.items() if one in OWN_DAYS
    }
    with pytest.raises(ValueError, match="unknown territory"):
        public_holidays(2026, "bretagne")


@pytest.mark.parametrize(
    ("departments", "territory"),
    [
        (["75", "77"], "metropole"), (["57", "67", "68"], "alsace-moselle"), (["54", "57"], "metropole"),
        (["974"], "reunion"), (["971"], "guadeloupe"), ([], "metropole"),
    ],
)  # fmt: skip
def test_the_territory_of_a_region(departments, territory):
    assert territory_of(departments) == territory


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23T10:00", 0, "2026-11-23T10:00"),
        ("2026-11-23T10:00", 2, "2026-11-23T12:00"),
        ("2026-11-23T10:00", 8, "2026-11-23T18:00"),
        ("2026-11-23T10:00", 8.5, "2026-11-24T09:30"),
        ("2026-11-23T18:00", 1, "2026-11-24T10:00"),
        ("2026-11-23T23:00", 1, "2026-11-24T10:00"),
        ("2026-11-24T03:00", 1, "2026-11-24T10:00"),
        ("2026-11-27T16:00", 18, "2026-12-01T16:00"),
        ("2026-11-28T12:00", 9, "2026-11-30T18:00"),
        ("2026-11-29T12:00", 18, "2026-12-01T18:00"),
        ("2026-12-24T17:00", 2, "2026-12-28T10:00"),
        ("2026-12-31T17:00", 2, "2027-01-04T10:00"),
        ("2026-05-13T17:00", 2, "2026-05-15T10:00"),
        ("2026-07-13T17:00", 2, "2026-07-15T10:00"),
        ("2026-03-27T17:00", 2, "2026-03-30T10:00"),
        ("2026-10-23T17:00", 2, "2026-10-26T10:00"),
        ("2026-11-24T10:00", -2, "2026-11-23T17:00"),
        ("2026-11-24T10:00", -1, "2026-11-24T09:00"),
        ("2026-11-30T09:00", -9, "2026-11-27T09:00"),
        ("2026-11-29T12:00", -1, "2026-11-27T17:00"),
        ("2027-01-04T10:00", -2, "2026-12-31T17:00"),
    ],
)  # fmt: skip
def test_hours_of_work_after_a_moment(start, hours, end):
    assert OFFICE.add(paris(start), hours) == paris(end)
    assert OFFICE.between(paris(start), paris(end)) == hours


def test_holidays_of_the_territory_count():
    alsace = WorkCalendar(PARIS, territory="alsace-moselle")
    assert alsace.add(paris("2026-04-02T17:00"), 2) == paris("2026-04-07T10:00")
    assert OFFICE.add(paris("2026-04-02T17:00"), 2) == paris("2026-04-03T10:00")


def test_other_hours_and_days():
    desk = WorkCalendar(PARIS, opens=time(8, 30), closes=time(12), weekdays=frozenset(range(6)))
    assert desk.day_hours == 3.5
    assert desk.add(paris("2026-11-27T11:00"), 1.5) == paris("2026-11-28T09:00")
    for wrong in ({"opens": time(18)}, {"weekdays": frozenset()}):
        with pytest.raises(ValueError, match="working day"):
            WorkCalendar(PARIS, **wrong)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.integers(0, 200).map(lambda quarters: quarters / 4)


@given(moments, spans)
def test_what_is_added_is_what_lies_between(start, hours):
    end = OFFICE.add(start, hours)
    assert end >= start
    assert OFFICE.between(start, end) == pytest.approx(hours)
    assert OFFICE.between(end, start) == pytest.approx(-hours)


@given(moments, spans, spans)
def test_adding_twice_is_adding_the_sum(start, first, second):
    once, twice = OFFICE.add(start, first + second), OFFICE.add(OFFICE.add(start, first), second)
    assert OFFICE.between(once, twice) == pytest.approx(0)
    if second:
        assert once == twice


@given(moments, spans)
def test_an_end_is_within_working_hours(start, hours):
    if not hours:
        return
    for end in (OFFICE.add(start, hours), OFFICE.add(start, -hours)):
        local = end.astimezone(PARIS)
        assert OFFICE.is_working_day(local.date())
        assert time(9) <= local.time() <= time(18)


@given(moments, moments, spans)
def test_what_begins_later_ends_later(first, second, hours):
    early, late = sorted((first, second))
    if hours:
        assert OFFICE.add(early, hours) <= OFFICE.add(late, hours)
    assert OFFICE.between(early, late) >= 0


@given(moments, spans)
def test_going_back_undoes_going_forth(start, hours):
    back = OFFICE.add(OFFICE.add(start, hours), -hours)
    assert OFFICE.between(start, back) == pytest.approx(0)


def test_the_region_s_own_calendar(settings):
    working_calendar.cache_clear()
    assert working_calendar() == WorkCalendar(PARIS, time(9), time(18), "metropole")
    assert working_calendar().add(paris("2026-11-27T16:00"), 18) - paris(
        "2026-11-27T16:00"
    ) == timedelta(days=4)
