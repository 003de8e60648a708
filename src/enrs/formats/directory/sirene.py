"""Stream the published stock of SIRENE (INSEE): establishments or legal units, those that are wanted alone.

Columns are read by name: `StockEtablissement` and `StockUniteLegale`, CSV with commas, UTF-8. The stocks have
forty and thirty million lines: a line is split in full only once its first cells show that it is wanted.
"""

import csv
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO, Final

from enrs.formats.directory.common import (
    DirectoryFileError,
    Refusal,
    numbered_lines,
    refusal,
)

WHAT: Final = "Stock SIRENE"
HIDDEN: Final = "[ND]"
"""Stands for what a person asked INSEE not to publish."""
ACTIVE, CLOSED, CEASED = "A", "F", "C"
PASSED_TOGETHER: Final = 10_000
NAF_SYSTEM: Final = "NAFRev2"

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is kept: numbers that are known, and active establishments of some activities of some départements.

    `naf` are codes of NAF rév. 2 or their beginning, as they are published (`86`, `47.73Z`).
    """

    sirets: Container[str] = frozenset()
    sirens: Container[str] = frozenset()
    departments: tuple[str, ...] = ()
    naf: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SireneSite:
    """An establishment. `since` is the first day of its present state."""

    siret: str
    name: str
    address: str
    postal_code: str
    city: str
    commune_code: str
    state: str
    since: date | None
    naf_code: str
    is_seat: bool


@dataclass(frozen=True, slots=True)
class SireneUnit:
    """A legal unit: an organisation, or a person who works alone. `category` is INSEE's legal category."""

    siren: str
    name: str
    category: str
    state: str
    since: date | None
    naf_code: str


@dataclass(frozen=True, slots=True)
class Passed:
    """So many lines that were not wanted."""

    count: int


@dataclass(slots=True)
class _Kind:
    """One of the two files: the column of its number, what must be in its header, how a row is made."""

    number: str
    length: int
    required: frozenset[str]
    make: Callable[[Row], SireneSite | SireneUnit]
    names: list[str] = field(default_factory=list)


def read_sirene(
    lines: Iterable[str] | BinaryIO, wanted: Wanted
) -> Iterator[SireneSite | SireneUnit | Passed | Refusal]:
    """Read either file in constant memory, beside what `wanted` takes.

    Raises DirectoryFileError when the header is of neither (the histories are not read).
    """
    numbered = numbered_lines(lines, ("utf-8", "latin-1"))
    first = next(numbered, None)
    if first is None or isinstance(first, Refusal):
        raise DirectoryFileError(f"{WHAT} : le fichier est vide ou son en-tête est illisible.")
    kind = _kind_of(first[1])
    known = wanted.sirets if kind.number == "siret" else wanted.sirens
    sieve = _sieve(wanted, first[1]) if kind.number == "siret" else None
    place, passed = kind.names.index(kind.number), 0
    for item in numbered:
        if isinstance(item, Refusal):
            yield item
            continue
        number, line = item
        cells = line.split(",", place + 1)
        value = cells[place].strip('" ') if len(cells) > place else ""
        is_known = value in known
        if not is_known and len(value) == kind.length and value.isdigit():
            if sieve is None or not sieve(line):
                passed += 1
                if passed == PASSED_TOGETHER:
                    yield Passed(passed)
                    passed = 0
                continue
        elif not is_known:
            reason = f"« {value[:20]} » n'est pas un numéro {kind.number.upper()}."
            yield refusal(number, f"{kind.number}_shape", reason, line)
            continue
        made = _made(kind, number, line)
        if isinstance(made, Refusal) or is_known or _is_of_region(made, wanted):
            yield made[1] if isinstance(made, tuple) else made
        else:
            passed += 1
    yield Passed(passed)


def _kind_of(header: str) -> _Kind:
    names = [name.strip('" ') for name in header.split(",")]
    if "dateFin" not in names:  # The two histories have the same names, and the end of each state.
        for kind in (_sites(), _units()):
            if kind.required <= set(names):
                kind.names = names
                return kind
    raise DirectoryFileError(
        f"{WHAT} : l'en-tête n'est ni celui de StockEtablissement ni celui de StockUniteLegale."
    )


def _sieve(wanted: Wanted, header: str) -> Callable[[str], object] | None:
    """Whether a line may be of a wanted activity: a coarse sieve, before its cells are told apart."""
    if not wanted.departments or not wanted.naf:
        return None
    before = ',"' if '"' in header else ","
    marks = [f"{before}{code}." if len(code) == 2 else before + code for code in wanted.naf]

    def may_be_wanted(line: str) -> bool:
        return any(mark in line for mark in marks)

    return may_be_wanted


def _made(kind: _Kind, number: int, line: str) -> tuple[Row, SireneSite | SireneUnit] | Refusal:
    try:
        cells = next(csv.reader([line], strict=True))
    except csv.Error:
        cells = []
    if len(cells) != len(kind.names):
        reason = f"La ligne a {len(cells)} colonnes au lieu de {len(kind.names)}."
        return refusal(number, "column_count", reason, line)
    row = {
        name: "" if cell == HIDDEN else cell.translate(_UNPRINTED).strip()
        for name, cell in zip(kind.names, cells, strict=True)
    }
    return row, kind.make(row)


_UNPRINTED = dict.fromkeys(range(32), " ")


def _is_of_region(made: tuple[Row, SireneSite | SireneUnit], wanted: Wanted) -> bool:
    row, one = made
    return (
        isinstance(one, SireneSite)
        and one.state == ACTIVE
        and row.get("nomenclatureActivitePrincipaleEtablissement") == NAF_SYSTEM
        and one.naf_code.startswith(wanted.naf)
        and one.commune_code.startswith(wanted.departments)
    )


def _sites() -> _Kind:
    required = ("siret", "etatAdministratifEtablissement", "codeCommuneEtablissement")
    return _Kind("siret", 14, frozenset(required), _site)


def _units() -> _Kind:
    required = ("siren", "etatAdministratifUniteLegale", "categorieJuridiqueUniteLegale")
    return _Kind("siren", 9, frozenset(required), _unit)


def _site(row: Row) -> SireneSite:
    def of(name: str) -> str:
        return row.get(f"{name}Etablissement", "")

    street = (of("numeroVoie"), of("indiceRepetition"), of("typeVoie"), of("libelleVoie"))
    parts = (of("complementAdresse"), " ".join(one for one in street if one))
    return SireneSite(
        siret=row["siret"],
        name=of("denominationUsuelle") or of("enseigne1"),
        address=", ".join(one for one in (*parts, of("distributionSpeciale")) if one),
        postal_code=of("codePostal"),
        city=of("libelleCommune") or of("libelleCommuneEtranger"),
        commune_code=of("codeCommune"),
        state=of("etatAdministratif"),
        since=_day(row.get("dateDebut", "")),
        naf_code=of("activitePrincipale"),
        is_seat=row.get("etablissementSiege", "").casefold() == "true",
    )


def _unit(row: Row) -> SireneUnit:
    def of(name: str) -> str:
        return row.get(f"{name}UniteLegale", "")

    person = (of("prenomUsuel") or of("prenom1"), of("nomUsage") or of("nom"))
    return SireneUnit(
        siren=row["siren"],
        name=of("denomination") or " ".join(one for one in person if one),
        category=of("categorieJuridique"),
        state=of("etatAdministratif"),
        since=_day(row.get("dateDebut", "")),
        naf_code=of("activitePrincipale"),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
