"""When something may leave: quiet hours and digests in the region's legal time, and new attempts."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

QUIET_FROM = time(21)
QUIET_UNTIL = time(7, 30)
DIGEST_AT = time(8)
"""What holds for whoever chose nothing."""

BACKOFF = (30, 120, 600, 1_800, 7_200, 21_600, 43_200)
"""Seconds before each new attempt; after the last one the sending has failed: some 24 hours in all."""


def quiet_until(now: datetime, start: time, end: time, zone: tzinfo) -> datetime:
    """The first moment, from `now` on, that is outside a person's quiet hours, in UTC.

    `start` and `end` are legal hours; equal ones mean no quiet hours. In the doubled hour of autumn
    the quiet lasts from the first passage to the second; an hour that spring skips is read as the
    hour after it.
    """
    now = now.astimezone(UTC)
    if start == end:
        return now
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last = day if end > start else day + timedelta(days=1)
        opens, closes = _first(day, start, zone), _last(last, end, zone)
        if opens <= now < closes:
            return closes
    return now


def next_digest(now: datetime, at: time, zone: tzinfo) -> datetime:
    """The next moment, strictly after `now`, of a person's daily digest, in UTC."""
    today = now.astimezone(zone).date()
    moment = _first(today, at, zone)
    return moment if moment > now else _first(today + timedelta(days=1), at, zone)


def _first(day: date, at: time, zone: tzinfo) -> datetime:
    return min(_passages(day, at, zone))


def _last(day: date, at: time, zone: tzinfo) -> datetime:
    return max(_passages(day, at, zone))


def _passages(day: date, at: time, zone: tzinfo) -> tuple[datetime, datetime]:
    """Both readings of a legal hour: equal on most days, an hour apart when the clocks change."""
    stamp = datetime.combine(day, at, tzinfo=zone)
    return stamp.astimezone(UTC), stamp.replace(fold=1).astimezone(UTC)


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None when enough were made."""
    if attempts > len(BACKOFF):
        return None
    return now + timedelta(seconds=BACKOFF[attempts - 1])
