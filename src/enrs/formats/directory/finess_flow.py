"""Stream FINESS's newer public flow, « structures » in JSON, into the rows of the older stock.

Source: `schema-structures-v1.json` (Agence du Numérique en Santé). The root holds `pmej[]`, the legal
entities, each with its `ege[]`, the establishments, open and closed, and `gcc[]`, groups of legal entities
(hospitals of a territory); those of legal entities that are groups themselves (`gco`) are left.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO, Final

from enrs.formats.directory.common import DirectoryFileError, Refusal, refusal
from enrs.formats.directory.documents import walk
from enrs.formats.directory.finess import (
    FinessLegalEntity,
    FinessLocation,
    FinessStructure,
    StockRow,
    number_fault,
    read_finess,
    with_its_zero,
)

WHAT: Final = "Flux FINESS"
KNOWN_MAJOR: Final = "1"
PLACE_ADDRESS: Final = "03"
SEAT_ADDRESS: Final = "02"
"""Uses of an address: that of the establishment, that of the seat (TRE_R377)."""
MAIN_CONTACT: Final = "01"
INACTIVE: Final = "I"
"""State of what is closed (TRE_R386)."""
# Published pairs were seen in metres, and with latitude and longitude exchanged: only degrees of a French
# territory are believed. South, north, west, east.
FRANCE: Final = (
    (41.0, 51.6, -5.6, 9.9),
    (14.0, 18.6, -63.5, -60.5),
    (1.9, 6.1, -55.0, -51.2),
    (-21.6, -20.6, 55.0, 56.1),
    (-13.3, -12.3, 44.7, 45.5),
    (46.5, 47.3, -56.7, -56.0),
    (-14.7, -13.0, -178.5, -176.0),
    (-28.5, -7.0, -155.0, -134.0),
    (-23.5, -17.5, 158.0, 172.5),
)
_UNPRINTED = dict.fromkeys([*range(32), 127, *range(0xD800, 0xE000)], " ")

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FinessClosed:
    """An establishment that the flow says is closed. `updated_on` is when FINESS last wrote of it."""

    finess: str
    closed_on: str
    updated_on: str


@dataclass(frozen=True, slots=True)
class FinessOpen:
    """An establishment of the flow, as the stock would give it, with when FINESS last wrote of it."""

    structure: FinessStructure
    updated_on: str


@dataclass(frozen=True, slots=True)
class FinessLegalClosed:
    """A legal entity that the flow says is closed."""

    finess: str
    closed_on: str
    updated_on: str


@dataclass(frozen=True, slots=True)
class FinessLegalOpen:
    """A legal entity of the flow; `technical_id` is how the groups name it."""

    entity: FinessLegalEntity
    technical_id: str
    updated_on: str


@dataclass(frozen=True, slots=True)
class FinessGroup:
    """A group of legal entities and its members, each with its role (`S` supports it, `M` is a member)."""

    number: str
    type_code: str
    name: str
    is_closed: bool
    updated_on: str
    members: tuple[tuple[str, str], ...]


FlowRow = (
    FinessOpen | FinessLocation | FinessClosed | FinessLegalOpen | FinessLegalClosed | FinessGroup
)


def read_any_finess(
    lines: Iterable[str] | BinaryIO, *, test_numbers: bool = False
) -> Iterator[StockRow | FlowRow | Refusal]:
    """Read the stock or the flow, told apart by their first character; see `read_finess` and `read_flow`."""
    if hasattr(lines, "read"):
        file: Any = lines if hasattr(lines, "peek") else io.BufferedReader(lines)
        head = file.peek(16)[:16].decode("latin-1")
        source: Any = file
    else:
        coming = iter(lines)
        head = next(coming, "")
        source = chain([head] if head else [], coming)
    if head.lstrip("\ufeffï»¿ \t\r\n").startswith(("{", "[")):
        yield from read_flow(source, test_numbers=test_numbers)
    else:
        yield from read_finess(source, test_numbers=test_numbers)


def read_flow(
    source: Iterable[str] | BinaryIO, *, test_numbers: bool = False
) -> Iterator[FlowRow | Refusal]:
    """Read a flow in bounded memory; a refusal's line is the rank of the establishment, or of the last one before.

    Unknown fields are left, absent ones are empty. Raises DirectoryFileError when the document is cut or badly
    formed, is of another major version, or is the flow of activities.
    """
    rank, day, is_flow = 0, "", False
    for key, value in walk(source, what=WHAT):
        if key == "schemaVersion":
            check_version(text_of(value), WHAT)
        elif key == "generatedAt":
            day = text_of(value)[:10]
        if key == "gcc" and isinstance(value, dict) and (group := _group(value)):
            yield group
        if key != "pmej":
            continue
        if not isinstance(value, dict) or "informationsGeneralesPMEJ" not in value:
            raise DirectoryFileError(
                f"{WHAT} : ce n'est pas le flux des structures (celui des activités se charge par « activities »)."
            )
        is_flow = True
        names = tree_in(value, "informationsGeneralesPMEJ")
        legal = number_in(names, "numFinessPm")
        yield _legal_entity(rank, value, names, legal, (day, test_numbers))
        for one in list_in(value, "ege"):
            rank += 1
            yield from _establishment(rank, one, (legal, day), test_numbers)
    if not is_flow:
        raise DirectoryFileError(f"{WHAT} : aucune entité juridique (« pmej ») dans ce fichier.")


def _group(one: Tree) -> FinessGroup | None:
    members = [each for each in list_in(one, "pmejDuGcc") if isinstance(each, dict)]
    named = [
        (text_of(each.get("pmSmsseId")), text_of(each.get("typeRoleEntiteGroupe")))
        for each in members
    ]
    number, name = text_of(one.get("gccId")), text_of(one.get("nomGcc"))
    if not number or not name:
        return None
    return FinessGroup(
        number,
        text_of(one.get("typeGcc")),
        name,
        text_of(one.get("etatObjet")) == INACTIVE,
        text_of(one.get("dateDerniereMaj")),
        tuple({key: role for key, role in named if key}.items()),
    )


def _legal_entity(
    rank: int, one: Tree, names: Tree, finess: str, around: tuple[str, bool]
) -> FinessLegalOpen | FinessLegalClosed | Refusal:
    day, test_numbers = around
    updated = text_of(one.get("dateDerniereMaj"))
    fault = number_fault(finess, test_numbers)
    if fault is None and _is_closed(one, names, day):
        return FinessLegalClosed(finess, text_of(names.get("dateFermeture"))[:10], updated)
    short, long = (
        text_of(names.get("denominationPm")),
        text_of(names.get("denominationLonguePmSmsse")),
    )
    if fault is None and not short and not long:
        fault = ("missing_name", "La raison sociale de l'entité juridique est absente.")
    if fault:
        return refusal(rank, *fault, json.dumps(names, ensure_ascii=False))
    address = _address(one, SEAT_ADDRESS)
    commune, department = _commune(address, finess)
    entity = FinessLegalEntity(
        finess=finess,
        name=short,
        long_name=long,
        street_number=text_of(address.get("numeroVoie")),
        street_type=text_of(address.get("typeVoie")),
        street_name=text_of(address.get("libelleVoie")),
        street_extra=text_of(address.get("complementVoie")),
        locality=text_of(address.get("lieuDit")),
        commune_suffix=commune[2:] if len(commune) == 5 else "",
        routing_line=_routing(address),
        department=department,
        phone=_phone(one),
        status_code=text_of(names.get("statutJuridique")),
        siren=text_of(names.get("siren")),
        ape_code=text_of(names.get("codeApe")).replace(".", ""),
        created_on=text_of(names.get("dateCreation"))[:10],
    )
    return FinessLegalOpen(entity, text_of(names.get("pmSmsseId")), updated)


def check_version(version: str, what: str) -> None:
    """Raises DirectoryFileError for another major version of the schema than ours."""
    found = re.match(r"v?(\d+)", version.casefold())
    if found and found[1] != KNOWN_MAJOR:
        raise DirectoryFileError(f"{what} : la version {version[:20]} du schéma n'est pas connue.")


def _establishment(
    rank: int, one: Any, around: tuple[str, str], test_numbers: bool
) -> Iterator[FinessOpen | FinessLocation | FinessClosed | Refusal]:
    if not isinstance(one, dict):
        yield refusal(rank, "not_an_object", "L'établissement n'est pas un objet JSON.", repr(one))
        return
    legal, day = around
    names = tree_in(one, "informationsGeneralesEGE")
    finess, updated = number_in(names, "numFinessEge"), text_of(one.get("dateDerniereMaj"))
    fault = number_fault(finess, test_numbers)
    if fault is None and _is_closed(one, names, day):
        yield FinessClosed(finess, text_of(names.get("dateFermeture")), updated)
        return
    if fault is None and legal:
        fault = number_fault(legal, test_numbers)
    if fault is None and not (
        text_of(names.get("nomEgeLong")) or text_of(names.get("nomEgeCourt"))
    ):
        fault = ("missing_name", "La raison sociale est absente.")
    if fault:
        yield refusal(rank, *fault, json.dumps(names, ensure_ascii=False))
        return
    address = _address(one, PLACE_ADDRESS)
    yield FinessOpen(_structure(one, names, address, finess, legal), updated)
    place = _place(tree_in(address, "coordonneesGeographique"))
    if place:
        yield FinessLocation(finess, place[1], place[0], "WGS84", updated, *place)


def _is_closed(one: Tree, names: Tree, day: str) -> bool:
    """Its state says so; without a state, its day of closing, when it is past on the flow's."""
    state = text_of(one.get("etatObjet"))
    if state:
        return state == INACTIVE
    closed_on = text_of(names.get("dateFermeture"))[:10]
    return bool(closed_on) and (not day or closed_on <= day)


def _commune(address: Tree, finess: str) -> tuple[str, str]:
    """The commune of an address (five characters, or what there is) and the department, else the number's."""
    commune = text_of(address.get("cogCommune")).upper()
    if len(commune) == 4 and commune.isdigit():
        commune = f"0{commune}"
    # A number begins with its department; overseas with 97, then 0 and the last digit of the department.
    own = f"97{finess[3]}" if finess.startswith("97") else finess[:2]
    is_overseas = commune[:2] in ("97", "98")
    return commune, commune[: 3 if is_overseas else 2] if len(commune) == 5 else own


def _routing(address: Tree) -> str:
    parts = (_postal(address), text_of(address.get("ligneAcheminement")))
    return " ".join(part for part in parts if part)


def _structure(one: Tree, names: Tree, address: Tree, finess: str, legal: str) -> FinessStructure:
    commune, department = _commune(address, finess)
    return FinessStructure(
        finess=finess,
        legal_finess=legal,
        name=text_of(names.get("nomEgeCourt")),
        long_name=text_of(names.get("nomEgeLong")),
        name_extra=text_of(names.get("complementDenominationEg")),
        street_number=text_of(address.get("numeroVoie")),
        street_type=text_of(address.get("typeVoie")),
        street_name=text_of(address.get("libelleVoie")),
        street_extra=text_of(address.get("complementVoie")),
        locality=text_of(address.get("lieuDit")),
        commune_suffix=commune[2:] if len(commune) == 5 else "",
        department=department,
        routing_line=_routing(address),
        phone=_phone(one),
        category_code=text_of(one.get("categorieentiteGeographiqueExercice")),
        siret=text_of(names.get("siret")),
        funding_code=text_of(one.get("modefixationtarifaire")),
        opened_on=text_of(names.get("dateOuverture")),
        authorised_on=text_of(names.get("datePremiereAutorisation")),
        uai=text_of(names.get("numeroEducationNationale")),
    )


def _postal(address: Tree) -> str:
    code = text_of(address.get("codePostal"))
    return code.zfill(5) if code.isdigit() and len(code) in (4, 5) else ""


def _address(one: Tree, use: str) -> Tree:
    """That of this use when it has one, else the first."""
    given = [each for each in list_in(one, "adresse") if isinstance(each, dict)]
    own = (each for each in given if text_of(each.get("usageAdresse")) == use)
    return next(own, given[0] if given else {})


def _phone(one: Tree) -> str:
    """The telephone of the main contact, else the first that is given."""
    found = ""
    for each in list_in(one, "contact"):
        if not isinstance(each, dict):
            continue
        phone = text_of(tree_in(each, "telecom").get("telephone"))
        if phone and text_of(tree_in(each, "typeContact").get("roleContact")) == MAIN_CONTACT:
            return phone
        found = found or phone
    return found


def _place(given: Tree) -> tuple[float, float] | None:
    """(latitude, longitude) of whichever pair is in degrees and in France, in either order."""
    pairs = (("directionLatitude", "directionLongitude"), ("coordonneeY", "coordonneeX"))
    for first, second in pairs:
        try:
            one, other = float(text_of(given.get(first))), float(text_of(given.get(second)))
        except ValueError:
            continue
        for latitude, longitude in ((one, other), (other, one)):
            if any(s <= latitude <= n and w <= longitude <= e for s, n, w, e in FRANCE):
                return latitude, longitude
    return None


def number_in(tree: Tree, name: str) -> str:
    """A FINESS number, its first zero mended."""
    return with_its_zero(text_of(tree.get(name)).upper())


def text_of(value: object) -> str:
    """A value as one line of printable text; what is no text or number is empty."""
    if isinstance(value, str):
        return " ".join(value.translate(_UNPRINTED).split())
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def tree_in(tree: Tree, name: str) -> Tree:
    """The object under a name, empty when it is none."""
    found = tree.get(name)
    return found if isinstance(found, dict) else {}


def list_in(tree: Tree, name: str) -> list[Any]:
    """The list under a name, empty when it is none."""
    found = tree.get(name)
    return found if isinstance(found, list) else []
