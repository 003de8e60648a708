"""Indicators of coordination: delays in days, time per case, closing reasons; small numbers kept back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from enrs.services.coordination.rules.words import CLOSINGS, SMALL


@dataclass(frozen=True, slots=True)
class CaseLine:
    """What indicators need of one case."""

    requested_at: datetime
    first_contact_at: datetime | None
    first_visit_at: datetime | None
    minutes: int
    closed_code: str


@dataclass(frozen=True, slots=True)
class Delay:
    """A delay in days over the cases that have one; None when too few have it to be shown."""

    median: float | None
    ninth: float | None
    count: int | None
    waiting: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """A reason and its count; `count` is None when it is kept back."""

    label: str
    count: int | None


def shown(count: int) -> int | None:
    """A count, or None from one to four: zero tells nothing of anybody."""
    return count if count == 0 or count >= SMALL else None


def delay(lines: Sequence[CaseLine], field: str) -> Delay:
    """The delay from the request to `field`: median and ninth decile, in days to one decimal."""
    days = sorted(
        max(0.0, (moment - one.requested_at).total_seconds() / 86400)
        for one in lines
        if (moment := getattr(one, field)) is not None
    )
    waiting = len(lines) - len(days)
    if len(days) < SMALL:
        return Delay(None, None, shown(len(days)), shown(waiting))
    ninth = days[min(len(days) - 1, -(-9 * len(days) // 10) - 1)]
    return Delay(round(median(days), 1), round(ninth, 1), len(days), shown(waiting))


def hours_per_case(lines: Sequence[CaseLine]) -> float | None:
    """Mean time per case, in hours; None under five cases."""
    if len(lines) < SMALL:
        return None
    return round(sum(one.minutes for one in lines) / 60 / len(lines), 1)


def closings(lines: Iterable[CaseLine]) -> list[Share]:
    """How many cases closed for each reason.

    When exactly one count is kept back, the smallest of the others is too: the total would give it away.
    """
    counts = Counter(one.closed_code for one in lines if one.closed_code)
    kept = {code for code, count in counts.items() if shown(count) is None}
    if len(kept) == 1 and len(counts) > 1:
        rest = [(count, code) for code, count in counts.items() if code not in kept]
        kept.add(min(rest)[1])
    labels = dict(CLOSINGS)
    return [
        Share(labels.get(code, code), None if code in kept else count)
        for code, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]
