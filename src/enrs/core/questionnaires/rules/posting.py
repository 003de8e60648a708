"""Reading what a page posts: only what stood on that page, for whoever may fill it."""

import contextlib
from collections.abc import Mapping
from typing import Any, Protocol

from enrs.core.numbers import whole
from enrs.core.questionnaires.rules.conditions import Enabling, Rows
from enrs.core.questionnaires.rules.evaluation import MAX_ROWS
from enrs.core.questionnaires.rules.parts import fills, shows
from enrs.core.questionnaires.rules.rows import first_row
from enrs.core.questionnaires.rules.shapes import CHOICES, Definition, Fault, Item, Values
from enrs.core.questionnaires.rules.sheets import table_rows
from enrs.core.questionnaires.rules.values import (
    ValueRefusedError,
    checked,
    from_text,
    is_empty,
)

OTHER = "__other"
"""The value of the choice « Autre », whose words are in the field beside."""


class Fields(Protocol):
    """What was posted: every text of a name."""

    def getlist(self, name: str) -> list[str]: ...


class Posting:
    """One reading of a posted page.

    `values` are the new values; `faults` what does not fit, its text in `raw`. What the page did not
    show (hidden, reserved to others, not standing) keeps its former value, whatever was posted.
    """

    def __init__(
        self,
        definition: Definition,
        fields: Fields,
        base: Values,
        scores: Values,
        role: str,
        *,
        add: str = "",
        drop: str = "",
        clear: str = "",
        files: Mapping[str, Any] | None = None,
    ) -> None:
        self.role, self.fields = role, fields
        self.add, self.drop, self.clear = add, drop, clear
        self.files = files or {}
        self.faults: list[Fault] = []
        self.raw: dict[str, list[str]] = {}
        together = base | scores
        self._enabling = Enabling(definition)
        self._kept_alive: list[Values] = []
        taken = self._take(definition.items, together, {(): together}, "")
        self.values: Values = {
            link_id: value for link_id, value in taken.items() if link_id not in scores
        }

    def _take(self, items: tuple[Item, ...], held: Values, rows: Rows, prefix: str) -> Values:
        found = dict(held)
        for item in items:
            if not shows(item, self.role) or not self._enabling.is_enabled(item, rows):
                continue
            path = f"{prefix}f{item.number}"
            if item.is_table:
                if fills(item, self.role) and self.fields.getlist(path):
                    found[item.link_id] = self._rows(item, held, rows, path)
            elif item.type == "group":
                inner = self._take(item.children, found, rows, prefix)
                found = inner
            elif item.type != "display" and fills(item, self.role):
                self._leaf(item, path, found)
        return found

    def _rows(self, item: Item, held: Values, rows: Rows, path: str) -> list[Values]:
        known = table_rows(held, item)
        found: list[Values] = []
        for key in self.fields.getlist(path)[:MAX_ROWS]:
            index = whole(key, otherwise=-1)
            if f"{path}.{key}" == self.drop or index < 0:
                continue
            row = known[index] if index < len(known) else {}
            self._kept_alive.append(row)
            inner = {**rows, (*item.scope, item.link_id): row}
            found.append(self._take(item.children, row, inner, f"{path}.{index}."))
        if path == self.add and len(found) < min(item.max_occurs or MAX_ROWS, MAX_ROWS):
            found.append(first_row(item))
        return found

    def _leaf(self, item: Item, path: str, found: Values) -> None:
        if item.type == "attachment":
            self._attachment(item, path, found)
            return
        texts = [] if path == self.clear else self.fields.getlist(path)
        units = self.fields.getlist(f"{path}.u")
        values = []
        for index, text in enumerate(texts[: MAX_ROWS if item.is_repeating else 1]):
            unit = units[index] if index < len(units) else ""
            with contextlib.suppress(_Refused):
                values.append(self._value(item, path, text, unit))
        values = [one for one in values if not is_empty(one)]
        if self.faults and self.faults[-1].path == path:
            self.raw[path] = texts
            values = [] if not item.is_repeating else values
        if is_empty(values):
            found.pop(item.link_id, None)
        else:
            found[item.link_id] = values if item.is_repeating else values[0]

    def _value(self, item: Item, path: str, text: str, unit: str) -> Any:
        try:
            if item.type in CHOICES and text == OTHER:
                words = "".join(self.fields.getlist(f"{path}.o")).strip()
                return from_text(item, "") if not words else checked(item, {"text": words})
            return from_text(item, text, unit)
        except ValueRefusedError as error:
            self.faults.append(Fault(error.code, item.link_id, error.detail, path))
            raise _Refused from error

    def _attachment(self, item: Item, path: str, found: Values) -> None:
        if f"{path}" == self.drop:
            found.pop(item.link_id, None)
        elif path in self.files:
            found[item.link_id] = self.files[path]


class _Refused(Exception):  # noqa: N818  never leaves this module
    """One text was refused; its fault is noted."""
