"""Lists of territories as CSV: which communes, from which day to which."""

import csv
import io
from dataclasses import dataclass
from datetime import date

MOST_LINES = 50_000
COLUMNS = ("territoire", "type", "commune", "debut", "fin")
"""`commune` is an INSEE code; `debut` and `fin` are days, empty for always; `fin` is the first day out."""
CANTON = "canton"
"""A column that may stand for `commune`: INSEE's code of a canton, for its whole communes."""


class TerritoryFileError(ValueError):
    """A file that cannot be read; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class Line:
    """One commune of one territory, or all of a canton (`commune` is then empty)."""

    number: int
    territory: str
    kind: str
    commune: str
    valid_from: date | None
    valid_until: date | None
    canton: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not taken, and why."""

    number: int
    reason: str


def read_territories(content: bytes) -> list[Line | BadLine]:
    """The lines of a CSV with `;` or `,`, in UTF-8 or Windows's French encoding.

    Raises:
        TerritoryFileError: no text, missing columns, too many lines.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise TerritoryFileError("Ce fichier n'est pas un tableau CSV lisible.")
    first = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first else ",")
    names = {str(name).strip().lower(): name for name in rows.fieldnames or ()}
    wanted = COLUMNS[:2] if CANTON in names else COLUMNS[:3]
    if missing := [one for one in wanted if one not in names]:
        raise TerritoryFileError(f"Il manque des colonnes : {', '.join(missing)}.")
    found: list[Line | BadLine] = []
    try:
        for number, row in enumerate(rows, 2):
            if number > MOST_LINES + 1:
                raise TerritoryFileError(f"Ce fichier dépasse {MOST_LINES} lignes.")
            given = {
                one: (row.get(names[one]) or "").strip() if one in names else ""
                for one in (*COLUMNS, CANTON)
            }
            if any(given.values()):
                found.append(_line(number, given))
    except csv.Error as error:
        raise TerritoryFileError("Ce fichier n'est pas un tableau CSV lisible.") from error
    return found


def _line(number: int, given: dict[str, str]) -> Line | BadLine:
    code = given["commune"].upper().lstrip("'")
    if not given["territoire"] or len(given["territoire"]) > 200:
        return BadLine(number, "Le nom du territoire manque, ou est trop long.")
    canton = given[CANTON].upper().lstrip("'")
    code, canton = _with_its_zero(code, 5), _with_its_zero(canton, 4)
    if bool(code) == bool(canton):
        return BadLine(number, "Donnez une commune ou un canton, l'un des deux.")
    if code and (len(code) != 5 or not code.isalnum()):
        return BadLine(number, "Le code de commune a cinq caractères (code INSEE, non postal).")
    if canton and (len(canton) not in {4, 5} or not canton.isalnum()):
        return BadLine(number, "Le code de canton a quatre ou cinq caractères (code INSEE).")
    days = _days(given)
    if isinstance(days, str):
        return BadLine(number, days)
    return Line(number, given["territoire"], given["type"][:60], code, *days, canton)


def _with_its_zero(code: str, length: int) -> str:
    """A spreadsheet takes the first zero off."""
    return f"0{code}" if len(code) == length - 1 and code.isdigit() else code


def _days(given: dict[str, str]) -> tuple[date | None, date | None] | str:
    """The first and the last day, or what is wrong with them."""
    days = []
    for name in ("debut", "fin"):
        day = _day(given[name])
        if day is None and given[name]:
            return f"« {given[name][:20]} » n'est pas une date (JJ/MM/AAAA)."
        days.append(day)
    if days[0] and days[1] and days[1] <= days[0]:
        return "La fin vient avant le début."
    return days[0], days[1]


def _day(text: str) -> date | None:
    try:
        if "/" in text:
            day, month, year = text.split("/")
            return date(int(year), int(month), int(day))
        return date.fromisoformat(text)
    except ValueError:
        return None
