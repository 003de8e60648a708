"""The tables of R4 (`r4.json`, made by `scripts/fhir_definitions.py`), ready for the validator."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from enrs.core.fhir.rules.primitives import checkers

Check = Callable[[Any], bool]
NO_CODES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type, as JSON names it.

    `check` is given for primitives alone. `codes` are those of a required binding, `targets` the types
    that a reference may name (none: any). `least` is for lists and single elements that are no choice.
    """

    type: str
    is_list: bool
    most: int
    check: Check | None
    codes: frozenset[str]
    targets: frozenset[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A type or an inner element: its elements by name, and what is asked of them together.

    `needed` are groups of names of which one must be there; `choices` groups of which one may.
    """

    name: str
    elements: dict[str, Element]
    needed: tuple[tuple[str, tuple[str, ...]], ...]
    choices: tuple[frozenset[str], ...]
    choice_names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Definitions:
    """Every table, and the names of the resource types among them."""

    tables: dict[str, Table]
    resources: frozenset[str]
    origin: str


@cache
def definitions() -> Definitions:
    """The tables, read once."""
    text = files("enrs.core.fhir.rules").joinpath("r4.json").read_text(encoding="utf-8")
    tree = json.loads(text)
    checks = checkers(tree["primitives"])
    codes = {name: frozenset(listed) for name, listed in tree["codes"].items()}
    for name in tree["resources"]:
        tree["types"][name]["resourceType"] = ["string", 1, 1]
    tables = {name: _table(name, rows, checks, codes) for name, rows in tree["types"].items()}
    return Definitions(tables, frozenset(tree["resources"]), tree["origin"])


def _table(
    name: str,
    rows: dict[str, list[Any]],
    checks: dict[str, Check],
    codes: dict[str, frozenset[str]],
) -> Table:
    elements: dict[str, Element] = {}
    needed: dict[str, list[str]] = {}
    groups: dict[str, list[str]] = {}
    for key, row in rows.items():
        kind, least, most, bound, targets, choice = _whole(row)
        elements[key] = Element(
            type=kind,
            is_list=most != 1,
            most=most,
            check=checks.get(kind),
            codes=codes[bound] if bound else NO_CODES,
            targets=frozenset(targets),
        )
        if least:
            needed.setdefault(f"{choice}[x]" if choice else key, []).append(key)
        if choice:
            groups.setdefault(choice, []).append(key)
    choices = tuple(frozenset(group) for group in groups.values())
    return Table(
        name=name,
        elements=elements,
        needed=tuple((label, tuple(keys)) for label, keys in needed.items()),
        choices=choices,
        choice_names=frozenset().union(*choices),
    )


def _whole(row: list[Any]) -> list[Any]:
    """A row of the file, with the ends that it leaves out."""
    return [*row, *["", [], ""][len(row) - 3 :]]
