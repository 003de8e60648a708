"""What a protocol says, read from its data and checked (pure).

A protocol is JSON, so that the region writes one without a developer:

- `title`, `lead` (one sentence for professionals), `source` (where its thresholds come from);
- `days` (1 to 366), `every_days` (1 to 31), `times` (legal hours of the day, `HH:MM`), `grace_minutes`: how long
  after a due time its absence is told, less than the shortest time between two readings;
- `measures`: `kind` (one that the record keeps), `is_required`, thresholds on the first value in the unit of the
  record: `red_low` < `amber_low` <= value <= `amber_high` < `red_high`; `rise` in `rise_days` days, an amber;
- `questions`: `code`, `text`, `level` of a yes;
- `steps` for each of `red`, `amber`, `silent`: `who` is warned `after` how many minutes, in their order;
- `night`: from `starts` to `ends` and, with `weekends`, from Saturday to Monday and on holidays, `who` stands in
  for the watcher; `text` says it to the person;
- `advice` to the person for `green`, `amber`, `red`; `leaflet` for what is handed to them.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

LEVELS = ("green", "amber", "red")
ALERTS = ("red", "amber", "silent")
WHO = ("watcher", "on_call", "starter", "cell", "person")
"""Who may be called: the watcher, who is on call where they work, who began the follow-up, the region's support
cell, the person themselves and whoever stands for them."""
MOST_MEASURES, MOST_QUESTIONS, MOST_STEPS, MOST_TIMES = 12, 10, 5, 6
CODE = re.compile(r"[a-z][a-z0-9-]{1,38}")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class ProtocolError(Exception):
    """A protocol cannot be: the field, and a code (`missing`, `number`, `order`, `choice`, `many`, `length`,
    `gap`)."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


@dataclass(frozen=True, slots=True)
class Asked:
    """One measure that is asked for, and its thresholds in its unit."""

    kind: str
    is_required: bool = True
    amber_low: Decimal | None = None
    red_low: Decimal | None = None
    amber_high: Decimal | None = None
    red_high: Decimal | None = None
    rise: Decimal | None = None
    rise_days: int = 0

    @property
    def bounds(self) -> list[Decimal]:
        """The thresholds that are given, in the order in which they must rise."""
        given = (self.red_low, self.amber_low, self.amber_high, self.red_high)
        return [one for one in given if one is not None]


@dataclass(frozen=True, slots=True)
class Question:
    """One question answered by yes or no; `level` is what a yes means."""

    code: str
    text: str
    level: str


@dataclass(frozen=True, slots=True)
class Step:
    """Who is called, how many minutes after the alert."""

    who: str
    after: int


@dataclass(frozen=True, slots=True)
class Night:
    """Who stands in for the watcher from one legal hour to another, and what the person is told of it."""

    starts: time
    ends: time
    weekends: bool
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Content:
    """A whole protocol."""

    title: str
    lead: str
    source: str
    days: int
    every_days: int
    times: tuple[time, ...]
    grace_minutes: int
    measures: tuple[Asked, ...]
    questions: tuple[Question, ...]
    steps: Mapping[str, tuple[Step, ...]]
    night: Night | None
    advice: Mapping[str, str]
    leaflet: str

    @property
    def kinds(self) -> list[str]:
        """The kinds of measures asked for."""
        return [one.kind for one in self.measures]

    @property
    def calls_cell(self) -> bool:
        """Whether the support cell is called at some step, or at night."""
        called = {one.who for steps in self.steps.values() for one in steps}
        return "cell" in called or (self.night is not None and self.night.who == "cell")


def read(content: Mapping[str, Any], *, kinds: Collection[str]) -> Content:
    """A protocol from its data; `kinds` are the measures that the record keeps, in the order in which they are asked.

    Raises:
        ProtocolError: what is wrong first.
    """
    measures = _each(content, "measures", MOST_MEASURES, lambda one: _asked(one, kinds))
    order = list(kinds)
    measures = tuple(sorted(measures, key=lambda one: order.index(one.kind)))
    if len({one.kind for one in measures}) != len(measures):
        raise ProtocolError("measures", "many")
    questions = _each(content, "questions", MOST_QUESTIONS, _question)
    if len({one.code for one in questions}) != len(questions):
        raise ProtocolError("questions", "many")
    if not measures and not questions:
        raise ProtocolError("measures", "missing")
    times = _each(
        {"times": content.get("times")}, "times", MOST_TIMES, lambda one: clock("times", one)
    )
    if not times:
        raise ProtocolError("times", "missing")
    given = content.get("steps") or {}
    steps = {kind: _steps(given, kind) for kind in ALERTS}
    wanted = ("red", "silent", *(["amber"] if _has_amber(measures, questions) else []))
    for kind in wanted:
        if not steps[kind]:
            raise ProtocolError(f"steps_{kind}", "missing")
    times, every_days = tuple(sorted(set(times))), _whole(content, "every_days", 1, 31)
    grace_minutes = _whole(content, "grace_minutes", 15, 1440)
    if grace_minutes >= _shortest(times, every_days):
        raise ProtocolError("grace_minutes", "gap")
    return Content(
        title=_text(content, "title", 120, is_required=True),
        lead=_text(content, "lead", 400),
        source=_text(content, "source", 400),
        days=_whole(content, "days", 1, 366),
        every_days=every_days,
        times=times,
        grace_minutes=grace_minutes,
        measures=measures,
        questions=questions,
        steps=steps,
        night=_night(content.get("night")),
        advice={level: _text(content.get("advice") or {}, level, 600) for level in LEVELS},
        leaflet=_text(content, "leaflet", 6000),
    )


def _shortest(times: Sequence[time], every_days: int) -> int:
    """The shortest time between two readings, in minutes."""
    at = [one.hour * 60 + one.minute for one in times]
    return min(after - before for before, after in pairwise([*at, at[0] + every_days * 1440]))


def _has_amber(measures: Sequence[Asked], questions: Sequence[Question]) -> bool:
    """Whether something leads to an amber, which somebody must then be told of."""
    return any(one.level == "amber" for one in questions) or any(
        bound is not None for one in measures for bound in (one.amber_low, one.amber_high, one.rise)
    )


def clock(field: str, value: Any) -> time:
    """A legal hour of the day from `HH:MM`.

    Raises:
        ProtocolError: `number`.
    """
    if not isinstance(value, str) or not CLOCK.fullmatch(value):
        raise ProtocolError(field, "number")
    return time.fromisoformat(value)


def _each(
    content: Mapping[str, Any], name: str, most: int, make: Callable[[Any], Any]
) -> tuple[Any, ...]:
    rows = content.get(name) or []
    if not isinstance(rows, Sequence) or isinstance(rows, str) or len(rows) > most:
        raise ProtocolError(name, "many")
    return tuple(make(one) for one in rows)


def _asked(row: Mapping[str, Any], kinds: Collection[str]) -> Asked:
    kind = str(row.get("kind", ""))
    if kind not in kinds:
        raise ProtocolError("measures", "choice")
    named = ("amber_low", "red_low", "amber_high", "red_high", "rise")
    bounds = {name: _decimal(f"{kind}_{name}", row.get(name)) for name in named}
    rise = bounds["rise"]
    rise_days = int(row.get("rise_days") or 0)
    if (rise is None) != (rise_days == 0) or not 0 <= rise_days <= 90 or (rise or 1) <= 0:
        raise ProtocolError(f"{kind}_rise", "order")
    made = Asked(kind, bool(row.get("is_required", True)), rise_days=rise_days, **bounds)
    if made.bounds != sorted(set(made.bounds)):
        raise ProtocolError(f"{kind}_amber_low", "order")
    return made


def _question(row: Mapping[str, Any]) -> Question:
    code, level = str(row.get("code", "")), str(row.get("level", ""))
    if not CODE.fullmatch(code) or level not in ("amber", "red"):
        raise ProtocolError("questions", "choice")
    return Question(code, _text(row, "text", 300, is_required=True), level)


def _steps(given: Mapping[str, Any], kind: str) -> tuple[Step, ...]:
    """Steps in their order: each later than the one before."""
    field = f"steps_{kind}"
    rows = _each({field: given.get(kind)}, field, MOST_STEPS, lambda one: one)
    made: list[Step] = []
    for row in rows:
        who, after = str(row.get("who", "")), _whole(row, "after", 0, 2880, field=field)
        if who not in WHO:
            raise ProtocolError(field, "choice")
        if made and after <= made[-1].after:
            raise ProtocolError(field, "order")
        made.append(Step(who, after))
    return tuple(made)


def _night(row: Mapping[str, Any] | None) -> Night | None:
    if not row:
        return None
    who = str(row.get("who", ""))
    if who not in WHO:
        raise ProtocolError("night_who", "choice")
    starts, ends = clock("night_starts", row.get("starts")), clock("night_ends", row.get("ends"))
    if starts == ends:
        raise ProtocolError("night_starts", "order")
    text = _text(row, "text", 400, is_required=True, field="night_text")
    return Night(starts, ends, bool(row.get("weekends")), who, text)


def _text(
    row: Mapping[str, Any], name: str, most: int, *, is_required: bool = False, field: str = ""
) -> str:
    text = str(row.get(name) or "").strip()
    if is_required and not text:
        raise ProtocolError(field or name, "missing")
    if len(text) > most or "\x00" in text:
        raise ProtocolError(field or name, "length")
    return text


def _whole(row: Mapping[str, Any], name: str, low: int, high: int, *, field: str = "") -> int:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ProtocolError(field or name, "number")
    return value


def _decimal(field: str, value: Any) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value).replace(",", "."))
    except InvalidOperation as error:
        raise ProtocolError(field, "number") from error
    if not number.is_finite() or abs(number) >= 100_000:
        raise ProtocolError(field, "number")
    return number
