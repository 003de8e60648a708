"""The rows of groups that repeat: each instance of an item, its first values, what an expression reads of a row."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from enrs.core.questionnaires.rules.conditions import Rows
from enrs.core.questionnaires.rules.responses import Keep, to_items
from enrs.core.questionnaires.rules.shapes import Definition, Item, Values


def instances(scope: tuple[str, ...], together: Values) -> Iterator[tuple[Rows, Values]]:
    """Every row of the innermost group of a scope, with the rows around it; the whole for no scope."""

    def walk(depth: int, held: Values, rows: Rows) -> Iterator[tuple[Rows, Values]]:
        if depth == len(scope):
            yield rows, held
            return
        for row in held.get(scope[depth], ()):
            yield from walk(depth + 1, row, {**rows, scope[: depth + 1]: row})

    yield from walk(0, together, {(): together})


def own_rows(definition: Definition, values: Values) -> None:
    """Give `values` rows of their own in every table that holds a calculation, which then fills them."""
    for link_id in {one.scope[0] for one in definition.calculated if one.scope}:
        if link_id in values:
            values[link_id] = deepcopy(values[link_id])


def row_node(table: Item, row: Values, keep: Keep) -> dict[str, Any]:
    """The item of a QuestionnaireResponse that is this row."""
    return {"linkId": table.link_id, "item": to_items(table.children, row, keep, with_text=False)}


def first_row(table: Item) -> Values:
    """What a new row holds: the initial values of its items."""
    found: Values = {}
    for item in leaves(table):
        if item.initial:
            found[item.link_id] = list(item.initial) if item.is_repeating else item.initial[0]
    return found


def says_nothing(table: Item, row: Mapping[str, Any]) -> bool:
    """Whether nobody answered anything in a row: it holds calculations and first values alone."""
    first = first_row(table)
    calculated = {one.link_id for one in leaves(table) if one.calculated}
    return all(
        link_id in calculated or first.get(link_id) == value for link_id, value in row.items()
    )


def leaves(group: Item) -> Iterator[Item]:
    """What holds a value in a row: its items, those of its plain groups, its own tables."""
    for one in group.children:
        if one.type == "group" and not one.is_table:
            yield from leaves(one)
        elif one.type != "display":
            yield one
