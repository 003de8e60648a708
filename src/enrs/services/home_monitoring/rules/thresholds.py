"""What thresholds say of one reading (pure)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from enrs.services.home_monitoring.rules.protocols import LEVELS, Asked, Content

Point = tuple[datetime, Decimal]
"""A measure of before: when, and its first value."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The level of a reading (`green`, `amber`, `red`) and what was found, the gravest first.

    A finding is plain data: `kind` (a measure) or `code` and `text` (a question), `rule` (`low`, `high`, `rise`,
    `yes`), `value` and `limit` as text, `level`.
    """

    level: str
    findings: list[dict[str, Any]]


def judge(
    content: Content,
    *,
    values: Mapping[str, Decimal],
    answers: Collection[str],
    earlier: Mapping[str, Sequence[Point]],
    at: datetime,
) -> Judgement:
    """The level of what was entered `at` a moment: first `values` by kind, codes of the questions answered yes,
    and the `earlier` measures of the kinds that have a rise.

    A value on a threshold is still within it.
    """
    found: list[dict[str, Any]] = []
    for asked in content.measures:
        value = values.get(asked.kind)
        if value is not None:
            found += _of_value(asked, value) + _of_rise(
                asked, value, earlier.get(asked.kind, ()), at
            )
    found += [
        {"code": one.code, "text": one.text, "rule": "yes", "level": one.level}
        for one in content.questions
        if one.code in answers
    ]
    found.sort(key=lambda one: -LEVELS.index(one["level"]))
    return Judgement(found[0]["level"] if found else "green", found)


def _of_value(asked: Asked, value: Decimal) -> list[dict[str, Any]]:
    """The gravest threshold that a value crosses, on either side."""
    sides = (
        ("red", "low", asked.red_low), ("red", "high", asked.red_high),
        ("amber", "low", asked.amber_low), ("amber", "high", asked.amber_high),
    )  # fmt: skip
    for level, rule, limit in sides:
        if limit is not None and (value < limit if rule == "low" else value > limit):
            return [_finding(asked.kind, rule, value, limit, level)]
    return []


def _of_rise(
    asked: Asked, value: Decimal, earlier: Sequence[Point], at: datetime
) -> list[dict[str, Any]]:
    """A rise since the lowest value of the days before."""
    if asked.rise is None:
        return []
    since = at - timedelta(days=asked.rise_days)
    known = [before for moment, before in earlier if since <= moment < at]
    if not known or value - min(known) < asked.rise:
        return []
    return [_finding(asked.kind, "rise", value - min(known), asked.rise, "amber")]


def _finding(kind: str, rule: str, value: Decimal, limit: Decimal, level: str) -> dict[str, Any]:
    return {
        "kind": kind, "rule": rule, "value": plain(value), "limit": plain(limit), "level": level,
    }  # fmt: skip


def plain(value: Decimal) -> str:
    """A number without its idle zeros: « 91 », « 38.5 »."""
    return f"{value.normalize():f}"


def worst(levels: Collection[str]) -> str:
    """The gravest of some levels; `green` of none."""
    return max(levels, key=LEVELS.index, default="green")


RANKS = {"red": 0, "amber": 2, "silent": 4, "green": 6}


def state_of(*, level: str, is_silent: bool, open_alerts: Collection[str]) -> tuple[str, int]:
    """The state of a follow-up and its rank on the board, by its last `level` and the alerts nobody answered.

    An alert that nobody answered keeps its colour, whatever came after; what waits for an answer comes before
    what does not.
    """
    graver = worst([level or "green", *(one for one in open_alerts if one in LEVELS)])
    state = "silent" if is_silent and graver == "green" else graver
    return state, RANKS[state] + (0 if open_alerts else 1)
