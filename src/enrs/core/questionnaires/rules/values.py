"""Values of items: from text, from and to FHIR, checked against an item's limits."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from enrs.core.questionnaires.rules.shapes import CHOICES, Item, Values

MAX_TEXT = 20_000
UCUM = "http://unitsofmeasure.org"
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,10})?")
_REFERENCE = re.compile(r"[A-Z][A-Za-z]{1,40}/[A-Za-z0-9\-.]{1,64}")
_URL = re.compile(r"(https?|mailto|tel|urn):\S{1,2000}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class ValueRefusedError(ValueError):
    """A value does not fit its item; `code` has its sentence in `words`, `detail` the limit."""

    def __init__(self, code: str, detail: object = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, str(detail)


def is_empty(value: Any) -> bool:
    """Whether nothing was answered: false and zero are answers."""
    return value is None or value in ("", [], {})


def as_list(value: Any) -> list[Any]:
    """The values of an item, however many it may hold."""
    if is_empty(value):
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def from_text(item: Item, text: str, unit: str = "") -> Any:
    """A value as a person typed it; "" when they typed nothing.

    Raises:
        ValueRefusedError: it is no value of this item.
    """
    typed = text.strip() if item.type != "text" else text.strip("\r\n ")
    if not typed:
        return ""
    if item.type == "boolean":
        return checked(item, {"true": True, "false": False}.get(typed, typed))
    if item.type in ("integer", "decimal", "quantity"):
        typed = re.sub(r"[\s\u00a0\u202f]", "", typed).replace(",", ".").replace("−", "-")
    if item.type == "integer":
        return checked(item, _number(typed, whole=True))
    if item.type == "quantity":
        return checked(item, {"value": typed, "unit": unit})
    if item.type == "reference":
        return checked(item, {"reference": typed})
    return checked(item, typed.replace("\r\n", "\n"))


def checked(item: Item, value: Any) -> Any:
    """One value in its canonical shape.

    Raises:
        ValueRefusedError: wrong type, or outside the limits of the item.
    """
    found = _SHAPES[item.type](item, value) if item.type in _SHAPES else _text(item, value)
    _check_bounds(item, found)
    return found


def _number(value: Any, *, whole: bool = False) -> Any:
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
        raise ValueRefusedError("integer" if whole else "decimal")
    number = Decimal(str(value))
    if whole and number != number.to_integral_value():
        raise ValueRefusedError("integer")
    return int(number) if whole else format(number, "f")


def _integer(_: Item, value: Any) -> int:
    return int(_number(value, whole=True))


def _decimal(item: Item, value: Any) -> str:
    text = str(_number(value))
    _, _, decimals = text.partition(".")
    if item.max_decimals is not None and len(decimals.rstrip("0")) > item.max_decimals:
        raise ValueRefusedError("decimals", item.max_decimals)
    return text


def _boolean(_: Item, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueRefusedError("boolean")
    return value


def _text(item: Item, value: Any) -> str:
    if not isinstance(value, str) or _CONTROL.search(value):
        raise ValueRefusedError("text")
    if item.type == "string" and ("\n" in value or "\r" in value):
        raise ValueRefusedError("one_line")
    limit = min(item.max_length or MAX_TEXT, MAX_TEXT)
    if len(value) > limit:
        raise ValueRefusedError("max_length", limit)
    if item.min_length and len(value) < item.min_length:
        raise ValueRefusedError("min_length", item.min_length)
    if item.type == "url" and not _URL.fullmatch(value):
        raise ValueRefusedError("url")
    if item.pattern and not item.pattern.matches(value):
        raise ValueRefusedError("pattern")
    return value


def _date(_: Item, value: Any) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueRefusedError("date")
    year, month, day = [*value.split("-"), "1", "1"][:3]
    _calendar(lambda: date(int(year), int(month), int(day)), "date")
    return value


def _date_time(_: Item, value: Any) -> str:
    if not isinstance(value, str) or not (_DATE_TIME.fullmatch(value) or _DATE.fullmatch(value)):
        raise ValueRefusedError("date_time")
    if len(value) > 10:
        _calendar(lambda: datetime.fromisoformat(value), "date_time")
    return value


def _time(_: Item, value: Any) -> str:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueRefusedError("time")
    _calendar(lambda: time.fromisoformat(value), "time")
    return value


def _calendar(make: Any, code: str) -> None:
    try:
        make()
    except ValueError as error:
        raise ValueRefusedError(code) from error


def _choice(item: Item, value: Any) -> Any:
    if item.type == "open-choice" and isinstance(value, Mapping):
        text = value.get("text")
        if not isinstance(text, str) or not text.strip() or _CONTROL.search(text):
            raise ValueRefusedError("text")
        if len(text) > (item.max_length or 500):
            raise ValueRefusedError("max_length", item.max_length or 500)
        return {"text": text.strip()}
    if not isinstance(value, str) or item.option(value) is None:
        raise ValueRefusedError("option")
    return value


def _quantity(item: Item, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueRefusedError("quantity")
    number, unit = _decimal(item, value.get("value")), str(value.get("unit") or "")
    units = {one.code for one in item.units}
    if not unit and len(units) == 1:
        unit = next(iter(units))
    if (units and unit not in units) or _CONTROL.search(unit):
        raise ValueRefusedError("unit")
    return {"value": number, "unit": unit[:40]}


def _reference(_: Item, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not _REFERENCE.fullmatch(str(value.get("reference", ""))):
        raise ValueRefusedError("reference")
    display = _CONTROL.sub("", str(value.get("display", "")))[:200]
    return {"reference": str(value["reference"])} | ({"display": display} if display else {})


def _attachment(_: Item, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) != {"blob", "title", "mime", "size"}:
        raise ValueRefusedError("attachment")
    return dict(value)


_SHAPES: dict[str, Any] = {
    "integer": _integer, "decimal": _decimal, "boolean": _boolean, "date": _date, "dateTime": _date_time,
    "time": _time, "choice": _choice, "open-choice": _choice, "quantity": _quantity, "reference": _reference,
    "attachment": _attachment,
}  # fmt: skip


def comparable(item: Item, value: Any) -> Any:
    """What two values of an item are ordered by; None when they have no order (a choice)."""
    if item.type in ("integer", "decimal"):
        return Decimal(str(value))
    if item.type == "quantity":
        return Decimal(value["value"])
    return value if item.type in ("date", "dateTime", "time") else None


def _check_bounds(item: Item, value: Any) -> None:
    own = comparable(item, value)
    if own is None:
        return
    for limit, code in ((item.min_value, "min_value"), (item.max_value, "max_value")):
        if not limit:
            continue
        try:
            bound = limit[: len(own)] if isinstance(own, str) else Decimal(limit)
        except InvalidOperation:
            continue
        if (own < bound) if code == "min_value" else (own > bound):
            raise ValueRefusedError(code, limit)


# --- FHIR ----------------------------------------------------------------------------------------

FHIR_KINDS = {
    "boolean": "Boolean", "decimal": "Decimal", "integer": "Integer", "date": "Date", "dateTime": "DateTime",
    "time": "Time", "string": "String", "text": "String", "url": "Uri", "quantity": "Quantity",
    "reference": "Reference", "attachment": "Attachment",
}  # fmt: skip


def to_fhir(item: Item, value: Any) -> tuple[str, Any]:
    """The kind and content of `value[x]` for one value; a moment stays local, for `fhir` to give its zone."""
    if item.type in CHOICES:
        return _choice_to_fhir(item, value)
    if item.type == "decimal":
        return "Decimal", json_number(value)
    if item.type == "quantity":
        unit = next((one for one in item.units if one.code == value["unit"]), None)
        found: dict[str, Any] = {"value": json_number(value["value"])}
        if value["unit"]:
            found |= {
                "unit": unit.display if unit else value["unit"],
                "system": UCUM,
                "code": value["unit"],
            }
        return "Quantity", found
    if item.type == "time" and len(value) == 5:
        return "Time", f"{value}:00"
    if item.type == "attachment":
        return "Attachment", {
            "contentType": value["mime"],
            "title": value["title"],
            "size": value["size"],
        }
    return FHIR_KINDS[item.type], value


def _choice_to_fhir(item: Item, value: Any) -> tuple[str, Any]:
    if isinstance(value, Mapping):
        return "String", value["text"]
    option = item.option(value)
    if option is None:
        return "String", str(value)
    if option.kind != "coding":
        return option.kind.capitalize(), int(option.code) if option.kind == "integer" else value
    coding: dict[str, Any] = {"system": option.system} if option.system else {}
    coding |= {"code": option.code, "display": option.display}
    if option.score:
        url = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
        coding["extension"] = [{"url": url, "valueDecimal": json_number(option.score)}]
    return "Coding", coding


def json_number(text: str) -> int | float:
    """A number of JSON from its text."""
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


def from_fhir(item: Item, kind: str, content: Any) -> Any:
    """The value of an item from `value[x]`, not checked yet."""
    if kind == "Coding":
        return content.get("code", "")
    if kind == "Quantity":
        return {
            "value": str(content.get("value", "")),
            "unit": content.get("code") or content.get("unit") or "",
        }
    if kind == "Decimal":
        return str(content)
    if kind == "Reference":
        return {key: content[key] for key in ("reference", "display") if key in content}
    if item.type in CHOICES and kind in ("String", "Integer", "Date", "Time"):
        text = str(content)
        return text if item.type == "choice" or item.option(text) else {"text": text}
    return content


def clean_values(values: Mapping[str, Any]) -> Values:
    """Values without those that say nothing."""
    return {key: value for key, value in values.items() if not is_empty(value)}
