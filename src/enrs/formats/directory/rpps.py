"""Stream the public RPPS file `PS_LibreAcces_Personne_activite`, one row per activity of a person."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import BinaryIO, Final

from enrs.formats.directory.common import (
    DirectoryFileError,
    Refusal,
    numbered_lines,
    refusal,
)
from enrs.formats.keys import is_rpps, luhn_key

RPPS_TYPE: Final = "8"
ADELI_TYPE: Final = "0"


@dataclass(frozen=True, slots=True)
class RppsRow:
    """One activity of one professional: what the region uses of the 56 public columns.

    Every field is the text of the file, empty when the file has none. `identifier_type` is `8`
    for a RPPS number and `0` for an ADELI number; `national_id` is the type followed by the number.
    """

    identifier_type: str
    identifier: str
    national_id: str
    title_code: str = ""
    title: str = ""
    family: str = ""
    given: str = ""
    profession_code: str = ""
    profession: str = ""
    category_code: str = ""
    category: str = ""
    skill_type_code: str = ""
    skill_type: str = ""
    skill_code: str = ""
    skill: str = ""
    mode_code: str = ""
    mode: str = ""
    site_siret: str = ""
    site_siren: str = ""
    site_finess: str = ""
    legal_finess: str = ""
    structure_technical_id: str = ""
    site_name: str = ""
    brand_name: str = ""
    address_extra: str = ""
    street_number: str = ""
    street_number_suffix: str = ""
    street_type: str = ""
    street_name: str = ""
    postal_code: str = ""
    commune_code: str = ""
    commune: str = ""
    phone: str = ""
    email: str = ""
    department_code: str = ""
    department: str = ""
    sector_code: str = ""
    sector: str = ""
    function_code: str = ""
    function: str = ""
    activity_kind_code: str = ""
    activity_kind: str = ""


_SITE = " (coord. structure)"
# The 56 columns in the order of the public file; the ones that we use carry our field's name.
_COLUMNS: Final[tuple[tuple[str, str], ...]] = (
    ("Type d'identifiant PP", "identifier_type"),
    ("Identifiant PP", "identifier"),
    ("Identification nationale PP", "national_id"),
    ("Code civilité d'exercice", "title_code"),
    ("Libellé civilité d'exercice", "title"),
    ("Code civilité", ""),
    ("Libellé civilité", ""),
    ("Nom d'exercice", "family"),
    ("Prénom d'exercice", "given"),
    ("Code profession", "profession_code"),
    ("Libellé profession", "profession"),
    ("Code catégorie professionnelle", "category_code"),
    ("Libellé catégorie professionnelle", "category"),
    ("Code type savoir-faire", "skill_type_code"),
    ("Libellé type savoir-faire", "skill_type"),
    ("Code savoir-faire", "skill_code"),
    ("Libellé savoir-faire", "skill"),
    ("Code mode exercice", "mode_code"),
    ("Libellé mode exercice", "mode"),
    ("Numéro SIRET site", "site_siret"),
    ("Numéro SIREN site", "site_siren"),
    ("Numéro FINESS site", "site_finess"),
    ("Numéro FINESS établissement juridique", "legal_finess"),
    ("Identifiant technique de la structure", "structure_technical_id"),
    ("Raison sociale site", "site_name"),
    ("Enseigne commerciale site", "brand_name"),
    ("Complément destinataire" + _SITE, ""),
    ("Complément point géographique" + _SITE, "address_extra"),
    ("Numéro Voie" + _SITE, "street_number"),
    ("Indice répétition voie (coord. Structure)", "street_number_suffix"),
    ("Code type de voie" + _SITE, ""),
    ("Libellé type de voie" + _SITE, "street_type"),
    ("Libellé Voie" + _SITE, "street_name"),
    ("Mention distribution" + _SITE, ""),
    ("Bureau cedex" + _SITE, ""),
    ("Code postal" + _SITE, "postal_code"),
    ("Code commune" + _SITE, "commune_code"),
    ("Libellé commune" + _SITE, "commune"),
    ("Code pays" + _SITE, ""),
    ("Libellé pays" + _SITE, ""),
    ("Téléphone" + _SITE, "phone"),
    ("Téléphone 2" + _SITE, ""),
    ("Télécopie" + _SITE, ""),
    ("Adresse e-mail" + _SITE, "email"),
    ("Code département" + _SITE, "department_code"),
    ("Libellé département" + _SITE, "department"),
    ("Ancien identifiant de la structure", ""),
    ("Autorité d'enregistrement", ""),
    ("Code secteur d'activité", "sector_code"),
    ("Libellé secteur d'activité", "sector"),
    ("Code section tableau pharmaciens", ""),
    ("Libellé section tableau pharmaciens", ""),
    ("Code fonction", "function_code"),
    ("Libellé fonction", "function"),
    ("Code genre d'activité", "activity_kind_code"),
    ("Libellé genre d'activité", "activity_kind"),
)
HEADER: Final = "|".join(name for name, _ in _COLUMNS) + "|"
_REQUIRED: Final = frozenset(
    {"identifier_type", "identifier", "national_id", "family", "given", "profession_code"}
)
_FIELDS: Final = tuple(field for field in RppsRow.__dataclass_fields__)
_PARENTHESES = re.compile(r"\([^)]*\)")
_LINKING_WORDS = frozenset({"d", "de", "du", "la", "le", "l"})


def normalised(name: str) -> str:
    """Reduce a column name to what stays the same between releases of the file.

    Case, accents, punctuation, linking words and the bracketed suffix are dropped.
    """
    bare = unicodedata.normalize("NFKD", _PARENTHESES.sub(" ", name)).casefold()
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    return " ".join(w for w in re.findall(r"[a-z0-9]+", bare) if w not in _LINKING_WORDS)


# Some releases call the function a role.
_FIELD_BY_NAME: Final = {normalised(name): field for name, field in _COLUMNS if field} | {
    normalised("Code rôle"): "function_code",
    normalised("Libellé rôle"): "function",
}
_NAME_BY_FIELD: Final = {field: name for name, field in _COLUMNS if field}


def _column_count_and_picker(header: str) -> tuple[int, Callable[[list[str]], tuple[str, ...]]]:
    """Return the number of named columns and what picks our fields out of a row's cells.

    An absent column is picked from one empty cell that the reader appends at the end.
    Raises DirectoryFileError naming the missing required columns.
    """
    names = header.removesuffix("|").split("|")
    places: dict[str, int] = {}
    for index, name in enumerate(names):
        field = _FIELD_BY_NAME.get(normalised(name))
        if field:
            places.setdefault(field, index)
    missing = sorted(_NAME_BY_FIELD[field] for field in _REQUIRED - places.keys())
    if missing:
        raise DirectoryFileError(
            "Fichier RPPS : colonne obligatoire absente de l'en-tête : " + ", ".join(missing)
        )
    return len(names), itemgetter(*(places.get(field, -1) for field in _FIELDS))


def read_rpps(
    lines: Iterable[str] | BinaryIO, *, test_numbers: bool = False
) -> Iterator[RppsRow | Refusal]:
    """Read the file in constant memory, by column name; rows that do not hold become refusals.

    UTF-8 and Latin-1 are told apart line by line.

    With `test_numbers`, the documentation's RPPS numbers with a wrong key are taken too.
    Raises DirectoryFileError when there is no header or a required column is not in it.
    """
    numbered = numbered_lines(lines, ("utf-8", "latin-1"))
    first = next(numbered, None)
    if first is None:
        raise DirectoryFileError("Fichier RPPS : le fichier est vide.")
    if isinstance(first, Refusal):
        raise DirectoryFileError(f"Fichier RPPS : en-tête illisible. {first.reason_fr}")
    count, pick = _column_count_and_picker(first[1])
    for item in numbered:
        if isinstance(item, Refusal):
            yield item
            continue
        number, line = item
        cells = line.split("|")
        if len(cells) == count + 1 and not cells[-1]:
            row = RppsRow(*pick(cells))
        elif len(cells) == count:
            cells.append("")
            row = RppsRow(*pick(cells))
        else:
            reason = f"La ligne a {len(cells)} colonnes au lieu de {count}."
            yield refusal(number, "column_count", reason, line)
            continue
        if row.identifier_type == ADELI_TYPE and len(row.identifier) == 8:
            row = _with_its_zero(row)
        fault = _fault(row, test_numbers)
        yield refusal(number, *fault, line) if fault else row


def _with_its_zero(row: RppsRow) -> RppsRow:
    """An ADELI number of the first nine departments, as spreadsheets leave it: 8 digits."""
    if not (row.identifier.isascii() and row.identifier.isdigit()):
        return row
    national = row.national_id
    if national in (row.identifier, ADELI_TYPE + row.identifier):
        national = f"{ADELI_TYPE}0{row.identifier}"
    return replace(row, identifier=f"0{row.identifier}", national_id=national)


def _fault(row: RppsRow, test_numbers: bool) -> tuple[str, str] | None:
    """Return the code and sentence of the first rule that the row breaks, if any."""
    fault = _number_fault(row, test_numbers)
    if fault:
        return fault
    if row.national_id != row.identifier_type + row.identifier:
        return "national_id", "L'identification nationale ne répond pas au type et au numéro."
    if not row.family:
        return "missing_name", "Le nom d'exercice est absent."
    if not row.profession_code and not row.function_code:
        return "missing_profession", "Ni profession ni fonction : aucun droit ne peut en venir."
    return None


def _number_fault(row: RppsRow, test_numbers: bool) -> tuple[str, str] | None:
    number = row.identifier
    if not number:
        return "missing_identifier", "L'identifiant du professionnel est absent."
    if row.identifier_type == ADELI_TYPE and len(number) != 9:
        return "adeli_shape", "Le numéro ADELI n'a pas 9 caractères."
    if row.identifier_type != RPPS_TYPE:
        return None
    if not (len(number) == 11 and number.isascii() and number.isdigit()):
        return "rpps_shape", "Le numéro RPPS n'a pas 11 chiffres."
    if not test_numbers and not is_rpps(number):
        expected = luhn_key(number[:-1])
        return "rpps_key", f"La clé du numéro RPPS est fausse ({number[-1]} au lieu de {expected})."
    return None


def write_rpps(rows: Iterable[RppsRow]) -> Iterator[str]:
    """Yield the lines of a public file, header first, each with its final `|` and line feed.

    Raises ValueError when a value holds a separator or a line end, which the format cannot carry.
    """
    yield HEADER + "\n"
    fields = [field for _, field in _COLUMNS]
    for row in rows:
        cells = [getattr(row, field) if field else "" for field in fields]
        line = "|".join(cells)
        if line.count("|") != len(fields) - 1 or "\n" in line or "\r" in line:
            raise ValueError("A value of the RPPS row holds a separator or a line end")
        yield line + "|\n"
