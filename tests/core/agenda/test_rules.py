"""Statuses, repetitions on the wall clock, and files of outside."""

import contextlib
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.agenda import rules
from enrs.core.agenda.rules.calendars import (
    MAX_BYTES,
    CalendarError,
    Entry,
    read_busy,
    write_feed,
)
from enrs.core.agenda.rules.recurrence import (
    MOST,
    RuleError,
    expand,
    on_the_clock,
    period_on_the_clock,
)

PARIS = ZoneInfo("Europe/Paris")
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def calendar(*lines: str) -> bytes:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    return "\r\n".join([*head, *lines, "END:VCALENDAR", ""]).encode()


def event(*lines: str) -> bytes:
    return calendar("BEGIN:VEVENT", "UID:un@essai", *lines, "END:VEVENT")


def busy(content: bytes):
    found = read_busy(content, zone=PARIS, since=SINCE, until=UNTIL)
    return [(one.start, one.end) for one in found]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ("proposed", {"booked", "cancelled"}),
        ("booked", {"arrived", "fulfilled", "noshow", "cancelled"}),
        ("cancelled", set()),
        ("unheard", set()),
    ],
)
def test_where_an_appointment_may_go(status, allowed):
    reached = {one for one in rules.TRANSITIONS if rules.may_move(status, one)}
    assert reached == allowed


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Marie-Bernadette DUBREUIL", "M-B D"), ("Ousmane N'DIAYE", "O N"), ("", ""), (" - ", "")],
)
def test_initials(name, letters):
    assert rules.initials(name) == letters


@pytest.mark.parametrize("kind", list(rules.KINDS))
def test_a_feed_says_nothing_of_health(kind):
    assert rules.feed_title(kind, has_person=True, name="Yann LE GOFF") == "RDV Y L G"
    assert rules.feed_title(kind, has_person=True, name="") == "RDV"


def test_a_weekly_hour_stays_on_the_wall_across_both_changes():
    walls = expand("FREQ=WEEKLY;COUNT=45", date(2026, 3, 3), time(9))
    moments = [on_the_clock(wall, PARIS) for wall in walls]
    assert {one.astimezone(PARIS).time() for one in moments} == {time(9)}
    assert {one.hour for one in moments} == {7, 8}


def test_the_hour_that_is_missing_and_the_one_that_comes_twice():
    missing = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001  a wall clock
    doubled = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001
    assert on_the_clock(missing, PARIS) == utc(2026, 3, 29, 1, 30)
    assert on_the_clock(doubled, PARIS) == utc(2026, 10, 25, 0, 30)
    start, end = period_on_the_clock(doubled, 60, PARIS)
    assert end - start == timedelta(hours=1)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=5",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY;BYMINUTE=1",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=999999999999",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYWEEKNO=3",
        "FREQ=YEARLY;BYEASTER=0",
        "FREQ=DAILY;UNTIL=20261399",
        "COUNT=3",
        "",
        "FREQ=DAILY\nDTSTART:20260101",
        "FREQ=DAILY;BYMONTHDAY=" + ",".join(["1"] * 500),
    ],
)
def test_rules_that_are_not_read(rule):
    with pytest.raises(RuleError):
        expand(rule, date(2026, 1, 1), time(9))


def test_a_rule_without_end_is_bounded():
    assert len(expand("FREQ=DAILY", date(2026, 1, 1), time(9))) == MOST


def test_a_rule_that_never_matches_ends():
    assert expand("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", date(2026, 1, 1), time(9)) == []
    assert expand("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", date(2026, 1, 1), time(9)) == []


@given(st.text(max_size=80))
def test_any_text_is_a_rule_or_is_refused(text):
    with contextlib.suppress(RuleError):
        assert len(expand(text, date(2026, 1, 1), time(9))) <= MOST


def test_what_a_calendar_tells_as_occupied():
    content = calendar(
        "BEGIN:VTIMEZONE", "TZID:Europe/Paris", "BEGIN:STANDARD", "DTSTART:19701025T030000",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD", "END:VTIMEZONE",
        "BEGIN:VEVENT", "UID:un@essai", "SUMMARY:Chimiothérapie de Mme X", "DTSTART;TZID=Europe/Paris:20260701T090000",
        "DTEND;TZID=Europe/Paris:20260701T100000", "BEGIN:VALARM", "TRIGGER:-PT15M", "END:VALARM", "END:VEVENT",
        "BEGIN:VEVENT", "UID:deux@essai", "DTSTART:20260702T120000Z", "DURATION:PT45M", "END:VEVENT",
        "BEGIN:VEVENT", "UID:trois@essai", "DTSTART;VALUE=DATE:20261025", "END:VEVENT",
        "BEGIN:VEVENT", "UID:libre@essai", "DTSTART:20260703T120000Z", "DURATION:PT1H",
        "TRANSP:TRANSPARENT", "END:VEVENT",
        "BEGIN:VEVENT", "UID:mort@essai", "DTSTART:20260704T120000Z", "DURATION:PT1H",
        "STATUS:CANCELLED", "END:VEVENT",
    )  # fmt: skip
    assert busy(content) == [
        (utc(2026, 7, 1, 7), utc(2026, 7, 1, 8)),
        (utc(2026, 7, 2, 12), utc(2026, 7, 2, 12, 45)),
        (utc(2026, 10, 24, 22), utc(2026, 10, 25, 23)),
    ]


def test_a_repeated_event_and_its_exceptions():
    content = event(
        "DTSTART;TZID=Europe/Paris:20261019T090000", "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Europe/Paris:20261026T090000",
    )  # fmt: skip
    starts = [start for start, _ in busy(content)]
    assert starts == [utc(2026, 10, 19, 7), utc(2026, 11, 2, 8)]


def test_a_long_absence_is_kept_in_pieces():
    periods = busy(event("DTSTART;VALUE=DATE:20260801", "DTEND;VALUE=DATE:20260823"))
    assert len(periods) == 4
    assert max(end - start for start, end in periods) <= rules.MAX_LENGTH
    assert (periods[0][0], periods[-1][1]) == (utc(2026, 7, 31, 22), utc(2026, 8, 22, 22))


def test_what_came_before_or_comes_after_is_left():
    assert busy(event("DTSTART:20200101T120000Z", "DURATION:PT1H")) == []
    assert busy(event("DTSTART:20300101T120000Z", "DURATION:PT1H")) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "shape"),
        (b"MZ\x90\x00\x03", "shape"),
        (b"<html><script>alert(1)</script>", "shape"),
        (b"\xff\xfe\x00\x01", "shape"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "shape"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", "shape"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 50, "shape"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 2001, "events"),
        (b"BEGIN:VCALENDAR\r\n" + b"x" * MAX_BYTES, "size"),
        (calendar("X-LONG:" + "y" * 30_000), "shape"),
        (event("DTSTART:99991301T000000Z"), "date"),
        (event("DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY"), "date"),
        (event("DTSTART:20260101T000000Z", "DURATION:P9999999W"), "date"),
        (event("DTSTART:20260101T000000Z", "DTEND:20250101T000000Z"), "date"),
        (event("DTSTART:20260101T000000Z", "RRULE:FREQ=SECONDLY"), "rule"),
    ],
)
def test_hostile_files(content, reason):
    with pytest.raises(CalendarError, match=reason):
        busy(content)


def test_many_repetitions_are_refused():
    one = ["BEGIN:VEVENT", "DTSTART:20260101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", "END:VEVENT"]  # fmt: skip
    with pytest.raises(CalendarError, match="events"):
        busy(calendar(*(one * 40)))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(CalendarError):
        busy(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + content + b"\r\nEND:VEVENT\r\nEND:VCALENDAR")


def test_the_same_entries_give_the_same_bytes_and_are_read_back():
    entry = Entry(
        "un@essai", utc(2026, 7, 1, 7), utc(2026, 7, 1, 8), "RDV M-B D", "", "CONFIRMED", SINCE, 1
    )
    written = write_feed([entry], name="Agenda")
    assert written == write_feed([entry], name="Agenda")
    assert busy(written) == [(entry.start, entry.end)]


def test_a_line_break_in_a_title_makes_no_new_line():
    title = "RDV\r\nATTENDEE:mailto:a@essai.fr"
    entry = Entry("u", SINCE, UNTIL, title, "", "CONFIRMED", SINCE, 1)
    assert b"\r\nATTENDEE" not in write_feed([entry], name="x")
