"""Exceptional openings: days whose hours are told apart, and win over everything that closes them.

The rule: from midnight to midnight of such a day, the hours told for it are its hours. They replace those of the
week, a closure of these days and a public holiday; several lines of one day add up. A night that begins on
such a day is open to its end, whatever the next day says.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from enrs.referentials.offer.rules import hours

MOST = 30
LONGEST_DAYS = 31
"""Past a month, hours are those of a season: the week's hours say them."""

Opening = dict[str, Any]
"""{"from", "to" (ISO days, both included), "hours": [[minute of opening, minute of closing]…], "words"}."""


def fault_of(special: Sequence[Opening]) -> str:
    """Why they cannot be kept (a key of the refusals); empty when they can."""
    if len(special) > MOST:
        return "openings"
    for one in special:
        first, last = date.fromisoformat(one["from"]), date.fromisoformat(one["to"])
        if first > last or (last - first).days >= LONGEST_DAYS:
            return "opening_days"
        ranges = [[0, *span] for span in one["hours"]]
        if not ranges or hours.fault_of(ranges) or not hours.fits_form(ranges):
            return "opening_hours"
    return ""


def days_of(one: Opening) -> list[date]:
    """Its days, in order."""
    first, last = date.fromisoformat(one["from"]), date.fromisoformat(one["to"])
    return [first + timedelta(days=rank) for rank in range((last - first).days + 1)]


def covers(special: Iterable[Opening], day: date) -> bool:
    """Whether the hours of this day are told apart."""
    return any(one["from"] <= day.isoformat() <= one["to"] for one in special)


def moments(special: Iterable[Opening]) -> list[tuple[datetime, datetime]]:
    """When they open and close, on the wall clock; two lines of one day may cover each other."""
    return sorted(
        (
            hours.midnight(day) + timedelta(minutes=opens),
            hours.midnight(day) + timedelta(minutes=closes + (hours.DAY if closes <= opens else 0)),
        )
        for one in special
        for day in days_of(one)
        for opens, closes in one["hours"]
    )


def is_open(special: Sequence[Opening], at: datetime) -> bool:
    """Whether one of them is running at a moment of the wall clock."""
    bare = at.replace(tzinfo=None)
    return bool(special) and any(start <= bare < end for start, end in moments(special))


def is_open_at(
    *,
    is_always: bool,
    week: hours.Hours,
    on_holidays: bool,
    exceptions: Iterable[dict[str, str]],
    special: Sequence[Opening],
    at: datetime,
    is_holiday: bool,
) -> bool:
    """Whether an offer is open at a moment of the region's wall clock; the search says the same in SQL."""
    if is_open(special, at):
        return True
    return not covers(special, at.date()) and hours.is_open(
        is_always=is_always, hours=week, on_holidays=on_holidays, exceptions=exceptions, at=at,
        is_holiday=is_holiday,
    )  # fmt: skip


def days_multirange(special: Iterable[Opening]) -> str | None:
    """The text of the `datemultirange` of their days; None without one."""
    found = ",".join(f"[{one['from']},{one['to']}]" for one in special)
    return f"{{{found}}}" if found else None


def times_multirange(special: Iterable[Opening]) -> str | None:
    """The text of the `tsmultirange` of their moments; None without one."""
    found = ",".join(f'["{start}","{end}")' for start, end in moments(special))
    return f"{{{found}}}" if found else None


def merged(special: Iterable[Opening]) -> list[tuple[datetime, datetime]]:
    """`moments` without two that cover each other."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in moments(special):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def still_closed(closure: dict[str, str], special: Sequence[Opening]) -> list[tuple[date, date]]:
    """The days of a closure, first and last, once exceptional openings are taken out of it."""
    found: list[tuple[date, date]] = []
    day, last = date.fromisoformat(closure["from"]), date.fromisoformat(closure["to"])
    for one in sorted(special, key=lambda line: str(line["from"])):
        first, end = date.fromisoformat(one["from"]), date.fromisoformat(one["to"])
        if end < day or first > last:
            continue
        if first > day:
            found.append((day, first - timedelta(days=1)))
        day = end + timedelta(days=1)
    return [*found, (day, last)] if day <= last else found


def coming(special: Iterable[Opening], today: date) -> list[Opening]:
    """Those that are not over, the next first."""
    kept = [one for one in special if one["to"] >= today.isoformat()]
    return sorted(kept, key=lambda one: (one["from"], one["hours"]))


def write_hours(ranges: Iterable[Sequence[int]]) -> str:
    """« 9h-13h, 14h-16h », for the form."""
    return hours.write_day([[0, *span] for span in ranges], 0)
