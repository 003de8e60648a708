"""The week at home, day by day: what is covered, what is awaited, where nobody comes (pure).

A day counts from the discharge: a visit earlier on that day is the hospital's. What is to be done once (a bed, a
tele-alarm) counts on its day, before the discharge too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

HORIZON = 14
"""Days in which a gap is looked for, from the discharge, then from today."""
PATIENCE = timedelta(hours=48)
"""So near, an answer that is still awaited covers nothing any more."""

COVERED, TAKEN, AWAITED, LATE, NOBODY = "covered", "taken", "awaited", "late", "nobody"
GAPS = (LATE, NOBODY)


@dataclass(frozen=True, slots=True)
class Passage:
    """One slot of the week with what is known of it. `weekday` 0 is Monday; `minutes` is its length.

    `agency` holds it from `from_on`; `awaited` are the agencies that have not answered yet.
    """

    slot_id: UUID
    visit_id: UUID
    label: str
    weekday: int
    starts: time
    minutes: int
    once_on: date | None = None
    agency: str = ""
    from_on: date | None = None
    is_retained: bool = False
    awaited: tuple[str, ...] = ()

    def comes_on(self, day: date) -> bool:
        """Whether it is wanted on this day."""
        return day == self.once_on if self.once_on else day.weekday() == self.weekday

    def state_on(self, day: date) -> str:
        """`covered`, `taken` (not confirmed yet), `late` (somebody, but later), `awaited` or `nobody`."""
        if self.agency and self.from_on is not None:
            # Whoever else was asked cannot take what is held: no answer of theirs is awaited.
            if self.from_on > day:
                return LATE
            return COVERED if self.is_retained else TAKEN
        return AWAITED if self.awaited else NOBODY


@dataclass(frozen=True, slots=True)
class Cell:
    """One visit on one day."""

    day: date
    passage: Passage
    state: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A visit that nobody makes on some days, and why.

    `nobody`, somebody later (`late`), or agencies that have not answered although the day is near (`awaited`).
    """

    visit_id: UUID
    label: str
    starts: time
    state: str
    days: tuple[date, ...]
    agency: str = ""
    from_on: date | None = None


def cells(passages: Iterable[Passage], *, leaving: datetime, first: date, days: int) -> list[Cell]:
    """Every visit wanted in these days from the discharge on, in their order.

    `leaving` is in the region's clock (naive or not, its wall time counts).
    """
    found = []
    passages = list(passages)
    apart = {(one.label, one.starts, one.once_on) for one in passages if one.once_on}
    known = sorted(passages, key=lambda one: (one.starts, one.label, one.slot_id))
    for rank in range(days):
        day = first + timedelta(days=rank)
        for one in known:
            is_before = (day, one.starts) < (leaving.date(), leaving.time()) and not one.once_on
            if one.comes_on(day) and not is_before:
                state = one.state_on(day)
                # Until its agency begins, a line of its own asks for this day: it says who comes.
                if state != LATE or (one.label, one.starts, day) not in apart:
                    found.append(Cell(day, one, state))
    return found


def gaps(passages: Iterable[Passage], *, leaving: datetime, now: datetime) -> list[Gap]:
    """What nobody makes in the days to come, visit by visit, the soonest first; what is past is past.

    `leaving` and `now` are in the region's clock.
    """
    passages = list(passages)
    grouped: dict[tuple[UUID, str, str, date | None], list[Cell]] = {}
    start = max(leaving.date(), now.date())
    first = max(min([start, *(one.once_on for one in passages if one.once_on)]), now.date())
    days = (start - first).days + HORIZON
    for one in cells(passages, leaving=leaving, first=first, days=days):
        if one.state in GAPS or (one.state == AWAITED and _is_near(one, now)):
            is_late = one.state == LATE
            who = one.passage.agency if is_late else ", ".join(one.passage.awaited)
            key = (
                one.passage.visit_id, one.state, who if one.state != NOBODY else "",
                one.passage.from_on if is_late else None,
            )  # fmt: skip
            grouped.setdefault(key, []).append(one)
    found = [
        Gap(visit_id, rows[0].passage.label, rows[0].passage.starts, state,
            tuple(one.day for one in rows), agency, from_on)
        for (visit_id, state, agency, from_on), rows in grouped.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.days[0], one.starts, one.label))


def _is_near(cell: Cell, now: datetime) -> bool:
    at = datetime.combine(cell.day, cell.passage.starts)
    return at < now.replace(tzinfo=None) + PATIENCE


def awaited_visits(passages: Iterable[Passage]) -> dict[UUID, tuple[str, ...]]:
    """The visits for which an answer is awaited, and from whom."""
    return {one.visit_id: one.awaited for one in passages if one.awaited}


def counts(found: Sequence[Cell]) -> dict[str, int]:
    """How many visits of some days stand in each state."""
    return {
        state: sum(one.state == state for one in found)
        for state in (COVERED, TAKEN, AWAITED, LATE, NOBODY)
    }


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())
