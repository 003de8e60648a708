"""Draw French names as a region of today bears them: by sex, year of birth and origin."""

import csv
from bisect import bisect
from functools import cache
from itertools import accumulate
from math import exp
from pathlib import Path
from random import Random
from typing import Final

DATA: Final = Path(__file__).parent / "data"
_DECADES: Final = range(1910, 2031, 10)
_STARTS: Final = (
    "Beau Bel Bois Bourg Brise Champ Chante Clair Courte Fonte Font Franche Grand Haute Lou "
    "Malle Mire Mont Passe Pierre Plan Pré Quatre Roche Rouge Sainte Tire Torche Val Vau "
    "Ville Vire"
)
_ENDS: Final = (
    "bert blay bois brac court croix doux fer feuille fontaine gard geix gnac grain lac "
    "lande leau lier loup mare melle mont moulin nard pain pierre reau roy semaine ton vent "
    "vigne ville voine"
)
_RARE_STARTS: Final = tuple(_STARTS.split())
_RARE_ENDS: Final = tuple(_ENDS.split())

Urn = tuple[list[str], list[float]]


def read_table(name: str) -> list[dict[str, str]]:
    """Return the rows of one CSV file of the demo's data folder."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _surnames() -> tuple[list[str], list[str], list[float]]:
    rows = read_table("surnames.csv")
    weights = accumulate(float(row["weight"]) for row in rows)
    return [row["name"] for row in rows], [row["origin"] for row in rows], list(weights)


@cache
def _given_urns() -> dict[tuple[str, str, int], Urn]:
    """Return, by sex, origin and decade, the names and their cumulated weights."""
    rows = read_table("given_names.csv")
    urns: dict[tuple[str, str, int], Urn] = {}
    for sex in "FM":
        for origin in {row["origin"] for row in rows}:
            chosen = [row for row in rows if row["sex"] == sex and row["origin"] == origin]
            for decade in _DECADES:
                weights: dict[str, float] = {}
                for row in chosen:
                    away = (decade + 5 - int(row["peak_year"])) / float(row["spread_years"])
                    # A name never leaves use altogether, hence the floor.
                    weight = float(row["weight"]) * (exp(-away * away) + 0.003)
                    weights[row["name"]] = weights.get(row["name"], 0.0) + weight
                urns[sex, origin, decade] = (list(weights), list(accumulate(weights.values())))
    return urns


def surname(rng: Random) -> tuple[str, str]:
    """Return a surname and its origin; about one in twelve is a rare one of our own making."""
    if rng.random() < 0.08:
        starts, ends = _RARE_STARTS, _RARE_ENDS
        start = starts[int(rng.random() * len(starts))]
        return start + ends[int(rng.random() * len(ends))], "fr"
    names, origins, weights = _surnames()
    place = bisect(weights, rng.random() * weights[-1])
    return names[place], origins[place]


def given_name(rng: Random, sex: str, year: int, origin: str) -> str:
    """Return a given name for someone of `sex` (F or M) born in `year` in a family of `origin`."""
    if origin != "fr" and rng.random() < 0.25:
        origin = "fr"
    decade = min(max(year, 1910), 2030) // 10 * 10
    names, weights = _given_urns()[sex, origin, decade]
    return names[bisect(weights, rng.random() * weights[-1])]
