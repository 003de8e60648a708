"""Moments, legal days, partial dates and identifiers."""

import time
import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.ids import uuid7, uuid7_at
from enrs.core.moments import (
    check_partial_date,
    day_bounds,
    in_zone,
    legal_day,
    partial_bounds,
    region_zone_name,
    utc_offset,
)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 10, 25), 25), (date(2026, 3, 29), 23), (date(2026, 6, 1), 24)],
)
def test_a_legal_day_lasts_as_long_as_its_clock(day, hours):
    start, end = day_bounds(day)
    assert end - start == timedelta(hours=hours)
    assert legal_day(start) == day
    assert legal_day(end - timedelta(microseconds=1)) == day
    assert legal_day(end) == day + timedelta(days=1)


def test_legal_days_follow_one_another_without_a_gap():
    for day in (date(2026, 10, 24), date(2026, 10, 25), date(2026, 3, 28), date(2026, 3, 29)):
        assert day_bounds(day)[1] == day_bounds(day + timedelta(days=1))[0]


def test_late_evening_is_the_region_s_day_and_not_that_of_utc():
    assert region_zone_name() == "Europe/Paris"
    assert legal_day(datetime(2026, 3, 12, 23, 30, tzinfo=UTC)) == date(2026, 3, 13)


def test_naive_stamp_is_read_in_the_zone_of_its_partner():
    stamp = datetime(2026, 1, 10, 8, 0)  # noqa: DTZ001
    assert in_zone(stamp) == datetime(2026, 1, 10, 7, 0, tzinfo=UTC)
    assert in_zone(stamp, ZoneInfo("America/Martinique")) == datetime(2026, 1, 10, 12, tzinfo=UTC)
    assert in_zone(stamp, utc_offset(240)) == datetime(2026, 1, 10, 4, tzinfo=UTC)


def test_aware_stamp_keeps_its_own_zone():
    stamp = datetime(2026, 1, 10, 8, 0, tzinfo=utc_offset(-300))
    assert in_zone(stamp, ZoneInfo("Europe/Paris")) == datetime(2026, 1, 10, 13, tzinfo=UTC)


def test_doubled_hour_is_its_first_passage():
    stamp = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001
    assert in_zone(stamp) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    ["", "26", "2026-13", "2026-02-30", "0000", "2026-1-1", "2026/01/01", "٢٠٢٦", "2026-01-01\n"],
)
def test_what_is_no_partial_date_is_refused(value):
    with pytest.raises(ValidationError):
        check_partial_date(value)


@given(day=st.dates(), parts=st.integers(1, 3))
def test_partial_date_holds_every_day_that_it_may_mean(day, parts):
    value = "-".join(day.isoformat().split("-")[:parts])
    first, last = partial_bounds(value)
    assert first <= day <= last
    assert first.isoformat().startswith(value)
    assert last.isoformat().startswith(value)
    if last < date.max:
        assert not (last + timedelta(days=1)).isoformat().startswith(value)
    if first > date.min:
        assert not (first - timedelta(days=1)).isoformat().startswith(value)


def test_uuid7_says_its_version_and_sorts_by_time():
    made = [uuid7_at(1_700_000_000_000 + step) for step in range(50)]
    assert made == sorted(made)
    assert [one.bytes for one in made] == sorted(one.bytes for one in made)
    for one in [*made, uuid7()]:
        assert one.version == 7
        assert one.variant == uuid.RFC_4122


def test_uuid7_holds_its_millisecond():
    assert uuid7_at(1_700_000_000_123).int >> 80 == 1_700_000_000_123
    assert len({uuid7() for _ in range(2000)}) == 2000


def test_those_of_one_process_sort_as_they_were_made():
    made = [uuid7() for _ in range(5000)]
    assert made == sorted(made)
    assert abs((made[-1].int >> 80) - time.time() * 1000) < 1000


def test_a_clock_that_goes_back_a_little_is_held_and_one_set_anew_is_followed(monkeypatch):
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)
    first = uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: now - 5_000_000)
    assert uuid7() > first
    monkeypatch.setattr(time, "time_ns", lambda: now - 3_600_000_000_000)
    assert uuid7() < first
