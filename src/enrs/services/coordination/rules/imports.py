"""Cases of older tools: reading a CSV, guessing what its columns are, checking each line (pure)."""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

MAX_BYTES = 5_000_000
MAX_LINES = 2000
MOST_READ = 200_000
"""Lines of text that are looked at: blank ones, and those inside a quoted cell, count too."""
MAX_COLUMNS = 120
MAX_CELL = 4000

TOOLS = (
    ("maia", "SI MAIA"),
    ("idoin", "IDOin"),
    ("webpps", "WebPPS"),
    ("pta", "Demandes PTA"),
    ("other", "Autre outil"),
)

FIELDS: tuple[tuple[str, str, bool], ...] = (
    ("birth_name", "Nom de naissance", True),
    ("first_given_name", "Prénom", True),
    ("birth_date", "Date de naissance", True),
    ("sex", "Sexe", True),
    ("opened_on", "Date d’inclusion", True),
    ("source_id", "Numéro dans l’ancien outil", False),
    ("used_name", "Nom utilisé", False),
    ("requested_on", "Date de la demande", False),
    ("first_contact_on", "Date du premier contact", False),
    ("first_visit_on", "Date de la première visite", False),
    ("last_contact_on", "Date du dernier contact", False),
    ("minutes", "Temps passé (minutes)", False),
    ("referent_name", "Référent", False),
    ("need", "Motif ou besoin", False),
    ("closed_on", "Date de clôture", False),
    ("closed_note", "Motif de clôture", False),
)
"""(key, label, whether a case cannot be made without it)."""

GUESSES: dict[str, tuple[str, ...]] = {
    "birth_name": ("nomdenaissance", "nomnaissance", "nomdefamille", "nomusager", "nompatient", "nom"),
    "first_given_name": ("prenom", "prenoms", "prenomusager", "prenompatient", "premierprenom"),
    "birth_date": ("datedenaissance", "datenaissance", "ddn", "neele", "naissance"),
    "sex": ("sexe", "genre", "civilite"),
    "opened_on": ("dateinclusion", "datedinclusion", "dateentree", "datedentree", "dateouverture",
        "debutsuivi", "inclusion"),
    "source_id": ("numero", "numerodossier", "ndossier", "nodossier", "numdossier", "iddossier", "nusager",
        "id", "identifiant", "reference"),
    "used_name": ("nomusage", "nomdusage", "nommarital", "nomepouse", "nomutilise"),
    "requested_on": ("datedemande", "datedelademande", "datereception", "datesignalement"),
    "first_contact_on": ("premiercontact", "datepremiercontact", "date1ercontact"),
    "first_visit_on": ("premierevisite", "datepremierevisite", "datevad", "visiteadomicile"),
    "last_contact_on": ("derniercontact", "datederniercontact", "derniereaction"),
    "minutes": ("temps", "duree", "tempspasse", "minutes"),
    "referent_name": ("referent", "referente", "gestionnaire", "gestionnairedecas", "coordonnateur", "pilote"),
    "need": ("motif", "motifdemande", "besoin", "problematique", "objet", "situation"),
    "closed_on": ("datecloture", "datesortie", "datefin", "finsuivi"),
    "closed_note": ("motifcloture", "motifsortie", "motiffin"),
}  # fmt: skip
"""Headings met in exports, without accents, spaces nor case; the first that is there wins."""


class FileRefusedError(Exception):
    """The file cannot be read; `code` says why: `large`, `empty`, `text`, `columns`, `lines`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Table:
    """A file once read: its headings, its lines of as many cells."""

    headings: list[str]
    lines: list[list[str]]


def read_csv(content: bytes) -> Table:
    """Read a CSV of any usual separator, in UTF-8 or Windows-1252.

    Raises:
        FileRefusedError: too large, empty, not text, or of an odd shape.
    """
    if len(content) > MAX_BYTES:
        raise FileRefusedError("large")
    if b"\x00" in content:
        raise FileRefusedError("text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    head = text.split("\n", 1)[0]
    separator = max(";\t,|", key=head.count)
    rows = _rows(text, separator)
    if len(rows) < 2:
        raise FileRefusedError("empty")
    if len(rows[0]) > MAX_COLUMNS or len(rows[0]) < 2:
        raise FileRefusedError("columns")
    width = len(rows[0])
    headings = [cell.strip()[:200] or f"Colonne {rank}" for rank, cell in enumerate(rows[0], 1)]
    return Table(
        headings,
        [[cell.strip()[:MAX_CELL] for cell in [*row, *[""] * width][:width]] for row in rows[1:]],
    )


def _rows(text: str, separator: str) -> list[list[str]]:
    """The rows that say something, headings first; no more are read than are taken."""
    reader, rows = csv.reader(io.StringIO(text), delimiter=separator), list[list[str]]()
    try:
        for row in reader:
            if len(rows) > MAX_LINES or reader.line_num > MOST_READ:
                raise FileRefusedError("lines")
            if any(row):
                rows.append(row)
    except csv.Error as error:
        raise FileRefusedError("text") from error
    return rows


def _key(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())


def guess(headings: Sequence[str]) -> dict[str, int]:
    """The column of each field, by its heading; a column serves once."""
    keys, taken = [_key(one) for one in headings], set()
    found: dict[str, int] = {}
    for name, wanted in GUESSES.items():
        for word in wanted:
            ranks = [rank for rank, key in enumerate(keys) if key == word and rank not in taken]
            if ranks:
                found[name] = ranks[0]
                taken.add(ranks[0])
                break
    return found


def mapping_faults(mapping: Mapping[str, int], width: int) -> list[str]:
    """The fields without which no case can be made, and the columns that do not exist."""
    faults = [name for name, _, needed in FIELDS if needed and name not in mapping]
    known = {name for name, _, _ in FIELDS}
    return faults + [
        name for name, rank in mapping.items() if name not in known or not 0 <= rank < width
    ]


def read_day(text: str) -> date | None:
    """A day as older tools write it: 31/12/2020, 31-12-2020, 2020-12-31, with or without an hour."""
    word = text.strip().split(" ")[0].split("T")[0]
    for shape in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(word, shape).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


SEXES = {
    "f": "F", "femme": "F", "feminin": "F", "mme": "F", "madame": "F", "2": "F", "mlle": "F",
    "m": "M", "h": "M", "homme": "M", "masculin": "M", "mr": "M", "monsieur": "M", "1": "M",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line under a mapping: `values` by field, days as dates; `faults` as (field, code)."""

    number: int
    values: dict[str, object] = field(default_factory=dict)
    faults: tuple[tuple[str, str], ...] = ()


def read_line(number: int, cells: Sequence[str], mapping: Mapping[str, int], today: date) -> Line:
    """Check one line. Codes: `empty`, `date`, `future`, `order`, `sex`, `number`."""
    values: dict[str, object] = {}
    faults: list[tuple[str, str]] = []
    for name, _, needed in FIELDS:
        text = cells[mapping[name]].strip() if name in mapping else ""
        if not text:
            if needed:
                faults.append((name, "empty"))
            continue
        value, code = _read_value(name, text, today)
        if code:
            faults.append((name, code))
        else:
            values[name] = value
    faults += _order(values)
    return Line(number, values, tuple(faults))


def _read_value(name: str, text: str, today: date) -> tuple[object, str]:
    if name.endswith("_on") or name == "birth_date":
        day = read_day(text)
        if day is None or day.year < 1880:
            return None, "date"
        return (day, "") if day <= today else (None, "future")
    if name == "sex":
        sex = SEXES.get(_key(text), "")
        return sex, "" if sex else "sex"
    if name == "minutes":
        return (int(text), "") if text.isdecimal() and len(text) <= 5 else (None, "number")
    return text, ""


def _order(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """A case neither ends nor begins before what comes first."""
    pairs = (("birth_date", "opened_on"), ("opened_on", "closed_on"), ("requested_on", "opened_on"))
    faults = []
    for first, then in pairs:
        one, other = values.get(first), values.get(then)
        if isinstance(one, date) and isinstance(other, date) and other < one:
            faults.append((then, "order"))
    return faults
