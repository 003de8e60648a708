"""Names, places and dates as France bears them: what an invented population is drawn from.

Half of the people bear one of some 2,300 frequent surnames (the first, MARTIN, 0.35 % of all, as INSEE counts
it), the other half one of 300,000 invented ones whose frequencies fall as the root of their rank.
"""

import csv
import json
from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import TypeVar

from enrs.config.demo import names
from enrs.config.state import project_root

DATA = Path(__file__).parent / "data"
COMMUNES = Path("node_modules/@etalab/decoupage-administratif/data/communes.json")
REGION = "28"
"""INSEE's code of the region whose communes people live in (Normandie, 2,650 communes)."""

FAR = ("2A", "2B", "971", "972", "973", "974", "976")
_STARTS_TEXT = (
    "Al Ar Au Bar Bel Ber Bla Bon Bou Bra Bri Cal Cam Car Cha Che Cla Cor Cou Cre Dal Dan Dau Del Den Des Dou Du "
    "Eche Esca Fal Far Fau Fer Fla Fon For Fou Gal Gar Gau Ger Gil Gou Gra Gri Gui Hau Her Hou Jac Jau Ker Kerv "
    "La Lar Lau Les Lou Mal Mar Mau Mon Mor Mou Nau Nou Oli Pal Par Pel Per Pi Plan Pon Pou Pra Que Ra Re Ri Ro Rou "
    "Sal Sar Sau Ser Sou Tar Tau Ter Tou Tri Val Vau Ver Vi Vil"
)
_MIDDLES_TEXT = (
    "ba bi bou cha che cou da de di do dou fe ga ge gi gna gou la le li lo lou ma me mi mo mou na ne ni no "
    "pa pe pi ra re ri ro rou sa se si so ta te ti to va ve vi zo"
)
_ENDS_TEXT = (
    "ble bert card champ cher court dan det din don douin fort gnac gne gnier gnon lac lain lard lat let lier lin loux "
    "mard mel mont nard nat neau net nier nin not pin quet quin rand rat reau ret rier rin ron rot roux sac sard seau "
    "sier sin son tard teau tel tier tin ton toux vel vet vier vin zac zat"
)
_STARTS = _STARTS_TEXT.split()
_MIDDLES = _MIDDLES_TEXT.split()
_ENDS = _ENDS_TEXT.split()
_RARE = len(_STARTS) * (len(_MIDDLES) + 1) * len(_ENDS)
_STEP = 104_729
"""A prime: ranks are spread over the morphemes, so that neighbours in frequency do not look alike."""

_FLAT = 120.0
"""How flat the frequencies of the commonest invented surnames are: the first is half as common as the last of the
frequent ones."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Town:
    """A commune: its code, name and postal code."""

    cog: str
    name: str
    postal_code: str
    department: str


def urn(rows: list[tuple[Item, float]]) -> Callable[[Random], Item]:
    """A draw among rows by their weights."""
    items, weights = [item for item, _ in rows], list(accumulate(weight for _, weight in rows))
    total, last = weights[-1], len(items) - 1

    def draw(rng: Random) -> Item:
        return items[min(bisect(weights, rng.random() * total), last)]

    return draw


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one of our tables."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def surname(rng: Random) -> tuple[str, str]:
    """A surname and its origin."""
    draw = rng.random()
    if draw < 0.5:
        return names.surname(rng)
    low = _FLAT**0.5
    rank = int((low + rng.random() * ((_RARE + _FLAT) ** 0.5 - low)) ** 2 - _FLAT)
    place = rank * _STEP % _RARE
    place, end = divmod(place, len(_ENDS))
    start, middle = divmod(place, len(_MIDDLES) + 1)
    name = _STARTS[start] + (_MIDDLES[middle - 1] if middle else "") + _ENDS[end]
    if draw > 0.99:
        name = ("de ", "du ", "d'", "de La ")[int(rng.random() * 4)] + name
    elif draw > 0.975:
        name = "Le " + name
    return name, "fr"


def far_surname(rng: Random, department: str) -> str:
    """A surname of Corsica or of an overseas department."""
    return _far_urns()[department](rng)


@cache
def _far_urns() -> dict[str, Callable[[Random], str]]:
    rows: dict[str, list[tuple[str, float]]] = {}
    for one in rows_of("surnames_far.csv"):
        rows.setdefault(one["department"], []).append((one["name"], float(one["weight"])))
    return {department: urn(some) for department, some in rows.items()}


@cache
def nicknames() -> dict[str, list[str]]:
    """What people go by, by given name."""
    found: dict[str, list[str]] = {}
    for one in rows_of("nicknames.csv"):
        found.setdefault(one["name"], []).append(one["nickname"])
    return found


def country(rng: Random, origin: str) -> str:
    """The code (99xxx) of a country of birth for a family of this origin."""
    return _countries()[origin](rng)


@cache
def _countries() -> dict[str, Callable[[Random], str]]:
    rows: dict[str, list[tuple[str, float]]] = {}
    for one in rows_of("countries.csv"):
        rows.setdefault(one["origin"], []).append((one["cog"], float(one["weight"])))
    return {origin: urn(some) for origin, some in rows.items()}


@dataclass(frozen=True, slots=True)
class Places:
    """Draws of communes: a home of the region, a birth near, elsewhere, in a far department; what merged."""

    home: Callable[[Random], Town]
    neighbours: dict[str, Callable[[Random], Town]]
    birth_near: Callable[[Random], Town]
    birth_small: Callable[[Random], Town]
    birth_elsewhere: Callable[[Random], Town]
    birth_far: Callable[[Random], Town]
    merged: dict[str, str]


@cache
def places() -> Places:
    """The communes of the installed package, by the use that a population has of them."""
    path = project_root() / COMMUNES
    rows = json.loads(path.read_text(encoding="utf-8"))
    merged = {
        one["code"]: one["chefLieu"]
        for one in rows
        if one["type"] != "commune-actuelle" and one.get("chefLieu") not in (None, one["code"])
    }
    region = {one["code"] for one in rows if one.get("region") == REGION}
    now = [one for one in rows if one["type"] == "commune-actuelle" and one.get("codesPostaux")]
    here = [one for one in now if one["code"] in region]
    # Those who were born in a commune that has merged since bear its old code: one small birth in twelve.
    old = [
        (Town(code, "", "", code[:2]), 150.0) for code, chief in merged.items() if chief in region
    ]
    by_department: dict[str, list[tuple[Town, float]]] = {}
    for one in here:
        by_department.setdefault(one["departement"], []).append((_town(one), _people(one)))
    return Places(
        home=urn([(_town(one), _people(one)) for one in here]),
        neighbours={department: urn(some) for department, some in by_department.items()},
        birth_near=urn([(_town(one), _people(one)) for one in here if _people(one) > 9_000]),
        birth_small=urn([(_town(one), _people(one)) for one in here] + old),
        birth_elsewhere=urn(
            [(_town(one), _people(one)) for one in now if _people(one) > 15_000 and one["departement"] not in FAR]
        ),
        birth_far=urn([(_town(one), _people(one)) for one in now if one["departement"] in FAR]),
        merged=merged,
    )  # fmt: skip


def _people(row: dict[str, object]) -> float:
    return float(str(row.get("population") or 0))


def _town(row: dict[str, list[str]]) -> Town:
    department = str(row["departement"])
    return Town(str(row["code"]), str(row["nom"]), row["codesPostaux"][0], department)
