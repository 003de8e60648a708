"""What figures may be kept, who may enter them, and when one is old (pure).

Statuses: TRE_R330 of the ROR. 07 « Opérationnel » is computed and never taken in; 08 and 09 are FINESS's
alone. The sum that must hold, and the refusal of a figure without its date: ROR, « disponibilité en lits ».
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from enrs.referentials.offer.rules import REGULATION

STATUSES = ("installed", "available", "occupied", "reserved", "closed", "additional")
STATUS_CODES = {
    "01": "installed",
    "02": "available",
    "03": "occupied",
    "04": "reserved",
    "05": "closed",
    "06": "additional",
}
OPERATIONAL = "07"
MOST = 9999
"""No unit has more beds; more is a slip of the finger."""

CLOCK_SLACK = timedelta(minutes=5)
"""A figure dated later than this after now is refused: it would keep out every later one."""

UNDO_MINUTES = 15
HOLD_MINUTES = 30
"""How long a bed waits for the unit's word before it goes back."""
CONFIRMED_HOURS = 24
"""A confirmed bed waits for its patient this long (TRE_R330, 04 « Réservé »)."""

ENTRY_ROLES = frozenset({"nurse", "physician", "midwife", "coordinator", "secretary"})
"""Who enters the figures of the units of their own site."""
READER_ROLES = frozenset({"nurse", "physician", "midwife", "coordinator", "secretary", "operator"})
"""Who sees the region's figures: they name nobody, and whoever looks for a bed needs them."""
ASKING_ROLES = frozenset({"nurse", "physician", "midwife", "coordinator"})
CRISIS_ROLES = frozenset({"physician", "coordinator"})
"""Who opens a crisis at their own site; the cell and the operator open it anywhere."""
CELL_ROLES = frozenset({"nurse", "physician", "coordinator", "secretary"})
"""Who sits in the crisis cell, when they work where calls are regulated."""
CELL_ACTIVITY = REGULATION
"""The operational activity of a place whose people are the crisis cell."""

TYPES = ("bed", "place")
AGES = ("any", "adult", "child")
SEXES = ("any", "male", "female")
ASSIGNMENTS = ("", "covid")


class Figures(NamedTuple):
    """The six counts of one kind of bed of one unit."""

    installed: int = 0
    available: int = 0
    occupied: int = 0
    reserved: int = 0
    closed: int = 0
    additional: int = 0

    @property
    def operational(self) -> int:
        """07 « Opérationnel »: what can hold somebody today."""
        return max(0, self.installed + self.additional - self.closed)


def fault_of(figures: Figures) -> str:
    """Why figures cannot be kept: `number`, `sum`; empty when they can."""
    if not all(0 <= one <= MOST for one in figures):
        return "number"
    told = figures.available + figures.occupied + figures.reserved + figures.closed
    return "sum" if told > figures.installed + figures.additional else ""


def entered_by_hand(held: Figures, given: Mapping[str, int]) -> Figures:
    """The figures after somebody changed some: whoever is in no free, promised or closed bed is in one.

    A count that is negative shows that more was given than there are beds: `fault_of` says so.
    """
    new = held._replace(**given)
    if "occupied" in given:
        return new
    rest = new.installed + new.additional - new.available - new.reserved - new.closed
    return new._replace(occupied=rest)


def occupied_by(held: Figures, present: int, *, additional: int) -> Figures:
    """The figures when so many patients are in the beds: what is left is free.

    More patients than beds lie in additional ones, which nobody loses sight of, and which go with them;
    `additional` are those that somebody gave, which stay.
    """
    room = held.installed + additional - held.reserved - held.closed
    return held._replace(
        occupied=present,
        available=max(0, room - present),
        additional=additional + max(0, present - room),
    )


@dataclass(frozen=True, slots=True)
class Merge:
    """Figures after a feed: what became of each given status, in two lists."""

    figures: Figures
    moments: tuple[datetime | None, ...]
    applied: tuple[str, ...]
    late: tuple[str, ...]


def merge(
    held: Figures, moments: Sequence[datetime | None], given: Mapping[str, int], at: datetime
) -> Merge:
    """Apply the statuses given at a moment; those older than the figure held are left aside."""
    values, dates = list(held), list(moments)
    applied, late = [], []
    for status, count in given.items():
        rank = STATUSES.index(status)
        known = dates[rank]
        if known is not None and at < known:
            late.append(status)
            continue
        values[rank], dates[rank] = count, at
        applied.append(status)
    return Merge(Figures(*values), tuple(dates), tuple(applied), tuple(late))


def fault_of_moment(at: datetime | None, now: datetime) -> str:
    """Why a feed's date is not taken: `undated`, `zone`, `future`; empty when it is."""
    if at is None:
        return "undated"
    if at.tzinfo is None:
        return "zone"
    return "future" if at > now + CLOCK_SLACK else ""


def freshness(measured_at: datetime | None, now: datetime, stale_hours: int) -> str:
    """`never`, `fresh`, `old` (past its threshold) or `silent` (past twice that)."""
    if measured_at is None:
        return "never"
    age = now - measured_at
    if age <= timedelta(hours=stale_hours):
        return "fresh"
    return "old" if age <= timedelta(hours=2 * stale_hours) else "silent"


def may_enter(role: str, *, is_of_the_site: bool) -> bool:
    """Whether somebody enters the figures of a unit."""
    return is_of_the_site and role in ENTRY_ROLES


def may_open_crisis(role: str, *, is_of_the_site: bool, is_of_the_cell: bool) -> bool:
    """Whether somebody declares a crisis at a site."""
    return role == "operator" or is_of_the_cell or (is_of_the_site and role in CRISIS_ROLES)


def sits_in_cell(role: str, *, is_of_the_cell: bool) -> bool:
    """Whether somebody searches and gives critical-care beds."""
    return role == "operator" or (is_of_the_cell and role in CELL_ROLES)


@dataclass(frozen=True, slots=True)
class Told:
    """What a feed says of one kind of bed of a unit, at a moment."""

    given: Mapping[str, int]
    at: datetime | None
    type: str = "bed"
    age: str = "any"
    sex: str = "any"
    assignment: str = ""
    crisis: str = ""

    @property
    def kind(self) -> dict[str, str]:
        """What names the row of figures."""
        return {
            "type": self.type,
            "age": self.age,
            "sex": self.sex,
            "assignment": self.assignment,
            "crisis": self.crisis,
        }
