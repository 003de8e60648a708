"""Time as the region counts it: moments in UTC, legal days in the region's zone, partial dates."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone as django_timezone

from enrs.core.working_time import WorkCalendar, public_holidays, territory_of

PARTIAL_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def legal_day(moment: datetime) -> date:
    """The region's legal day that holds an aware moment."""
    return moment.astimezone(django_timezone.get_default_timezone()).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First moment of a legal day and of the next one, in UTC: 23, 24 or 25 hours apart."""
    zone = django_timezone.get_default_timezone()
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def in_zone(stamp: datetime, zone: tzinfo | None = None) -> datetime:
    """A UTC moment: a naive stamp is read in the partner's zone (the region's by default).

    In the doubled hour of autumn the first passage is taken, as PEP 495 does with fold=0.
    """
    if stamp.tzinfo is None:
        stamp = stamp.replace(tzinfo=zone or django_timezone.get_default_timezone())
    return stamp.astimezone(UTC)


def check_partial_date(value: str) -> None:
    """Refuse what is not `YYYY`, `YYYY-MM` or `YYYY-MM-DD` of the calendar (FHIR R4 `date`)."""
    match = PARTIAL_DATE.fullmatch(value)
    try:
        if match is None:
            raise ValueError(value)
        year, month, day = match.groups()
        date(int(year), int(month or 1), int(day or 1))
    except ValueError as error:
        raise ValidationError("Date attendue : année, année-mois ou année-mois-jour.") from error


def partial_bounds(value: str) -> tuple[date, date]:
    """First and last day that a partial date may mean."""
    check_partial_date(value)
    year, month, day = [*value.split("-"), "", ""][:3]
    first = date(int(year), int(month or 1), int(day or 1))
    if day:
        return first, first
    if month:
        return first, first.replace(day=monthrange(first.year, first.month)[1])
    return first, date(first.year, 12, 31)


@cache
def working_calendar() -> WorkCalendar:
    """The hours in which the region's offices work."""
    region = settings.REGION
    return WorkCalendar(
        zone=django_timezone.get_default_timezone(),
        opens=time.fromisoformat(region.working_hours[0]),
        closes=time.fromisoformat(region.working_hours[1]),
        territory=region.holidays or territory_of(region.departments),
    )


def holiday_name(day: date) -> str:
    """The public holiday that a legal day is in the region, in French; empty for another day."""
    return public_holidays(day.year, working_calendar().territory).get(day, "")


class PartialDateField(models.CharField):
    """A date known to the year, the month or the day, kept as sortable ISO text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 10)
        super().__init__(*args, **kwargs)
        self.validators.append(check_partial_date)


def utc_offset(minutes: int) -> timezone:
    """A fixed zone, `minutes` east of UTC, for stamps that carry their own offset."""
    return timezone(timedelta(minutes=minutes))


def region_zone_name() -> str:
    """IANA name of the region's zone."""
    return settings.TIME_ZONE
