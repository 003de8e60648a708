"""Invented rosters: who is on call from week to week, made as the commands would have made it, in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from psycopg.types.range import TimestamptzRange

from enrs.core.demo import Rows, Someone
from enrs.core.moments import region_zone_name
from enrs.core.rosters import rules
from enrs.core.rosters.models import Absence, Roster, Shift


@dataclass
class Duty:
    """One line of duty of a place, to which shifts are added; `by` writes it."""

    rows: Rows
    roster: Roster
    by: Someone

    @classmethod
    def open(
        cls,
        rows: Rows,
        *,
        place: Someone,
        by: Someone,
        label: str,
        coverage: str = "always",
        ranks: int = 1,
        note: str = "",
    ) -> "Duty":
        """A new line of duty, from 8 h to 19 h and back."""
        roster = Roster(
            organisation_id=place.grantee_id,
            organisation_name=place.name[:200],
            label=label,
            coverage=coverage,
            day_starts=time(8),
            night_starts=time(19),
            ranks=ranks,
            note=note,
        )
        return cls(rows, rows.add(roster), by)

    def shift(self, who: Someone, start: datetime, end: datetime, rank: int = 1) -> Shift:
        """Somebody on call between two moments."""
        return self.rows.add(
            Shift(
                roster=self.roster,
                rank=rank,
                period=TimestamptzRange(start, end),
                grantee_id=who.grantee_id,
                display=who.name[:200],
                phone=who.phone,
                author_name=self.by.name,
            )
        )

    def weeks(
        self, people: Sequence[Someone], monday: date, count: int, *, rank: int = 1
    ) -> list[Shift]:
        """A week each in turn, from 8 h on Monday to 8 h on the next."""
        return [
            self.shift(
                people[week % len(people)],
                wall(monday + timedelta(weeks=week), 8),
                wall(monday + timedelta(weeks=week + 1), 8),
                rank,
            )
            for week in range(count)
        ]

    def days(
        self, people: Sequence[Someone], monday: date, weeks: int, *, hours: tuple[int, int]
    ) -> list[Shift]:
        """A day each in turn, Monday to Friday, between two hours of the clock."""
        found = []
        for week in range(weeks):
            for rank in range(5):
                day = monday + timedelta(weeks=week, days=rank)
                who = people[(week + rank) % len(people)]
                found.append(self.shift(who, wall(day, hours[0]), wall(day, hours[1])))
        return found

    def replace(
        self, shift: Shift, who: Someone, start: datetime, end: datetime, reason: str
    ) -> Shift:
        """Somebody stands in for a part of a shift: it ends as a trace, and what is left is given again."""
        whole = rules.Span(shift.period.lower, shift.period.upper)
        shift.ended_at, shift.ended_reason = start - timedelta(days=3), reason
        first = Someone(shift.grantee_id, shift.display, "", phone=shift.phone)
        stands_in = self.shift(who, start, end, shift.rank)
        rest = [
            self.shift(first, one.start, one.end, shift.rank)
            for one in rules.without(whole, [rules.Span(start, end)])
        ]
        for one in (stands_in, *rest):
            one.replaces, one.created_at = shift, shift.ended_at
        return stands_in

    def absence(self, who: Someone, start: datetime, end: datetime, reason: str) -> Absence:
        """Somebody of the place is away."""
        return self.rows.add(
            Absence(
                organisation_id=self.roster.organisation_id,
                grantee_id=who.grantee_id,
                display=who.name[:200],
                period=TimestamptzRange(start, end),
                reason=reason,
            )
        )


def wall(day: date, hour: int) -> datetime:
    """The moment of an hour of the region's clock."""
    return rules.on_the_clock(day, time(hour), ZoneInfo(region_zone_name()))
