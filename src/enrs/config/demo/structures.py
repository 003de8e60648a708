"""The establishments of the demo region, each a pure function of the seed and its rank."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Final

from enrs.config.demo import ids, names, places
from enrs.config.demo.shapes import DemoStructure


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of establishment: FINESS category, sector of the RPPS file, how it is named."""

    key: str
    category_code: str
    category: str
    sector_code: str
    sector: str
    names: tuple[str, ...]


_HOSPITAL_NAMES: Final = (
    "Centre hospitalier Louise-Michel",
    "Centre hospitalier des Trois-Fontaines",
    "Hôpital Sainte-Colombe",
    "Centre hospitalier du Val-Fleuri",
    "Hôpital Ambroise-Tardif",
    "Centre hospitalier de la Boucle",
)
# Categories are FINESS's; sectors are those of the value set JDV_J02. Town practices have no FINESS
# category in reality: 698 stands in for it, so that one file carries every place of the demo.
KINDS: Final[dict[str, Kind]] = {
    kind.key: kind
    for kind in (
        Kind(
            "hospital",
            "355",
            "Centre Hospitalier (C.H.)",
            "SA01",
            "Etablissement public de santé",
            _HOSPITAL_NAMES,
        ),
        Kind(
            "clinic",
            "365",
            "Etablissement de Soins Pluridisciplinaire",
            "SA04",
            "Etablissement privé non PSPH",
            ("Clinique {place}",),
        ),
        Kind(
            "lab",
            "611",
            "Laboratoire de Biologie Médicale",
            "SA25",
            "Laboratoire de biologie médicale",
            ("Laboratoire {place}", "Bio {place}"),
        ),
        Kind(
            "ehpad",
            "500",
            "Etablissement d'hébergement pour personnes âgées dépendantes",
            "SA17",
            "Etablissement pour personnes âgées",
            ("EHPAD {place}", "Résidence {place}"),
        ),
        Kind(
            "health_centre",
            "124",
            "Centre de Santé",
            "SA05",
            "Centre de santé",
            ("Centre de santé {place}", "Centre municipal de santé {place}"),
        ),
        Kind(
            "msp",
            "603",
            "Maison de santé (L.6223-3)",
            "SA52",
            "Maison de santé ou Pôle de santé",
            ("Maison de santé {place}",),
        ),
        Kind("practice", "", "Cabinet libéral", "SA07", "Cabinet individuel", ("Cabinet {place}",)),
        Kind(
            "pharmacy",
            "620",
            "Pharmacie d'Officine",
            "SA33",
            "Pharmacie d'officine",
            ("Pharmacie {place}", "Grande pharmacie {place}"),
        ),
        Kind(
            "ssiad",
            "354",
            "Service de Soins Infirmiers A Domicile (S.S.I.A.D)",
            "SA41",
            "Autre établissement du domaine social ou médico-social",
            ("SSIAD {place}",),
        ),
        Kind(
            "had",
            "127",
            "Hospitalisation à Domicile",
            "SA04",
            "Etablissement privé non PSPH",
            ("HAD {place}",),
        ),
        Kind(
            "dac",
            "695",
            "Dispositif d'appui à la coordination",
            "SA57",
            "Structure de coopération avec mission de coordination de soins",
            ("DAC {place}",),
        ),
        Kind(
            "samu",
            "355",
            "Centre Hospitalier (C.H.)",
            "SA01",
            "Etablissement public de santé",
            ("SAMU {department} - SMUR",),
        ),
        Kind(
            "imaging",
            "698",
            "Autre Etablissement Loi Hospitalière",
            "SA08",
            "Cabinet de groupe",
            ("Centre d'imagerie {place}",),
        ),
    )
}
# The 60 establishments of the small region, in order: the first ones are those of the personas.
_SMALL: Final = (
    "hospital", "practice", "lab", "pharmacy", "dac", "practice", "had", "ssiad", "hospital",
    "hospital", "hospital", "clinic", "clinic", "samu", "samu", "samu", "lab", "lab", "lab",
    "imaging", "imaging", "dac", "dac", "had", "ssiad", "ssiad", *["ehpad"] * 6,
    *["health_centre"] * 5, *["msp"] * 5, *["pharmacy"] * 9, *["practice"] * 9,
)  # fmt: skip
# Shares for the ranks past the first 60, for 10,000 establishments.
_SHARES: Final = {
    "practice": 6500, "pharmacy": 900, "msp": 300, "health_centre": 330, "lab": 420, "ehpad": 420,
    "imaging": 180, "ssiad": 120, "clinic": 70, "had": 15, "hospital": 20, "dac": 5,
}  # fmt: skip
_SHARE_KEYS: Final = tuple(_SHARES)
_SHARE_SUMS: Final = tuple(accumulate(_SHARES.values()))
_PLACES: Final = (
    "des Lilas,du Parc,de la Mairie,de l'Ourcq,du Canal,des Tilleuls,Bellevue,du Centre,"
    "de la Gare,Saint-Hilaire,des Vignes,de la Plaine,Beausoleil,de l'Orangerie,des Glycines,"
    "du Marché,de la Fontaine,du Moulin,des Peupliers,des Quatre-Chemins,du Pont-Neuf,"
    "de la Cité-Jardin,de l'Abbaye,du Belvédère,des Coquelicots,du Verger"
)
_PLACE_WORDS: Final = tuple(_PLACES.split(","))
_OPENING_SPAN_DAYS: Final = 14_000


def kind_of(index: int, seed: int) -> Kind:
    """Return the kind of the establishment of rank `index`."""
    if index < len(_SMALL):
        return KINDS[_SMALL[index]]
    draw = _mixed(index, seed) * _SHARE_SUMS[-1]
    return KINDS[_SHARE_KEYS[bisect(_SHARE_SUMS, draw)]]


def _mixed(index: int, seed: int) -> float:
    """Return a number in [0, 1[ from both, by MurmurHash3's finaliser: far cheaper than a Random."""
    mixed = (index + seed * 0x9E3779B9) & 0xFFFFFFFF
    for multiplier in (0x85EBCA6B, 0xC2B2AE35):
        mixed = ((mixed ^ (mixed >> 15)) * multiplier) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 16)) / 2**32


def first_of_kind(key: str, count: int) -> list[int]:
    """Return the ranks of that kind among the first establishments, `count` of them at most."""
    return [index for index, kind in enumerate(_SMALL[:count]) if kind == key]


def is_drawn(key: str) -> bool:
    """Tell whether establishments past the first ones may be of that kind."""
    return key in _SHARES


def structure_at(index: int, seed: int, departments: tuple[str, ...]) -> DemoStructure:
    """Return the establishment of rank `index` (from 0); ranks 0 to 4 serve the personas."""
    rng = ids.rng_for(seed, "structure", index)
    kind = kind_of(index, seed)
    # The first establishments are spread over all the departments in turn.
    rank, turn = divmod(index, len(departments))
    department = departments[turn]
    place = places.commune(rng, (department,))
    opened_on = date(1975, 1, 6) + timedelta(days=int(rng.random() * _OPENING_SPAN_DAYS))
    name = _name(kind, index, rng.random(), places.city_line(place), department)
    at = datetime.combine(opened_on, datetime.min.time(), UTC)
    return DemoStructure(
        id=ids.uuid7(rng, ids.milliseconds(at)),
        index=index,
        kind=kind.key,
        finess=ids.demo_finess(department, rank + 1),
        legal_finess=ids.demo_finess(
            department, 99_999 - _legal_rank(kind.key, rank, turn, len(departments)) % 40_000
        ),
        siret=ids.demo_siret(index),
        name=name[:38].rstrip(),
        long_name=name,
        category_code=kind.category_code or "698",
        category=kind.category,
        sector_code=kind.sector_code,
        sector=kind.sector,
        department=department,
        address=places.address(rng, place),
        phone=ids.demo_phone(rng, mobile=False),
        x=round(place.x + (rng.random() - 0.5) * 1_200, 1),
        y=round(place.y + (rng.random() - 0.5) * 1_200, 1),
        opened_on=opened_on,
    )


@lru_cache(maxsize=64)
def _hospital_rank(turn: int, count: int) -> int | None:
    """The rank, within its department, of the first hospital of a department."""
    first = (one for one in range(turn, len(_SMALL), count) if _SMALL[one] == "hospital")
    found = next(first, None)
    return None if found is None else found // count


def _legal_rank(kind: str, rank: int, turn: int, count: int) -> int:
    """Most establishments have a legal entity of their own; the SAMU and care at home are the hospital's."""
    own = _hospital_rank(turn, count) if kind in ("samu", "had") else None
    return rank if own is None else own


def _name(kind: Kind, index: int, draw: float, city: str, department: str) -> str:
    if kind.key == "practice":
        rng = ids.rng_for(0, "practice", index)
        return f"Cabinet {names.surname(rng)[0]}"
    word = _PLACE_WORDS[int(draw * 997 + index) % len(_PLACE_WORDS)]
    pattern = kind.names[index % len(kind.names)]
    name = pattern.format(place=word, department=places.DEPARTMENTS[department])
    if kind.key in {"hospital", "samu"} and index < len(_SMALL):
        return name
    return f"{name} - {city.title()}"


def iter_structures(count: int, seed: int, departments: tuple[str, ...]) -> Iterator[DemoStructure]:
    """Yield `count` establishments in constant memory."""
    for index in range(count):
        yield structure_at(index, seed, departments)
