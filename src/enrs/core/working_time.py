"""Working time: the public holidays of France, and moments counted in hours of work (pure).

Sources: Code du travail L3133-1 (the eleven holidays), L3134-13 (Moselle, Bas-Rhin, Haut-Rhin), L3422-2
(overseas); Easter by the anonymous Gregorian computation (Meeus, *Astronomical Algorithms*, 1991).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache

TERRITORIES = (
    "metropole", "alsace-moselle", "guadeloupe", "martinique", "guyane", "reunion", "mayotte",
    "saint-barthelemy", "saint-martin",
)  # fmt: skip

OWN_DAYS: dict[str, tuple[int, int]] = {
    "guadeloupe": (5, 27),
    "martinique": (5, 22),
    "guyane": (6, 10),
    "reunion": (12, 20),
    "mayotte": (4, 27),
    "saint-barthelemy": (10, 9),
    "saint-martin": (5, 28),
}
"""(month, day) on which each overseas territory remembers the abolition of slavery."""

TERRITORY_OF = {
    "57": "alsace-moselle", "67": "alsace-moselle", "68": "alsace-moselle", "971": "guadeloupe",
    "972": "martinique", "973": "guyane", "974": "reunion", "976": "mayotte", "977": "saint-barthelemy",
    "978": "saint-martin",
}  # fmt: skip
"""Departments whose holidays are not those of the others."""


def territory_of(departments: Collection[str]) -> str:
    """Whose holidays a region keeps: those of its departments when all agree, else those common to all."""
    found = {TERRITORY_OF.get(one, "metropole") for one in departments}
    return found.pop() if len(found) == 1 else "metropole"


@cache
def easter(year: int) -> date:
    """Easter Sunday of a Gregorian year."""
    cycle = year % 19
    century, rest = divmod(year, 100)
    shift = (century + 8) // 25
    moon = (19 * cycle + century - century // 4 - (century - shift + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (cycle + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


@cache
def public_holidays(year: int, territory: str = "metropole") -> dict[date, str]:
    """The public holidays of a year, with their French names, in order.

    Raises:
        ValueError: an unknown territory.
    """
    if territory not in TERRITORIES:
        raise ValueError(f"unknown territory {territory}")
    sunday = easter(year)
    found = {
        date(year, 1, 1): "Jour de l’an",
        sunday + timedelta(days=1): "Lundi de Pâques",
        date(year, 5, 1): "Fête du travail",
        date(year, 5, 8): "Victoire de 1945",
        date(year, 7, 14): "Fête nationale",
        date(year, 8, 15): "Assomption",
        date(year, 11, 1): "Toussaint",
        date(year, 11, 11): "Armistice de 1918",
        date(year, 12, 25): "Noël",
    }
    # Ascension may fall on a day that is a holiday already: the first of May or the eighth.
    for offset, name in ((39, "Ascension"), (50, "Lundi de Pentecôte")):
        found.setdefault(sunday + timedelta(days=offset), name)
    if territory == "alsace-moselle":
        found.setdefault(sunday - timedelta(days=2), "Vendredi saint")
        found[date(year, 12, 26)] = "Saint-Étienne"
    elif territory in OWN_DAYS:
        found.setdefault(date(year, *OWN_DAYS[territory]), "Abolition de l’esclavage")
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The hours in which a region's offices work: from `opens` to `closes`, Monday to Friday, no holiday.

    Hours are of the legal clock; every moment given and returned is aware, the returned ones in UTC.
    """

    zone: tzinfo
    opens: time = time(9)
    closes: time = time(18)
    territory: str = "metropole"
    weekdays: frozenset[int] = frozenset(range(5))

    def __post_init__(self) -> None:
        if self.opens >= self.closes or not self.weekdays:
            raise ValueError("a working day has hours, and a week working days")

    @property
    def day_hours(self) -> float:
        """Hours of work in one day."""
        span = datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)
        return span / timedelta(hours=1)

    def is_working_day(self, day: date) -> bool:
        """Whether people work on a legal day."""
        return day.weekday() in self.weekdays and day not in public_holidays(
            day.year, self.territory
        )

    def add(self, start: datetime, hours: float) -> datetime:
        """The moment so many hours of work after `start` (before it when negative).

        Time outside of work does not count: what comes at night or on a holiday is counted from the next
        opening. An end at closing time is that evening's, not the next morning's; no hours at all leave
        the moment where it is.
        """
        left, day = timedelta(hours=abs(hours)), start.astimezone(self.zone).date()
        moment, step = start.astimezone(UTC), timedelta(days=1 if hours > 0 else -1)
        while left:
            if self.is_working_day(day):
                opens, closes = self._hours_of(day)
                if hours > 0:
                    begin = max(moment, opens)
                    if closes > begin and left <= closes - begin:
                        return begin + left
                    left -= max(closes - begin, timedelta())
                else:
                    end = min(moment, closes)
                    if end > opens and left <= end - opens:
                        return end - left
                    left -= max(end - opens, timedelta())
            day += step
        return moment

    def between(self, start: datetime, end: datetime) -> float:
        """Hours of work from `start` to `end`, negative when `end` comes first."""
        if end < start:
            return -self.between(end, start)
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        found = timedelta()
        while day <= last:
            if self.is_working_day(day):
                opens, closes = self._hours_of(day)
                found += max(min(end, closes) - max(start, opens), timedelta())
            day += timedelta(days=1)
        return found / timedelta(hours=1)

    def _hours_of(self, day: date) -> tuple[datetime, datetime]:
        opens, closes = (
            datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)
            for at in (self.opens, self.closes)
        )
        return opens, closes
