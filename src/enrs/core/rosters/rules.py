"""Pure decisions on rosters: the hours to cover, holes, overlaps, and who is called first."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

EDITORS = frozenset({"coordinator", "secretary", "operator"})
"""Roles that write the rosters of the place in which they work."""
LONGEST = timedelta(days=15)
"""A shift never lasts longer: a fortnight and a change of hour."""
MOST_WEEKS = 26
FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Person:
    """Who is called: a grantee, their name, and a number to call."""

    id: UUID
    display: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A period, from its first moment up to the next one's first."""

    start: datetime
    end: datetime


def may_edit(role: str, *, is_of_the_place: bool) -> bool:
    """Whether a role writes a roster of the place in which they work."""
    return is_of_the_place and role in EDITORS


def fault_of_shift(start: datetime, end: datetime) -> str:
    """What is wrong with a shift's hours: `naive`, `order`, `length`, or nothing."""
    if start.tzinfo is None or end.tzinfo is None:
        return "naive"
    if end <= start:
        return "order"
    return "length" if end - start > LONGEST else ""


def merged(spans: Iterable[Span]) -> list[Span]:
    """Periods joined where they touch or overlap, in order."""
    found: list[Span] = []
    for one in sorted(spans, key=lambda span: (span.start, span.end)):
        if found and one.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return found


def gaps(wanted: Iterable[Span], covered: Iterable[Span]) -> list[Span]:
    """What of the wanted periods nobody covers."""
    held = merged(covered)
    holes: list[Span] = []
    for want in merged(wanted):
        start = want.start
        for one in held:
            if one.end <= start:
                continue
            if one.start >= want.end:
                break
            if one.start > start:
                holes.append(Span(start, one.start))
            start = max(start, one.end)
        if start < want.end:
            holes.append(Span(start, want.end))
    return holes


def without(span: Span, taken: Iterable[Span]) -> list[Span]:
    """What is left of a period once others are taken out of it."""
    return gaps([span], taken)


def overlaps(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """The pairs, by rank in the list, of periods that overlap."""
    order = sorted(range(len(spans)), key=lambda one: spans[one].start)
    found = []
    for place, first in enumerate(order):
        for second in order[place + 1 :]:
            if spans[second].start >= spans[first].end:
                break
            found.append((min(first, second), max(first, second)))
    return sorted(found)


def on_the_clock(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC moment of a wall-clock hour of a day (the doubled hour's first passage)."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def covered_hours(
    coverage: str,
    first: date,
    days: int,
    *,
    day_starts: time,
    night_starts: time,
    zone: ZoneInfo,
    holidays: Collection[date] = (),
) -> list[Span]:
    """The periods that a roster promises over some days of the region's calendar.

    `always`: every hour. `days`: Monday to Friday between the two hours, but for `holidays`. `nights`: what
    is left, that is every night, Saturdays, Sundays and holidays. Each day is as long as it is: 23, 24 or
    25 hours.
    """
    midnight = time(0)
    whole = Span(
        on_the_clock(first, midnight, zone),
        on_the_clock(first + timedelta(days=days), midnight, zone),
    )
    if coverage == "always":
        return [whole]
    open_days = [
        Span(on_the_clock(day, day_starts, zone), on_the_clock(day, night_starts, zone))
        for day in (first + timedelta(days=rank) for rank in range(days))
        if day.weekday() <= FRIDAY and day not in holidays
    ]
    return open_days if coverage == "days" else gaps([whole], open_days)
