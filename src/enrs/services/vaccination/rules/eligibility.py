"""Who may be vaccinated within a campaign, and who may prescribe or give the dose: values in, a verdict out.

The terms of a campaign are the region's data. What they may say is bounded by law: Code de la santé publique,
L5125-1-1 A and R5125-33-8 (pharmacists), R4311-5-1 (nurses), L4151-2 (midwives), and the orders that list vaccines and
ages (order of 8 August 2023).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from enrs.core.moments import partial_bounds

ROLES: Final = ("physician", "midwife", "nurse", "pharmacist")
"""Professions that a campaign may let prescribe and vaccinate."""
STOP, ADVICE, AGREED = "ci-", "av-", "accord"
"""How the questions of a form count, by their linkId: a yes to `ci-…` stops, one to `av-…` wants a doctor's
prescription, a no to `accord` stops. Other questions are kept and count for nothing."""
EXCEPTIONS: Final = ("done", "unsure", "interval")
"""The reasons that a doctor may set aside for one person, by a prescription that says why."""
PRESCRIPTION_DAYS: Final = 90
"""Days for which a prescription holds; the answers to the questions hold for the day."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a campaign says, without its row; ages in whole years, but for the least, in months."""

    is_open: bool
    starts_on: date
    ends_on: date | None = None
    min_months: int = 0
    max_age: int | None = None
    target_age: int | None = None
    conditions: Sequence[str] = ()
    is_target_only: bool = False
    prescribers: Mapping[str, int] = field(default_factory=dict)
    vaccinators: Mapping[str, int] = field(default_factory=dict)
    dose_count: int = 1
    interval_days: int = 0
    asks: bool = False


Span = tuple[date, date]
"""The first and the last day that a dose may be of; twice the same when its day is written."""


@dataclass(frozen=True, slots=True)
class Past:
    """Doses that stand: how many of this campaign, the days that each one against the same disease may be of, and
    among these the `unsure` ones, which may be of the campaign too.
    """

    count: int = 0
    days: Sequence[Span] = ()
    unsure: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class Aside:
    """What a doctor set aside by a prescription that still holds: rules among `EXCEPTIONS`, for the dose of this rank,
    against the doses that were `known` to them.
    """

    rules: Collection[str] = ()
    dose_rank: int = 0
    known: Collection[Span] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be done now.

    `kind` is `yes`, `advice` (a doctor prescribes) or `no`. `reasons` are codes, whose sentences are in `words`;
    `questions` the linkIds that count. `dose_rank` is the one to give, `earliest` the first day, today or later,
    that is far enough from every dose. `lifted` are the reasons that a doctor set aside; `may_except` says that
    the actor may do so.
    """

    kind: str
    reasons: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    may_prescribe: bool = False
    may_vaccinate: bool = False
    may_except: bool = False
    lifted: tuple[str, ...] = ()
    needs_condition: bool = False
    dose_rank: int = 1
    earliest: date = date.min
    age: int | None = None
    months: int | None = None


def months_on(born: str, day: date) -> int | None:
    """Whole months on a day, from a partial birth date; the least that it may be, None when nothing is known."""
    if not born:
        return None
    first, latest = partial_bounds(born)
    if latest > day:
        latest = max(first, day)
    return (day.year - latest.year) * 12 + day.month - latest.month - (day.day < latest.day)


def age_on(born: str, day: date) -> int | None:
    """Whole years on a day, as `months_on`."""
    months = months_on(born, day)
    return None if months is None else months // 12


def suits(months: int | None, min_months: int, max_months: int | None) -> bool:
    """Whether a vaccine is for somebody of this age, in whole months."""
    return months is not None and min_months <= months <= (max_months or months)


def signs(values: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The linkIds of the answers that stop, and of those that want a doctor."""
    stops = [one for one, value in values.items() if one.startswith(STOP) and value is True]
    stops += [one for one, value in values.items() if one == AGREED and value is False]
    return tuple(sorted(stops)), tuple(
        sorted(one for one, value in values.items() if one.startswith(ADVICE) and value is True)
    )


def far_enough(days: Collection[Span], interval: int, day: date) -> date:
    """The first day, `day` or later, that is `interval` days at least from every dose, before it or after it.

    A dose declared late may come before one that is known already: the last one alone does not tell. One whose day
    is not written keeps its distance from each day that it may be of, so that what is promised holds.
    """
    found, gap = day, timedelta(days=interval)
    if not interval:
        return found
    for first, latest in sorted(days, key=lambda one: (one[1], one[0])):
        if first - gap < found < latest + gap:
            found = latest + gap
    return found


def judge(
    terms: Terms,
    *,
    role: str,
    born: str,
    values: Mapping[str, Any] | None,
    past: Past,
    today: date,
    aside: Aside | None = None,
) -> Verdict:
    """What a role may do for somebody today.

    `values` are the answers to the questions, None while unanswered; `aside` what a doctor set aside, which holds
    for what that doctor knew.
    """
    age, months = age_on(born, today), months_on(born, today)
    earliest = far_enough(past.days, terms.interval_days, today)
    found = _refusals(terms, months, past, earliest, today)
    lifted = tuple(one for one in found if _is_lifted(one, aside or Aside(), terms, past, today))
    reasons = [one for one in found if one not in lifted]
    stops, doubts = signs(values or {})
    if stops:
        reasons.append("stop")
    is_asked = terms.asks and values is None
    kind = "no" if reasons else "advice" if doubts else "yes"
    in_age = {one: age is not None and age >= least for one, least in terms.vaccinators.items()}
    is_prescriber = (
        not is_asked
        and role in terms.prescribers
        and age is not None
        and age >= terms.prescribers[role]
    )
    may_prescribe = is_prescriber and kind != "no" and (kind == "yes" or role == "physician")
    is_exceptional = bool(reasons) and set(reasons) <= set(EXCEPTIONS)
    return Verdict(
        kind=kind,
        reasons=tuple(reasons) or (("doubt",) if doubts else ()),
        questions=stops or doubts,
        may_prescribe=may_prescribe,
        may_vaccinate=kind != "no" and not is_asked and in_age.get(role, False),
        may_except=is_exceptional and is_prescriber and role == "physician",
        lifted=lifted,
        needs_condition=not _is_targeted_by_age(terms, age),
        dose_rank=past.count + 1,
        earliest=earliest,
        age=age,
        months=months,
    )


def _refusals(
    terms: Terms, months: int | None, past: Past, earliest: date, today: date
) -> list[str]:
    found, age = [], None if months is None else months // 12
    if not terms.is_open or today < terms.starts_on or (terms.ends_on and today > terms.ends_on):
        found.append("closed")
    if age is None or months is None:
        found.append("age_unknown")
    elif months < terms.min_months or (terms.max_age is not None and age > terms.max_age):
        found.append("age")
    elif terms.is_target_only and not terms.conditions and not _is_targeted_by_age(terms, age):
        found.append("target")
    if past.count >= terms.dose_count:
        found.append("done")
    elif past.count + len(past.unsure) >= terms.dose_count:
        found.append("unsure")
    if earliest > today:
        found.append("interval")
    return found


def _is_lifted(reason: str, aside: Aside, terms: Terms, past: Past, today: date) -> bool:
    """Whether a doctor set a reason aside, and no dose came since that this doctor did not know."""
    if reason not in EXCEPTIONS or reason not in aside.rules:
        return False
    if reason == "interval":
        since = [one for one in past.days if one not in aside.known]
        return far_enough(since, terms.interval_days, today) == today
    if past.count + 1 > aside.dose_rank:
        return False
    return reason == "done" or all(one in aside.known for one in past.unsure)


def _is_targeted_by_age(terms: Terms, age: int | None) -> bool:
    return terms.target_age is not None and age is not None and age >= terms.target_age


def grounds(terms: Terms, age: int | None) -> list[str]:
    """Why somebody may be vaccinated, as the region says it: their age, a condition, or none where it is allowed."""
    found = []
    if _is_targeted_by_age(terms, age):
        found.append(f"{terms.target_age} ans et plus")
    found += terms.conditions
    if not terms.is_target_only:
        found.append(OUTSIDE_TARGET)
    return found


OUTSIDE_TARGET: Final = "Hors recommandation particulière"
