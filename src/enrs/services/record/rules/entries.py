"""What an entry of the summary may say, and the measures that are known (pure).

Codes: LOINC 2.77 for measures, UCUM for units; allergy categories, criticality and clinical status are
those of FHIR R4. Ranges refuse only what cannot be (a weight of 900 kg), not what is abnormal.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

LOINC = "2.16.840.1.113883.6.1"


@dataclass(frozen=True, slots=True)
class MeasureKind:
    """One measure: its LOINC code and name, UCUM unit, what can be, and its second value for a pressure."""

    code: str
    display: str
    unit: str
    low: Decimal
    high: Decimal
    second_low: Decimal | None = None
    second_high: Decimal | None = None


def _measure(code: str, display: str, unit: str, low: str, high: str) -> MeasureKind:
    return MeasureKind(code, display, unit, Decimal(low), Decimal(high))


MEASURES = {
    "weight": _measure("29463-7", "Body weight", "kg", "0.2", "600"),
    "height": _measure("8302-2", "Body height", "cm", "20", "260"),
    "pressure": MeasureKind(
        "85354-9",
        "Blood pressure panel",
        "mm[Hg]",
        Decimal(30),
        Decimal(320),
        Decimal(10),
        Decimal(220),
    ),
    "pulse": _measure("8867-4", "Heart rate", "/min", "10", "350"),
    "temperature": _measure("8310-5", "Body temperature", "Cel", "20", "46"),
    "saturation": _measure("59408-5", "Oxygen saturation", "%", "20", "100"),
    "glucose": _measure("41653-7", "Glucose by glucometer", "g/L", "0.1", "12"),
    "pain": _measure("72514-3", "Pain severity 0-10", "{score}", "0", "10"),
    "waist": _measure("8280-0", "Waist circumference", "cm", "20", "300"),
    "breathing": _measure("9279-1", "Respiratory rate", "/min", "2", "90"),
}
SYSTOLIC, DIASTOLIC = "8480-6", "8462-4"

COMMON = ("display", "code", "code_system", "comment")
FIELDS: dict[str, tuple[str, ...]] = {
    "problem": (*COMMON, "status", "began_on", "ended_on"),
    "allergy": (*COMMON, "kind", "criticality", "reaction", "status", "began_on"),
    "treatment": (*COMMON, "dosage", "status", "began_on", "ended_on", "prescriber"),
    "vaccination": (*COMMON, "given_on", "dose", "lot"),
    "measure": ("comment", "kind", "value", "second", "measured_at"),
}
"""What a writer gives for each kind of entry."""

CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("problem", "status"): ("active", "resolved"),
    ("allergy", "status"): ("active", "resolved"),
    ("allergy", "kind"): ("medication", "food", "environment", "biologic"),
    ("allergy", "criticality"): ("low", "high", "unable-to-assess"),
    ("treatment", "status"): ("active", "stopped"),
    ("measure", "kind"): tuple(MEASURES),
}
LENGTHS = {"display": 200, "code": 40, "code_system": 100, "comment": 2000, "reaction": 200,
           "dosage": 200, "prescriber": 200, "dose": 40, "lot": 40}  # fmt: skip
DATES = ("began_on", "ended_on", "given_on")
PARTIAL = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
BY_PERSON = ("measure",)
"""What the person or their proxy may enter themselves."""
AHEAD = timedelta(minutes=5)
"""How far a moment may lie in the future: clocks differ."""


class EntryRefusedError(Exception):
    """An entry cannot be saved: the `field` and a code (`missing`, `length`, `choice`, `date`, `future`,
    `order`, `range`, `number`, `second`, `nul`)."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


def checked(kind: str, values: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The values of an entry, cleaned: names outside of `FIELDS` are refused.

    Raises:
        EntryRefusedError: what is wrong first, in the order of the fields.
    """
    unknown = [name for name in values if name not in FIELDS[kind]]
    if unknown:
        raise EntryRefusedError(unknown[0], "choice")
    cleaned: dict[str, Any] = {}
    for name in FIELDS[kind]:
        cleaned[name] = _field(kind, name, values.get(name), now)
    if kind == "measure":
        return cleaned | _measured(cleaned)
    if not cleaned["display"]:
        raise EntryRefusedError("display", "missing")
    if kind == "vaccination" and not cleaned["given_on"]:
        raise EntryRefusedError("given_on", "missing")
    began, ended = cleaned.get("began_on", ""), cleaned.get("ended_on", "")
    shared = min(len(began), len(ended))
    if shared and ended[:shared] < began[:shared]:
        raise EntryRefusedError("ended_on", "order")
    return cleaned


def amended(present: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an entry after a change; other words without a code are no longer coded."""
    values = {**present, **given}
    if "code" not in given and values.get("display") != present.get("display"):
        values |= {"code": "", "code_system": ""}
    return values


def _field(kind: str, name: str, value: Any, now: datetime) -> Any:
    """One cleaned value, by what its name says it is."""
    if name in ("value", "second"):
        return _number(name, value)
    if name == "measured_at":
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise EntryRefusedError(name, "missing")
        if value > now + AHEAD:
            raise EntryRefusedError(name, "future")
        return value
    text = str(value or "").strip()
    if "\x00" in text:
        raise EntryRefusedError(name, "nul")
    if name in DATES:
        return _date(name, text, now)
    allowed = CHOICES.get((kind, name))
    if allowed:
        if text and text not in allowed:
            raise EntryRefusedError(name, "choice")
        return text or allowed[0]
    if len(text) > LENGTHS[name]:
        raise EntryRefusedError(name, "length")
    return text


def _date(name: str, text: str, now: datetime) -> str:
    if not text:
        return ""
    try:
        if not PARTIAL.fullmatch(text):
            raise ValueError(text)
        year, month, day = [*text.split("-"), "", ""][:3]
        date(int(year), int(month or 1), int(day or 1))
    except ValueError as error:
        raise EntryRefusedError(name, "date") from error
    today = (now + timedelta(days=1)).date().isoformat()
    if name != "ended_on" and text > today[: len(text)]:
        raise EntryRefusedError(name, "future")
    return text


def _number(name: str, value: Any) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value).replace(",", "."))
    except InvalidOperation as error:
        raise EntryRefusedError(name, "number") from error
    if not number.is_finite() or not -4 <= number.adjusted() <= 5:
        raise EntryRefusedError(name, "number")
    return number.quantize(Decimal("0.001"))


def _measured(values: dict[str, Any]) -> dict[str, Any]:
    """Code, unit and name of a measure, its value within what can be."""
    known = MEASURES[values["kind"]]
    if values["value"] is None:
        raise EntryRefusedError("value", "missing")
    if not known.low <= values["value"] <= known.high:
        raise EntryRefusedError("value", "range")
    if known.second_low is None or known.second_high is None:
        if values["second"] is not None:
            raise EntryRefusedError("second", "second")
    elif values["second"] is None:
        raise EntryRefusedError("second", "missing")
    elif not known.second_low <= values["second"] <= min(known.second_high, values["value"]):
        raise EntryRefusedError("second", "range")
    return {"code": known.code, "code_system": LOINC, "unit": known.unit, "display": values["kind"]}


def bmi(weight_kg: Decimal, height_cm: Decimal) -> Decimal:
    """Body mass index in kg/m², one decimal (WHO)."""
    metres = height_cm / 100
    return (weight_kg / (metres * metres)).quantize(Decimal("0.1"))
