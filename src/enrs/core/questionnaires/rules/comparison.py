"""Answers as lines to read: sections, labels, words of the values; and two answers side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from enrs.core.questionnaires.rules.conditions import Enabling, Rows
from enrs.core.questionnaires.rules.parts import shows
from enrs.core.questionnaires.rules.shapes import CHOICES, Definition, Item, Values
from enrs.core.questionnaires.rules.values import as_list, is_empty

Words = Callable[[Item, Any], str]
"""One value in the words of the screen."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a heading (`level` from 1), or a question with the words of its answers."""

    link_id: str
    label: str
    level: int
    is_heading: bool
    words: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    is_score: bool = False
    type: str = ""
    key: str = ""


def lines(
    definition: Definition,
    values: Values,
    scores: Values,
    role: str,
    words: Words,
    *,
    with_empty: bool = True,
) -> list[Line]:
    """The lines that a role reads, in the order of the form; headings without lines are left out."""
    together = values | scores
    enabling = Enabling(definition)

    def gather(
        items: tuple[Item, ...], held: Values, rows: Rows, level: int, key: str
    ) -> list[Line]:
        found: list[Line] = []
        for item in items:
            if not shows(item, role) or not enabling.is_enabled(item, rows):
                continue
            own = f"{key}/{item.link_id}"
            label = f"{item.prefix} {item.text}".strip()
            if item.is_table:
                for index, row in enumerate(held.get(item.link_id) or (), 1):
                    inner = {**rows, (*item.scope, item.link_id): row}
                    inside = gather(item.children, row, inner, level + 1, f"{own}/{index}")
                    if inside:
                        head = f"{label} {index}".strip()
                        found += [Line(item.link_id, head, level, True, key=f"{own}/{index}")]
                        found += inside
            elif item.type == "group":
                inside = gather(item.children, held, rows, level + 1, key)
                if inside:
                    if label:
                        found.append(Line(item.link_id, label, level, True, key=own))
                    found += inside
            elif item.type != "display":
                given = as_list(held.get(item.link_id))
                if given or with_empty:
                    found.append(_line(item, given, label, level, own, words))
        return found

    return gather(definition.items, together, {(): together}, 1, "")


def _line(  # noqa: PLR0917  the parts of one line
    item: Item, given: list[Any], label: str, level: int, key: str, words: Words
) -> Line:
    return Line(
        item.link_id,
        label,
        level,
        False,
        tuple(words(item, one) for one in given),
        tuple(given),
        item.calculated is not None,
        item.type,
        key,
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """One question in two answers. `change` is the signed difference of two numbers, as text."""

    line: Line
    older: tuple[str, ...]
    newer: tuple[str, ...]
    is_different: bool
    change: str = ""


def compare(older: list[Line], newer: list[Line]) -> list[Pair]:
    """The lines of two answers side by side, in the order of the newer, what only the older has at its place."""
    old = {line.key: line for line in older}
    found: list[Pair] = []
    seen = set()
    for line in newer:
        seen.add(line.key)
        found.append(_pair(line, old.get(line.key), line))
    for index, line in enumerate(older):
        if line.key not in seen:
            after = older[index - 1].key if index else ""
            place = next((i + 1 for i, one in enumerate(found) if one.line.key == after), 0)
            found.insert(place, _pair(line, line, None))
    return found


def _pair(line: Line, older: Line | None, newer: Line | None) -> Pair:
    before = older.words if older else ()
    after = newer.words if newer else ()
    change = ""
    if older and newer and len(older.values) == 1 and len(newer.values) == 1:
        change = _change(line.type, older.values[0], newer.values[0])
    return Pair(line, before, after, before != after, change)


def _change(kind: str, before: Any, after: Any) -> str:
    if kind == "quantity" and before["unit"] == after["unit"]:
        before, after = before["value"], after["value"]
    elif kind not in ("integer", "decimal"):
        return ""
    gap = Decimal(str(after)) - Decimal(str(before))
    return f"{gap:+f}" if gap else ""


def label_of(item: Item, value: Any) -> str:
    """The words of a choice; other values as text."""
    if item.type in CHOICES:
        if isinstance(value, Mapping):
            return str(value.get("text", ""))
        option = item.option(value)
        return option.display if option else str(value)
    return "" if is_empty(value) else str(value)
