"""Opening hours as minutes of the week, counted from Monday at midnight on the wall clock."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

DAY = 24 * 60
WEEK = 7 * DAY
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
LONGEST_LINE = 100
"""Signs of the line in which a person reads and writes the ranges of one day."""
MOST_CLOSINGS = 30
FARTHEST_YEARS = 5
"""Days are told no further ahead: beyond, a date means « without end », or is a slip of the finger."""

Span = tuple[int, int]
Hours = Sequence[Sequence[int]]


def fault_of(hours: Hours) -> str:
    """Why hours cannot be kept (`day`, `minute`, `empty`); empty when they can."""
    for day, opens, closes in hours:
        if not 0 <= day <= 6:
            return "day"
        if not (0 <= opens < DAY and 0 <= closes <= DAY):
            return "minute"
        if opens == closes:
            return "empty"
    return ""


def fits_form(hours: Hours) -> bool:
    """Whether the ranges of each day are written whole in the line of the form."""
    return all(len(write_day(hours, day)) <= LONGEST_LINE for day in range(7))


def spans(hours: Hours) -> list[Span]:
    """Half-open ranges of minutes of the week; a night that crosses Sunday's midnight gives two."""
    found: list[Span] = []
    for day, opens, closes in hours:
        start = day * DAY + opens
        end = day * DAY + closes + (DAY if closes <= opens else 0)
        found.append((start, min(end, WEEK)))
        if end > WEEK:
            found.append((0, end - WEEK))
    return sorted(found)


def multirange(found: Iterable[Span]) -> str:
    """The text of an `int4multirange`."""
    return "{" + ",".join(f"[{start},{end})" for start, end in found) + "}"


def days_multirange(exceptions: Iterable[dict[str, str]]) -> str:
    """The text of the `datemultirange` of the days on which it is closed."""
    return "{" + ",".join(f"[{one['from']},{one['to']}]" for one in exceptions) + "}"


def minute_of(moment: datetime) -> int:
    """The minute of the week of a moment of the wall clock."""
    return moment.weekday() * DAY + moment.hour * 60 + moment.minute


def is_open(
    *,
    is_always: bool,
    hours: Hours,
    on_holidays: bool,
    exceptions: Iterable[dict[str, str]],
    at: datetime,
    is_holiday: bool,
) -> bool:
    """Whether its usual hours open it at a moment of the region's wall clock; `openings.is_open_at` adds the
    exceptional ones, and the search says the same in SQL."""
    if is_closed_on(exceptions, at.date()):
        return False
    if is_always:
        return True
    if is_holiday and not on_holidays:
        return False
    minute = minute_of(at)
    return any(start <= minute < end for start, end in spans(hours))


def is_closed_on(exceptions: Iterable[dict[str, str]], day: date) -> bool:
    """Whether an exception closes this day."""
    return any(one["from"] <= day.isoformat() <= one["to"] for one in exceptions)


def is_far(day: date, today: date) -> bool:
    """Whether a day is too far ahead to be told."""
    return day.year > today.year + FARTHEST_YEARS


def midnight(day: date) -> datetime:
    """The beginning of a day, on the wall clock."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001


def openings(
    *,
    hours: Hours,
    on_holidays: bool,
    exceptions: Sequence[dict[str, str]],
    days: Iterable[date],
    is_holiday: Callable[[date], bool],
) -> list[tuple[datetime, datetime]]:
    """When it opens and closes on these days, on the wall clock; a night belongs to the day when it begins."""
    found = []
    for day in days:
        if is_closed_on(exceptions, day) or (is_holiday(day) and not on_holidays):
            continue
        for rank, opens, closes in sorted(map(tuple, hours)):
            if rank == day.weekday():
                end = closes + (DAY if closes <= opens else 0)
                start = midnight(day)
                found.append((start + timedelta(minutes=opens), start + timedelta(minutes=end)))
    return found


def by_day(hours: Hours) -> list[tuple[str, list[str]]]:
    """« lundi », [« 9 h à 12 h »…] for each day of the week."""
    return [
        (
            name,
            [
                f"{clock(opens)} à {clock(closes)}"
                for day, opens, closes in sorted(map(tuple, hours))
                if day == rank
            ],
        )
        for rank, name in enumerate(DAYS)
    ]


def clock(minute: int) -> str:
    """« 8 h 30 »."""
    hour, rest = divmod(minute, 60)
    return f"{hour} h {rest:02d}" if rest else f"{hour} h"


RANGE = re.compile(
    r"\s*(\d{1,2})\s*(?:h|:)?\s*(\d{2})?\s*(?:-|–|à|a)\s*(\d{1,2})\s*(?:h|:)?\s*(\d{2})?\s*$"
)


def read_day(text: str) -> list[Span]:
    """The ranges of a day as a person writes them: « 9h-12h, 14h-18h30 ».

    Raises:
        ValueError: a part is no range of hours.
    """
    found: list[Span] = []
    for part in filter(str.strip, re.split(r"[,;]| et ", text.lower())):
        match = RANGE.match(part)
        if match is None:
            raise ValueError(part)
        first, first_rest, last, last_rest = (int(one or 0) for one in match.groups())
        if max(first, last) > 24 or max(first_rest, last_rest) > 59 or first == 24:
            raise ValueError(part)
        found.append((first * 60 + first_rest, last * 60 + last_rest))
    return found


def write_day(hours: Hours, day: int) -> str:
    """The same back, for the form."""
    return ", ".join(
        f"{_short(opens)}-{_short(closes)}"
        for rank, opens, closes in sorted(map(tuple, hours))
        if rank == day
    )


def _short(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    return f"{hour}h{rest:02d}" if rest else f"{hour}h"
