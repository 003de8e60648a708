"""What an import of the ROR may change of an offer: never what was written here by hand (pure)."""

import json
from collections.abc import Mapping
from typing import Any

ANSWERS = ("active", "is_always_open")
"""Columns whose false is an answer: somebody closed the unit, somebody told its hours."""
GROUPS = (("is_always_open", "hours"), ("activity_code", "field_code"))
"""Columns that say one thing together: a hand on one of them keeps them all."""
SORTED = ("hours", "zone_codes", "exceptions", "special_openings", "contacts")
"""Columns whose order says nothing."""

Values = Mapping[str, Any]


def is_same(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a column say the same."""
    if name in SORTED and isinstance(one, list) and isinstance(other, list):
        return sorted(map(_told, one)) == sorted(map(_told, other))
    return bool(one == other)


def _told(item: Any) -> str:
    """One item as text; the database gives the names of its parts in an order of its own."""
    return json.dumps(item, sort_keys=True)


def sorted_out(told: Values, now: Values, before: Values) -> tuple[dict[str, Any], list[str]]:
    """What the file changes, and the columns that it would change of what was written by hand.

    `before` is what earlier imports put there: a column that still holds it may follow the file; another one
    may when nobody said anything of it. `now` holds the columns of `together` too.
    """
    taken: dict[str, Any] = {}
    kept: list[str] = []
    for name, value in told.items():
        if is_same(name, value, now[name]):
            continue
        if _is_ours(together(name), now, before):
            taken[name] = value
        else:
            kept.append(name)
    return taken, kept


def together(name: str) -> tuple[str, ...]:
    """The columns that are judged with this one, itself among them."""
    return next((group for group in GROUPS if name in group), (name,))


def _is_ours(names: tuple[str, ...], now: Values, before: Values) -> bool:
    """Whether no person wrote any of these columns."""
    # Nobody said anything of hours that are all as a new offer has them: there, false is no answer.
    if len(names) > 1 and not any(name in before or now[name] for name in names):
        return True
    return all(
        is_same(name, before[name], now[name]) if name in before else is_unsaid(name, now[name])
        for name in names
    )


def is_unsaid(name: str, value: Any) -> bool:
    """Whether a column holds what it does when nobody said anything of it; a zero is said."""
    return value is None or value in ("", []) or (value is False and name not in ANSWERS)


def remembered(told: Values, now: Values, before: Values) -> dict[str, Any]:
    """What is to be known at the next import, once this one is done."""
    return dict(before) | {
        name: value for name, value in told.items() if is_same(name, value, now[name])
    }
