"""Repeated appointments: all of a series are booked, or none."""

from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from enrs.core.agenda.commands.appointments import book
from enrs.core.agenda.commands.refusals import AgendaRefusedError, demand_agenda
from enrs.core.agenda.models import Agenda, Appointment, Series
from enrs.core.agenda.rules.recurrence import RuleError, expand, period_on_the_clock
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import region_zone_name


def book_series(
    *, rule: str, starts_on: date, starts_at: time, minutes: int, agenda: Agenda, **words: Any
) -> list[Appointment]:
    """Book every occurrence of an RRULE on the region's wall clock; `words` are those of `book`.

    Raises:
        AgendaRefusedError: a rule that is not read here, or without occurrence (`rule`).
        PeriodTakenError: the first hour that is already taken; nothing was booked.
    """
    demand_agenda(agenda)
    try:
        moments = expand(rule, starts_on, starts_at)
    except RuleError as error:
        raise AgendaRefusedError("rule") from error
    if not moments:
        raise AgendaRefusedError("rule")
    zone = ZoneInfo(region_zone_name())
    with act(savepoint=True):
        series = Series.objects.create(
            id=uuid7(),
            agenda=agenda,
            rule=rule[:300],
            starts_on=starts_on,
            starts_at=starts_at,
            minutes=minutes,
        )
        booked = []
        for moment in moments:
            start, end = period_on_the_clock(moment, minutes, zone)
            booked.append(book(start=start, end=end, agenda=agenda, series=series, **words))
    return booked
