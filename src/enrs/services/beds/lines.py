"""Files of figures: lines of a CSV to what they say (no database)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from enrs.core.moments import in_zone
from enrs.services.beds.rules import MOST, Told

COLUMNS = {
    "installes": "installed",
    "disponibles": "available",
    "occupes": "occupied",
    "reserves": "reserved",
    "fermes": "closed",
    "supplementaires": "additional",
}
WORDS = {
    "type": {"": "bed", "lit": "bed", "place": "place", "01": "bed", "02": "place"},
    "age": {"": "any", "tous": "any", "adulte": "adult", "enfant": "child"},
    "sexe": {
        "": "any", "indifferencie": "any", "indetermine": "any", "03": "any", "04": "any",
        "homme": "male", "02": "male", "femme": "female", "01": "female",
    },
    "affectation": {"": "", "courant": "", "01": "", "covid": "covid", "covid+": "covid", "02": "covid"},
}  # fmt: skip
"""Words and codes of a file to ours; codes of JDV_J187, JDV_J190 and JDV_J195."""

MOST_LINES = 5_000
MOST_BYTES = 2_000_000
DATES = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S")


class LineError(Exception):
    """A line that is not taken; the message is the code of the reason."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, by its place in the file (1 is under the headings)."""

    number: int
    cells: dict[str, str]


def read_lines(content: bytes) -> list[Line]:
    """The lines of a CSV in UTF-8 or latin-1, separated by `;`, columns by their names.

    Raises:
        LineError: `empty`, `long`, or `headings` without what names a unit and a moment.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return list(_lines(text.replace("\x00", "")))


def _lines(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text), delimiter=";")
    headings = [one.strip().lower() for one in next(reader, [])]
    if not headings:
        raise LineError("empty")
    if not {"code", "finess", "releve_le"} <= set(headings):
        raise LineError("headings")
    number = 0
    for row in reader:
        if not any(one.strip() for one in row):
            continue
        number += 1
        if number > MOST_LINES:
            raise LineError("long")
        cells = dict(zip(headings, (one.strip()[:200] for one in row), strict=False))
        yield Line(number, {name: value for name, value in cells.items() if value})


def told_by(cells: dict[str, str]) -> Told:
    """What a line says of one kind of bed.

    Raises:
        LineError: `undated`, `date`, `operational` (07 is computed), `number`, `nothing`, or `kind`.
    """
    if cells.get("operationnels"):
        raise LineError("operational")
    given = {}
    for column, status in COLUMNS.items():
        value = cells.get(column, "")
        if value:
            if not (value.isascii() and value.isdecimal() and len(value) <= 5):
                raise LineError("number")
            given[status] = int(value)
    if not given:
        raise LineError("nothing")
    if max(given.values()) > MOST:
        raise LineError("number")
    kinds = []
    for column, words in WORDS.items():
        word = cells.get(column, "").lower().replace("é", "e")
        if word not in words:
            raise LineError("kind")
        kinds.append(words[word])
    return Told(given, moment_of(cells.get("releve_le", "")), *kinds)


def moment_of(text: str) -> datetime:
    """The moment of a line: ISO 8601, or JJ/MM/AAAA HH:MM; without a zone, the region's.

    Raises:
        LineError: `undated` or `date`.
    """
    if not text:
        raise LineError("undated")
    try:
        return in_zone(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    for pattern in DATES:
        try:
            return in_zone(datetime.strptime(text, pattern))  # noqa: DTZ007  `in_zone` gives it one
        except (ValueError, OverflowError):
            continue
    raise LineError("date")


def position_of(cells: dict[str, str]) -> tuple[float | None, float | None]:
    """Latitude and longitude of a neighbour's unit, None where they are not those of a place."""
    try:
        values = [
            float(cells.get(name, "").replace(",", ".")) for name in ("latitude", "longitude")
        ]
    except ValueError:
        return None, None
    is_place = abs(values[0]) <= 90 and abs(values[1]) <= 180
    return (values[0], values[1]) if is_place else (None, None)
