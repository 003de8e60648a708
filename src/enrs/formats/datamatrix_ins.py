"""The text of a Datamatrix INS, as a scanner types it or as a label carries it.

Source of the format: ANS, « Format datamatrix INS », v2.2 (2023), known here by its published implementations:
a header of 26 characters (`IS`, version `01`, 22 reserved zeros), then blocks of an identifier and a value, `S1` to
`S7`. A value shorter than its most, and not the last one, ends with the character GS (ASCII 29). The code is not
signed: what it says is collected, never proved. Codes of another kind (2D-Doc, other versions) are refused.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from enrs.formats.ins import check_ins

HEADER: Final = "IS01" + "0" * 22
MARK, VERSION, HEADER_LENGTH = "IS", "01", 26
GS = "\x1d"
_SPELLED_GS = re.compile(r"<GS>|␝|\\x1d|\\u001d|\^\]", re.IGNORECASE)

BLOCKS: Final = {
    "S1": ("ins", 15, 15), "S2": ("oid", 19, 20), "S3": ("given_names", 1, 100), "S4": ("birth_name", 1, 100),
    "S5": ("sex", 1, 1), "S6": ("birth_date", 10, 10), "S7": ("birth_place_code", 5, 5),
}  # fmt: skip
"""Identifier to the trait, and the least and most characters of its value."""

OPTIONAL: Final = frozenset({"birth_place_code"})
_NAME = re.compile(r"[A-Z'](?:[A-Z]|[ '-](?![ ']))*")
_LETTERS = str.maketrans({"Œ": "OE", "Æ": "AE", "’": "'", "Ø": "O", "Ł": "L", "Đ": "D", "ß": "SS"})


class DatamatrixError(ValueError):
    """A text that is no Datamatrix INS that we read, or an identity that cannot be put in one.

    `code`: `kind` (another code), `version`, `header`, `block` (unknown identifier), `twice`, `length` (a value of
    the wrong length, or a separator that the scanner dropped), `missing` (a trait is not there), `ins`, `date`,
    `sex`, `name` (characters that the format does not take).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class InsCode:
    """The traits of a Datamatrix INS. `birth_date` is partial ISO text: an unknown day or month is left out."""

    ins: str
    oid: str
    given_names: str
    birth_name: str
    sex: str
    birth_date: str
    birth_place_code: str = ""


def is_ours(text: str) -> bool:
    """Whether a text looks like a Datamatrix INS, right or wrong."""
    return _plain(text).startswith(MARK) and len(text.strip()) > HEADER_LENGTH


def read(text: str) -> InsCode:
    """The traits in a text typed by a scanner; the separator may be spelled (`<GS>`).

    Raises:
        DatamatrixError: with the code of what is wrong.
    """
    rest = _plain(text)
    if not rest.startswith(MARK):
        raise DatamatrixError("kind")
    if rest[2:4] != VERSION:
        raise DatamatrixError("version")
    if rest[:HEADER_LENGTH] != HEADER:
        raise DatamatrixError("header")
    values: dict[str, str] = {}
    rest = rest[HEADER_LENGTH:]
    while rest:
        name, value, rest = _block(rest)
        if name in values:
            raise DatamatrixError("twice")
        values[name] = value
    if {name for name, _, _ in BLOCKS.values()} - values.keys() - OPTIONAL:
        raise DatamatrixError("missing" if GS in _plain(text) else "length")
    return _checked(InsCode(**values | {"birth_date": _iso(values["birth_date"])}))


def write(code: InsCode) -> str:
    """The text to put in a Datamatrix; names are brought to the characters that it takes.

    Raises:
        DatamatrixError: a trait that the format does not take.
    """
    values = {
        "ins": code.ins, "oid": code.oid, "given_names": _name(code.given_names),
        "birth_name": _name(code.birth_name), "sex": code.sex, "birth_date": _day_first(code.birth_date),
        "birth_place_code": code.birth_place_code,
    }  # fmt: skip
    _checked(code)
    blocks = [(key, values[name], most) for key, (name, _, most) in BLOCKS.items() if values[name]]
    text = HEADER
    for rank, (key, value, most) in enumerate(blocks):
        is_last = rank == len(blocks) - 1
        text += key + value + ("" if is_last or len(value) == most else GS)
    return text


def _plain(text: str) -> str:
    return _SPELLED_GS.sub(GS, text.strip(" \r\n\t")).upper()


def _block(text: str) -> tuple[str, str, str]:
    """(trait, value, what follows) of the first block."""
    key, rest = text[:2], text[2:]
    if key not in BLOCKS:
        raise DatamatrixError("block")
    name, least, most = BLOCKS[key]
    if least == most or GS not in rest[: most + 1]:
        value, rest = rest[:most], rest[most:]
    else:
        value, _, rest = rest.partition(GS)
    if not least <= len(value) <= most or GS in value:
        raise DatamatrixError("length")
    return name, value, rest.removeprefix(GS) if least == most else rest


def _checked(code: InsCode) -> InsCode:
    if check_ins(code.ins, code.oid):
        raise DatamatrixError("ins")
    if code.sex not in ("M", "F"):
        raise DatamatrixError("sex")
    for value in (code.birth_name, code.given_names):
        if not _NAME.fullmatch(_name(value)):
            raise DatamatrixError("name")
    return code


def _name(text: str) -> str:
    """Capitals without accents, hyphens and apostrophes kept (lexical profile of S3 and S4)."""
    upper = unicodedata.normalize("NFKD", text.upper().translate(_LETTERS))
    return " ".join("".join(char for char in upper if not unicodedata.combining(char)).split())


def _iso(value: str) -> str:
    match = re.fullmatch(r"([0-9]{2})-([0-9]{2})-([0-9]{4})", value)
    if match is None:
        raise DatamatrixError("date")
    day, month, year = match.groups()
    known = [
        year,
        *([month] if month != "00" else []),
        *([day] if "00" not in (day, month) else []),
    ]
    _calendar(known)
    return "-".join(known)


def _day_first(value: str) -> str:
    known = value.split("-")
    _calendar(known)
    year, month, day = [*known, "00", "00"][:3]
    return f"{day}-{month}-{year}"


def _calendar(known: list[str]) -> None:
    try:
        year, month, day = [*map(int, known), 1, 1][:3]
        date(year, month, day)
    except ValueError as error:
        raise DatamatrixError("date") from error
