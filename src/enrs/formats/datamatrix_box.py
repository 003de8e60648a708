"""The text of the Datamatrix of a medicine's box, as a scanner types it.

Source: GS1 General Specifications, element strings of the application identifiers 01 (GTIN), 10 (lot), 17 (expiry),
21 (serial number); delegated regulation (EU) 2016/161, article 5, which puts these four on each box. A value of no
fixed length ends with the character GS (ASCII 29) unless it is the last. What the code says is collected, never
proved: whether a box is genuine is asked of the national verification system, not of its label.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

GS: Final = "\x1d"
_SPELLED_GS = re.compile(r"<GS>|␝|\\x1d|\\u001d|\^\]", re.IGNORECASE)
_SYMBOLOGY = re.compile(r"^\](?:d2|C1|Q3|e0)")
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)([^()]*)")
_GTIN = re.compile(r"[0-9]{14}")
_VALUE = re.compile(r"[!-~]+")

FIXED: Final = {
    "00": 18,
    "01": 14,
    "02": 14,
    "11": 6,
    "12": 6,
    "13": 6,
    "15": 6,
    "16": 6,
    "17": 6,
    "20": 2,
}
"""Identifiers whose value has so many characters, and no separator after it."""
VARIABLE: Final = {
    "10": 20, "21": 20, "22": 20, "30": 8, "37": 8, "235": 28, "240": 30, "241": 30, "710": 20, "711": 20,
    "712": 20, "713": 20, "714": 20, "715": 20, "716": 20,
}  # fmt: skip
"""Identifiers whose value has at most so many characters."""


class BoxCodeError(ValueError):
    """A text that is no code of a box.

    `code`: `kind` (something else), `identifier` (one that is not read), `twice`, `length` (a value that is too
    short or too long, or a separator that the scanner dropped), `missing` (no GTIN), `key` (its check digit is
    wrong), `date`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class BoxCode:
    """What a box says: its GTIN in 14 digits, and its lot, last day of use and serial number where they are there."""

    gtin: str
    lot: str = ""
    expires_on: date | None = None
    serial: str = ""

    @property
    def cip13(self) -> str:
        """The French number of the presentation (CIP, 13 digits); empty when the GTIN is none."""
        return self.gtin[1:] if self.gtin.startswith("03400") else ""


def is_ours(text: str) -> bool:
    """Whether a text looks like the code of a box, right or wrong."""
    plain = _plain(text)
    return plain.startswith(("01", "(01)")) and len(plain) >= 16


def read(text: str) -> BoxCode:
    """What a text typed by a scanner says; the separator may be spelled (`<GS>`), identifiers bracketed.

    Raises:
        BoxCodeError: with the code of what is wrong.
    """
    plain = _plain(text)
    values = _bracketed(plain) if plain.startswith("(") else _concatenated(plain)
    gtin = values.get("01", "")
    if not gtin:
        raise BoxCodeError("missing")
    if not is_gtin(gtin):
        raise BoxCodeError("key")
    day = values.get("17", "")
    return BoxCode(gtin, values.get("10", ""), _day(day) if day else None, values.get("21", ""))


def is_gtin(text: str) -> bool:
    """Whether a text is a GTIN of 14 digits with the right check digit (GS1, weights 3 and 1)."""
    if not _GTIN.fullmatch(text):
        return False
    total = sum(int(digit) * (3 if rank % 2 == 0 else 1) for rank, digit in enumerate(text[:13]))
    return (10 - total % 10) % 10 == int(text[13])


def gtin_of(text: str) -> str:
    """A GTIN of 14 digits from a CIP13 or a GTIN that a person typed; empty when it is none."""
    digits = re.sub(r"[\s.]", "", text)
    padded = (
        digits.zfill(14)
        if digits.isascii() and digits.isdigit() and len(digits) in (13, 14)
        else ""
    )
    return padded if padded and is_gtin(padded) else ""


def _plain(text: str) -> str:
    return _SYMBOLOGY.sub("", _SPELLED_GS.sub(GS, text.strip(" \r\n\t"))).lstrip(GS)


def _bracketed(text: str) -> dict[str, str]:
    """The form printed beside a code: `(01)…(17)…(10)…`."""
    pairs = _BRACKETED.findall(text)
    if "".join(f"({name}){value}" for name, value in pairs) != text:
        raise BoxCodeError("kind")
    values: dict[str, str] = {}
    for name, value in pairs:
        _keep(values, name, value.strip(f" {GS}"))
    return values


def _concatenated(text: str) -> dict[str, str]:
    if text[:2] not in FIXED | VARIABLE:
        raise BoxCodeError("kind")
    values: dict[str, str] = {}
    rest = text
    is_run_together = GS not in text
    while rest:
        name = next((rest[:size] for size in (2, 3) if rest[:size] in FIXED | VARIABLE), "")
        if not name:
            raise BoxCodeError("identifier")
        rest = rest[len(name) :]
        if name in FIXED:
            value, rest = rest[: FIXED[name]], rest[FIXED[name] :].removeprefix(GS)
        else:
            value, _, rest = rest.partition(GS)
        _keep(values, name, value)
    # A box bears a lot and a serial number: where one of them is missing and nothing separates, it may be inside
    # the other, and no lot is better than a wrong one.
    if is_run_together and ("10" in values) != ("21" in values):
        raise BoxCodeError("length")
    return values


def _keep(values: dict[str, str], name: str, value: str) -> None:
    if name in values:
        raise BoxCodeError("twice")
    if name in FIXED:
        fits = len(value) == FIXED[name] and value.isascii() and value.isdigit()
    elif name in VARIABLE:
        fits = len(value) <= VARIABLE[name] and bool(_VALUE.fullmatch(value))
    else:
        raise BoxCodeError("identifier")
    if not fits:
        raise BoxCodeError("length")
    values[name] = value


def _day(text: str) -> date:
    """YYMMDD; a day 00 is the last one of the month. Boxes bear this code since 2011: the century is ours."""
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    if not 1 <= month <= 12:
        raise BoxCodeError("date")
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError as error:
        raise BoxCodeError("date") from error
