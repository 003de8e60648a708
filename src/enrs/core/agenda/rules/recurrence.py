"""Repeated events: a bounded part of RFC 5545's RRULE, expanded on the wall clock of a zone.

Hours and days stay those of the wall clock across the two changes of hour, as people mean them. A rule
that comes from outside is read part by part: what is not known is refused. It is expanded here and not by
a library, whose search for a day that never comes goes on to the year 9999.
"""

import math
import re
import time as clock
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST = 200
"""Occurrences of one series at most: four years of weeks."""
HORIZON = timedelta(days=2 * 366)
"""A series ends within two years."""
OLDEST, NEWEST = 1900, 2200
"""Years in which an event begins: a birthday is repeated from the day of birth."""

PARTS = {
    "FREQ": re.compile(r"DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile(r"[1-9][0-9]{0,2}"),
    "COUNT": re.compile(r"[1-9][0-9]{0,4}"),
    "UNTIL": re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?"),
    "BYDAY": re.compile(
        r"[-+]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)(,[-+]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)){0,6}"
    ),
    "BYMONTHDAY": re.compile(r"-?[1-9][0-9]?(,-?[1-9][0-9]?){0,30}"),
    "BYMONTH": re.compile(r"[1-9][0-9]?(,[1-9][0-9]?){0,11}"),
    "BYSETPOS": re.compile(r"-?[1-9](,-?[1-9]){0,5}"),
    "WKST": re.compile(r"MO|TU|WE|TH|FR|SA|SU"),
}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class RuleError(ValueError):
    """The rule is not one that is read here; the message is a code."""


def parts_of(rule: str) -> dict[str, str]:
    """The parts of a rule, each checked.

    Raises:
        RuleError: an unknown, malformed or repeated part (hours and seconds are among the unknown).
    """
    found: dict[str, str] = {}
    for piece in rule.strip().removeprefix("RRULE:").upper().split(";"):
        name, _, value = piece.partition("=")
        pattern = PARTS.get(name)
        if pattern is None or name in found or not pattern.fullmatch(value):
            raise RuleError("part")
        found[name] = value
    if "FREQ" not in found:
        raise RuleError("frequency")
    return found


def expand(
    rule: str,
    starts_on: date,
    starts_at: time,
    *,
    limit: int = MOST,
    horizon: date | None = None,
    since: date | None = None,
    deadline: float = math.inf,
) -> list[datetime]:
    """The naive wall-clock starts of a rule, `limit` at most, none before `since` nor after `horizon`.

    Without a COUNT the search begins at `since`. It ends at `deadline`, a moment of `time.thread_time`.

    Raises:
        RuleError: as `parts_of`; `time` at the deadline.
    """
    first = datetime.combine(starts_on, starts_at)
    return list(_expanded(parts_of(rule), first, limit, horizon, since or starts_on, deadline))


def _expanded(  # noqa: PLR0917  the parts of `expand`
    parts: dict[str, str],
    first: datetime,
    limit: int,
    horizon: date | None,
    since: date,
    deadline: float,
) -> Iterator[datetime]:
    if not OLDEST <= first.year <= NEWEST:
        return
    last = datetime.combine(horizon or (first + HORIZON).date(), time.max)
    if "UNTIL" in parts:
        last = min(last, _until(parts["UNTIL"]))
    count = int(parts.get("COUNT", 0))
    told = 0
    days = _Days(parts, first.date()).between(None if count else since, last.date(), deadline)
    for rank, day in enumerate(days):
        moment = datetime.combine(day, first.time())
        if moment > last or told >= limit or (count and rank >= count):
            return
        if day >= since:
            told += 1
            yield moment


@dataclass(frozen=True, slots=True)
class _Day:
    """One BYDAY: a weekday (0 for Monday), and which of its month or year (0 for each)."""

    weekday: int
    ordinal: int


class _Days:
    """The days of a rule, period by period: a day, a week, a month or a year, each `interval` long."""

    def __init__(self, parts: dict[str, str], first: date) -> None:
        self.first, self.frequency = first, parts["FREQ"]
        self.interval = int(parts.get("INTERVAL", 1))
        self.months = set(_numbers(parts, "BYMONTH"))
        self.month_days = set(_numbers(parts, "BYMONTHDAY"))
        self.positions = _numbers(parts, "BYSETPOS")
        self.week_start = WEEKDAYS.index(parts.get("WKST", "MO"))
        self.days = [
            _Day(WEEKDAYS.index(one[-2:]), int(one[:-2] or 0) if self._is_long else 0)
            for one in parts.get("BYDAY", "").replace("+", "").split(",")
            if one
        ]
        if not self.days and not self.month_days:
            self._take_from_first()

    @property
    def _is_long(self) -> bool:
        return self.frequency in ("MONTHLY", "YEARLY")

    def _take_from_first(self) -> None:
        """What a rule does not say is as in its first occurrence (RFC 5545, 3.3.10)."""
        if self.frequency == "WEEKLY":
            self.days = [_Day(self.first.weekday(), 0)]
        elif self._is_long:
            self.month_days = {self.first.day}
            if self.frequency == "YEARLY":
                self.months = self.months or {self.first.month}

    def between(self, since: date | None, last: date, deadline: float) -> Iterator[date]:
        """The days until `last`, in order, from the period of `since` or from the first.

        Raises:
            RuleError: `time`, when the deadline is passed.
        """
        rank = self._rank(since) if since and since > self.first else 0
        while (start := self._start(rank)) <= last:
            if clock.thread_time() > deadline:
                raise RuleError("time")
            yield from (day for day in self._chosen(start) if day >= self.first)
            rank += 1

    def _rank(self, day: date) -> int:
        """Which period a day is in, or the last before it."""
        if self.frequency == "YEARLY":
            units = day.year - self.first.year
        elif self.frequency == "MONTHLY":
            units = 12 * (day.year - self.first.year) + day.month - self.first.month
        else:
            units = (day - self._start(0)).days // (7 if self.frequency == "WEEKLY" else 1)
        return units // self.interval

    def _start(self, rank: int) -> date:
        """The first day of a period."""
        steps = rank * self.interval
        if self.frequency == "YEARLY":
            return date(self.first.year + steps, 1, 1)
        if self.frequency == "MONTHLY":
            years, month = divmod(self.first.month - 1 + steps, 12)
            return date(self.first.year + years, month + 1, 1)
        if self.frequency == "DAILY":
            return self.first + timedelta(days=steps)
        since_start = (self.first.weekday() - self.week_start) % 7
        return self.first + timedelta(days=7 * steps - since_start)

    def _chosen(self, start: date) -> list[date]:
        found = [day for day in self._all(start) if self._holds(day)]
        if not self.positions:
            return found
        ranks = {one - 1 if one > 0 else len(found) + one for one in self.positions}
        return [day for rank, day in enumerate(found) if rank in ranks]

    def _all(self, start: date) -> Iterator[date]:
        """The days of a period, but for the months that are not wanted."""
        if self.frequency == "YEARLY":
            months = sorted(self.months & set(range(1, 13))) or list(range(1, 13))
            return (
                date(start.year, month, day + 1)
                for month in months
                for day in range(monthrange(start.year, month)[1])
            )
        length = {"DAILY": 1, "WEEKLY": 7}.get(self.frequency) or monthrange(
            start.year, start.month
        )[1]
        return (start + timedelta(days=one) for one in range(length))

    def _holds(self, day: date) -> bool:
        if self.months and day.month not in self.months:
            return False
        length = monthrange(day.year, day.month)[1]
        if self.month_days and not {day.day, day.day - length - 1} & self.month_days:
            return False
        return not self.days or any(self._is_one(day, length, one) for one in self.days)

    def _is_one(self, day: date, length: int, wanted: _Day) -> bool:
        if day.weekday() != wanted.weekday:
            return False
        if self.frequency == "YEARLY" and not self.months:
            place = (day - date(day.year, 1, 1)).days
            length = (date(day.year, 12, 31) - date(day.year, 1, 1)).days + 1
        else:
            place = day.day - 1
        return wanted.ordinal in (0, place // 7 + 1, -((length - 1 - place) // 7 + 1))


def _numbers(parts: dict[str, str], name: str) -> list[int]:
    return [int(one) for one in parts.get(name, "").split(",") if one]


def _until(text: str) -> datetime:
    """The last wall-clock moment; a UTC one is read on the wall, an hour or two too early at most."""
    try:
        if len(text) == 8:
            return datetime.combine(datetime.strptime(text, "%Y%m%d").date(), time.max)  # noqa: DTZ007
        return datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except ValueError as error:
        raise RuleError("until") from error


def on_the_clock(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment of a wall-clock time: the doubled hour's first passage, the missing hour's next."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def period_on_the_clock(wall: datetime, minutes: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end in UTC: the length is what lasts, whatever the clock does meanwhile."""
    start = on_the_clock(wall, zone)
    return start, start + timedelta(minutes=minutes)
