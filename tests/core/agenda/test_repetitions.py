"""Repetitions of a calendar of outside: since long ago, never, too many, and those that one event replaces."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.agenda.rules import calendars
from enrs.core.agenda.rules.calendars import CalendarError, read_busy
from enrs.core.agenda.rules.recurrence import WEEKDAYS, RuleError, expand

PARIS = ZoneInfo("Europe/Paris")
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
NEVER = "BYMONTH=2;BYMONTHDAY=30"


def calendar(*events: tuple[str, ...]) -> bytes:
    lines = [
        line for one in events for line in ("BEGIN:VEVENT", "UID:un@essai", *one, "END:VEVENT")
    ]
    return "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode()


def busy(*events: tuple[str, ...]) -> list[datetime]:
    found = read_busy(calendar(*events), zone=PARIS, since=SINCE, until=UNTIL)
    return [one.start for one in found]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_daily_hour_since_long_ago_is_occupied_now():
    found = busy(("DTSTART:20100101T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))
    assert (len(found), found[0], found[-1]) == (365, utc(2026, 1, 1, 8), utc(2026, 12, 31, 8))


def test_every_second_week_keeps_its_turn_from_long_ago():
    found = busy(("DTSTART:20100104T080000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;INTERVAL=2"))
    assert {(one.date() - date(2010, 1, 4)).days % 14 for one in found} == {0}
    assert len(found) == 26


def test_a_count_is_counted_from_the_first():
    rule = "RRULE:FREQ=YEARLY;COUNT=17"
    assert busy(("DTSTART:20100601T080000Z", "DURATION:PT1H", rule)) == [utc(2026, 6, 1, 8)]
    assert busy(("DTSTART:20090601T080000Z", "DURATION:PT1H", rule)) == []


def test_a_long_absence_that_began_before_is_still_told():
    found = busy(("DTSTART;VALUE=DATE:20151220", "DTEND;VALUE=DATE:20160110", "RRULE:FREQ=YEARLY"))
    assert found[0] == utc(2025, 12, 26, 23)


def test_a_birthday_of_long_ago_is_read():
    rule = "RRULE:FREQ=YEARLY"
    assert busy(("DTSTART;VALUE=DATE:19310312", rule)) == [utc(2026, 3, 11, 23)]


@pytest.mark.parametrize("frequency", ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
def test_two_hundred_rules_that_never_match_are_read(frequency):
    one = ("DTSTART:19700101T080000Z", "DURATION:PT1H", f"RRULE:FREQ={frequency};{NEVER}")
    assert busy(*[one] * 200) == []


def test_a_file_that_would_take_long_is_refused(monkeypatch):
    monkeypatch.setattr(calendars, "MAX_SECONDS", 0.1)
    one = ("DTSTART:19700101T080000Z", f"RRULE:FREQ=DAILY;COUNT=99999;{NEVER}")
    with pytest.raises(CalendarError, match="rule"):
        busy(*[one] * 1900)


@pytest.mark.parametrize("day", ["00010101", "18991231", "22010101", "99991231", "20261332"])
@pytest.mark.parametrize("line", ["DTSTART;VALUE=DATE:", "DTEND;VALUE=DATE:", "EXDATE;VALUE=DATE:"])
def test_a_day_of_no_calendar_is_refused(day, line):
    rest = [one for one in ("DTSTART;VALUE=DATE:20260101",) if not line.startswith("DTSTART")]
    with pytest.raises(CalendarError, match="date"):
        busy((*rest, f"{line}{day}", "RRULE:FREQ=DAILY"))


WEEKLY = (
    "DTSTART;TZID=Europe/Paris:20260601T090000",
    "DURATION:PT1H",
    "RRULE:FREQ=WEEKLY;COUNT=2",
)


@pytest.mark.parametrize(
    ("named", "given", "second"),
    [
        ("RECURRENCE-ID;TZID=Europe/Paris:20260608T090000", (), utc(2026, 6, 9, 13)),
        ("RECURRENCE-ID:20260608T070000Z", (), utc(2026, 6, 9, 13)),
        ("RECURRENCE-ID:20260608T070000Z", ("STATUS:CANCELLED",), None),
        ("RECURRENCE-ID:20260608T070000Z", ("TRANSP:TRANSPARENT",), None),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_an_occurrence_of_its_own_replaces_the_one_that_it_names(named, given, second, is_first):
    own = (named, "DTSTART:20260609T130000Z", "DURATION:PT1H", *given)
    found = busy(*((own, WEEKLY) if is_first else (WEEKLY, own)))
    assert found == [utc(2026, 6, 1, 7), *([second] if second else [])]


def test_another_event_s_occurrence_replaces_nothing():
    own = ("RECURRENCE-ID:20260608T070000Z", "DTSTART:20260609T130000Z", "DURATION:PT1H")
    content = calendar(WEEKLY, own).replace(b"UID:un@essai\r\nREC", b"UID:deux@essai\r\nREC")
    assert len(read_busy(content, zone=PARIS, since=SINCE, until=UNTIL)) == 3


def test_an_exception_is_known_by_its_moment_whatever_its_zone():
    assert busy((*WEEKLY, "EXDATE:20260608T070000Z")) == [utc(2026, 6, 1, 7)]


LONG = st.sampled_from(["MONTHLY", "YEARLY"])
SHORT = st.sampled_from(["DAILY", "WEEKLY"])


@st.composite
def rules_read(draw: st.DrawFn) -> str:
    """A rule of the parts that are read, as software writes them."""
    frequency = draw(LONG | SHORT)
    ordinals = ["", "1", "+2", "5", "-1"] if frequency in ("MONTHLY", "YEARLY") else [""]
    ordinal = draw(st.sampled_from(ordinals))
    days = draw(st.sets(st.sampled_from(WEEKDAYS), max_size=3))
    month_days = draw(st.sets(st.sampled_from([1, 13, 29, 30, 31, -1, -31]), max_size=2))
    months = draw(st.sets(st.integers(1, 12), max_size=3))
    parts = {
        "BYDAY": ",".join(f"{ordinal}{one}" for one in sorted(days)),
        "BYMONTHDAY": ",".join(map(str, sorted(month_days))),
        "BYMONTH": ",".join(map(str, sorted(months))),
        "INTERVAL": draw(st.sampled_from(["", "2", "3", "17"])),
        "WKST": draw(st.sampled_from(["", "SU", "WE"])),
    }
    if frequency in ("MONTHLY", "YEARLY") and (days or month_days):
        parts["BYSETPOS"] = draw(st.sampled_from(["", "1", "-1", "2"]))
    return ";".join([f"FREQ={frequency}", *(f"{key}={one}" for key, one in parts.items() if one)])


@given(
    rules_read(),
    st.dates(date(1990, 1, 1), date(2026, 1, 1)),
    st.integers(0, 4000),
    st.integers(0, 4000),
)
def test_days_are_those_of_the_common_library(rule, first, before, length):
    since, horizon = first + timedelta(days=before), first + timedelta(days=before + length)
    ours = expand(rule, first, time(9), limit=10_000, since=since, horizon=horizon)
    later = horizon + timedelta(days=36_500)
    if not expand(rule, first, time(9), limit=1, since=horizon, horizon=later):
        return  # The library would look for the next one until the year 9999.
    theirs = rrulestr(
        f"{rule};UNTIL={horizon:%Y%m%d}T235959", dtstart=datetime.combine(first, time(9))
    )
    assert ours == [one for one in theirs if one.date() >= since]


def test_a_deadline_ends_the_search():
    with pytest.raises(RuleError, match="time"):
        expand(f"FREQ=DAILY;{NEVER}", date(2026, 1, 1), time(9), deadline=0)
