"""Occupied hours brought in from another calendar."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.agenda.commands.refusals import AgendaRefusedError, demand_agenda
from enrs.core.agenda.models import Agenda, Appointment
from enrs.core.agenda.rules.calendars import CalendarError, read_busy
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import region_zone_name

AHEAD = timedelta(days=366)


def import_busy(*, agenda: Agenda, content: bytes, source: str) -> int:
    """Bring what a calendar of outside tells as occupied to what its file says now; returns how many.

    Only the hours are kept: titles, places and people of another calendar never enter.

    Raises:
        AgendaRefusedError: a file that is refused; its reason begins with `calendar.`.
    """
    demand_agenda(agenda)
    name = " ".join(source.split())[:100] or "calendrier"
    now = timezone.now()
    try:
        periods = read_busy(
            content, zone=ZoneInfo(region_zone_name()), since=now, until=now + AHEAD
        )
    except CalendarError as error:
        raise AgendaRefusedError(f"calendar.{error}") from error
    with act():
        Agenda.objects.select_for_update().filter(pk=agenda.pk).first()
        known = {
            (one.period.lower, one.period.upper, one.external_uid): one
            for one in _to_come(agenda, name)
        }
        told = {(one.start, one.end, one.uid): one for one in periods}
        _cancel([row.pk for key, row in known.items() if key not in told])
        Appointment.objects.bulk_create(
            [
                Appointment(
                    id=uuid7(),
                    agenda=agenda,
                    period=(one.start, one.end),
                    starts_at=one.start,
                    kind="busy",
                    is_busy_only=True,
                    source=name,
                    external_uid=one.uid,
                    author_id=current_actor().user_id,
                    author_name=current_actor().name,
                )
                for key, one in told.items()
                if key not in known
            ],
            batch_size=500,
        )
        note(
            "agenda.calendar.imported",
            object_kind="agenda",
            object_id=agenda.id,
            details={"count": len(told)},
        )
    return len(told)


def take_back_busy(agenda: Agenda, source: str) -> None:
    """Free the hours to come that a calendar of outside told as occupied."""
    _cancel([row.pk for row in _to_come(agenda, source)])


def _to_come(agenda: Agenda, source: str) -> QuerySet[Appointment]:
    return Appointment.objects.filter(
        agenda=agenda, source=source, is_busy_only=True, status="booked",
        period__endswith__gt=timezone.now(),
    )  # fmt: skip


def _cancel(keys: Sequence[UUID]) -> None:
    Appointment.objects.filter(pk__in=keys).update(
        status="cancelled", cancelled_reason="N’est plus dans le calendrier suivi"
    )
