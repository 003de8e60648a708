"""Writing rosters: shifts, replacements, absences."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError
from django.utils import timezone
from psycopg.errors import ExclusionViolation

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.moments import region_zone_name
from enrs.core.rosters import queries, rules
from enrs.core.rosters.models import Absence, Roster, Shift
from enrs.core.subjects.commands import save_version

EIGHT, SEVEN_IN_THE_EVENING = time(8), time(19)
FIELDS = ("label", "coverage", "day_starts", "night_starts", "ranks", "note", "is_active")


class RosterRefusedError(Exception):
    """The act is refused; `reason` is a code whose sentence the pages hold."""

    def __init__(self, reason: str, start: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.start = start


def create_roster(
    *,
    organisation_id: UUID,
    organisation_name: str,
    label: str,
    coverage: str = "always",
    day_starts: time = EIGHT,
    night_starts: time = SEVEN_IN_THE_EVENING,
    ranks: int = 1,
    note: str = "",
) -> Roster:
    """A new line of duty of a place of work.

    Raises:
        AccessRefusedError: not one who writes the rosters of this place.
    """
    _demand(organisation_id)
    made = Roster(
        id=uuid7(),
        organisation_id=organisation_id,
        organisation_name=organisation_name[:200],
        label=label.strip(),
        coverage=coverage,
        day_starts=day_starts,
        night_starts=night_starts,
        ranks=ranks,
        note=note.strip(),
    )
    _check(made)
    with act():
        made.save(force_insert=True)
        _tell(made, "created")
    return made


def change_roster(*, roster: Roster, expected_version: int, **fields: Any) -> Roster:
    """Change what a roster promises, or put it away (`is_active`).

    Raises:
        StaleSaveError: somebody saved it meanwhile.
    """
    _demand(roster.organisation_id)
    wanted = {name: value for name, value in fields.items() if name in FIELDS}
    for name, value in wanted.items():
        setattr(roster, name, value)
    _check(roster)
    with act():
        save_version(roster, expected=expected_version, fields=list(wanted))
        _tell(roster, "changed")
    return roster


def _check(roster: Roster) -> None:
    if not roster.label.strip() or len(roster.label) > 200 or len(roster.note) > 400:
        raise RosterRefusedError("label")
    if "\x00" in roster.label + roster.note:
        raise RosterRefusedError("label")
    if roster.coverage not in Roster.Coverage.values or not 1 <= roster.ranks <= 9:
        raise RosterRefusedError("coverage")
    if roster.day_starts >= roster.night_starts:
        raise RosterRefusedError("hours")


def add_shift(
    *,
    roster: Roster,
    person: rules.Person,
    start: datetime,
    end: datetime,
    rank: int = 1,
    weeks: int = 1,
) -> list[Shift]:
    """Put somebody on call, for several weeks in a row at the same hours of the wall clock when asked.

    Raises:
        AccessRefusedError: not one who writes the rosters of this place.
        RosterRefusedError: hours that are not taken, or a rank that somebody holds then (`taken`).
    """
    _demand(roster.organisation_id)
    fault = rules.fault_of_shift(start, end)
    if fault or not 1 <= rank <= roster.ranks or not 1 <= weeks <= rules.MOST_WEEKS:
        raise RosterRefusedError(fault or "rank")
    zone = ZoneInfo(region_zone_name())
    shifts = [_shift(roster, person, rank, _later(start, end, week, zone)) for week in range(weeks)]
    with act():
        _insert(roster, shifts)
        _tell(roster, "shift.added", ids=[one.id for one in shifts])
    return shifts


def _later(start: datetime, end: datetime, weeks: int, zone: ZoneInfo) -> rules.Span:
    """The same hours of the wall clock, some weeks later."""
    if not weeks:
        return rules.Span(start, end)
    walls = (one.astimezone(zone).replace(tzinfo=None) for one in (start, end))
    later = [wall + timedelta(weeks=weeks) for wall in walls]
    return rules.Span(*(rules.on_the_clock(one.date(), one.time(), zone) for one in later))


def _shift(
    roster: Roster,
    person: rules.Person,
    rank: int,
    span: rules.Span,
    replaces: Shift | None = None,
) -> Shift:
    if not person.display.strip() or "\x00" in person.display + person.phone:
        raise RosterRefusedError("person")
    return Shift(
        id=uuid7(),
        roster=roster,
        rank=rank,
        period=(span.start, span.end),
        grantee_id=person.id,
        display=person.display.strip()[:200],
        phone=person.phone.strip()[:30],
        replaces=replaces,
        author_name=current_actor().name,
    )


def _insert(roster: Roster, shifts: list[Shift]) -> None:
    """One writer of a roster at a time, and the database's refusal as ours."""
    Roster.objects.select_for_update().filter(pk=roster.pk).first()
    try:
        with act(savepoint=True):
            Shift.objects.bulk_create(shifts)
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise RosterRefusedError("taken", shifts[0].period[0]) from error
        raise


def replace_shift(
    *,
    shift: Shift,
    person: rules.Person,
    start: datetime | None = None,
    end: datetime | None = None,
    reason: str = "",
) -> Shift:
    """Have somebody stand in for the whole shift or a part; what is left stays with the first person.

    The replaced shift ends as a trace, and the new ones name it.

    Raises:
        RosterRefusedError: hours outside of the shift (`hours`), or it was replaced meanwhile (`ended`).
    """
    _demand(shift.roster.organisation_id)
    with act():
        Roster.objects.select_for_update().filter(pk=shift.roster_id).first()
        held = Shift.objects.select_for_update().filter(pk=shift.pk, ended_at=None).first()
        if held is None:
            raise RosterRefusedError("ended")
        whole = rules.Span(held.period.lower, held.period.upper)
        part = rules.Span(start or whole.start, end or whole.end)
        if not whole.start <= part.start < part.end <= whole.end:
            raise RosterRefusedError("hours")
        _end(held, reason.strip() or "Remplacement")
        first = rules.Person(held.grantee_id, held.display, held.phone)
        stands_in = _shift(shift.roster, person, held.rank, part, held)
        rest = [
            _shift(shift.roster, first, held.rank, one, held)
            for one in rules.without(whole, [part])
        ]
        _insert(shift.roster, [stands_in, *rest])
        _tell(shift.roster, "shift.replaced", ids=[held.id, stands_in.id], reason=reason)
    return stands_in


def remove_shift(*, shift: Shift, reason: str) -> None:
    """Take a shift off the roster, with its reason: the hole shows on the board.

    Raises:
        RosterRefusedError: without a reason.
    """
    _demand(shift.roster.organisation_id)
    if len(reason.strip()) < 3:
        raise RosterRefusedError("reason")
    with act():
        held = Shift.objects.select_for_update().filter(pk=shift.pk, ended_at=None).first()
        if held is None:
            raise RosterRefusedError("ended")
        _end(held, reason.strip())
        _tell(shift.roster, "shift.removed", ids=[held.id], reason=reason)


def _end(shift: Shift, reason: str) -> None:
    shift.ended_at, shift.ended_reason = timezone.now(), reason[:200]
    shift.save(update_fields=["ended_at", "ended_reason"])


def declare_absence(
    *,
    organisation_id: UUID,
    person: rules.Person,
    start: datetime,
    end: datetime,
    reason: str = "",
) -> Absence:
    """Say that somebody is away: they are passed over on call, and their shifts show as to replace."""
    _demand(organisation_id)
    if start.tzinfo is None or end.tzinfo is None or end <= start:
        raise RosterRefusedError("order")
    if end - start > timedelta(days=366) or not person.display.strip() or "\x00" in reason:
        raise RosterRefusedError("length")
    with act():
        away = Absence(
            id=uuid7(),
            organisation_id=organisation_id,
            grantee_id=person.id,
            display=person.display[:200],
            period=(start, end),
            reason=reason.strip()[:200],
        )
        away.save(force_insert=True)
        note("rosters.absence.declared", object_kind="absence", object_id=away.id)
        _hint("rosters.absence.declared", [away.id], organisation_id)
    return away


def end_absence(*, absence: Absence) -> None:
    """Withdraw an absence that was declared."""
    _demand(absence.organisation_id)
    if absence.ended_at:
        return
    with act():
        absence.ended_at = timezone.now()
        absence.save(update_fields=["ended_at"])
        note("rosters.absence.ended", object_kind="absence", object_id=absence.id)
        _hint("rosters.absence.ended", [absence.id], absence.organisation_id)


def _demand(organisation_id: UUID) -> None:
    by = current_actor()
    if by.kind == "system":
        return
    is_of_the_place = by.organisation_id is not None and by.organisation_id == organisation_id
    if not rules.may_edit(by.role, is_of_the_place=is_of_the_place):
        raise AccessRefusedError("profession")


def _tell(roster: Roster, what: str, *, ids: list[UUID] | None = None, reason: str = "") -> None:
    note(
        f"rosters.{'roster.' if ids is None else ''}{what}",
        object_kind="roster",
        object_id=roster.id,
        reason=reason,
        details={"shifts": [str(one) for one in ids]} if ids else None,
    )
    _hint(f"rosters.{what}", [roster.id], roster.organisation_id)


def _hint(kind: str, ids: list[UUID], organisation_id: UUID) -> None:
    """Have the boards that the place's people keep open ask again."""
    topics = [f"user:{one}" for one in queries.accounts_of(organisation_id)]
    emit(kind, topics=topics, payload={"kind": "rosters", "ids": [str(one) for one in ids]})
