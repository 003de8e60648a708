"""Who is on call, a week of a roster, its holes and what overlaps."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.accounts.models import Position, User
from enrs.core.moments import day_bounds, holiday_name, region_zone_name
from enrs.core.rosters import rules
from enrs.core.rosters.models import Absence, Roster, Shift

MOST = 200


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody to call now, in their turn, and until when."""

    rank: int
    grantee_id: UUID
    display: str
    phone: str
    until: datetime
    shift_id: UUID


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A shift of a board; `is_absent` says that its person is away for a part of it."""

    shift: Shift
    is_absent: bool
    is_now: bool


@dataclass(slots=True)
class Line:
    """A roster in a week: its shifts, those on call now, and the hours that nobody covers."""

    roster: Roster
    may_edit: bool
    shifts: list[ShiftRow] = field(default_factory=list)
    now: list[OnCall] = field(default_factory=list)
    gaps: list[rules.Span] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Duty:
    """A roster that somebody holds now, and whom to call in their turn."""

    roster: Roster
    now: list[OnCall]


def on_duty(organisation_ids: Collection[UUID], at: datetime | None = None) -> list[Duty]:
    """Whom to call at a moment in some organisations, by place and roster; three queries at most.

    Rosters that nobody holds then are left out.
    """
    moment = at or timezone.now()
    found = (
        list(rosters().filter(organisation_id__in=list(organisation_ids))[:MOST])
        if organisation_ids
        else []
    )
    if not found:
        return []
    rows = Shift.objects.filter(roster__in=found, ended_at=None, period__contains=moment)
    shifts = list(rows.order_by("rank", "id"))
    away = _away([one.grantee_id for one in shifts], moment, moment)
    duties = [
        Duty(one, _in_turn([row for row in shifts if row.roster_id == one.id], away, moment))
        for one in found
    ]
    return [one for one in duties if one.now]


def on_call(roster_id: UUID, at: datetime | None = None) -> list[OnCall]:
    """Whom to call at a moment, in order of rank; the absent are left out. Two queries."""
    moment = at or timezone.now()
    shifts = list(
        Shift.objects.filter(roster_id=roster_id, ended_at=None, period__contains=moment).order_by(
            "rank", "id"
        )
    )
    return _in_turn(shifts, _away([one.grantee_id for one in shifts], moment, moment), moment)


def _in_turn(
    shifts: Iterable[Shift], away: dict[UUID, list[rules.Span]], moment: datetime
) -> list[OnCall]:
    found = []
    for one in sorted(shifts, key=lambda shift: shift.rank):
        absences = away.get(one.grantee_id, [])
        if any(gone.start <= moment < gone.end for gone in absences):
            continue
        until = min([one.period.upper, *(g.start for g in absences if g.start > moment)])
        found.append(OnCall(one.rank, one.grantee_id, one.display, one.phone, until, one.id))
    return found


def _away(
    grantee_ids: Iterable[UUID], since: datetime, until: datetime
) -> dict[UUID, list[rules.Span]]:
    """The absences of some people that touch a period, by person; one query."""
    span = (since, max(until, since + timedelta(days=1)))
    rows = Absence.objects.filter(
        grantee_id__in=set(grantee_ids), ended_at=None, period__overlap=span
    )
    found: dict[UUID, list[rules.Span]] = {}
    for one in rows.order_by("id"):
        found.setdefault(one.grantee_id, []).append(rules.Span(one.period.lower, one.period.upper))
    return found


def rosters() -> QuerySet[Roster]:
    """Every roster in use, by place then name."""
    return Roster.objects.filter(is_active=True).order_by("organisation_name", "label", "id")


def rosters_of(organisation_id: UUID) -> list[Roster]:
    """The rosters of one place of work."""
    return list(rosters().filter(organisation_id=organisation_id))


def roster(roster_id: UUID) -> Roster | None:
    """One roster in use."""
    return rosters().filter(pk=roster_id).first()


def shift(shift_id: UUID) -> Shift | None:
    """One shift that stands."""
    rows = Shift.objects.filter(pk=shift_id, ended_at=None, roster__is_active=True)
    return rows.select_related("roster").first()


def may_edit(one: Roster) -> bool:
    """Whether the actor writes this roster."""
    by = current_actor()
    is_of_the_place = by.organisation_id is not None and by.organisation_id == one.organisation_id
    return rules.may_edit(by.role, is_of_the_place=is_of_the_place)


def board(monday: date, *, organisation_id: UUID | None = None) -> list[Line]:
    """The rosters in a week, each with its shifts, its holes and who is on call now; three queries."""
    shown = rosters()
    if organisation_id is not None:
        shown = shown.filter(organisation_id=organisation_id)
    lines = {one.id: Line(one, may_edit(one)) for one in shown[:MOST]}
    start, _ = day_bounds(monday)
    end, _ = day_bounds(monday + timedelta(days=7))
    now = timezone.now()
    rows = Shift.objects.filter(roster_id__in=list(lines), ended_at=None)
    shifts = list(
        rows.filter(Q(period__overlap=(start, end)) | Q(period__contains=now)).order_by(
            "period", "rank", "id"
        )
    )
    away = _away([one.grantee_id for one in shifts], min(start, now), max(end, now))
    for one in shifts:
        if one.period.lower < end and one.period.upper > start:
            lines[one.roster_id].shifts.append(_row(one, away, now))
    for line in lines.values():
        current = [
            one
            for one in shifts
            if one.roster_id == line.roster.id and one.period.lower <= now < one.period.upper
        ]
        line.now = _in_turn(current, away, now)
        line.gaps = holes(line.roster, monday, 7, [row.shift for row in line.shifts], away)
    return list(lines.values())


def _row(one: Shift, away: dict[UUID, list[rules.Span]], now: datetime) -> ShiftRow:
    absences = away.get(one.grantee_id, [])
    is_absent = any(a.start < one.period.upper and a.end > one.period.lower for a in absences)
    return ShiftRow(one, is_absent, one.period.lower <= now < one.period.upper)


def holes(
    one: Roster,
    first: date,
    days: int,
    shifts: Iterable[Shift],
    away: dict[UUID, list[rules.Span]] | None = None,
) -> list[rules.Span]:
    """The promised hours of some days that rank 1 leaves to nobody; the absent cover nothing."""
    wanted = rules.covered_hours(
        one.coverage,
        first,
        days,
        day_starts=one.day_starts,
        night_starts=one.night_starts,
        zone=ZoneInfo(region_zone_name()),
        holidays=[day for day, _ in holidays(first, days)],
    )
    covered: list[rules.Span] = []
    for shift_ in shifts:
        if shift_.rank == 1:
            span = rules.Span(shift_.period.lower, shift_.period.upper)
            covered += rules.without(span, (away or {}).get(shift_.grantee_id, []))
    return rules.gaps(wanted, covered)


def holidays(first: date, days: int = 7) -> list[tuple[date, str]]:
    """The public holidays among some days, with their names."""
    shown = (first + timedelta(days=rank) for rank in range(days))
    return [(day, name) for day in shown if (name := holiday_name(day))]


def gaps(one: Roster, first: date, days: int = 7) -> list[rules.Span]:
    """The promised hours of some days, from the first, that nobody covers; two queries."""
    start, _ = day_bounds(first)
    end, _ = day_bounds(first + timedelta(days=days))
    shifts = list(
        Shift.objects.filter(roster=one, ended_at=None, period__overlap=(start, end)).order_by("id")
    )
    return holes(one, first, days, shifts, _away([s.grantee_id for s in shifts], start, end))


def doubled(one: Shift) -> list[Shift]:
    """The other shifts that the same person holds at the same time, in any roster: a warning."""
    rows = Shift.objects.filter(
        grantee_id=one.grantee_id, ended_at=None, period__overlap=one.period
    ).exclude(pk=one.pk)
    return list(rows.select_related("roster").order_by("period", "id")[:MOST])


def absences_of(organisation_id: UUID) -> list[Absence]:
    """The absences of a place that are not over, soonest first."""
    rows = Absence.objects.filter(organisation_id=organisation_id, ended_at=None)
    return list(rows.filter(period__endswith__gt=timezone.now()).order_by("period", "id")[:MOST])


def colleagues(organisation_id: UUID) -> list[rules.Person]:
    """Who works in a place and has an account, by name."""
    rows = _working_in(organisation_id).order_by("name", "id")[:MOST]
    return [rules.Person(one.grantee_id, one.name) for one in rows]


def accounts_of(organisation_id: UUID) -> list[UUID]:
    """The accounts of those who work in a place."""
    return list(_working_in(organisation_id).order_by("id").values_list("id", flat=True)[:MOST])


def _working_in(organisation_id: UUID) -> QuerySet[User]:
    held = Position.objects.filter(organisation_id=organisation_id).filter(
        Q(valid_until=None) | Q(valid_until__gt=timezone.now())
    )
    return User.objects.filter(is_active=True, pk__in=held.values("user_id"))
