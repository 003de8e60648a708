"""Occupied hours brought in from another calendar."""

from datetime import timedelta
from zoneinfo import ZoneInfo

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
    """Replace what a calendar of outside told as occupied by what its file says now; returns how many.

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
        former = Appointment.objects.filter(
            agenda=agenda, source=name, is_busy_only=True, status="booked"
        )
        former.update(status="cancelled", cancelled_reason="Remplacé par le fichier suivant")
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
                for one in periods
            ],
            batch_size=500,
        )
        note(
            "agenda.calendar.imported",
            object_kind="agenda",
            object_id=agenda.id,
            details={"count": len(periods)},
        )
    return len(periods)
