"""What an import of the ROR may change of an offer: never what was written here by hand (pure)."""

import json
from collections.abc import Mapping
from typing import Any

UNSAID: tuple[Any, ...] = ("", [], None, False)
"""What a column holds when nobody said anything of it."""
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
    may when nobody said anything of it.
    """
    taken: dict[str, Any] = {}
    kept: list[str] = []
    for name, value in told.items():
        if is_same(name, value, now[name]):
            continue
        is_ours = is_same(name, before[name], now[name]) if name in before else now[name] in UNSAID
        if is_ours:
            taken[name] = value
        else:
            kept.append(name)
    return taken, kept


def remembered(told: Values, now: Values, before: Values) -> dict[str, Any]:
    """What is to be known at the next import, once this one is done."""
    return dict(before) | {
        name: value for name, value in told.items() if is_same(name, value, now[name])
    }
