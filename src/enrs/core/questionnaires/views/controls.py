"""How each item is asked for on the page: the kind of control, its choices, its words."""

from dataclasses import dataclass
from typing import Any

from enrs.core.questionnaires.rules.posting import OTHER
from enrs.core.questionnaires.rules.sheets import Node
from enrs.core.questionnaires.words import role_words, sentence, value_words

BOXES = {"check": "checkbox", "radio": "radio"}

LIST_FROM = 8
"""From this many permitted answers on, a choice of one is a list that opens."""

INPUTS = {
    "integer": "text", "decimal": "text", "quantity": "text", "date": "date", "dateTime": "datetime-local",
    "time": "time", "url": "url", "string": "text", "reference": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer that may be chosen."""

    value: str
    label: str
    is_checked: bool


@dataclass(frozen=True, slots=True)
class Control:
    """What the macro `question` draws. `kind` is radio, check, select, area, input, file or words."""

    kind: str
    dom_id: str
    input_type: str = "text"
    input_mode: str = ""
    entries: tuple[Entry, ...] = ()
    texts: tuple[str, ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    chosen_unit: str = ""
    other: str = ""
    has_other: bool = False
    words: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    reserved: str = ""
    max_length: int | None = None
    may_clear: bool = False
    is_alone: bool = True
    piece: str = ""

    @property
    def is_group(self) -> bool:
        """Whether it is several controls under one question."""
        return self.is_boxes or len(self.texts) > 1

    @property
    def is_boxes(self) -> bool:
        """Whether every permitted answer has a box of its own."""
        return self.kind in BOXES

    @property
    def box(self) -> str:
        """The type of such a box."""
        return BOXES[self.kind]

    @property
    def tag(self) -> str:
        """The element around the question."""
        return "fieldset" if self.is_group else "div"

    @property
    def classes(self) -> str:
        """What the class of that element adds to a field's."""
        return " field-choices" * self.is_boxes + " is-wrong" * bool(self.errors)


def control(node: Node) -> Control:
    """The control of a node that holds a value."""
    item = node.item
    errors = tuple(sentence(one) for one in node.faults)
    reserved = role_words(item.roles) if item.roles else ""
    words = tuple(value_words(item, one) for one in node.given)
    if not node.is_fillable:
        return Control("words", node.dom_id, words=words, reserved=reserved, errors=errors)
    if item.type == "attachment":
        piece = node.value["blob"] if node.value else ""
        return Control(
            "file", node.dom_id, words=words, errors=errors, reserved=reserved, piece=piece
        )
    if item.type == "boolean" or item.options:
        return _chosen(node, errors, reserved)
    return _typed(node, errors, reserved)


def _chosen(node: Node, errors: tuple[str, ...], reserved: str) -> Control:
    item = node.item
    given = node.given
    if item.type == "boolean":
        pairs = [("true", "Oui", True in given), ("false", "Non", False in given)]
    else:
        pairs = [(one.code, one.display, one.code in given) for one in item.options]
    entries = tuple(Entry(*one) for one in pairs)
    other = next((one["text"] for one in given if isinstance(one, dict)), "")
    is_long = len(entries) >= LIST_FROM and item.control != "radio-button"
    kind = "check" if item.is_repeating else "radio"
    if kind == "radio" and (is_long or item.control in ("drop-down", "autocomplete")):
        kind = "select"
    return Control(
        kind,
        node.dom_id,
        entries=entries,
        other=other,
        has_other=item.type == "open-choice",
        errors=errors,
        reserved=reserved,
        may_clear=kind == "radio" and not item.is_required,
        is_alone=not given,
    )


def _typed(node: Node, errors: tuple[str, ...], reserved: str) -> Control:
    item = node.item
    texts = list(node.raw) if node.raw else [_text(item.type, one) for one in node.given]
    if item.is_repeating:
        texts = [one for one in texts if one]
        if item.max_occurs is None or len(texts) < item.max_occurs:
            texts.append("")
    input_type = INPUTS.get(item.type, "text")
    if input_type in ("date", "datetime-local") and any(0 < len(one) < 10 for one in texts):
        input_type = "text"
    numeric = item.type in ("integer", "decimal", "quantity")
    units = tuple((one.code, one.display) for one in item.units) if numeric else ()
    chosen = node.given[0]["unit"] if item.type == "quantity" and node.given else ""
    return Control(
        "area" if item.type == "text" else "input",
        node.dom_id,
        input_type=input_type,
        input_mode={"integer": "numeric", "decimal": "decimal", "quantity": "decimal"}.get(
            item.type, ""
        ),
        texts=tuple(texts or [""]),
        units=units,
        chosen_unit=chosen or (units[0][0] if units else ""),
        errors=errors,
        reserved=reserved,
        max_length=item.max_length if item.type in ("string", "text", "url") else None,
    )


def _text(kind: str, value: Any) -> str:
    if kind == "quantity":
        value = value["value"]
    if kind == "reference":
        return str(value["reference"])
    text = str(value)
    return text.replace(".", ",") if kind in ("decimal", "quantity") else text


__all__ = ["OTHER", "Control", "control"]
