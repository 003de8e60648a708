"""The lines of the week: added, proposed from the needs, removed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.questionnaires.commands import start_answer
from enrs.core.questionnaires.models import Answer
from enrs.services.home_support import needs, queries
from enrs.services.home_support.commands.shared import (
    SupportRefusedError,
    clean,
    demand_keeper,
    free,
    locked,
    locked_slots,
    move,
    tell,
    visits_of,
    week_changed,
)
from enrs.services.home_support.models import Ask, HomeReturn, Slot, Visit
from enrs.services.home_support.rules import words
from enrs.services.home_support.rules.week import LATE

MOST_VISITS = 40
"""Lines of a week: past it a home wants another project than a return."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the week: `days` are days of the week (0 is Monday), or `once_on` names the only day."""

    kind: str
    starts: time
    minutes: int
    days: tuple[int, ...] = ()
    provider: str = "saad"
    what: str = ""
    once_on: date | None = None


def add_visit(*, home_return: HomeReturn, line: Line) -> Visit:
    """Add a line to the week; nobody has it yet. The same line again within a minute is a second tap: it adds nothing.

    Raises:
        AccessRefusedError; SupportRefusedError: `ended`, `kind`, `days`, `minutes`, `past`, `many`, `long`.
    """
    by = demand_keeper(home_return)
    with act():
        held = locked(home_return)
        if known := _just_made(held, line):
            return known
        made = _write(held, line, by)
        tell(held, "visit.added")
        week_changed(held.patient_id, held.id)
    return made


def begin_needs(*, home_return: HomeReturn) -> Answer:
    """Begin the form of the needs; it is the person's, like any other.

    Raises:
        AccessRefusedError: not of the place that opened the return, or may not fill forms here.
        SupportRefusedError: `ended`.
    """
    demand_keeper(home_return)
    with act():
        held = locked(home_return)
        return start_answer(form=needs.FORM, patient_id=held.patient_id)


def take_needs(*, home_return: HomeReturn, answer_id: UUID) -> list[Visit]:
    """Add the visits that the needs of a filled form call for; the same form again adds nothing.

    Raises:
        AccessRefusedError; SupportRefusedError: `ended`, `answer` (not this person's form, or not finished), `many`.
    """
    by = demand_keeper(home_return)
    answer = questionnaires.answer(answer_id)
    if (
        answer is None
        or (answer.patient_id, answer.form_name) != (home_return.patient_id, needs.FORM)
        or answer.status not in ("completed", "amended")
    ):
        raise SupportRefusedError("answer")
    with act():
        held = locked(home_return)
        if held.answer_id == answer.id:
            return []
        lines = needs.proposed(answer, legal_day(held.leaving_at), _kinds_of(held))
        found = [_write(held, Line(**one), by) for one in lines]
        held.answer_id, held.needs = answer.id, needs.words_of(answer)
        held.save(update_fields=["answer_id", "needs"])
        tell(held, "needs.taken")
        week_changed(held.patient_id, held.id)
    return found


def cover_until(*, home_return: HomeReturn, visit_id: UUID) -> list[Visit]:
    """Write a line for each day on which nobody comes before the agency that holds a visit begins: they can be asked.

    Days that have such a line already are left; a second tap adds nothing.

    Raises:
        AccessRefusedError; SupportRefusedError: `ended`, `visit` (not of this week), `many`.
    """
    by = demand_keeper(home_return)
    with act():
        held = locked(home_return)
        visit = visits_of(held, [visit_id])[0]
        found = [
            one for one in queries.gaps_of(held) if one.visit_id == visit.id and one.state == LATE
        ]
        days = sorted({day for one in found for day in one.days})
        made = [
            _write(held, Line(visit.kind, visit.starts, visit.minutes, (), visit.provider, visit.what, day), by)
            for day in days
        ]  # fmt: skip
        if made:
            tell(held, "visit.added")
            week_changed(held.patient_id, held.id)
    return made


def remove_visit(*, home_return: HomeReturn, visit_id: UUID) -> None:
    """Take a line off the week; the agency that held it is told, what is asked of it alone ends.

    Raises:
        AccessRefusedError; SupportRefusedError: `ended`, `visit` (not of this week, or removed already).
    """
    by = demand_keeper(home_return)
    with act():
        held = locked(home_return)
        visit = Visit.objects.filter(pk=visit_id, home_return=held, removed_at=None).first()
        if visit is None:
            raise SupportRefusedError("visit")
        keys = Slot.objects.filter(visit=visit).values_list("id", flat=True)
        taken = [one for one in locked_slots(keys) if one.ask_id]
        holders = {one.ask_id for one in taken}
        free(taken)
        visit.removed_at, visit.removed_by = timezone.now(), by.name[:200]
        visit.save(update_fields=["removed_at", "removed_by"])
        asks = Ask.objects.filter(asked__visit=visit, task__state__in=("sent", "more", "accepted"))
        agencies = [one.agency_id for one in asks if one.id in holders]
        ended = [
            one.agency_id
            for one in asks.distinct().order_by("id")
            if end_if_empty(one) and one.id not in holders
        ]
        tell(held, "visit.removed")
        if ended:
            tell(held, "withdrawn", agencies=ended, told=[str(one) for one in ended])
        if agencies:
            tell(held, "released", agencies=agencies, told=[str(one) for one in agencies])


def end_if_empty(ask: Ask) -> bool:
    """Withdraw what is asked of an agency when nothing of it is left to do; whether it was."""
    if ask.task.state == "accepted":
        waits = Slot.objects.filter(ask=ask).exists()
    else:
        # What somebody else took and nobody confirmed may still be free again: the answer is still wanted.
        waits = Slot.objects.filter(
            visit__asked__ask=ask, visit__removed_at=None, retained_at=None
        ).exists()
    if not waits:
        move(ask, "withdraw")
    return not waits


def _kinds_of(held: HomeReturn) -> set[str]:
    rows = Visit.objects.filter(home_return=held, removed_at=None)
    return set(rows.values_list("kind", flat=True))


def _just_made(held: HomeReturn, line: Line) -> Visit | None:
    rows = Visit.objects.filter(
        home_return=held, removed_at=None, kind=line.kind, provider=line.provider, starts=line.starts,
        minutes=line.minutes, what=line.what.strip(), once_on=line.once_on,
        made_at__gt=timezone.now() - timedelta(minutes=1),
    )  # fmt: skip
    days = {line.once_on.weekday()} if line.once_on else set(line.days)
    for one in rows.prefetch_related("slots"):
        if {slot.weekday for slot in one.slots.all()} == days:
            return one
    return None


def _write(held: HomeReturn, line: Line, by: Actor) -> Visit:
    days: Collection[int] = (line.once_on.weekday(),) if line.once_on else set(line.days)
    if line.kind not in dict(words.KINDS) or line.provider not in dict(words.PROVIDERS):
        raise SupportRefusedError("kind")
    if not days or not all(0 <= one <= 6 for one in days):
        raise SupportRefusedError("days")
    if line.once_on and line.once_on < min(legal_day(timezone.now()), legal_day(held.leaving_at)):
        raise SupportRefusedError("past")
    if not 5 <= line.minutes <= 24 * 60:
        raise SupportRefusedError("minutes")
    if Visit.objects.filter(home_return=held, removed_at=None).count() >= MOST_VISITS:
        raise SupportRefusedError("many")
    made = Visit(
        id=uuid7(), home_return=held, kind=line.kind, what=clean(line.what, 300),
        provider=line.provider, starts=line.starts, minutes=line.minutes, once_on=line.once_on,
        made_at=timezone.now(), made_by=by.name[:200],
    )  # fmt: skip
    made.save(force_insert=True)
    Slot.objects.bulk_create([Slot(id=uuid7(), visit=made, weekday=one) for one in sorted(days)])
    return made
