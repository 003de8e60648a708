"""Whose agendas one holds, what stands in them, and what concerns a person."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.models import Grant
from enrs.core.access.queries import may
from enrs.core.agenda import rules
from enrs.core.agenda.models import Agenda, AgendaShare, Appointment, Feed, Slot
from enrs.core.agenda.rules.calendars import Entry
from enrs.core.notifications.queries import rights_by_patient
from enrs.core.notifications.registry import patient_names

PAGE = 30
LIMIT = 500
"""Appointments of a week, in all the agendas shown."""
FEED_LIMIT = 2_000
"""Appointments to come that a feed tells; of the past it tells `LIMIT`, the newest."""


@dataclass(frozen=True, slots=True)
class HeldAgenda:
    """An agenda and what the actor may do with it (`rules.BUSY`, `READ`, `WRITE`)."""

    agenda: Agenda
    level: int
    is_own: bool

    @property
    def may_write(self) -> bool:
        return self.level >= rules.WRITE


@dataclass(frozen=True, slots=True)
class Row:
    """One appointment as a week shows it; without `appointment` the actor may only know it occupied."""

    id: UUID
    agenda_id: UUID | None
    start: datetime
    end: datetime
    appointment: Appointment | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A bookable period and whether its time is taken."""

    slot: Slot
    is_taken: bool


def held_agendas(actor: Actor | None = None) -> list[HeldAgenda]:
    """The agendas that an actor holds: their own first, their place's, then those shared; two queries."""
    by = actor or current_actor()
    grantees = list(by.grantees)
    own = Agenda.objects.filter(owner_id__in=grantees, is_active=True).order_by("label", "id")
    found = [HeldAgenda(one, rules.WRITE, True) for one in own]
    found.sort(key=lambda held: held.agenda.owner_id != by.grantee_id)
    shares = AgendaShare.objects.filter(
        grantee_id__in=grantees, ended_at=None, agenda__is_active=True
    )
    known = {held.agenda.id for held in found}
    for share in shares.select_related("agenda").order_by("-level", "agenda__label", "id"):
        if share.agenda_id not in known:
            known.add(share.agenda_id)
            found.append(HeldAgenda(share.agenda, share.level, False))
    return found


def held_agenda(agenda_id: UUID) -> HeldAgenda | None:
    """One agenda that the actor holds."""
    return next((one for one in held_agendas() if one.agenda.id == agenda_id), None)


def level_on(agenda: Agenda) -> int:
    """What the actor may do with an agenda; 0 for nothing."""
    by = current_actor()
    if agenda.owner_id in by.grantees or by.kind == "system":
        return rules.WRITE
    shares = AgendaShare.objects.filter(
        agenda=agenda, grantee_id__in=by.grantees, ended_at=None
    ).order_by("-level")
    return shares.values_list("level", flat=True).first() or 0


def _standing() -> QuerySet[Appointment]:
    return Appointment.objects.filter(withdrawn_at=None).select_related("agenda")


def readable(rows: Iterable[Appointment], actor: Actor | None = None) -> list[Appointment]:
    """Those that the actor's part in each person's circle lets them read; one query."""
    by = actor or current_actor()
    found = list(rows)
    asked = {one.patient_id for one in found if one.patient_id}
    held = rights_by_patient(asked, by) if asked else {}
    return [
        one
        for one in found
        if one.patient_id is None
        or access_rules.decide(
            role=by.role,
            category="agenda",
            action=access_rules.READ,
            rights=held.get(one.patient_id, []),
        ).allowed
    ]


def week(agendas: Sequence[HeldAgenda], since: datetime, until: datetime) -> list[Row]:
    """What stands in some agendas between two moments: four queries, whatever their number.

    Those about somebody whom the actor may not read are occupied hours and nothing else.
    """
    ids = [held.agenda.id for held in agendas]
    levels = {held.agenda.id: held.level for held in agendas}
    rows = (
        _standing()
        .filter(agenda_id__in=ids, starts_at__gt=since - rules.MAX_LENGTH, starts_at__lt=until)
        .filter(period__overlap=(since, until))
        .order_by("starts_at", "id")[:LIMIT]
    )
    shown = [
        one
        for one in readable(rows)
        if one.patient_id or levels.get(one.agenda_id or UUID(int=0), 0) >= rules.READ
    ]
    names = patient_names({one.patient_id for one in shown if one.patient_id})
    found = [_row(one, names) for one in shown]
    seen = {one.id for one in shown}
    found += [row for row in _busy(ids, since, until) if row.id not in seen]
    return sorted(found, key=lambda row: (row.start, row.id))


def _row(one: Appointment, names: dict[UUID, str]) -> Row:
    name = names.get(one.patient_id, "") if one.patient_id else ""
    return Row(one.id, one.agenda_id, one.period.lower, one.period.upper, one, name)


def _busy(ids: Collection[UUID], since: datetime, until: datetime) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, agenda_id, lower(period), upper(period) from agenda_busy(%s::uuid[], %s, %s)",
            [list(ids), since, until],
        )
        return [Row(*row) for row in cursor.fetchall()]


def appointments_of(
    patient_id: UUID,
    *,
    since: datetime | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
    with_participants: bool = True,
) -> list[Appointment]:
    """A person's appointments: those to come from `since` (soonest first), else the newest first.

    `before` is the start and id of the last one shown. The caller's gate asked for the category.
    """
    rows = _standing().filter(patient_id=patient_id)
    if with_participants:
        rows = rows.prefetch_related("participants")
    if since is not None:
        return list(rows.filter(starts_at__gte=since).order_by("starts_at", "id")[:limit])
    if before is not None:
        at, last = before
        rows = rows.filter(starts_at__lte=at).exclude(starts_at=at, id__gte=last)
    return list(rows.order_by("-starts_at", "-id")[:limit])


def next_of(patient_ids: Collection[UUID]) -> dict[UUID, Appointment]:
    """The next appointment of each of these people, for themselves or for who represents them; one query."""
    rows = _standing().filter(
        patient_id__in=patient_ids, starts_at__gte=timezone.now(), status__in=rules.HOLDS_TIME
    )
    first = rows.order_by("patient_id", "starts_at", "id").distinct("patient_id")
    return {one.patient_id: one for one in first if one.patient_id}


def appointments_for(
    grantee_ids: Collection[UUID],
    *,
    since: datetime,
    until: datetime,
    actor: Actor | None = None,
    limit: int = LIMIT,
    is_newest_first: bool = False,
) -> list[Appointment]:
    """What stands in the agendas of some grantees, or counts them among its participants.

    Two statements rather than one: an « or » across two tables has no index, and row security would
    then be asked of every appointment of everybody between the two moments.
    """
    window = (
        _standing()
        .filter(starts_at__gt=since - rules.MAX_LENGTH, starts_at__lt=until)
        .filter(period__overlap=(since, until), is_busy_only=False)
        .order_by(*(("-starts_at", "-id") if is_newest_first else ("starts_at", "id")))
    )
    agendas = list(Agenda.objects.filter(owner_id__in=grantee_ids).values_list("id", flat=True))
    invited = _invited(grantee_ids, since, until, limit, is_newest_first=is_newest_first)
    found = [*window.filter(agenda_id__in=agendas)[:limit], *window.filter(pk__in=invited)[:limit]]
    rows = sorted({one.id: one for one in found}.values(), key=_turn, reverse=is_newest_first)
    return readable(rows[:limit], actor)


def _turn(one: Appointment) -> tuple[datetime, UUID]:
    return one.starts_at, one.id


def _invited(
    ids: Collection[UUID], since: datetime, until: datetime, limit: int, *, is_newest_first: bool
) -> list[UUID]:
    """The appointments that count some grantees among those who did not decline: their ids alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from agenda_invited(%s::uuid[], %s, %s, %s, %s)",
            [list(ids), since, until, limit, is_newest_first],
        )
        return [row[0] for row in cursor.fetchall()]


def appointments_about(subject: tuple[str, UUID]) -> list[Appointment]:
    """The appointments of a task or a case, soonest first."""
    kind, identifier = subject
    rows = _standing().filter(subject_kind=kind, subject_id=identifier)
    return readable(rows.order_by("starts_at", "id")[:LIMIT])


def appointment(appointment_id: UUID) -> Appointment | None:
    """One appointment for who may read it: by its person, else by its agenda or a place in it."""
    rows = _standing().filter(pk=appointment_id).select_related("agenda", "series")
    found = rows.prefetch_related("participants").first()
    if found is None:
        return None
    by = current_actor()
    if found.patient_id:
        decision = may(access_rules.READ, "agenda", patient_id=found.patient_id)
        return found if decision.allowed else None
    takes_part = any(
        one.grantee_id in by.grantees and one.left_at is None for one in found.participants.all()
    )
    holds = found.agenda is not None and level_on(found.agenda) >= rules.READ
    return found if takes_part or holds else None


def slots_of(agenda_id: UUID, *, since: datetime, until: datetime) -> list[SlotRow]:
    """The open slots of an agenda between two moments, taken ones included; two queries."""
    rows = Slot.objects.filter(
        agenda_id=agenda_id, closed_at=None, period__overlap=(since, until)
    ).order_by("period", "id")
    taken = _busy([agenda_id], since, until)
    return [
        SlotRow(
            slot,
            any(row.start < slot.period.upper and row.end > slot.period.lower for row in taken),
        )
        for slot in rows[:LIMIT]
    ]


def free_slots(
    agenda_ids: Collection[UUID], *, since: datetime | None = None, limit: int = 50
) -> list[Slot]:
    """The next slots that nobody has taken, soonest first; one query."""
    start = since or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from agenda_free_slots(%s::uuid[], %s, %s)", [list(agenda_ids), start, limit]
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(Slot.objects.filter(pk__in=ids).select_related("agenda").order_by("period", "id"))


def grantees_of(patient_id: UUID) -> set[UUID]:
    """Who holds a right on a person now: whose agendas and whom one may invite."""
    now = timezone.now()
    rows = Grant.objects.filter(patient_id=patient_id, valid_from__lte=now, valid_until__gt=now)
    return set(rows.values_list("grantee_id", flat=True))


def feeds_of(user_id: UUID) -> list[Feed]:
    """The addresses that a person opened and did not revoke, newest first."""
    return list(
        Feed.objects.filter(user_id=user_id, revoked_at=None).order_by("-created_at", "-id")
    )


def feed_of(token: str) -> Feed | None:
    """The feed at a secret address."""
    return Feed.objects.filter(token_hash=hash_of(token), revoked_at=None).first()


def hash_of(token: str) -> str:
    """What is kept of a secret address: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def feed_entries(
    feed: Feed, actor: Actor, *, since: datetime, until: datetime
) -> tuple[list[Entry], list[UUID]]:
    """What a feed says, and of whom: never more than « RDV » and initials for a person.

    What is to come is asked first and apart, so that a full past never hides it.
    """
    now, mine = timezone.now(), actor.grantees[:1]
    coming = appointments_for(mine, since=now, until=until, actor=actor, limit=FEED_LIMIT)
    past = appointments_for(mine, since=since, until=now, actor=actor, is_newest_first=True)
    rows = sorted({one.id: one for one in [*past, *coming]}.values(), key=_turn)
    people = {one.patient_id for one in rows if one.patient_id}
    names = patient_names(people) if feed.shows_initials else {}
    entries = [
        Entry(
            uid=f"{one.id}@rdv",
            start=one.period.lower,
            end=one.period.upper,
            title=rules.feed_title(
                one.kind,
                has_person=bool(one.patient_id),
                name=names.get(one.patient_id or one.id, ""),
            ),
            place="" if one.patient_id else one.place,
            status=rules.FEED_STATUSES[one.status],
            updated_at=one.updated_at,
            version=one.version,
        )
        for one in rows
    ]
    return entries, sorted(people)
