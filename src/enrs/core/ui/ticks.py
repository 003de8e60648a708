"""Where the axes of a chart are marked: round values, round moments of the local calendar."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from enrs.core.ui.french import MONTHS, NBSP, local

SHORT_MONTHS = (
    "janv.",
    "févr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
)
TIME_STEPS = (
    ("hour", 1),
    ("hour", 3),
    ("hour", 6),
    ("hour", 12),
    ("day", 1),
    ("day", 2),
    ("day", 7),
    ("day", 14),
    ("month", 1),
    ("month", 2),
    ("month", 3),
    ("month", 6),
    ("year", 1),
    ("year", 2),
    ("year", 5),
    ("year", 10),
)


def nice_ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round values (1, 2 or 5 times a power of ten) that cover [low, high]."""
    span = high - low
    if span < 1e-9 * max(abs(high), abs(low), 1e-3):
        span = abs(high) if abs(high) > 1e-6 else 1.0
    raw = span / wanted
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    if first == last:
        last += 1
    return [round(index * step, 10) for index in range(first, last + 1)]


def _steps_from(start: datetime, unit: str, size: int) -> Iterator[datetime]:
    """Round moments of the local calendar from the one at or before `start`."""
    here = local(start).replace(minute=0, second=0, microsecond=0)
    if unit == "hour":
        here = here.replace(hour=here.hour - here.hour % size)
        while True:
            yield here
            here += timedelta(hours=size)
    here = here.replace(hour=0)
    if unit == "day":
        while True:
            yield here
            here += timedelta(days=size)
    month = 0 if unit == "year" else (here.month - 1) - (here.month - 1) % size
    year = here.year - here.year % size if unit == "year" else here.year
    months = size * 12 if unit == "year" else size
    count = year * 12 + month
    while True:
        yield here.replace(year=count // 12, month=count % 12 + 1, day=1)
        count += months


def time_ticks(start: datetime, end: datetime, most: int) -> tuple[str, list[datetime]]:
    """Unit and at most `most` round moments inside [start, end]."""
    for unit, size in TIME_STEPS:
        if unit == "hour" and (end - start) > timedelta(hours=size * (most + 1)):
            continue
        found: list[datetime] = []
        for tick in _steps_from(start, unit, size):
            if tick > end or len(found) > most:
                break
            if tick >= start:
                found.append(tick)
        if len(found) <= most:
            return unit, found
    return "year", []


def tick_words(tick: datetime, unit: str, *, with_year: bool) -> str:
    """Label of a time tick: « 14 h », « 12 mars », « mars 2026 » or « 2026 »."""
    if unit == "hour":
        return f"{tick.hour}{NBSP}h"
    if unit == "day":
        return f"{tick.day}{NBSP}{SHORT_MONTHS[tick.month - 1]}"
    if unit == "month":
        return (
            f"{SHORT_MONTHS[tick.month - 1]}{NBSP}{tick.year}"
            if with_year
            else (
                MONTHS[tick.month - 1]
                if len(MONTHS[tick.month - 1]) < 6
                else SHORT_MONTHS[tick.month - 1]
            )
        )
    return str(tick.year)
