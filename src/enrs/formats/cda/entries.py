"""Says in a table what the coded entries of a section hold, for sections that came without
narrative text.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from enrs.formats.cda.nodes import (
    attr,
    code_of,
    first,
    interval,
    kids,
    local_name,
    text_of,
)
from enrs.formats.cda.values import NULL_WORDS, french_period, value_of

_STATEMENTS = {
    "observation", "procedure", "act", "encounter", "supply", "substanceAdministration",
    "organizer", "observationMedia",
}  # fmt: skip
_SEVERAL = " ; "


@dataclass(frozen=True, slots=True)
class Row:
    """One readable line: what, its value, when; ``media`` is the ID of an attached file."""

    label: str
    value: str = ""
    date: str = ""
    is_group: bool = False
    media: str = ""


def entry_rows(section: etree._Element) -> list[Row]:
    """The lines of a section's entries in document order, one per coded statement."""
    return [
        row
        for entry in kids(section, "entry")
        for node in entry.iter()
        if local_name(node) in _STATEMENTS
        for row in _rows(node)
    ]


def _rows(node: etree._Element) -> Iterator[Row]:
    kind = local_name(node)
    if kind == "observationMedia":
        yield Row("Pièce jointe", media=attr(node, "ID"))
        return
    label = _medicine(node) or _label(node)
    value = _dose(node) if kind in ("substanceAdministration", "supply") else _values(node)
    date = _date(node)
    if label or value:
        is_group = not value and not date and kind in ("act", "organizer")
        yield Row(label or "Élément sans libellé", value, date, is_group)


def _label(node: etree._Element) -> str:
    code = code_of(first(node, "code"))
    return (code.label if code else "") or text_of(first(node, "text"))


def _medicine(node: etree._Element) -> str:
    material = first(node, "consumable", "manufacturedProduct", "manufacturedMaterial")
    if material is None:
        material = first(node, "product", "manufacturedProduct", "manufacturedMaterial")
    if material is None:
        return ""
    code = code_of(first(material, "code"))
    return text_of(first(material, "name")) or (code.label if code else "")


def _values(node: etree._Element) -> str:
    found = [value_of(item) for item in kids(node, "value")]
    return _SEVERAL.join(value.display for value in found if value and value.display)


def _dose(node: etree._Element) -> str:
    dose = value_of(first(node, "doseQuantity")) or value_of(first(node, "quantity"))
    route = code_of(first(node, "routeCode"))
    words = (
        dose.display if dose else "",
        route.label if route else "",
        text_of(first(node, "text")),
    )
    return _SEVERAL.join(word for word in words if word)


def _date(node: etree._Element) -> str:
    element = first(node, "effectiveTime")
    if element is None:
        return ""
    start, end = interval(element)
    words = french_period(start, end).removeprefix("le ")
    return words or NULL_WORDS.get(attr(element, "nullFlavor"), "")
