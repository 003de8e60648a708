"""When readings are due, when their absence is told, and when it is night (pure)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from enrs.services.home_monitoring.rules.protocols import Content, Night

SATURDAY = 5


def next_due(
    content: Content, *, after: datetime, started_on: date, ends_at: datetime, zone: ZoneInfo
) -> datetime | None:
    """The first moment strictly `after` another at which a reading is due; None past the end.

    Days are counted from `started_on`, hours are legal ones in `zone`.
    """
    day = max(after.astimezone(zone).date(), started_on)
    late = (day - started_on).days % content.every_days
    if late:
        day += timedelta(days=content.every_days - late)
    for _ in range(2):
        for hour in content.times:
            moment = datetime.combine(day, hour, zone)
            if moment > after:
                return moment if moment <= ends_at else None
        day += timedelta(days=content.every_days)
    return None


def counts_until(content: Content, at: datetime) -> datetime:
    """Until when a reading made `at` a moment stands for the due times: a little early is on time."""
    return at + timedelta(minutes=content.grace_minutes)


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
