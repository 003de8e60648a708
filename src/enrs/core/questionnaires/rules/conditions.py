"""`enableWhen`: read, checked against the items that it names, and decided."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from enrs.core.questionnaires.rules.extensions import typed
from enrs.core.questionnaires.rules.shapes import (
    OPERATORS,
    Condition,
    Definition,
    Fault,
    Item,
    Values,
)
from enrs.core.questionnaires.rules.values import as_list, comparable

Rows = Mapping[tuple[str, ...], Values]
"""Where an item stands: the values of each repeating group around it, by its scope; () is the whole."""

_ANSWERS = {
    "boolean": {"Boolean"}, "decimal": {"Decimal", "Integer"}, "integer": {"Integer", "Decimal"},
    "date": {"Date"}, "dateTime": {"DateTime", "Date"}, "time": {"Time"}, "string": {"String"},
    "text": {"String"}, "url": {"String", "Uri"}, "quantity": {"Quantity"}, "reference": {"Reference"},
    "choice": {"Coding", "String", "Integer", "Date", "Time"}, "open-choice": {"Coding", "String"},
    "attachment": set(), "group": set(), "display": set(),
}  # fmt: skip
_ORDERED = {"decimal", "integer", "date", "dateTime", "time", "quantity"}


def read_conditions(
    node: Mapping[str, Any], faults: list[Fault], link_id: str
) -> tuple[Condition, ...]:
    """The conditions of an item as it writes them; what they name is checked afterwards."""
    found = []
    for one in node.get("enableWhen", ()):
        kind, content = typed(one, "answer")
        operator = one.get("operator", "")
        if operator not in OPERATORS or not kind:
            faults.append(Fault("operator", link_id, operator))
            continue
        if kind == "Coding":
            content = content.get("code", "")
        elif kind == "Reference":
            content = content.get("reference", "")
        elif kind == "Decimal":
            content = str(content)
        elif kind == "Quantity":
            content = {
                "value": str(content.get("value")),
                "unit": content.get("code") or content.get("unit") or "",
            }
        found.append(Condition(str(one.get("question", "")), operator, (kind, content)))
    return tuple(found)


def check_conditions(definition: Definition) -> list[Fault]:
    """Every condition that names nothing, compares what has no order, or turns in a circle."""
    faults = []
    for item in definition.walk():
        for one in item.enable_when:
            question = definition.by_link.get(one.question)
            kind = one.expected[0]
            if question is None or question.link_id == item.link_id:
                faults.append(Fault("question", item.link_id, one.question))
            elif one.operator == "exists":
                if kind != "Boolean":
                    faults.append(Fault("operator", item.link_id, one.operator))
            elif kind not in _ANSWERS[question.type]:
                faults.append(Fault("answer_type", item.link_id, f"{one.question} ({kind})"))
            elif one.operator not in ("=", "!=") and question.type not in _ORDERED:
                faults.append(Fault("no_order", item.link_id, one.question))
    if not faults:
        faults += _circles(definition)
    return faults


def _circles(definition: Definition) -> list[Fault]:
    """Items whose showing depends on themselves, through conditions and parents."""
    state: dict[str, int] = {}
    found: list[Fault] = []

    def visit(link_id: str) -> None:
        state[link_id] = 1
        item = definition.by_link[link_id]
        needs = [one.question for one in item.enable_when]
        parent = definition.parents.get(link_id)
        needs += [parent.link_id] if parent else []
        needs += [item.nested_in] if item.nested_in else []
        for need in needs:
            if state.get(need) == 1:
                found.append(Fault("circle", link_id, need))
            elif need not in state:
                visit(need)
        state[link_id] = 2

    for link_id in definition.by_link:
        if link_id not in state:
            visit(link_id)
    return found


class Enabling:
    """Decides which items of a form stand, for one set of values; answers are remembered."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._known: dict[tuple[str, int], bool] = {}

    def is_enabled(self, item: Item, rows: Rows) -> bool:
        """Whether an item and all its parents stand, in this row of the groups that repeat."""
        key = (item.link_id, id(rows.get(item.scope)))
        if key not in self._known:
            parent = self.definition.parents.get(item.link_id)
            stands = parent is None or self.is_enabled(parent, rows)
            if stands and item.nested_in:
                # What is inside a question has its place in the answer: without one it has none.
                stands = bool(self._answers(self.definition.by_link[item.nested_in], rows))
            self._known[key] = stands and self._holds(item, rows)
        return self._known[key]

    def _holds(self, item: Item, rows: Rows) -> bool:
        if not item.enable_when:
            return True
        found = (self._meets(one, rows) for one in item.enable_when)
        return all(found) if item.needs_all else any(found)

    def _meets(self, condition: Condition, rows: Rows) -> bool:
        question = self.definition.by_link[condition.question]
        answers = self._answers(question, rows)
        kind, expected = condition.expected
        if condition.operator == "exists":
            return bool(answers) is bool(expected)
        if condition.operator == "!=":
            # R4: true when no answer equals it, an absent answer included.
            return not any(_equal(question, one, kind, expected) for one in answers)
        if condition.operator == "=":
            return any(_equal(question, one, kind, expected) for one in answers)
        return any(_ordered(question, one, condition.operator, expected) for one in answers)

    def _answers(self, question: Item, rows: Rows) -> list[Any]:
        """The answers nearest to the row that asks; those of deeper groups all together."""
        scope = question.scope
        near = next(scope[:size] for size in range(len(scope), -1, -1) if scope[:size] in rows)
        if near == scope and not self.is_enabled(question, rows):
            return []
        held: list[Values] = [rows[near]]
        for group in scope[len(near) :]:
            held = [row for one in held for row in one.get(group, ())]
        return [value for one in held for value in as_list(one.get(question.link_id))]


def _equal(question: Item, answer: Any, kind: str, expected: Any) -> bool:
    if question.type in ("decimal", "integer"):
        return Decimal(str(answer)) == Decimal(str(expected))
    if question.type == "quantity":
        return answer["unit"] == expected["unit"] and Decimal(answer["value"]) == Decimal(
            expected["value"]
        )
    if question.type == "reference":
        return bool(answer.get("reference") == expected)
    if isinstance(answer, Mapping):
        return kind == "String" and answer.get("text") == expected
    if question.type in ("choice", "open-choice"):
        return str(answer) == str(expected)
    return bool(answer == expected)


def _ordered(question: Item, answer: Any, operator: str, expected: Any) -> bool:
    own = comparable(question, answer)
    if question.type == "quantity":
        if answer["unit"] != expected["unit"]:
            return False
        expected = expected["value"]
    other = Decimal(str(expected)) if isinstance(own, Decimal) else str(expected)
    if isinstance(other, str):
        size = min(len(own), len(other))
        own, other = own[:size], other[:size]
    found: dict[str, bool] = {
        ">": own > other,
        "<": own < other,
        ">=": own >= other,
        "<=": own <= other,
    }
    return found[operator]
