"""The hours to cover, holes and overlaps, on days of 23, 24 and 25 hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.rosters import rules
from enrs.core.rosters.rules import Span

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 1, 5, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def span(start: float, end: float) -> Span:
    return Span(at(start), at(end))


@pytest.mark.parametrize(
    ("wanted", "covered", "holes"),
    [
        ([span(0, 10)], [], [span(0, 10)]),
        ([span(0, 10)], [span(0, 10)], []),
        ([span(0, 10)], [span(-5, 3), span(4, 20)], [span(3, 4)]),
        ([span(0, 10)], [span(2, 4), span(3, 6)], [span(0, 2), span(6, 10)]),
        ([span(0, 4), span(6, 8)], [span(3, 7)], [span(0, 3), span(7, 8)]),
        ([span(0, 4), span(4, 8)], [span(4, 8)], [span(0, 4)]),
        ([], [span(0, 1)], []),
    ],
)
def test_what_nobody_covers(wanted, covered, holes):
    assert rules.gaps(wanted, covered) == holes


spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda p: span(p[0], p[0] + p[1])),
    max_size=8,
)


@given(spans, spans)
def test_holes_and_cover_share_the_wanted_hours(wanted, covered):
    holes = rules.gaps(wanted, covered)
    for hour in range(90):
        moment = at(hour + 0.5)
        is_wanted, is_covered, is_hole = (
            any(one.start <= moment < one.end for one in some) for some in (wanted, covered, holes)
        )
        assert is_hole == (is_wanted and not is_covered)


@given(spans)
def test_overlaps_are_those_of_every_pair(some):
    expected = [
        (i, j)
        for i in range(len(some))
        for j in range(i + 1, len(some))
        if some[i].start < some[j].end and some[j].start < some[i].end
    ]
    assert rules.overlaps(some) == expected


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 3, 30), 24), (date(2026, 10, 25), 25)],
)
def test_a_day_is_as_long_as_it_is(day, hours):
    (whole,) = rules.covered_hours(
        "always", day, 1, day_starts=time(8), night_starts=time(19), zone=PARIS
    )
    assert whole.end - whole.start == timedelta(hours=hours)


def test_days_and_nights_share_the_week_of_the_longest_day():
    monday = date(2026, 10, 19)
    given_hours = {"day_starts": time(8), "night_starts": time(19), "zone": PARIS}
    days = rules.covered_hours("days", monday, 7, **given_hours)
    nights = rules.covered_hours("nights", monday, 7, **given_hours)
    assert len(days) == 5
    assert rules.overlaps([*days, *nights]) == []
    total = sum((one.end - one.start for one in [*days, *nights]), timedelta())
    assert total == timedelta(hours=7 * 24 + 1)


def test_a_holiday_is_of_the_nights():
    monday, armistice = date(2026, 11, 9), date(2026, 11, 11)
    given_hours = {
        "day_starts": time(8),
        "night_starts": time(19),
        "zone": PARIS,
        "holidays": [armistice],
    }
    days = rules.covered_hours("days", monday, 7, **given_hours)
    nights = rules.covered_hours("nights", monday, 7, **given_hours)
    assert [one.start.astimezone(PARIS).day for one in days] == [9, 10, 12, 13]
    noon = datetime(2026, 11, 11, 12, tzinfo=PARIS)
    assert any(one.start <= noon < one.end for one in nights)


@pytest.mark.parametrize("role", ["physician", "nurse", "social_worker", "patient", "anonymous"])
def test_who_may_not_write(role):
    assert not rules.may_edit(role, is_of_the_place=True)


@pytest.mark.parametrize("role", ["coordinator", "secretary", "operator"])
def test_who_may_write_in_their_place_alone(role):
    assert rules.may_edit(role, is_of_the_place=True)
    assert not rules.may_edit(role, is_of_the_place=False)


@pytest.mark.parametrize(
    ("start", "end", "fault"),
    [
        (at(0), at(1), ""),
        (at(1), at(1), "order"),
        (at(0), at(24 * 16), "length"),
        (datetime(2026, 1, 1), at(1), "naive"),  # noqa: DTZ001  what is refused
    ],
)
def test_faults_of_a_shift(start, end, fault):
    assert rules.fault_of_shift(start, end) == fault
