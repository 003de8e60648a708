"""The form as a page shows it to one role: a tree of nodes, each with its value, faults and rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from enrs.core.questionnaires.rules.conditions import Enabling, Rows
from enrs.core.questionnaires.rules.parts import fills, shows
from enrs.core.questionnaires.rules.rows import first_row
from enrs.core.questionnaires.rules.shapes import Definition, Fault, Item, Values
from enrs.core.questionnaires.rules.values import as_list, is_empty


@dataclass(slots=True)
class Row:
    """One row of a group that repeats; `key` is its rank when it was rendered."""

    key: int
    nodes: list["Node"]


@dataclass(slots=True)
class Node:
    """One item on the page. `path` is its field's name; `raw` what was typed when it does not fit."""

    item: Item
    path: str
    is_shown: bool
    is_fillable: bool = False
    value: Any = None
    raw: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def dom_id(self) -> str:
        return "n-" + self.path.replace(".", "-")

    @property
    def given(self) -> list[Any]:
        """The values, however many it may hold."""
        return as_list(self.value)

    def signature(self) -> tuple[Any, ...]:
        """What, when it changes, makes the page show this node anew (its inner nodes apart)."""
        moved = self.value if not self.is_fillable else None
        count = len(self.given) if self.item.is_repeating and not self.item.options else 0
        keys = tuple(row.key for row in self.rows)
        return (
            self.is_shown,
            str(moved),
            count,
            keys,
            tuple((one.code, one.detail) for one in self.faults),
        )

    def inner(self) -> Iterator["Node"]:
        """The nodes within, rows included."""
        yield from self.children
        for row in self.rows:
            yield from row.nodes


def sheet(
    definition: Definition,
    values: Values,
    scores: Values,
    role: str,
    *,
    faults: Iterable[Fault] = (),
    raw: Mapping[str, list[str]] | None = None,
) -> list[Node]:
    """The nodes of a form for a role; items that the role is not shown are absent."""
    together = values | scores
    enabling = Enabling(definition)
    by_path: dict[str, list[Fault]] = {}
    for one in faults:
        by_path.setdefault(one.path, []).append(one)
    typed = raw or {}

    def build(items: tuple[Item, ...], held: Values, rows: Rows, prefix: str) -> list[Node]:
        return [one_node(item, held, rows, prefix) for item in items if shows(item, role)]

    def one_node(item: Item, held: Values, rows: Rows, prefix: str) -> Node:
        path = f"{prefix}f{item.number}"
        node = Node(item, path, enabling.is_enabled(item, rows))
        if not node.is_shown:
            return node
        node.is_fillable = fills(item, role)
        node.faults = by_path.get(path, [])
        if item.is_table:
            for index, row in enumerate(table_rows(held, item)):
                inner = {**rows, (*item.scope, item.link_id): row}
                nodes = build(item.children, row, inner, f"{path}.{index}.")
                node.rows.append(Row(index, nodes))
        elif item.type == "group":
            node.children = build(item.children, held, rows, prefix)
            node.is_shown = any(one.is_shown for one in node.children)
        else:
            node.value = held.get(item.link_id)
            node.raw = typed.get(path, [])
        return node

    return build(definition.items, together, {(): together}, "")


def table_rows(held: Values, item: Item) -> list[Values]:
    """The rows of a table as the page shows them: a first one when there is none yet."""
    return held.get(item.link_id) or [first_row(item)]


def changed(before: Iterable[Node], after: Iterable[Node]) -> list[Node]:
    """The outermost nodes whose look changed, in the order of the page."""
    found: list[Node] = []
    for old, new in zip(before, after, strict=True):
        if old.signature() != new.signature():
            found.append(new)
        elif new.is_shown:
            found += changed(old.inner(), new.inner())
    return found


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an answer is: items that stand and that this role fills."""

    answered: int
    asked: int
    missing: int

    @property
    def percent(self) -> int:
        return round(100 * self.answered / self.asked) if self.asked else 100


def progress(nodes: Iterable[Node]) -> Progress:
    """Count what is asked of a role on its page; an optional row that says nothing asks nothing yet."""
    answered = asked = missing = 0
    for node in _leaves(nodes):
        asked += 1
        if not is_empty(node.value):
            answered += 1
        elif node.item.is_required:
            missing += 1
    return Progress(answered, asked, missing)


def _leaves(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        if not node.is_shown:
            continue
        if node.item.holds_value and node.is_fillable:
            yield node
        yield from _leaves(node.children)
        for row in node.rows:
            leaves = list(_leaves(row.nodes))
            if node.item.is_required or not all(is_empty(one.value) for one in leaves):
                yield from leaves
