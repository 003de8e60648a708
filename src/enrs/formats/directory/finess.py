"""Stream the public FINESS stocks in their `etalab` form: establishments, their coordinates, legal entities."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import BinaryIO, Final

from enrs.formats.directory.common import (
    DirectoryFileError,
    Refusal,
    numbered_lines,
    refusal,
)
from enrs.formats.directory.projections import is_on_earth, projection_of
from enrs.formats.keys import is_finess

# FINESS writes its own letters for the overseas departments; the COG keeps 97 and a digit.
OVERSEAS_DEPARTMENTS: Final = {
    "9A": "971",
    "9B": "972",
    "9C": "973",
    "9D": "974",
    "9E": "975",
    "9F": "976",
}


class Routed:
    """What is read of an address of FINESS: its department and commune as the COG has them, its routing line."""

    __slots__ = ()
    commune_suffix: str
    department: str
    routing_line: str

    @property
    def department_code(self) -> str:
        """The department as the COG writes it: `9A` becomes `971`."""
        return OVERSEAS_DEPARTMENTS.get(self.department, self.department)

    @property
    def commune_code(self) -> str:
        """The five-character COG of the commune, or empty when the row does not give one."""
        suffix, department = self.commune_suffix, self.department_code
        if len(department) == 3 and len(suffix) == 3:
            return department[:2] + suffix if suffix[0] == department[2] else ""
        code = department + suffix
        return code if len(code) == 5 else ""

    @property
    def postal_code(self) -> str:
        """The five digits that begin the routing line, or empty."""
        head = self.routing_line[:5]
        return head if len(head) == 5 and head.isdigit() else ""

    @property
    def city(self) -> str:
        """The routing line without its postal code."""
        return self.routing_line[5:].strip() if self.postal_code else self.routing_line


@dataclass(frozen=True, slots=True)
class FinessStructure(Routed):
    """One `structureet` row: a geographical establishment, its 31 fields in the order of the file.

    Fields keep the file's text, empty when absent; `commune_suffix` is the end of the COG.
    """

    finess: str
    legal_finess: str
    name: str
    long_name: str = ""
    name_extra: str = ""
    delivery_extra: str = ""
    street_number: str = ""
    street_type: str = ""
    street_name: str = ""
    street_extra: str = ""
    locality: str = ""
    commune_suffix: str = ""
    department: str = ""
    department_name: str = ""
    routing_line: str = ""
    phone: str = ""
    fax: str = ""
    category_code: str = ""
    category: str = ""
    category_group_code: str = ""
    category_group: str = ""
    siret: str = ""
    ape_code: str = ""
    funding_code: str = ""
    funding: str = ""
    public_service_code: str = ""
    public_service: str = ""
    opened_on: str = ""
    authorised_on: str = ""
    updated_on: str = ""
    uai: str = ""


@dataclass(frozen=True, slots=True)
class FinessLegalEntity(Routed):
    """One `structureej` row (file cs1100501): a legal entity, its 22 fields in the order of the file."""

    finess: str
    name: str
    long_name: str = ""
    name_extra: str = ""
    street_number: str = ""
    street_type: str = ""
    street_name: str = ""
    street_extra: str = ""
    delivery_extra: str = ""
    locality: str = ""
    commune_suffix: str = ""
    routing_line: str = ""
    department: str = ""
    department_name: str = ""
    phone: str = ""
    status_code: str = ""
    status: str = ""
    category_code: str = ""
    category: str = ""
    siren: str = ""
    ape_code: str = ""
    created_on: str = ""


@dataclass(frozen=True, slots=True)
class FinessLocation:
    """One `geolocalisation` row: where an establishment is, in degrees WGS 84.

    `x` and `y` are the metres of the file, in the system that `source` names.
    """

    finess: str
    x: float
    y: float
    source: str
    updated_on: str
    latitude: float
    longitude: float


STRUCTURE_FIELDS: Final = tuple(field.name for field in fields(FinessStructure))
_DEPARTMENT: Final = STRUCTURE_FIELDS.index("department")
LEGAL_FIELDS: Final = tuple(field.name for field in fields(FinessLegalEntity))
_LEGAL_DEPARTMENT: Final = LEGAL_FIELDS.index("department")
_LOCATION_FIELD_COUNT: Final = 5


StockRow = FinessStructure | FinessLegalEntity | FinessLocation


def read_release(first_line: str) -> tuple[int, date]:
    """Return the number and the day of the release that the first line names.

    The line is `finess;etalab;NNN;AAAA-MM-JJ`. Raises DirectoryFileError on anything else.
    """
    cells = first_line.replace('"', "").strip().rstrip(";").split(";")
    if len(cells) != 4 or [cell.casefold() for cell in cells[:2]] != ["finess", "etalab"]:
        raise DirectoryFileError(
            "Fichier FINESS : la première ligne doit être « finess;etalab;numéro;AAAA-MM-JJ »."
        )
    try:
        return int(cells[2]), date.fromisoformat(cells[3])
    except ValueError as error:
        raise DirectoryFileError(
            "Fichier FINESS : numéro ou date d'extraction illisible en première ligne."
        ) from error


def read_finess(
    lines: Iterable[str] | BinaryIO, *, test_numbers: bool = False
) -> Iterator[StockRow | Refusal]:
    """Read a stock file in constant memory; UTF-8 and Latin-1 are told apart line by line.

    With `test_numbers`, FINESS numbers with a wrong key are taken too. Raises DirectoryFileError
    when the first line is not the one of the format.
    """
    numbered = numbered_lines(lines, ("utf-8", "latin-1"))
    first = next(numbered, None)
    if first is None:
        raise DirectoryFileError("Fichier FINESS : le fichier est vide.")
    if isinstance(first, Refusal):
        raise DirectoryFileError(f"Fichier FINESS : première ligne illisible. {first.reason_fr}")
    read_release(first[1])
    for item in numbered:
        if isinstance(item, Refusal):
            yield item
        else:
            yield _row(*item, test_numbers)


def _row(number: int, line: str, test_numbers: bool) -> StockRow | Refusal:
    kind = line.split(";", 1)[0].strip('" ').casefold()
    if kind == "structureet":
        cells = _cells(line, len(STRUCTURE_FIELDS))
        if cells is None:
            return _wrong_count(number, line, len(STRUCTURE_FIELDS))
        if cells[_DEPARTMENT].zfill(2) == "0" + cells[0][:1]:
            cells[0], cells[1] = with_its_zero(cells[0]), with_its_zero(cells[1])
        structure = FinessStructure(*cells)
        fault = _structure_fault(structure, test_numbers)
        return refusal(number, *fault, line) if fault else structure
    if kind == "structureej":
        return _legal_entity(number, line, test_numbers)
    if kind == "geolocalisation":
        cells = _cells(line, _LOCATION_FIELD_COUNT)
        if cells is None:
            return _wrong_count(number, line, _LOCATION_FIELD_COUNT)
        return _location(number, line, cells, test_numbers)
    reason = "La ligne n'est ni « structureet », ni « structureej », ni « geolocalisation »."
    return refusal(number, "unknown_kind", reason, line)


def _legal_entity(number: int, line: str, test_numbers: bool) -> FinessLegalEntity | Refusal:
    cells = _cells(line, len(LEGAL_FIELDS))
    if cells is None:
        return _wrong_count(number, line, len(LEGAL_FIELDS))
    if cells[_LEGAL_DEPARTMENT].zfill(2) == "0" + cells[0][:1]:
        cells[0] = with_its_zero(cells[0])
    entity = FinessLegalEntity(*cells)
    fault = number_fault(entity.finess, test_numbers)
    if fault is None and not entity.name and not entity.long_name:
        fault = "missing_name", "La raison sociale est absente."
    return refusal(number, *fault, line) if fault else entity


def _wrong_count(number: int, line: str, expected: int) -> Refusal:
    found = line.removesuffix(";").count(";")
    reason = f"La ligne a {found} champs au lieu de {expected}."
    return refusal(number, "column_count", reason, line)


def _cells(line: str, expected: int) -> list[str] | None:
    """Return the fields after the kind, or None when their count is wrong.

    Stray double quotes are dropped; a quoted field may hold a semicolon.
    """
    cells = _trimmed(line.split(";"), expected)
    if '"' not in line:
        return cells
    if cells is None:
        try:
            cells = _trimmed(next(csv.reader([line], delimiter=";")), expected)
        except csv.Error:
            return None
    return None if cells is None else [cell.replace('"', "").strip() for cell in cells]


def _trimmed(cells: list[str], expected: int) -> list[str] | None:
    if len(cells) == expected + 2 and not cells[-1]:
        return cells[1:-1]
    return cells[1:] if len(cells) == expected + 1 else None


def with_its_zero(value: str) -> str:
    """A number of the first nine departments, as spreadsheets leave it: 8 digits, mended if its key holds."""
    is_short = len(value) == 8 and value.isascii() and value.isdigit()
    return f"0{value}" if is_short and is_finess(f"0{value}") else value


def number_fault(value: str, test_numbers: bool) -> tuple[str, str] | None:
    """Return the code and sentence of what is wrong with a FINESS number, if anything."""
    if len(value) != 9 or not value.isascii() or not value.isalnum():
        return "finess_shape", f"Le numéro FINESS « {value[:20]} » n'a pas 9 caractères."
    if not test_numbers and not is_finess(value):
        return "finess_key", f"La clé du numéro FINESS {value} est fausse."
    return None


def _structure_fault(row: FinessStructure, test_numbers: bool) -> tuple[str, str] | None:
    """Return the code and sentence of the first rule that the row breaks, if any."""
    fault = number_fault(row.finess, test_numbers)
    if fault is None and row.legal_finess:
        fault = number_fault(row.legal_finess, test_numbers)
    if fault:
        return fault
    if not row.name and not row.long_name:
        return "missing_name", "La raison sociale est absente."
    if not row.category_code:
        return "missing_category", "La catégorie d'établissement est absente."
    if not row.department:
        return "missing_department", "Le département est absent."
    return None


def _location(
    number: int, line: str, cells: list[str], test_numbers: bool
) -> FinessLocation | Refusal:
    finess, x_text, y_text, source, updated_on = with_its_zero(cells[0]), *cells[1:]
    fault = number_fault(finess, test_numbers)
    if fault:
        return refusal(number, *fault, line)
    project = projection_of(source)
    if project is None:
        reason = f"Le système de coordonnées « {source[:60]} » est inconnu."
        return refusal(number, "unknown_projection", reason, line)
    try:
        x, y = float(x_text.replace(",", ".")), float(y_text.replace(",", "."))
        latitude, longitude = project(x, y)
    except (ValueError, OverflowError, ZeroDivisionError):
        latitude = longitude = x = y = float("nan")
    if not is_on_earth(latitude, longitude):
        reason = "Les coordonnées ne sont pas des nombres du système annoncé."
        return refusal(number, "bad_coordinates", reason, line)
    return FinessLocation(finess, x, y, source, updated_on, latitude, longitude)


def write_finess(rows: Iterable[StockRow], *, release: int, released_on: date) -> Iterator[str]:
    """Yield the lines of a stock file: the release line, then one line for each row.

    Raises ValueError when a value holds a separator or a line end, which the format cannot carry.
    """
    yield f"finess;etalab;{release};{released_on.isoformat()}\n"
    for row in rows:
        if isinstance(row, FinessStructure):
            cells = ["structureet", *(getattr(row, name) for name in STRUCTURE_FIELDS), ""]
        elif isinstance(row, FinessLegalEntity):
            cells = ["structureej", *(getattr(row, name) for name in LEGAL_FIELDS), ""]
        else:
            place = (row.finess, f"{row.x:.1f}", f"{row.y:.1f}", row.source, row.updated_on)
            cells = ["geolocalisation", *place]
        line = ";".join(cells)
        if line.count(";") != len(cells) - 1 or "\n" in line or "\r" in line:
            raise ValueError("A value of the FINESS row holds a separator or a line end")
        yield line + "\n"
