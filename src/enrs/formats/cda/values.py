"""HL7 v3 values (PQ, CD, ST, IVL_PQ and the rest) as comparable, readable values; French words and
numbers for people.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from enrs.formats.cda.model import Code, Moment
from enrs.formats.cda.nodes import (
    Narratives,
    attr,
    code_of,
    first,
    kids,
    parse_moment,
    referenced_text,
    xsi_type,
)

_NUMBER = re.compile(
    r"\s*(?P<sign>[<>]=?|[≤≥])?\s*(?P<digits>[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*"
)
_PADDED = re.compile(r"(\.\d*?)0{4,}(?!\d)")  # 63.000000, as some laboratories write
_SIGNS = {"≤": "<=", "≥": ">="}
_SIGN_WORDS = {"<=": "≤", ">=": "≥"}
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_CODED = ("CD", "CE", "CV", "CS", "CO", "CR")
_INTERVALS = ("IVL_PQ", "IVL_INT", "IVL_REAL")
NULL_WORDS = {
    "NI": "sans information",
    "NA": "sans objet",
    "UNK": "inconnu",
    "ASKU": "inconnu du patient",
    "NAV": "non disponible",
    "NASK": "non demandé",
    "MSK": "masqué",
    "TRC": "traces",
    "NP": "absent",
    "NINF": "−∞",
    "PINF": "+∞",
    "OTH": "autre",
}


@dataclass(frozen=True, slots=True)
class Value:
    """One value: ``text`` as written (decimal point, no unit), ``number`` when it is one.

    ``comparator`` is ``<``, ``<=``, ``>`` or ``>=``; ``low`` and ``high`` bound an interval;
    ``others`` are the same value in other units, as (text, unit).
    """

    kind: str = ""
    text: str = ""
    number: Decimal | None = None
    unit: str = ""
    comparator: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    code: Code | None = None
    others: tuple[tuple[str, str], ...] = ()
    null_flavor: str = ""

    @property
    def display(self) -> str:
        """The value as a French reader expects it: ``< 0,032 µg/mL``."""
        if not self.text:
            return NULL_WORDS.get(self.null_flavor, "")
        numeric = self.number is not None or self.low is not None or self.high is not None
        text = self.text
        if numeric:
            text = _PADDED.sub(lambda match: match[1].rstrip("."), text).replace(".", ",")
        for sign, word in _SIGN_WORDS.items():
            text = text.replace(sign, word) if numeric else text
        return f"{text} {unit_label(self.unit)}".strip()


def unit_label(unit: str) -> str:
    """A UCUM unit as people write it: ``ug/mL`` gives ``µg/mL``, ``10*9/L`` gives ``10⁹/L``."""
    if unit in ("", "1", "{}"):
        return ""
    text = re.sub(r"10[*^](\d+)", lambda match: "10" + match[1].translate(_POWERS), unit)
    text = text.replace("[IU]", "UI")
    text = re.sub(r"[\[\]]|\{([^}]*)\}", lambda match: match[1] or "", text)
    return re.sub(r"(?<![A-Za-z])u(?=(?:g|mol|L|l|m|kat|U|UI|IU)\b)", "µ", text)


_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def decimal_of(text: str) -> Decimal | None:
    """A decimal from a number written with a point or a comma; None when it is not a number."""
    match = _NUMBER.fullmatch(text)
    if match is None or match["sign"]:
        return None
    try:
        return Decimal(match["digits"].replace(",", "."))
    except InvalidOperation:
        return None


def value_of(node: etree._Element | None, originals: Narratives | None = None) -> Value | None:
    """A ``value`` element of any data type as Value; None when the element is absent."""
    if node is None:
        return None
    kind = xsi_type(node) or _guess_kind(node)
    if kind in _INTERVALS:
        return _interval(node, kind)
    if kind in ("PQ", "INT", "REAL", "MO"):
        return _quantity(node, kind)
    code = code_of(node, originals) if kind in _CODED else None
    text = code.label if code else _words(node, kind, originals)
    return Value(kind, text, code=code, null_flavor=_null(node))


def _words(node: etree._Element, kind: str, originals: Narratives | None) -> str:
    if kind == "RTO" or kind.startswith("RTO_"):
        parts = (attr(first(node, name), "value") for name in ("numerator", "denominator"))
        return "/".join(part for part in parts if part)
    if kind in ("TS", "IVL_TS", "EIVL_TS"):
        stamp = attr(node, "value") or attr(first(node, "low"), "value")
        return french_moment(parse_moment(stamp))
    if kind == "BL":
        return {"true": "oui", "false": "non"}.get(attr(node, "value"), "")
    return "" if kind in _CODED else referenced_text(node, originals)


def _null(node: etree._Element) -> str:
    return attr(node, "nullFlavor")


def _guess_kind(node: etree._Element) -> str:
    if node.get("code"):
        return "CD"
    if node.get("value"):
        return "PQ"
    if first(node, "low") is not None or first(node, "high") is not None:
        return "IVL_PQ"
    return "ST"


def _quantity(node: etree._Element, kind: str) -> Value:
    raw = attr(node, "value")
    unit = attr(node, "unit") or attr(node, "currency")
    others = tuple(
        (attr(item, "value"), attr(item, "code") or attr(item, "unit"))
        for item in kids(node, "translation")
        if attr(item, "value")
    )
    match = _NUMBER.fullmatch(raw)
    if match is None:
        return Value(kind, raw, unit=unit, others=others, null_flavor=_null(node))
    sign = _SIGNS.get(match["sign"] or "", match["sign"] or "")
    digits = match["digits"].replace(",", ".")
    return Value(
        kind,
        f"{sign} {digits}".strip(),
        Decimal(digits),
        unit,
        sign,
        others=others,
        null_flavor=_null(node),
    )


def _interval(node: etree._Element, kind: str) -> Value:
    low, high = first(node, "low"), first(node, "high")
    found = interval_value(
        attr(low, "value"),
        attr(high, "value"),
        attr(low, "unit") or attr(high, "unit"),
        low_inclusive=attr(low, "inclusive") != "false",
        high_inclusive=attr(high, "inclusive") != "false",
    )
    return replace(found, kind=kind, null_flavor=_null(node))


def interval_value(
    low: str, high: str, unit: str, *, low_inclusive: bool = True, high_inclusive: bool = True
) -> Value:
    """An interval from its bounds as text (one may be empty); one alone gives a comparator."""
    low_number, high_number = decimal_of(low), decimal_of(high)
    text, number, sign = "", None, ""
    if low and high:
        text = f"{low} – {high}"
    elif high:
        sign, number = ("<=" if high_inclusive else "<"), high_number
        text = f"{sign} {high}"
    elif low:
        sign, number = (">=" if low_inclusive else ">"), low_number
        text = f"{sign} {low}"
    return Value("IVL_PQ", text, number, unit, sign, low_number, high_number)


def quantity(text: str, unit: str) -> Value:
    """A measured value to write, from ``5.2``, ``5,2``, ``< 0.5`` or ``>= 90`` and a UCUM unit.

    Raises ValueError when the text is not a number.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"Not a number: {text!r}")
    digits = match["digits"].replace(",", ".")
    sign = _SIGNS.get(match["sign"] or "", match["sign"] or "")
    if not sign:
        return Value("PQ", digits, Decimal(digits), unit)
    inclusive = sign.endswith("=")
    if sign.startswith("<"):
        return interval_value("", digits, unit, high_inclusive=inclusive)
    return interval_value(digits, "", unit, low_inclusive=inclusive)


def text_value(text: str) -> Value:
    """A result in words, to write."""
    return Value("ST", text)


def coded_value(code: Code) -> Value:
    """A coded result, to write."""
    return Value("CD", code.label, code=code)


def french_date(text: str) -> str:
    """A partial ISO date in French: ``12 mars 2026``, ``mars 2026`` or ``2026``."""
    parts = text.split("-")
    words = [parts[0]]
    if len(parts) > 1:
        words.insert(0, _MONTHS[int(parts[1]) - 1])
    if len(parts) > 2:
        words.insert(0, "1er" if parts[2] == "01" else str(int(parts[2])))
    return " ".join(words)


def french_moment(moment: Moment) -> str:
    """A moment in French, in the document's own offset: ``12 mars 2026 à 14 h 05``."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        return f"{french_date(moment.date().isoformat())} à {moment:%H} h {moment:%M}"
    return french_date(moment)


def french_period(start: Moment, end: Moment) -> str:
    """A period in French words, with the day said once when it begins and ends on the same one."""
    if not (start and end):
        moment = start or end
        return f"le {french_moment(moment)}" if moment else ""
    if isinstance(start, datetime) and isinstance(end, datetime) and start.date() == end.date():
        day = french_date(start.date().isoformat())
        return f"le {day} de {start:%H} h {start:%M} à {end:%H} h {end:%M}"
    return f"du {french_moment(start)} au {french_moment(end)}"
