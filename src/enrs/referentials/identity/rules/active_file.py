"""The active file of a source, as CSV: its lines, what is wrong in each, what may become of one (pure).

One line for each local number: the strict and complementary traits, the INS, the status, when the source last
wrote it. What a line *says* is judged by the rules of every message; here is judged only whether it can be read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from itertools import islice
from typing import Any

from enrs.formats.ins import INS_NIR_OID
from enrs.referentials.identity.rules.names import plain
from enrs.referentials.identity.rules.probe_file import iso_day
from enrs.referentials.identity.rules.tables import (
    TableError,
    bare_cell,
    column_name,
    rows_of,
    text_of,
)

COLUMNS = {
    "numero": "value", "nom_naissance": "birth_name", "premier_prenom": "first_given_name",
    "prenoms": "given_names", "date_naissance": "birth_date", "sexe": "sex",
    "lieu_naissance": "birth_place_code", "ins": "ins", "ins_oid": "ins_oid", "identite": "status",
    "nom_utilise": "used_name", "prenom_utilise": "used_given_name", "adresse": "address",
    "code_postal": "postal_code", "commune": "city", "telephone": "phone", "courriel": "email",
    "modifie_le": "told_at",
}  # fmt: skip
"""Headings of the file to traits; those of a record's lists are among them."""
REQUIRED = ("numero", "nom_naissance", "premier_prenom", "date_naissance", "sexe")
MOST_BYTES = 60 * 1024 * 1024
MOST_LINES = 200_000
MOST_VALUE, MOST_TEXT, LONG = 80, 100, 200
LONGER = frozenset({"given_names", "address", "email"})
"""Traits that may take twice the usual length."""
SEXES = {"F": "F", "2": "F", "M": "M", "H": "M", "1": "M", "I": "U", "U": "U"}
STATUSES = {"": "provisional", "PROVISOIRE": "provisional", "RECUPEREE": "retrieved", "VALIDEE": "validated",
            "QUALIFIEE": "qualified"}  # fmt: skip

NEW, UNCHANGED, CHANGED = "new", "unchanged", "changed"
BY_INS, BY_LIKENESS, ASIDE, REFUSED = "by_ins", "by_likeness", "aside", "refused"
OUTCOMES: Mapping[str, str] = {
    NEW: "Personnes nouvelles",
    BY_INS: "Rattachées par l’INS",
    BY_LIKENESS: "Rattachées par ressemblance",
    CHANGED: "Numéros connus, modifiés",
    UNCHANGED: "Numéros connus, inchangés",
    ASIDE: "Mises de côté : le numéro serait celui d’une autre personne",
    REFUSED: "Refusées",
}
"""What becomes of a line, in the order in which it is told; every line has exactly one."""

FAULTS: Mapping[str, str] = {
    "value_missing": "le numéro manque",
    "value_twice": "ce numéro est déjà plus haut dans le fichier",
    "birth_name_missing": "le nom de naissance manque",
    "birth_date": "la date de naissance n’est pas un jour passé (AAAA-MM-JJ ou JJ/MM/AAAA ; AAAA ou AAAA-MM si "
    "le reste est inconnu)",
    "sex": "le sexe est F, M ou I",
    "status": "l’état de l’identité est provisoire, récupérée, validée ou qualifiée",
    "birth_place": "le code de la commune ou du pays de naissance a 5 caractères",
    "told_at": "la date de modification ne se lit pas, ou elle est à venir",
    "too_long": "un texte dépasse 100 caractères (200 pour les prénoms, l’adresse et le courriel)",
    "ins.test_in_production": "un matricule INS de test n’entre pas ici",
    "traits.empty": "le nom de naissance manque",
    "too_many": "plus de 2 000 identités se tiennent autour de celle-ci : prévenez l’exploitation",
    "unreadable": "la base refuse cette ligne : prévenez l’exploitation, avec son numéro",
}
"""What is wrong in a line, as whoever mends the file reads it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the file, the traits that it says, what is wrong, and its cells as given.

    `told_at` is a moment in ISO, empty when the line does not tell it.
    """

    number: int
    value: str
    traits: dict[str, Any]
    told_at: str = ""
    faults: tuple[str, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)


def check_file(content: bytes) -> int:
    """How many lines a file has under its headings, blank ones left out.

    Raises TableError: too large, no table, a column missing, nobody in it.
    """
    if len(content) > MOST_BYTES:
        raise TableError("Ce fichier dépasse 60 Mo : coupez-le en plusieurs.")
    rows = rows_of(text_of(content))
    names = [column_name(name) for name in next(rows, [])]
    if missing := [name for name in REQUIRED if name not in names]:
        raise TableError(f"Il manque des colonnes : {', '.join(missing)}.")
    if twice := sorted({name for name in names if name in COLUMNS and names.count(name) > 1}):
        raise TableError(f"Ces colonnes sont là deux fois : {', '.join(twice)}.")
    count = 0
    for row in rows:
        count += any(row)
        if count > MOST_LINES:
            raise TableError("Ce fichier dépasse 200 000 lignes : coupez-le en plusieurs.")
    if not count:
        raise TableError("Ce fichier ne contient personne.")
    return count


def lines_of(content: bytes, *, skip: int, limit: int, now: datetime, zone: tzinfo) -> list[Line]:
    """Some lines of a file that `check_file` took: `limit` of them after the first `skip`.

    Numbers are those that a spreadsheet shows, headings being the first. Moments without a zone are of `zone`;
    nobody is born, and nothing is told, after `now`.
    """
    rows = rows_of(text_of(content))
    names = [column_name(name) for name in next(rows, [])]
    return [
        _line(number, _cells(names, row), now, zone)
        for number, row in islice(_filled(rows), skip, skip + limit)
    ]


def _filled(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something; their cells are left as they are, for many are only passed over."""
    return ((number, row) for number, row in enumerate(rows, start=2) if any(row))


def _cells(names: list[str], row: list[str]) -> dict[str, str]:
    texts = dict(zip(names, map(bare_cell, row), strict=False))
    return {name: texts[name] for name in COLUMNS if texts.get(name)}


def _line(number: int, cells: dict[str, str], now: datetime, zone: tzinfo) -> Line:
    given = {trait: cells.get(name, "") for name, trait in COLUMNS.items()}
    value, told = given.pop("value"), given.pop("told_at")
    faults = [] if value else ["value_missing"]
    if not given["birth_name"]:
        faults.append("birth_name_missing")
    if len(value) > MOST_VALUE or any(_is_too_long(name, text) for name, text in given.items()):
        faults.append("too_long")
    given["birth_date"] = _born(given["birth_date"], now.astimezone(zone).date())
    if not given["birth_date"]:
        faults.append("birth_date")
    given["sex"] = SEXES.get(given["sex"].upper(), "")
    if not given["sex"]:
        faults.append("sex")
    given["status"] = STATUSES.get(plain(given["status"]), "")
    if not given["status"]:
        faults.append("status")
    given["birth_place_code"] = place = given["birth_place_code"].upper()
    if place and not (len(place) == 5 and place.isalnum() and place.isascii()):
        faults.append("birth_place")
    given["ins"] = given["ins"].replace(" ", "").upper()
    given["ins_oid"] = (given["ins_oid"] or INS_NIR_OID) if given["ins"] else ""
    at = _moment(told, now, zone)
    if told and not at:
        faults.append("told_at")
    return Line(number, value, given, at, tuple(faults), cells)


def _is_too_long(name: str, text: str) -> bool:
    return len(text) > (LONG if name in LONGER else MOST_TEXT)


def _born(text: str, today: date) -> str:
    """A birth date as partial ISO text; empty when it is none, or is to come."""
    found = iso_day(text)
    if not found and len(text) in (4, 7):
        found = text if iso_day(f"{text}-01-01"[:10]) else ""
    return "" if found > today.isoformat() else found


def _moment(text: str, now: datetime, zone: tzinfo) -> str:
    """When a source wrote a line, in ISO; empty when it is no moment, or one to come."""
    day = iso_day(text[:10])
    try:
        at = datetime.fromisoformat(f"{day}{text[10:]}" if day else "")
    except ValueError:
        return ""
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    return "" if at > now else at.isoformat()
