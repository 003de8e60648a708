"""Reading a hospital's active list: a CSV file to checked lines (pure).

One line per person, a heading line, `;` or `,`, UTF-8 or Windows-1252. Sources of the identity rules: RNIV
(strict traits), INS key per the national reference.
"""

import csv
import io
import re
from dataclasses import dataclass, field, replace
from datetime import date

from enrs.core.spreadsheets import csv_cell
from enrs.formats.ins import INS_TEST_OID, check_ins

MAX_BYTES = 5 * 1024 * 1024
MAX_LINES = 20_000
MAX_COLUMNS = 120
MOST_READ = 200_000
"""Lines of text that are looked at: blank ones count too."""
MAX_TEXT = 100
COLUMNS = {
    "numero": "number",
    "nom_naissance": "birth_name",
    "premier_prenom": "first_given_name",
    "prenoms": "given_names",
    "nom_utilise": "used_name",
    "date_naissance": "birth_date",
    "sexe": "sex",
    "lieu_naissance": "birth_place_code",
    "ins": "ins",
    "ins_oid": "ins_oid",
    "identite": "status",
    "commune": "city",
}
"""Headings of the file to traits."""
REQUIRED = ("numero", "nom_naissance", "premier_prenom", "date_naissance", "sexe")
SEXES = {"F": "F", "M": "M", "H": "M", "1": "M", "2": "F", "I": "U", "U": "U"}
STATUSES = {"": "provisional", "provisoire": "provisional", "validee": "validated", "validée": "validated",
            "qualifiee": "qualified", "qualifiée": "qualified"}  # fmt: skip
INS_NIR, INS_NIA = "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"
OIDS = (INS_NIR, INS_NIA, INS_TEST_OID)
FRENCH_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
PLACE = re.compile(r"[0-9][0-9AB][0-9]{3}")


class IntakeRefusedError(Exception):
    """The whole file cannot be read; the code is `empty`, `size`, `lines`, `text` or `columns`."""

    def __init__(self, code: str, details: str = "") -> None:
        super().__init__(code)
        self.code, self.details = code, details


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the file, its traits, the codes of what is wrong (none: it stands), and its
    cells as they were given, by heading."""

    number: int
    traits: dict[str, str]
    faults: tuple[str, ...] = field(default=())
    cells: dict[str, str] = field(default_factory=dict)


def read_list(content: bytes, *, today: date = date.max) -> list[Line]:
    """Every line of the file, checked; nobody is born after `today`.

    Raises:
        IntakeRefusedError: no file of people can be read in it.
    """
    if not content.strip():
        raise IntakeRefusedError("empty")
    if len(content) > MAX_BYTES:
        raise IntakeRefusedError("size")
    rows = csv.reader(io.StringIO(_text(content), newline=""), delimiter=_delimiter(content))
    try:
        heading = [_key(name) for name in next(rows)[:MAX_COLUMNS]]
        missing = [name for name in REQUIRED if name not in heading]
        if missing:
            raise IntakeRefusedError("columns", ", ".join(missing))
        seen: set[str] = set()
        found: list[Line] = []
        for row in rows:
            if rows.line_num > MOST_READ:
                raise IntakeRefusedError("lines")
            if not any(cell.strip() for cell in row):
                continue
            if len(found) == MAX_LINES:
                raise IntakeRefusedError("lines")
            line = _line(rows.line_num, heading, row, seen)
            is_unborn = line.traits["birth_date"] > today.isoformat()
            found.append(replace(line, faults=(*line.faults, "birth_date")) if is_unborn else line)
    except (csv.Error, StopIteration) as error:
        raise IntakeRefusedError("text") from error
    if not found:
        raise IntakeRefusedError("empty")
    return found


def _text(content: bytes) -> str:
    if b"\x00" in content:
        raise IntakeRefusedError("text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("windows-1252", errors="replace")


def _delimiter(content: bytes) -> str:
    heading = content.split(b"\n", 1)[0]
    return ";" if heading.count(b";") >= heading.count(b",") else ","


def _key(name: str) -> str:
    return name.strip().strip("\ufeff").lower().replace(" ", "_")


def _line(number: int, heading: list[str], row: list[str], seen: set[str]) -> Line:
    texts = dict(zip(heading, map(_cell, row), strict=False))
    cells = {name: texts[name] for name in COLUMNS if texts.get(name)}
    given = {trait: cells.get(name, "") for name, trait in COLUMNS.items()}
    faults = _faults(given)
    if given["number"] in seen:
        faults.append("number_twice")
    seen.add(given["number"])
    return Line(number, given, tuple(faults), cells)


def _cell(text: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    plain = text.strip()
    return plain[1:].strip() if plain[:1] == "'" and csv_cell(plain[1:]) == plain else plain


def _faults(given: dict[str, str]) -> list[str]:
    """What is wrong in one line; its values are put in the form that identities have."""
    faults = [
        f"{name}_missing"
        for name in ("number", "birth_name", "first_given_name")
        if not given[name]
    ]
    if any(len(text) > MAX_TEXT for text in given.values()):
        faults.append("too_long")
    given["birth_date"] = _day(given["birth_date"])
    if not given["birth_date"]:
        faults.append("birth_date")
    given["sex"] = SEXES.get(given["sex"].upper(), "")
    if not given["sex"]:
        faults.append("sex")
    given["status"] = STATUSES.get(given["status"].lower(), "unknown")
    if given["status"] == "unknown":
        faults.append("status")
    if given["birth_place_code"] and not PLACE.fullmatch(given["birth_place_code"].upper()):
        faults.append("birth_place")
    return faults + _ins_faults(given)  # fmt: skip


def _ins_faults(given: dict[str, str]) -> list[str]:
    given["ins"] = given["ins"].replace(" ", "").upper()
    if not given["ins"]:
        given["ins_oid"] = ""
        return ["ins_missing"] if given["status"] == "qualified" else []
    given["ins_oid"] = given["ins_oid"] or INS_NIR
    if given["ins_oid"] not in OIDS or check_ins(given["ins"], given["ins_oid"]):
        return ["ins"]
    return []


def _day(text: str) -> str:
    """A birth date as ISO text, from ISO or from day/month/year; nothing when it is no day."""
    french = FRENCH_DAY.fullmatch(text)
    iso = "-".join(reversed(french.groups())) if french else text
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return ""
    return iso if len(iso) == 10 and day.year >= 1880 else ""
