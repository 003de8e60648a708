"""Cantons from INSEE's official code (COG): `v_canton_AAAA.csv`, and the column CAN of `v_commune_AAAA.csv`.

A commune cut between several cantons bears a pseudo-canton (TYPECT `V`), Paris, Guyane and Martinique one that is
« non précisé » (`N`): neither is a canton, such a commune has none.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

CANTON: Final = "C"
WHOLE: Final = "1"
"""COMPCT: made of whole communes; 2 and 3 also of parts of some, 4 of a part of one alone."""
COMMUNE: Final = "COM"
CANTON_COLUMNS: Final = ("CAN", "REG", "COMPCT", "LIBELLE", "TYPECT")
COMMUNE_COLUMNS: Final = ("TYPECOM", "COM", "CAN")


class CantonFileError(ValueError):
    """A file that is not of the official code, or is not to be believed; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class CantonRow:
    """A canton. `composition` is COMPCT, 1 to 4."""

    code: str
    name: str
    region: str
    composition: str


@dataclass(frozen=True, slots=True)
class Cantons:
    """The cantons, and the canton of each commune, empty for one that has none."""

    rows: list[CantonRow]
    of_communes: dict[str, str]


def read_cantons(*, cantons: bytes, communes: bytes) -> Cantons:
    """The two files of one year together.

    Raises:
        CantonFileError: no text, missing columns, no canton, or a commune of a canton that the file has not.
    """
    rows, known = [], set()
    for row in _rows(cantons, CANTON_COLUMNS, "v_canton"):
        known.add(row["CAN"])
        if row["TYPECT"] == CANTON and row["CAN"] and row["LIBELLE"]:
            rows.append(
                CantonRow(row["CAN"][:9], row["LIBELLE"][:200], row["REG"][:3], row["COMPCT"][:1])
            )
    if not rows:
        raise CantonFileError("v_canton : aucun canton dans ce fichier.")
    real = {one.code for one in rows}
    of_communes: dict[str, str] = {}
    for row in _rows(communes, COMMUNE_COLUMNS, "v_commune"):
        if row["TYPECOM"] != COMMUNE:
            continue
        if row["CAN"] and row["CAN"] not in known:
            raise CantonFileError(
                f"v_commune : le canton {row['CAN'][:9]} de la commune {row['COM'][:5]} n'est pas dans v_canton. "
                "Prenez les deux fichiers de la même année."
            )
        of_communes[row["COM"][:5]] = row["CAN"] if row["CAN"] in real else ""
    if not any(of_communes.values()):
        raise CantonFileError("v_commune : aucune commune n'a de canton dans ce fichier.")
    return Cantons(rows, of_communes)


def _rows(content: bytes, columns: tuple[str, ...], what: str) -> Iterator[dict[str, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise CantonFileError(f"{what} : ce n'est pas un tableau CSV lisible.")
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        names = {str(name).strip().upper(): name for name in reader.fieldnames or ()}
        if missing := [one for one in columns if one not in names]:
            raise CantonFileError(f"{what} : il manque des colonnes : {', '.join(missing)}.")
        for row in reader:
            yield {one: (row.get(names[one]) or "").strip() for one in columns}
    except csv.Error as error:
        raise CantonFileError(f"{what} : ce n'est pas un tableau CSV lisible.") from error
