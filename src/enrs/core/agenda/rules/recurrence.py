"""Repeated events: a bounded part of RFC 5545's RRULE, expanded on the wall clock of a zone.

Hours and days stay those of the wall clock across the two changes of hour, as people mean them. A rule
that comes from outside is read part by part: what is not known is refused, never passed to the library.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

MOST = 200
"""Occurrences of one series at most: four years of weeks."""
HORIZON = timedelta(days=2 * 366)
"""A series ends within two years."""
OLDEST = 1970

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
    rule: str, starts_on: date, starts_at: time, *, limit: int = MOST, horizon: date | None = None
) -> list[datetime]:
    """The naive wall-clock starts of a rule, `limit` at most, none after `horizon`.

    The library is given no COUNT but an end: a rule that never matches then stops too.
    """
    return list(_expanded(rule, datetime.combine(starts_on, starts_at), limit, horizon))


def _expanded(rule: str, first: datetime, limit: int, horizon: date | None) -> Iterator[datetime]:
    parts = parts_of(rule)
    count = min(int(parts.pop("COUNT", limit)), limit)
    last = datetime.combine(horizon or (first + HORIZON).date(), time.max)
    if first.year < OLDEST or last < first:
        return
    until = parts.pop("UNTIL", "")
    if until:
        last = min(last, _until(until))
    parts["UNTIL"] = f"{last:%Y%m%dT%H%M%S}"
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        moments = rrulestr(text, dtstart=first)
    except (ValueError, TypeError) as error:
        raise RuleError("rule") from error
    for rank, moment in enumerate(moments):
        if rank >= count:
            return
        yield moment


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
