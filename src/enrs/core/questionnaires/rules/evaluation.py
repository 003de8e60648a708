"""What a form says for given values: calculations, what stands, what is wrong, what is kept at the end."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from enrs.core.questionnaires.rules.conditions import Enabling, Rows
from enrs.core.questionnaires.rules.expressions import Expression, ExpressionError
from enrs.core.questionnaires.rules.parts import fills, sees
from enrs.core.questionnaires.rules.responses import to_items
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
DECIMALS = Decimal("0.000001")


def calculate(definition: Definition, values: Values) -> tuple[Values, list[Fault]]:
    """The calculated items for these values, and the calculations that failed.

    Calculations may use one another's results: they run again until nothing moves.
    """
    scores: Values = {}
    faults: dict[str, Fault] = {}
    moved: set[str] = set()
    for turn in range(MAX_PASSES if definition.calculated else 0):
        before = dict(scores)
        together = values | scores
        enabling = Enabling(definition)
        variables = _variables(definition, together)
        for item in definition.calculated:
            if turn and _is_settled(item, moved, variables):
                continue
            scores.pop(item.link_id, None)
            faults.pop(item.link_id, None)
            if not enabling.is_enabled(item, {(): together}):
                continue
            try:
                value = _calculated(definition, item, values | scores, variables)
            except (ExpressionError, ValueRefusedError) as error:
                faults[item.link_id] = Fault("calculation", item.link_id, str(error))
                continue
            if not is_empty(value):
                scores[item.link_id] = value
        moved = {key for key in before | scores if before.get(key) != scores.get(key)}
        if not moved:
            break
    return scores, list(faults.values())


def _is_settled(item: Item, moved: set[str], variables: Mapping[str, Any]) -> bool:
    """Whether nothing that this calculation reads moved since it last ran."""
    expression = item.calculated
    if expression is None or not expression.is_narrow or variables or item.enable_when:
        return False
    return not expression.quoted & moved


def _calculated(
    definition: Definition, item: Item, values: Values, variables: Mapping[str, Any]
) -> Any:
    if item.calculated is None:
        return None
    return _result(item, _run(definition, item.calculated, values, variables))


def _variables(definition: Definition, values: Values) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, expression in definition.variables:
        try:
            found[name] = _run(definition, expression, values, found)
        except ExpressionError:
            found[name] = []
    return found


def _run(
    definition: Definition, expression: Expression, values: Values, variables: Mapping[str, Any]
) -> list[Any]:
    if expression.is_narrow:
        wanted = set(expression.quoted)
        for link_id in expression.quoted:
            while parent := definition.parents.get(link_id):
                link_id = parent.link_id  # noqa: PLW2901  climbs to the root
                wanted.add(link_id)
        items = to_items(
            definition.items, values, lambda item: item.link_id in wanted, with_text=False
        )
    else:
        items = to_items(definition.items, values, lambda _: True, with_text=False)
    resource = {"resourceType": "QuestionnaireResponse", "item": items}
    return expression.run(resource, dict.fromkeys(expression.variables, None) | dict(variables))


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

    A source that is missing or an expression that fails leaves its item empty.
    """
    values: Values = {}
    for item in definition.walk():
        if item.scope or not item.holds_value:
            continue
        if item.initial:
            values[item.link_id] = list(item.initial) if item.is_repeating else item.initial[0]
        if item.prefill is None:
            continue
        names = dict.fromkeys(item.prefill.variables, None) | dict(sources)
        try:
            found = _result(item, item.prefill.run({"resourceType": "Parameters"}, names))
        except (ExpressionError, ValueRefusedError):
            continue
        if not is_empty(found):
            values[item.link_id] = found
    return values


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
                values[link_id] = _whole(item, value)
            except ValueRefusedError as error:
                faults.append(Fault(error.code, link_id, error.detail))
    return values, faults, ignored


def _whole(item: Item, value: Any) -> Any:
    """All that an item holds, in its canonical shape."""
    if item.is_table:
        if not isinstance(value, list) or len(value) > MAX_ROWS:
            raise ValueRefusedError("rows", MAX_ROWS)
        return [_row(item, one) for one in value]
    if not item.is_repeating:
        return checked(item, value)
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise ValueRefusedError("rows", MAX_ROWS)
    return [checked(item, one) for one in value]


def _row(table: Item, given: Any) -> Values:
    if not isinstance(given, Mapping):
        raise ValueRefusedError("rows", MAX_ROWS)
    inner = {one.link_id: one for one in _leaves(table)}
    row: Values = {}
    for link_id, value in given.items():
        if link_id not in inner:
            raise ValueRefusedError("unknown_item", link_id)
        if not is_empty(value):
            row[link_id] = _whole(inner[link_id], value)
    return row


def _leaves(group: Item) -> Iterator[Item]:
    """What holds a value in a row: its items, those of its plain groups, its own tables."""
    for one in group.children:
        if one.type == "group" and not one.is_table:
            yield from _leaves(one)
        elif one.type != "display":
            yield one


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
                found[item.link_id] = [row for row in inner if row]
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
