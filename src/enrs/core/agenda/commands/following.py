"""Calendars of outside followed at their address: read again every hour, their hours alone kept."""

import logging
from datetime import timedelta

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting, current_actor
from enrs.core.agenda.commands.imports import import_busy, take_back_busy
from enrs.core.agenda.commands.refusals import AgendaRefusedError, demand_agenda
from enrs.core.agenda.fetching import AddressError, checked, fetch
from enrs.core.agenda.models import Agenda, Followed
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7

MOST_FOLLOWED = 5
EVERY = timedelta(hours=1)
LATEST = timedelta(days=1)
"""A calendar that does not answer is asked again at longer and longer intervals, up to this one."""

ROUND = 50

log = logging.getLogger("enrs.agenda")


def follow(*, agenda: Agenda, source: str, address: str) -> Followed:
    """Follow the calendar at an address; it is first read within a minute, then every hour.

    Raises:
        AgendaRefusedError: an address that is none, a name that is taken, too many calendars.
    """
    demand_agenda(agenda)
    name = " ".join(source.split())[:100] or "calendrier"
    try:
        asked = checked(address)
    except AddressError as error:
        raise AgendaRefusedError(f"calendar.{error}") from error
    with act():
        Agenda.objects.select_for_update().filter(pk=agenda.pk).first()
        known = set(
            Followed.objects.filter(agenda=agenda, ended_at=None).values_list("source", flat=True)
        )
        if name in known:
            raise AgendaRefusedError("calendar.name")
        if len(known) >= MOST_FOLLOWED:
            raise AgendaRefusedError("calendar.many")
        row = Followed(
            id=uuid7(), agenda=agenda, source=name, address=asked, added_by=current_actor().name
        )
        row.save(force_insert=True)
        note("agenda.calendar.followed", object_kind="agenda", object_id=agenda.id)
    return row


def unfollow(*, followed: Followed) -> None:
    """Stop following a calendar; its hours to come are free again."""
    demand_agenda(followed.agenda)
    if followed.ended_at:
        return
    with act():
        followed.ended_at = timezone.now()
        followed.save(update_fields=["ended_at"])
        take_back_busy(followed.agenda, followed.source)
        note("agenda.calendar.unfollowed", object_kind="agenda", object_id=followed.agenda_id)


def refresh_due(limit: int = ROUND) -> int:
    """Read the calendars whose time has come, `limit` at most; returns how many. Several may run at once.

    Never call it inside a transaction: none may wait for another machine.
    """
    done = 0
    with acting(SYSTEM):
        while done < limit and (row := _claim()):
            done += 1
            _refresh(row)
    return done


def _claim() -> Followed | None:
    """The next calendar to read; its next time is set first, so that no other worker reads it too."""
    now = timezone.now()
    with act():
        due = Followed.objects.filter(ended_at=None, next_at__lte=now).select_related("agenda")
        row = (
            due.select_for_update(skip_locked=True, of=("self",)).order_by("next_at", "id").first()
        )
        if row is not None:
            row.next_at = now + EVERY
            row.save(update_fields=["next_at"])
    return row


def _refresh(row: Followed) -> None:
    try:
        found = fetch(row.address, row.tag)
    except AddressError as error:
        _set_failed(row, str(error))
        return
    with act():
        if not Followed.objects.select_for_update().filter(pk=row.pk, ended_at=None).exists():
            return
        if found.content is not None:
            try:
                row.count = import_busy(agenda=row.agenda, content=found.content, source=row.source)
            except AgendaRefusedError as error:
                _set_failed(row, error.reason.removeprefix("calendar."))
                return
        row.tag, row.read_at, row.failures, row.fault = found.tag, timezone.now(), 0, ""
        row.save(update_fields=["count", "tag", "read_at", "failures", "fault"])


def _set_failed(row: Followed, fault: str) -> None:
    """What was read before stays; the page says since when it is no longer fresh."""
    log.warning("calendar %s: %s", row.id, fault)
    row.failures, row.fault = row.failures + 1, fault
    row.next_at = timezone.now() + min(EVERY * 2 ** min(row.failures, 10), LATEST)
    row.save(update_fields=["failures", "fault", "next_at"])
