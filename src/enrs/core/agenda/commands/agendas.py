"""Agendas themselves: making one, opening it to others, its bookable slots, its feeds."""

import secrets
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.agenda.commands.refusals import (
    AgendaRefusedError,
    PeriodTakenError,
    demand_agenda,
    one_at_a_time,
)
from enrs.core.agenda.models import Agenda, AgendaShare, Appointment, Feed, Slot
from enrs.core.agenda.queries import feeds_of, hash_of
from enrs.core.agenda.rules.recurrence import on_the_clock
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import holiday_name, region_zone_name

MOST_SLOTS = 500
MOST_FEEDS = 5
SLOT_DAYS = 92


def ensure_agenda(*, owner_id: UUID, label: str, kind: str = "person") -> Agenda:
    """The agenda of a person or a structure, made when they have none; a room is always a new one.

    Raises:
        AccessRefusedError: made for somebody for whom the actor does not act.
    """
    if kind != Agenda.Kind.ROOM:
        known = Agenda.objects.filter(owner_id=owner_id, kind=kind).order_by("id").first()
        if known:
            return known
    by = current_actor()
    if by.kind not in ("system", "professional") or (
        by.kind == "professional" and owner_id not in by.grantees
    ):
        raise AccessRefusedError("agenda")
    if kind not in Agenda.Kind.values or not label.strip():
        raise AgendaRefusedError("kind")
    with act():
        fresh = Agenda(id=uuid7(), owner_id=owner_id, label=label.strip()[:200], kind=kind)
        Agenda.objects.bulk_create([fresh], ignore_conflicts=True)
        kept = Agenda.objects.filter(owner_id=owner_id, kind=kind).order_by("-id").first()
        note("agenda.created", object_kind="agenda", object_id=fresh.id)
    return kept or fresh


def share(*, agenda: Agenda, grantee_id: UUID, display: str, level: int) -> AgendaShare:
    """Open an agenda to somebody, or change what they may do with it; its owner's act.

    Raises:
        AccessRefusedError: not the owner.
    """
    _demand_owner(agenda)
    if level not in AgendaShare.Level.values or grantee_id == agenda.owner_id:
        raise AgendaRefusedError("level")
    with act():
        AgendaShare.objects.filter(agenda=agenda, grantee_id=grantee_id, ended_at=None).update(
            ended_at=timezone.now()
        )
        opened = AgendaShare(
            id=uuid7(), agenda=agenda, grantee_id=grantee_id, display=display[:200], level=level
        )
        opened.save(force_insert=True)
        note(
            "agenda.shared",
            object_kind="agenda",
            object_id=agenda.id,
            details={"grantee": str(grantee_id), "level": level},
        )
    return opened


def end_share(*, share: AgendaShare) -> None:
    """Close an agenda to somebody; its owner's act."""
    _demand_owner(share.agenda)
    if share.ended_at:
        return
    with act():
        share.ended_at = timezone.now()
        share.save(update_fields=["ended_at"])
        note("agenda.share.ended", object_kind="agenda", object_id=share.agenda_id)


def _demand_owner(agenda: Agenda) -> None:
    by = current_actor()
    if agenda.owner_id not in by.grantees and by.kind != "system":
        raise AccessRefusedError("owner")


def open_slots(
    *,
    agenda: Agenda,
    first_on: date,
    last_on: date,
    weekdays: Collection[int],
    opens_at: time,
    closes_at: time,
    minutes: int,
    kind: str = "consultation",
    on_holidays: bool = False,
) -> int:
    """Open bookable periods on the region's wall clock, side by side from `opens_at` to `closes_at`.

    `weekdays` are 0 (Monday) to 6; public holidays are left out, unless `on_holidays`. Returns how many.

    Raises:
        AgendaRefusedError: dates, hours or a length that are not taken, or more than 500 slots.
        PeriodTakenError: a slot stands there already; none was opened.
    """
    demand_agenda(agenda)
    if not (0 <= (last_on - first_on).days <= SLOT_DAYS) or not 5 <= minutes <= 480:
        raise AgendaRefusedError("dates")
    days = [first_on + timedelta(days=rank) for rank in range((last_on - first_on).days + 1)]
    fresh = [
        Slot(id=uuid7(), agenda=agenda, period=period, kind=kind)
        for day in days
        if day.weekday() in weekdays and (on_holidays or not holiday_name(day))
        for period in _periods(day, opens_at, closes_at, minutes)
    ]
    if not fresh or len(fresh) > MOST_SLOTS:
        raise AgendaRefusedError("dates")
    with act(), one_at_a_time(fresh[0].period[0]):
        Slot.objects.bulk_create(fresh)
        note(
            "agenda.slots.opened",
            object_kind="agenda",
            object_id=agenda.id,
            details={"count": len(fresh), "from": str(first_on), "to": str(last_on)},
        )
    return len(fresh)


def _periods(
    day: date, opens_at: time, closes_at: time, minutes: int
) -> list[tuple[datetime, datetime]]:
    zone = ZoneInfo(region_zone_name())
    start = on_the_clock(datetime.combine(day, opens_at), zone)
    last = on_the_clock(datetime.combine(day, closes_at), zone)
    step = timedelta(minutes=minutes)
    found = []
    while start + step <= last:
        found.append((start, start + step))
        start += step
    return found


def close_slot(*, slot: Slot) -> None:
    """Take a slot back; one that is booked stays until its appointment is cancelled.

    Raises:
        PeriodTakenError: it is booked.
    """
    demand_agenda(slot.agenda)
    with act():
        held = Slot.objects.select_for_update().filter(pk=slot.pk).first()
        booked = Appointment.objects.filter(slot=slot, status__in=["proposed", "booked", "arrived"])
        if held is None or booked.exists():
            raise PeriodTakenError(slot.period.lower)
        held.closed_at = timezone.now()
        held.save(update_fields=["closed_at"])
        note("agenda.slot.closed", object_kind="agenda", object_id=slot.agenda_id)


def create_feed(*, label: str = "", shows_initials: bool = True) -> tuple[Feed, str]:
    """A new secret address for the actor's own agenda; the token is told once and never kept.

    Raises:
        AgendaRefusedError: too many addresses are open already.
    """
    by = current_actor()
    if by.user_id is None or by.kind != "professional":
        raise AccessRefusedError("profession")
    if len(feeds_of(by.user_id)) >= MOST_FEEDS:
        raise AgendaRefusedError("feeds")
    token = secrets.token_urlsafe(32)
    with act():
        feed = Feed(
            id=uuid7(),
            user_id=by.user_id,
            token_hash=hash_of(token),
            label=label.strip()[:100],
            shows_initials=shows_initials,
        )
        feed.save(force_insert=True)
        note("agenda.feed.opened", object_kind="feed", object_id=feed.id)
    return feed, token


def revoke_feed(*, feed: Feed) -> None:
    """Close an address; who still asks for it finds nothing."""
    if feed.user_id != current_actor().user_id:
        raise AccessRefusedError("owner")
    if feed.revoked_at:
        return
    with act():
        feed.revoked_at = timezone.now()
        feed.save(update_fields=["revoked_at"])
        note("agenda.feed.revoked", object_kind="feed", object_id=feed.id)
