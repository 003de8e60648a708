"""Invented agendas: what was, is and will be booked, made as the commands would have made it, in bulk."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from psycopg.types.range import TimestamptzRange

from enrs.core.agenda.fhir import publish_appointment
from enrs.core.agenda.models import Agenda, Appointment, Participant, Series, Slot
from enrs.core.agenda.rules import HOLDS_TIME
from enrs.core.demo import Patient, Rows, Someone, key

LEAD = timedelta(days=9)
"""How long before it an invented appointment was booked."""


def open_agenda(rows: Rows, *, owner: Someone, label: str, kind: str = "person") -> Agenda:
    """The agenda of a person, a place or a room."""
    return rows.add(Agenda(owner_id=owner.grantee_id, label=label[:200], kind=kind))


@dataclass
class Diary:
    """One agenda under way, seen from the moment `now`; `by` books in it."""

    rows: Rows
    agenda: Agenda
    by: Someone
    now: datetime
    taken: list[tuple[datetime, datetime]] = field(default_factory=list)

    def is_free(self, start: datetime, minutes: int) -> bool:
        """Whether nothing stands there."""
        end = start + timedelta(minutes=minutes)
        return not any(first < end and last > start for first, last in self.taken)

    def book(
        self,
        start: datetime,
        minutes: int,
        *,
        patient: Patient | None = None,
        kind: str = "consultation",
        title: str = "",
        place: str = "",
        status: str = "",
        reason: str = "",
        invited: Sequence[tuple[Someone, str]] = (),
        slot: Slot | None = None,
        series: Series | None = None,
    ) -> Appointment | None:
        """Book where it is free; None elsewhere.

        Without a `status` it is what time made of it: kept, begun, or to come. `invited` are people with
        their answers.
        """
        if not self.is_free(start, minutes):
            return None
        end = start + timedelta(minutes=minutes)
        booked_at = min(start, self.now) - LEAD
        status = status or status_at(start, end, self.now)
        changed_at = self._changed_at(status, start, end)
        row = Appointment(
            id=key(booked_at),
            identity_id=patient.identity_id if patient else None,
            patient_id=patient.id if patient else None,
            agenda=self.agenda,
            slot=slot,
            series=series,
            period=TimestamptzRange(start, end),
            starts_at=start,
            status=status,
            kind=kind,
            title=title,
            place=place,
            author_id=self.by.user_id,
            author_name=self.by.name,
            recorded_at=booked_at,
            updated_at=changed_at or booked_at,
            version=2 if changed_at else 1,
            cancelled_reason=reason,
        )
        if row.status in HOLDS_TIME:
            insort(self.taken, (start, end))
        self._keep(row, invited)
        return row

    def _changed_at(self, status: str, start: datetime, end: datetime) -> datetime | None:
        """When what was booked was said to be kept, begun, missed or cancelled."""
        moments = {
            "fulfilled": end,
            "noshow": end,
            "arrived": start,
            "cancelled": min(start, self.now) - LEAD / 2,
        }
        return min(moments[status], self.now) if status in moments else None

    def _keep(self, row: Appointment, invited: Sequence[tuple[Someone, str]]) -> None:
        taking_part = [
            Participant(
                appointment=row, grantee_id=one.grantee_id, display=one.name[:200], answer=answer
            )
            for one, answer in invited
        ]
        self.rows.add(row)
        for one in taking_part:
            self.rows.add(one)
        self.rows.publish(partial(publish_appointment, row, taking_part))

    def busy(self, start: datetime, minutes: int, source: str) -> Appointment:
        """An hour that a calendar of outside tells as occupied."""
        end = start + timedelta(minutes=minutes)
        row = Appointment(
            id=key(self.now),
            agenda=self.agenda,
            period=TimestamptzRange(start, end),
            starts_at=start,
            kind="busy",
            is_busy_only=True,
            source=source,
            external_uid=f"{source} {start.isoformat()}",
            author_id=self.by.user_id,
            author_name=self.by.name,
        )
        return self.rows.add(row)

    def open_slot(self, start: datetime, minutes: int) -> Slot | None:
        """A period that may be booked; None where something stands."""
        if not self.is_free(start, minutes):
            return None
        period = TimestamptzRange(start, start + timedelta(minutes=minutes))
        return self.rows.add(Slot(agenda=self.agenda, period=period, kind="consultation"))

    def repeat(self, rule: str, first: datetime, minutes: int) -> Series:
        """The rule of a repeated appointment, whose first start is `first` on its own clock."""
        return self.rows.add(
            Series(
                agenda=self.agenda,
                rule=rule,
                starts_on=first.date(),
                starts_at=first.time(),
                minutes=minutes,
            )
        )


def status_at(start: datetime, end: datetime, now: datetime) -> str:
    """What time made of a booked appointment."""
    if end <= now:
        return "fulfilled"
    return "arrived" if start <= now else "booked"
