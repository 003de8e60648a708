"""FHIR date parameters: a prefix and a partial date or moment, read as a range."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

PREFIXES = ("eq", "ne", "lt", "gt", "ge", "le", "sa", "eb", "ap")
_SHAPE = re.compile(
    r"(?P<prefix>[a-z]{2})?(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2})"
    r"(?:T(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?"
    r"(?P<zone>Z|[+-]\d{2}:\d{2})?)?)?)?"
)


class DateError(ValueError):
    """A value that is no FHIR date; `args[0]` is the value."""


@dataclass(frozen=True, slots=True)
class Span:
    """What a date parameter means: `prefix`, and the range [low, high) of its value.

    Both bounds are aware moments in UTC; `low_day` and `high_day` the days that they are in the zone.
    """

    prefix: str
    low: datetime
    high: datetime
    low_day: date
    high_day: date


def read_span(value: str, *, zone: tzinfo, now: datetime) -> Span:
    """Read `[prefix]YYYY[-MM[-DD[Thh:mm[:ss][zone]]]]`; without a zone it is the region's.

    `ap` widens the range by a tenth of its distance from `now`, as FHIR R4 (search, date) proposes,
    and by a day at least. Raises DateError.
    """
    match = _SHAPE.fullmatch(value.replace(" ", "+"))
    prefix = match["prefix"] or "eq" if match else ""
    if match is None or prefix not in PREFIXES:
        raise DateError(value)
    try:
        low, high = _bounds(match, zone)
        if prefix == "ap":
            spread = max(abs(now - low) / 10, timedelta(days=1))
            low, high = low - spread, high + spread
        return Span(
            prefix,
            low.astimezone(UTC),
            high.astimezone(UTC),
            low.astimezone(zone).date(),
            (high - timedelta(microseconds=1)).astimezone(zone).date() + timedelta(days=1),
        )
    except (ValueError, OverflowError) as error:
        raise DateError(value) from error


def _bounds(match: re.Match[str], zone: tzinfo) -> tuple[datetime, datetime]:
    year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
    first = date(year, month, day)
    if match["hour"]:
        return _moment_bounds(match, first, zone)
    if match["day"]:
        following = first + timedelta(days=1)
    elif match["month"]:
        following = (first + timedelta(days=31)).replace(day=1)
    else:
        following = date(year + 1, 1, 1)
    return datetime.combine(first, time(), zone), datetime.combine(following, time(), zone)


def _moment_bounds(match: re.Match[str], day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    clock = time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
    written = match["zone"]
    own = zone if not written else datetime.fromisoformat(f"2000-01-01T00:00:00{written}").tzinfo
    low = datetime.combine(day, clock, own).astimezone(UTC)
    return low, low + timedelta(seconds=1 if match["second"] else 60)


def ranges(prefix: str, low: str, high: str) -> list[tuple[str | None, str | None]]:
    """The half-open ranges [from, to) of points that satisfy a prefix; None is no bound.

    `low` and `high` are the value's own bounds, in any sortable form.
    """
    table: dict[str, list[tuple[str | None, str | None]]] = {
        "eq": [(low, high)],
        "ap": [(low, high)],
        "ne": [(None, low), (high, None)],
        "lt": [(None, low)],
        "eb": [(None, low)],
        "le": [(None, high)],
        "ge": [(low, None)],
        "gt": [(high, None)],
        "sa": [(high, None)],
    }
    return table[prefix]


def instant(moment: datetime) -> str:
    """An aware moment as FHIR text in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
