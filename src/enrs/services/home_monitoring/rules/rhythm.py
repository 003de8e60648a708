"""When readings are due, when their absence is told, and when it is night (pure)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from enrs.services.home_monitoring.rules.protocols import Content, Night

SATURDAY = 5
LONGEST_NIGHT = 15
"""Days in a row past which no night lasts: a week-end among holidays."""
WAITS = timedelta(days=7)
"""How long a follow-up past its planned end waits for a decision, or for another reading."""
EARLY = 0.25
"""The part of the time between two due times by which a reading may be early."""


def next_due(
    content: Content, *, after: datetime, started_on: date, ends_at: datetime, zone: ZoneInfo
) -> datetime | None:
    """The first moment strictly `after` another at which a reading is due, in UTC; None past the end.

    Days are counted from `started_on`, hours are legal ones in `zone`.
    """
    day = max(after.astimezone(zone).date(), started_on)
    late = (day - started_on).days % content.every_days
    if late:
        day += timedelta(days=content.every_days - late)
    for _ in range(2):
        for moment in _on(content, day, zone):
            if moment > after:
                return moment if moment <= ends_at else None
        day += timedelta(days=content.every_days)
    return None


def last_due(content: Content, *, at: datetime, started_on: date, zone: ZoneInfo) -> datetime:
    """The last moment, not after another, at which a reading is due, in UTC; it may lie before the beginning."""
    day = at.astimezone(zone).date()
    day -= timedelta(days=(day - started_on).days % content.every_days)
    while True:
        for moment in reversed(_on(content, day, zone)):
            if moment <= at:
                return moment
        day -= timedelta(days=content.every_days)


def _on(content: Content, day: date, zone: ZoneInfo) -> list[datetime]:
    """The due moments of a day. In UTC: sums and comparisons within a zone that changes its hour would be wrong."""
    return [datetime.combine(day, hour, zone).astimezone(UTC) for hour in content.times]


def due_after(
    content: Content,
    *,
    at: datetime,
    awaited: datetime | None,
    is_silent: bool,
    started_on: date,
    ends_at: datetime,
    zone: ZoneInfo,
) -> datetime | None:
    """When the next reading is due after one made `at` a moment; None past the end.

    `awaited` is the due time for which one was looked for until now, `is_silent` that one did not come. A reading
    stands for the last due time. It stands for the coming one only when the last was met, and when it is early by
    the grace at most, and by a quarter of the time between the two: neither a late reading nor one that was made
    again takes the place of the next.
    """
    if awaited is None and not is_silent:
        return None
    coming = next_due(content, after=at, started_on=started_on, ends_at=ends_at, zone=zone)
    if coming is None:
        return None
    last = last_due(content, at=at, started_on=started_on, zone=zone)
    early = min(timedelta(minutes=content.grace_minutes), (coming - last) * EARLY)
    is_met = not is_silent and awaited is not None and awaited > last
    if is_met and coming - at <= early:
        coming = next_due(content, after=coming, started_on=started_on, ends_at=ends_at, zone=zone)
    # What was met already is not awaited again.
    return max(coming, awaited) if coming and awaited else coming


def lapses_at(*moments: datetime | None) -> datetime:
    """When a follow-up past its planned end ends by itself: a week after the latest of that end, of what was read,
    answered, written or handed over, and of the notice of it.
    """
    return max(one for one in moments if one) + WAITS


def is_night(
    night: Night | None, *, at: datetime, zone: ZoneInfo, is_holiday: Callable[[date], bool]
) -> bool:
    """Whether another than the watcher stands guard at a moment."""
    if night is None:
        return False
    local = at.astimezone(zone)
    if night.weekends and (local.weekday() >= SATURDAY or is_holiday(local.date())):
        return True
    hour = local.time()
    if night.starts < night.ends:
        return night.starts <= hour < night.ends
    return hour >= night.starts or hour < night.ends


def night_end(
    night: Night, *, at: datetime, zone: ZoneInfo, is_holiday: Callable[[date], bool]
) -> datetime | None:
    """When the night that it is `at` a moment ends, in UTC: at its hour, or at midnight after a week-end."""
    day = at.astimezone(zone).date()
    for ahead in range(LONGEST_NIGHT):
        for hour in (time.min, night.ends):
            moment = datetime.combine(day + timedelta(days=ahead), hour, zone).astimezone(UTC)
            if moment > at and not is_night(night, at=moment, zone=zone, is_holiday=is_holiday):
                return moment
    return None
