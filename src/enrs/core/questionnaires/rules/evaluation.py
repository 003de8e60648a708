"""What a form says for given values: calculations, what stands, what is wrong, what is kept at the end."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from enrs.core.questionnaires.rules.conditions import Enabling, Rows
from enrs.core.questionnaires.rules.expressions import Expression, ExpressionError
from enrs.core.questionnaires.rules.parts import fills, sees
from enrs.core.questionnaires.rules.responses import Keep, to_items
from enrs.core.questionnaires.rules.rows import (
    first_row,
    instances,
    leaves,
    own_rows,
    row_node,
    says_nothing,
)
from enrs.core.questionnaires.rules.shapes import CHOICES, Definition, Fault, Item, Values
from enrs.core.questionnaires.rules.values import (
    ValueRefusedError,
    as_list,
    checked,
    clean_values,
    is_empty,
)

MAX_PASSES = 6
MAX_ROWS = 100
MAX_SECONDS = 2.0
"""Of its thread, for all the calculations of a form: each row runs its own."""
DECIMALS = Decimal("0.000001")

Places = tuple[tuple[tuple[str, ...], Values], ...]
"""The rows around an item, outermost first: (scope, row)."""


def calculate(definition: Definition, values: Values) -> tuple[Values, list[Fault]]:
    """The calculated items for these values, and the calculations that failed.

    Those of a group that repeats are answered row by row, in the rows of `values`, which are made anew.
    Calculations may use one another's results: they run again until nothing moves.
    """
    if not definition.calculated:
        return {}, []
    own_rows(definition, values)
    turns = _Turns(definition, values)
    for turn in range(MAX_PASSES):
        turns.take(is_first=not turn)
        if not turns.moved:
            break
    return turns.scores, list(turns.faults.values())


class _Turns:
    """The passes over the calculations of a form: `moved` are the items that the last one changed."""

    def __init__(self, definition: Definition, values: Values) -> None:
        self.definition, self.values = definition, values
        self.scores: Values = {}
        self.faults: dict[str, Fault] = {}
        self.moved: set[str] = set()
        self.until = time.thread_time() + MAX_SECONDS

    def take(self, *, is_first: bool) -> None:
        """One pass, in the order of the form."""
        before, cells = dict(self.scores), set[str]()
        self.together = self.values | self.scores
        self.enabling = Enabling(self.definition)
        self.variables = _variables(self.definition, self.together)
        for item in self.definition.calculated:
            if not is_first and _is_settled(item, self.moved, self.variables):
                continue
            self.faults.pop(item.link_id, None)
            if item.scope:
                cells |= self._cells(item)
                continue
            self.scores.pop(item.link_id, None)
            if self.enabling.is_enabled(item, {(): self.together}):
                value = self._value(item, self.values | self.scores, ())
                if not is_empty(value):
                    self.scores[item.link_id] = value
        scores = self.scores
        self.moved = {key for key in before | scores if before.get(key) != scores.get(key)} | cells

    def _cells(self, item: Item) -> set[str]:
        """Answer an item in each row of its group; its linkId when one changed."""
        together = self.values | self.scores
        moved = set()
        for rows, row in instances(item.scope, self.together):
            former, value = row.get(item.link_id), None
            if self.enabling.is_enabled(item, rows):
                value = self._value(item, together, tuple(rows.items())[1:])
            if is_empty(value):
                row.pop(item.link_id, None)
            else:
                row[item.link_id] = value
            if former != row.get(item.link_id):
                moved.add(item.link_id)
        return moved

    def _value(self, item: Item, values: Values, rows: Places) -> Any:
        if item.calculated is None:
            return None
        try:
            if time.thread_time() > self.until:
                raise ExpressionError("budget")
            variables = dict(self.variables)
            for scope, row in rows:
                table = self.definition.by_link[scope[-1]]
                for name, expression in table.variables:
                    variables[name] = _run(
                        self.definition, expression, values, variables, (table, row)
                    )
            place = (self.definition.by_link[rows[-1][0][-1]], rows[-1][1]) if rows else None
            return _result(item, _run(self.definition, item.calculated, values, variables, place))
        except (ExpressionError, ValueRefusedError) as error:
            self.faults[item.link_id] = Fault("calculation", item.link_id, str(error))
            return None


def _is_settled(item: Item, moved: set[str], variables: Mapping[str, Any]) -> bool:
    """Whether nothing that this calculation reads moved since it last ran."""
    expression = item.calculated
    if expression is None or not expression.is_narrow or variables or item.enable_when:
        return False
    if item.scope:  # a row may hold variables and conditions of its own
        return False
    return not expression.quoted & moved


def _variables(definition: Definition, values: Values) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, expression in definition.variables:
        try:
            found[name] = _run(definition, expression, values, found)
        except ExpressionError:
            found[name] = []
    return found


def _run(
    definition: Definition,
    expression: Expression,
    values: Values,
    variables: Mapping[str, Any],
    place: tuple[Item, Values] | None = None,
) -> list[Any]:
    """What an expression gives on these values; `place` is the (table, row) where it is asked."""
    keep: Keep = _everything
    if expression.is_narrow:
        wanted = set(expression.quoted)
        for link_id in expression.quoted:
            while above := definition.above(link_id):
                link_id = above  # noqa: PLW2901  climbs to the root
                wanted.add(link_id)

        def keep(item: Item) -> bool:
            return item.link_id in wanted

    resource: dict[str, Any] = {"resourceType": "QuestionnaireResponse"}
    if place is None or "resource" in expression.variables:
        resource["item"] = to_items(definition.items, values, keep, with_text=False)
    names = dict.fromkeys(expression.variables, None) | dict(variables)
    return expression.run(resource, names, row_node(*place, keep) if place else None)


def _everything(_: Item) -> bool:
    return True


def _result(item: Item, found: list[Any]) -> Any:
    """The value of a calculated or pre-filled item, from what its expression gives."""
    if not found:
        return None
    values = [_one_result(item, one) for one in found]
    if item.is_repeating:
        return [checked(item, one) for one in values]
    return checked(item, values[0])


def _one_result(item: Item, value: Any) -> Any:  # noqa: PLR0911  one kind a line
    if isinstance(value, Decimal | float) and not isinstance(value, bool):
        number = Decimal(str(value))
        if item.type == "integer":
            return int(number.to_integral_value(ROUND_HALF_UP))
        step = DECIMALS if item.max_decimals is None else Decimal(1).scaleb(-item.max_decimals)
        number = number.quantize(step, ROUND_HALF_UP)
        text = format(number, "f")
        value = text.rstrip("0").rstrip(".") if "." in text else text
    if item.type == "quantity":
        if isinstance(value, Mapping):
            unit = value.get("code") or value.get("unit") or ""
            return {"value": str(value.get("value", "")), "unit": unit}
        return {"value": str(value), "unit": ""}
    if item.type in CHOICES and isinstance(value, Mapping):
        return str(value.get("code", ""))
    if item.type in CHOICES or item.type in ("string", "text", "url"):
        return str(value)
    if item.type in ("date", "dateTime", "time") and not isinstance(value, str):
        return str(value)
    return value


def prefilled(definition: Definition, sources: Mapping[str, Any]) -> Values:
    """The first values of an answer: `initial`, then `initialExpression` read from the sources.

    A group that repeats begins with one row for each thing that its population context gives. A source
    that is missing or an expression that fails leaves its item empty.
    """
    values: Values = {}
    for item in definition.walk():
        if item.scope:
            continue
        if item.is_table:
            if rows := _populated(item, sources):
                values[item.link_id] = rows
        elif item.holds_value:
            values |= _first(item, sources)
    return values


def _first(item: Item, sources: Mapping[str, Any]) -> Values:
    """The first value of one item by its linkId; empty when nothing gives one."""
    found: Any = None
    if item.initial:
        found = list(item.initial) if item.is_repeating else item.initial[0]
    if item.prefill is not None:
        names = dict.fromkeys(item.prefill.variables, None) | dict(sources)
        with contextlib.suppress(ExpressionError, ValueRefusedError):
            given = _result(item, item.prefill.run({"resourceType": "Parameters"}, names))
            found = found if is_empty(given) else given
    return {} if is_empty(found) else {item.link_id: found}


def _populated(table: Item, sources: Mapping[str, Any]) -> list[Values]:
    """One row for each thing of the table's population context, as far as it says something."""
    if table.population is None:
        return []
    name, expression = table.population
    names = dict.fromkeys(expression.variables, None) | dict(sources)
    try:
        things = expression.run({"resourceType": "Parameters"}, names)
    except ExpressionError:
        return []
    rows = []
    for thing in things[:MAX_ROWS]:
        row: Values = {}
        for item in leaves(table):
            row |= {} if item.is_table else _first(item, {**sources, name: thing})
        if row and not says_nothing(table, row):
            rows.append(row)
    return rows


def merged(
    definition: Definition, base: Values, given: Mapping[str, Any], role: str
) -> tuple[Values, list[Fault], list[str]]:
    """`base` with what `given` changes: (values, faults, linkIds that this role may not fill and are ignored).

    An empty value clears its item. A value that does not fit is a fault and leaves the former one.
    """
    values, faults, ignored = dict(base), [], []
    for link_id, value in given.items():
        item = definition.by_link.get(link_id)
        if item is None or item.scope or (item.type == "group" and not item.is_table):
            faults.append(Fault("unknown_item", link_id))
        elif item.type == "display" or not fills(item, role):
            if value != base.get(link_id):
                ignored.append(link_id)
        elif is_empty(value):
            values.pop(link_id, None)
        else:
            try:
                values[link_id] = _Rows(role, ignored).whole(item, value, base.get(link_id))
            except ValueRefusedError as error:
                faults.append(Fault(error.code, link_id, error.detail))
    return values, faults, ignored


class _Rows:
    """What a role gives for an item, in its canonical shape; in a row, what it may not fill is left out.

    A cell that is hidden or read-only is kept when a former row held the same value, or when it is the
    first value of a new row; anything else was forged, and its linkId is `ignored`.
    """

    def __init__(self, role: str, ignored: list[str]) -> None:
        self.role, self.ignored = role, ignored

    def whole(self, item: Item, value: Any, former: Any = None) -> Any:
        """All that an item holds (ValueRefusedError)."""
        if item.is_table:
            if not isinstance(value, list) or len(value) > MAX_ROWS:
                raise ValueRefusedError("rows", MAX_ROWS)
            return [self._row(item, one, as_list(former)) for one in value]
        if not item.is_repeating:
            return checked(item, value)
        if not isinstance(value, list) or len(value) > MAX_ROWS:
            raise ValueRefusedError("rows", MAX_ROWS)
        return [checked(item, one) for one in value]

    def _row(self, table: Item, given: Any, former: list[Values]) -> Values:
        if not isinstance(given, Mapping):
            raise ValueRefusedError("rows", MAX_ROWS)
        inner = {one.link_id: one for one in leaves(table)}
        row: Values = {}
        for link_id, value in given.items():
            if link_id not in inner:
                raise ValueRefusedError("unknown_item", link_id)
            item = inner[link_id]
            if item.calculated or is_empty(value):
                continue
            held = [one[link_id] for one in former if link_id in one]
            if fills(item, self.role):
                deeper = [row for rows in held for row in rows] if item.is_table else None
                row[link_id] = self.whole(item, value, deeper)
            elif value in held or first_row(table).get(link_id) == value:
                row[link_id] = value
            else:
                self.ignored.append(link_id)
        return row


def standing(definition: Definition, values: Values, scores: Values) -> Values:
    """Values without those of items that do not stand, nor rows that say nothing: what a final save keeps."""
    together = values | scores
    enabling = Enabling(definition)

    def keep(items: tuple[Item, ...], held: Values, rows: Rows) -> Values:
        found: Values = {}
        for item in items:
            if not enabling.is_enabled(item, rows):
                continue
            if item.is_table:
                inner = [
                    keep(item.children, row, {**rows, (*item.scope, item.link_id): row})
                    for row in held.get(item.link_id, ())
                ]
                found[item.link_id] = [row for row in inner if not says_nothing(item, row)]
            elif item.type == "group":
                found |= keep(item.children, held, rows)
            elif item.link_id in held:
                found[item.link_id] = held[item.link_id]
        return clean_values(found)

    kept = keep(definition.items, together, {(): together})
    return {link_id: value for link_id, value in kept.items() if link_id not in scores}


def final_faults(definition: Definition, values: Values, scores: Values, role: str) -> list[Fault]:
    """What keeps an answer from being finished: required answers, counts of rows, exclusive options."""
    together = values | scores
    enabling = Enabling(definition)
    faults: list[Fault] = []

    def look(items: tuple[Item, ...], held: Values, rows: Rows, prefix: str) -> None:
        for item in items:
            if not enabling.is_enabled(item, rows):
                continue
            path = f"{prefix}f{item.number}"
            if item.type == "group" and not item.is_table:
                look(item.children, held, rows, prefix)
                continue
            given = held.get(item.link_id)
            for code, detail in _lacks(item, given):
                faults.append(_final_fault(item, code, detail, path, role))
            for index, row in enumerate(given or () if item.is_table else ()):
                inner = {**rows, (*item.scope, item.link_id): row}
                look(item.children, row, inner, f"{path}.{index}.")

    look(definition.items, together, {(): together}, "")
    return faults


def _final_fault(item: Item, code: str, detail: object, path: str, role: str) -> Fault:
    """A fault in a part that the role is not shown names the part's roles, not its questions."""
    if sees(item, role) and not item.is_hidden:
        return Fault(code, item.link_id, str(detail), path)
    return Fault("required_elsewhere", item.link_id, ",".join(sorted(item.roles)))


def _lacks(item: Item, given: Any) -> Iterator[tuple[str, object]]:
    if item.type == "display":
        return
    held = as_list(given)
    least = item.min_occurs if item.min_occurs is not None else int(item.is_required)
    if item.is_required and not held:
        yield "required", ""
    elif held and item.is_repeating and len(held) < least:
        yield "min_occurs", least
    if item.max_occurs is not None and len(held) > item.max_occurs:
        yield "max_occurs", item.max_occurs
    if len(held) > 1 and any(
        isinstance(one, str) and (option := item.option(one)) and option.is_exclusive
        for one in held
    ):
        yield "exclusive", ""
