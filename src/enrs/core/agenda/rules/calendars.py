"""iCalendar (RFC 5545): busy periods read from a file of outside, and a feed written.

A file of outside is hostile until read: its size, its lines, its events and its repetitions are bounded,
its time zones are names and never definitions, and nothing of its words is kept but the identifiers.
"""

import time as clock
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Calendar, Event
from icalendar.parser import Contentlines
from icalendar.prop import vDuration

from enrs.core.agenda.rules.recurrence import NEWEST, OLDEST, RuleError, expand, on_the_clock

MAX_BYTES = 1_000_000
MAX_LINE = 20_000
MAX_EVENTS = 2_000
MAX_PERIODS = 5_000
MAX_SECONDS = 2.0
"""Of the processor, for all the repetitions of one file."""
PIECE = timedelta(days=7)
"""A longer absence is kept in pieces: readers of a week look no further back."""
WANTED = {
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "EXDATE",
    "UID",
    "STATUS",
    "TRANSP",
    "RECURRENCE-ID",
}


class CalendarError(ValueError):
    """The file is refused; the message is a code: `size`, `shape`, `events`, `date` or `rule`."""


@dataclass(frozen=True, slots=True)
class Busy:
    """An occupied period in UTC, and the identifier of its event."""

    start: datetime
    end: datetime
    uid: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one appointment."""

    uid: str
    start: datetime
    end: datetime
    title: str
    place: str
    status: str
    updated_at: datetime
    version: int


@dataclass(slots=True)
class _Event:
    lines: dict[str, tuple[str, str]] = field(default_factory=dict)
    excluded: list[tuple[str, str]] = field(default_factory=list)

    @property
    def uid(self) -> str:
        return self.lines.get("UID", ("", ""))[1]

    @property
    def is_busy(self) -> bool:
        """Whether it occupies its hours: it is neither free nor cancelled."""
        is_free = self.lines.get("TRANSP", ("", ""))[1].upper() == "TRANSPARENT"
        return not is_free and self.lines.get("STATUS", ("", ""))[1].upper() != "CANCELLED"

    def take(self, name: str, zone: str, value: str) -> None:
        if name == "EXDATE":
            self.excluded += [(zone, one) for one in value.split(",")[:MAX_EVENTS]]
        else:
            self.lines.setdefault(name, (zone, value))


@dataclass(frozen=True, slots=True)
class _Window:
    """What is looked for: between which moments, where clocks are the region's, until when."""

    zone: ZoneInfo
    since: datetime
    until: datetime
    deadline: float


def read_busy(content: bytes, *, zone: ZoneInfo, since: datetime, until: datetime) -> list[Busy]:
    """The occupied periods of a file between two moments, ordered; free or cancelled events are none.

    Raises:
        CalendarError: too big, not a calendar, or with a date or a repetition that is not read here.
    """
    events = _events(content)
    replaced = _replaced(events, zone)
    window = _Window(zone, since, until, clock.thread_time() + MAX_SECONDS)
    periods: list[Busy] = []
    for event in events:
        if event.is_busy:
            found = _periods(event, window, replaced.get(event.uid, set()))
            periods += [one for one in found if one.end > since]
        if len(periods) > MAX_PERIODS:
            raise CalendarError("events")
    return sorted(periods, key=lambda one: (one.start, one.uid))


def _replaced(events: Iterable[_Event], zone: ZoneInfo) -> dict[str, set[datetime]]:
    """By identifier, the occurrences that an event of their own replaces, were it to free them."""
    found: dict[str, set[datetime]] = {}
    for event in events:
        if "RECURRENCE-ID" in event.lines:
            wall, place, _ = _moment(*event.lines["RECURRENCE-ID"], zone)
            found.setdefault(event.uid, set()).add(on_the_clock(wall, place))
    return found


def _events(content: bytes) -> list[_Event]:
    if len(content) > MAX_BYTES:
        raise CalendarError("size")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CalendarError("shape") from error
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR") or "\x00" in text:
        raise CalendarError("shape")
    if text.upper().count("BEGIN:VEVENT") > MAX_EVENTS:
        raise CalendarError("events")
    return _parsed(text)


def _parsed(text: str) -> list[_Event]:
    """The events alone; whatever lies inside them (alarms) or beside them (zones) is passed over."""
    found: list[_Event] = []
    stack: list[str] = []
    for line in Contentlines.from_ical(text):
        if not line:
            continue
        name, zone, value = _line(str(line))
        if name == "BEGIN":
            stack.append(value.upper())
            if len(stack) > 5:
                raise CalendarError("shape")
            if stack[-1] == "VEVENT":
                found.append(_Event())
        elif name == "END":
            if not stack or stack.pop() != value.upper():
                raise CalendarError("shape")
        elif stack and stack[-1] == "VEVENT" and name in WANTED:
            found[-1].take(name, zone, value)
    if stack:
        raise CalendarError("shape")
    return found


def _line(line: str) -> tuple[str, str, str]:
    """Name, time zone and value of one content line."""
    if len(line) > MAX_LINE:
        raise CalendarError("shape")
    head, separator, value = line.partition(":")
    name, *parameters = head.split(";")
    zone = ""
    if separator and '"' in head and head.count('"') % 2:
        rest = value.partition('":')
        head, value = f'{head}:{rest[0]}"', rest[2]
        name, *parameters = head.split(";")
    for parameter in parameters:
        key, _, given = parameter.partition("=")
        if key.upper() == "TZID":
            zone = given.strip('"')
    return name.strip().upper(), zone, value.strip()


def _periods(event: _Event, window: _Window, replaced: set[datetime]) -> Iterator[Busy]:
    if "DTSTART" not in event.lines:
        return
    wall, place, is_day = _moment(*event.lines["DTSTART"], window.zone)
    length = _length(event, wall, place, window.zone, is_day=is_day)
    is_one = "RRULE" not in event.lines or "RECURRENCE-ID" in event.lines
    left = set() if is_one else replaced | _excluded(event, window.zone)
    for start in [wall] if is_one else _starts(event, wall, place, length, window):
        begins = on_the_clock(start, place)
        ends = on_the_clock(start + length, place) if is_day else begins + length
        if begins not in left and begins < window.until:
            yield from _pieces(begins, ends, event.uid[:250])


def _excluded(event: _Event, zone: ZoneInfo) -> set[datetime]:
    moments = [_moment(*one, zone) for one in event.excluded]
    return {on_the_clock(wall, place) for wall, place, _ in moments}


def _starts(
    event: _Event, wall: datetime, place: ZoneInfo, length: timedelta, window: _Window
) -> list[datetime]:
    """The starts of a repeated event whose occurrences may reach into the window."""
    horizon = window.until.astimezone(place).date()
    if horizon < wall.date():
        return []
    try:
        return expand(
            event.lines["RRULE"][1],
            wall.date(),
            wall.time(),
            limit=MAX_PERIODS,
            horizon=horizon,
            since=(window.since - length).astimezone(place).date() - timedelta(days=1),
            deadline=window.deadline,
        )
    except RuleError as error:
        raise CalendarError("rule") from error


def _length(
    event: _Event, wall: datetime, place: ZoneInfo, zone: ZoneInfo, *, is_day: bool
) -> timedelta:
    """What an event lasts: real time between two moments, days of the calendar between two days."""
    if "DTEND" in event.lines:
        end, end_place, _ = _moment(*event.lines["DTEND"], zone)
        lasts = on_the_clock(end, end_place) - on_the_clock(wall, place)
        length = end - wall if is_day else lasts
    elif "DURATION" in event.lines:
        try:
            length = vDuration.from_ical(event.lines["DURATION"][1])
        except (ValueError, OverflowError) as error:
            raise CalendarError("date") from error
    else:
        length = timedelta(days=1) if is_day else timedelta(0)
    if length < timedelta(0) or length > timedelta(days=366):
        raise CalendarError("date")
    return length


def _moment(zone_name: str, text: str, zone: ZoneInfo) -> tuple[datetime, ZoneInfo, bool]:
    """Wall-clock moment, its zone, and whether it is a whole day; an unknown zone is the region's."""
    try:
        if len(text) == 8:
            wall = datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007  a wall clock
        else:
            wall = datetime.strptime(text.rstrip("Zz"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except ValueError as error:
        raise CalendarError("date") from error
    if not OLDEST <= wall.year <= NEWEST:
        raise CalendarError("date")
    if len(text) == 8:
        return wall, zone, True
    if text[-1:] in "Zz":
        return wall, ZoneInfo("UTC"), False
    return wall, _zone(zone_name, zone), False


def _zone(name: str, zone: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else zone
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return zone


def _pieces(start: datetime, end: datetime, uid: str) -> Iterator[Busy]:
    while start < end:
        upto = min(end, start + PIECE)
        yield Busy(start, upto, uid)
        start = upto


def write_feed(entries: Iterable[Entry], *, name: str, is_public: bool = False) -> bytes:
    """A calendar of appointments, or of what anybody may read; the same entries give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Espace regional//Agenda//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", entry.updated_at.astimezone(UTC))
        event.add("dtstart", entry.start.astimezone(UTC))
        event.add("dtend", entry.end.astimezone(UTC))
        event.add("sequence", entry.version)
        event.add("summary", entry.title)
        if entry.place:
            event.add("location", entry.place)
        event.add("status", entry.status)
        event.add("class", "PUBLIC" if is_public else "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
