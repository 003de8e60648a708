"""Communes, streets and birth places of the demo region (Île-de-France shaped)."""

from bisect import bisect
from functools import cache
from itertools import accumulate
from random import Random
from typing import Final

from enrs.config.demo.names import read_table
from enrs.config.demo.shapes import DemoAddress, DemoCommune

DEPARTMENTS: Final = {
    "75": "Paris",
    "92": "Hauts-de-Seine",
    "93": "Seine-Saint-Denis",
    "94": "Val-de-Marne",
    "77": "Seine-et-Marne",
    "78": "Yvelines",
    "91": "Essonne",
    "95": "Val-d'Oise",
}
ALL_DEPARTMENTS: Final = tuple(DEPARTMENTS)
SMALL_DEPARTMENTS: Final = ("75", "92", "93")
STREET_TYPES: Final = ("rue", "rue", "rue", "rue", "avenue", "avenue", "boulevard", "allée")
STREET_TYPES_RARE: Final = ("place", "impasse", "chemin", "square", "passage", "villa", "quai")
_STREET_NAMES: Final = (
    "Victor-Hugo,Jean-Jaurès,Pasteur,de la République,Gambetta,de Paris,Jules-Ferry,"
    "du Général-de-Gaulle,Jean-Moulin,des Écoles,Voltaire,Émile-Zola,Anatole-France,"
    "de la Liberté,Carnot,du 8-Mai-1945,du 11-Novembre,Aristide-Briand,Marcel-Sembat,"
    "Henri-Barbusse,Pierre-Curie,Marie-Curie,Louise-Michel,de Verdun,de la Gare,de l'Église,"
    "du Moulin,des Lilas,des Acacias,des Tilleuls,du Château,de la Fontaine,des Vignes,"
    "du Parc,Paul-Bert,Paul-Éluard,Danton,Diderot,Rousseau,Molière,Racine,Lamartine,"
    "Arago,Ampère,Berlioz,Debussy,Ravel,Renoir,Cézanne,Rosa-Parks,Olympe-de-Gouges,"
    "Simone-de-Beauvoir,Simone-Veil,Joséphine-Baker,Léon-Blum,Édouard-Vaillant,Salengro,"
    "Gabriel-Péri,Guy-Môquet,du Colonel-Fabien,Charles-Floquet,des Marronniers,des Peupliers,"
    "de l'Abreuvoir,de la Mairie,du Marché,des Jardins,de la Plaine,du Canal,de l'Ourcq,"
    "de la Seine,des Bateliers,du Port,des Carrières,des Plâtrières,de la Tuilerie,"
    "de la Fraternité,de l'Égalité,de l'Avenir,du Progrès,de la Paix,des Rosiers,"
    "des Quatre-Vents,de la Croix-Blanche,du Bel-Air,du Mont-Blanc,de Bretagne,de Bourgogne,"
    "d'Alsace,de Lorraine,de Provence,de Flandre,des Cévennes,du Vercors,de Stalingrad"
)
STREETS: Final = tuple(_STREET_NAMES.split(","))

BirthPlace = tuple[str, str]


@cache
def communes(departments: tuple[str, ...]) -> tuple[list[DemoCommune], list[int]]:
    """Return the communes of `departments` and their cumulated populations."""
    rows = [row for row in read_table("communes.csv") if row["department"] in departments]
    found = [
        DemoCommune(
            row["cog"],
            row["name"],
            row["postal_code"],
            row["department"],
            int(row["population"]),
            int(row["x_l93"]),
            int(row["y_l93"]),
        )
        for row in rows
    ]
    return found, list(accumulate(commune.population for commune in found))


def commune(rng: Random, departments: tuple[str, ...]) -> DemoCommune:
    """Draw a commune in proportion to its population."""
    found, weights = communes(departments)
    return found[bisect(weights, rng.random() * weights[-1])]


def city_line(place: DemoCommune) -> str:
    """Return the name as on an envelope: in capitals, Paris without its arrondissement."""
    return "PARIS" if place.department == "75" else place.name.upper()


def address(rng: Random, place: DemoCommune) -> DemoAddress:
    """Draw a street address in a commune."""
    rare = rng.random() < 0.15
    types = STREET_TYPES_RARE if rare else STREET_TYPES
    number = str(1 + int(rng.random() ** 2 * 180))
    if rng.random() < 0.06:
        number += " bis"
    kind = types[int(rng.random() * len(types))]
    street = STREETS[int(rng.random() * len(STREETS))]
    return DemoAddress(number, kind, street, place.postal_code, place.cog, city_line(place))


@cache
def _birth_places() -> tuple[list[BirthPlace], list[float], list[BirthPlace], list[float]]:
    """Return French places, then places abroad (COG 99xxx), each with cumulated weights."""
    rows = read_table("birthplaces.csv")
    here = [row for row in rows if not row["cog"].startswith("99")]
    away = [row for row in rows if row["cog"].startswith("99")]
    return (
        [(row["cog"], row["name"]) for row in here],
        list(accumulate(float(row["weight"]) for row in here)),
        [(row["cog"], row["name"]) for row in away],
        list(accumulate(float(row["weight"]) for row in away)),
    )


_ABROAD_BY_ORIGIN: Final[dict[str, tuple[BirthPlace, ...]]] = {
    "mg": (("99352", "Algérie"), ("99350", "Maroc"), ("99352", "Algérie"), ("99351", "Tunisie")),
    "af": (
        ("99335", "Mali"),
        ("99341", "Sénégal"),
        ("99326", "Côte d'Ivoire"),
        ("99312", "République démocratique du Congo"),
        ("99322", "Cameroun"),
        ("99330", "Guinée"),
    ),
    "pt": (("99139", "Portugal"), ("99139", "Portugal"), ("99134", "Espagne"), ("99127", "Italie")),
    "as": (("99243", "Viêt Nam"), ("99216", "Chine"), ("99234", "Cambodge")),
    "in": (("99235", "Sri Lanka"), ("99223", "Inde"), ("99213", "Pakistan")),
    "tr": (("99208", "Turquie"),),
    "sl": (("99122", "Pologne"), ("99114", "Roumanie"), ("99121", "Serbie")),
}


def birth_place(rng: Random, origin: str, year: int, home: DemoCommune) -> BirthPlace:
    """Draw where someone was born: COG and name; abroad is commoner for elders of some origins."""
    draw = rng.random()
    abroad = 0.04
    if origin != "fr":
        abroad = 0.7 if year < 1975 else 0.4 if year < 2000 else 0.1
    if draw < abroad:
        known = _ABROAD_BY_ORIGIN.get(origin)
        if known and draw < abroad * 0.9:
            return known[int(rng.random() * len(known))]
        _, _, away, weights = _birth_places()
        return away[bisect(weights, rng.random() * weights[-1])]
    if draw < abroad + (1 - abroad) * 0.25:
        here, weights, _, _ = _birth_places()
        return here[bisect(weights, rng.random() * weights[-1])]
    if draw < abroad + (1 - abroad) * 0.5:
        return home.cog, home.name
    near = commune(rng, ALL_DEPARTMENTS)
    return near.cog, near.name
