"""People under their roofs: families, twins, marriages, moves, births far away, from a seed."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from math import exp
from random import Random

from benchmarks.identity import tables
from benchmarks.identity.tables import Town
from enrs.config.demo import names
from enrs.config.demo.places import STREETS
from enrs.formats.keys import nir_key

BLOCK = 10_000
"""People drawn from one generator: blocks are made apart, in any order, by any process."""

ORDERS = 4
"""Orders of an INS that a block owns for one sex, month and place of birth (they run to 999)."""

MAX_BLOCKS = 999 // ORDERS
TODAY = date(2026, 6, 1)
MOST = TODAY.toordinal()
TWINS, TRIPLETS = 0.016, 0.0003
"""Shares of births (INSEE: 1.6 % of deliveries, 2 in 10,000)."""

NOBODY: set[str] = set()


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives or lived."""

    address: str
    town: Town
    phone: str


@dataclass(slots=True)
class Person:
    """One invented person, as they truly are; `homes` begins with the present one."""

    number: int
    name: str
    given: list[str]
    sex: str
    born: str
    place: str
    origin: str
    homes: list[Home]
    used: str = ""
    usual: str = ""
    phone: str = ""
    ins: str = ""
    twin: str = ""
    mother: str = ""
    mother_given: str = ""
    mother_ins: str = ""
    is_newborn: bool = False


@dataclass(slots=True)
class Block:
    """What the people of one block share while they are drawn."""

    rng: Random
    number: int
    orders: dict[str, int] = field(default_factory=dict)
    made: int = 0

    def next_number(self) -> int:
        """The number of the next person."""
        self.made += 1
        return self.number * BLOCK + self.made - 1


def people_of_block(seed: int, number: int) -> list[Person]:
    """The people of one block (a few more than `BLOCK`, the last household being whole)."""
    block = Block(Random(f"people {seed} {number}"), number)  # noqa: S311  drawn again the same
    found: list[Person] = []
    while len(found) < BLOCK:
        found += _household(block)
    return found[:BLOCK]


def _household(block: Block) -> list[Person]:
    rng = block.rng
    age = _age(rng)
    family, origin = _family(rng)
    home = _home(rng)
    sex = "F" if rng.random() < 0.52 + max(0, age - 70) * 0.008 else "M"
    first = _person(block, family, origin, sex, _born(rng, age), home)
    found = [first]
    if rng.random() < (0.62 if 25 <= age < 70 else 0.45 if age >= 70 else 0.15):
        name, roots = _family(rng)
        other = "M" if sex == "F" else "F"
        years = max(18, age + int(rng.gauss(2 if other == "M" else -2, 3)))
        found.append(_person(block, name, roots, other, _born(rng, years), home))
        _marry(rng, found[0], found[1])
    if age < 75:
        mean = 0.7 if age < 32 else 2.3 if age < 52 else 0.9
        _add_children(block, found, min(int(rng.expovariate(1 / mean)), 6), origin, home)
    return found


def _family(rng: Random) -> tuple[str, str]:
    if rng.random() < 0.012:
        return tables.far_surname(rng, tables.FAR[int(rng.random() * len(tables.FAR))]), "fr"
    return tables.surname(rng)


def _age(rng: Random) -> int:
    draw = rng.random()
    if draw < 0.78:
        return 20 + int(rng.random() * 46)
    if draw < 0.985:
        return 64 + int(rng.triangular(0, 33, 2))
    return 90 + int(min(rng.expovariate(0.24), 17))


def _born(rng: Random, age: int) -> int:
    return MOST - int((age + rng.random()) * 365.2425)


def _add_children(block: Block, found: list[Person], count: int, origin: str, home: Home) -> None:
    rng, grown = block.rng, len(found)
    fathers = [one for one in found if one.sex == "M"]
    mothers = [one for one in found if one.sex == "F"]
    father, parent = (fathers or found)[0], (mothers or found)[0]
    name = father.name
    if fathers and mothers and rng.random() < 0.12:
        name = f"{father.name}-{parent.name}"
    earliest = date.fromisoformat(parent.born).toordinal()
    for _ in range(count):
        born = earliest + int(365.25 * (19 + rng.random() * 23))
        if not MOST - 11_000 < born <= MOST:
            continue
        draw, alike = rng.random(), 1
        if draw < TWINS + TRIPLETS:
            alike = 3 if draw < TRIPLETS else 2
        place = ""
        for order in range(alike):
            sex = "F" if rng.random() < 0.488 else "M"
            child = _person(
                block, name, origin, sex, born, home, place, {one.given[0] for one in found[grown:]}
            )
            place = child.place
            child.mother, child.mother_given, child.mother_ins = (
                parent.name, parent.given[0], parent.ins
            )  # fmt: skip
            if alike > 1:
                child.twin = str(order + 1)
            elif sex == "M" and fathers and len(found) == grown and rng.random() < 0.02:
                # A son who bears his father's first name, as families do and as sources confuse.
                child.given[0] = father.given[0]
            if MOST - born > 8_400 and rng.random() < 0.6:
                child.homes = [_home(rng), home]
                child.phone = _mobile(rng)
            found.append(child)


def _person(  # noqa: PLR0917  what a birth certificate says, in its order
    block: Block,
    name: str,
    origin: str,
    sex: str,
    born: int,
    home: Home,
    place: str = "",
    taken: set[str] = NOBODY,
) -> Person:
    rng = block.rng
    year = date.fromordinal(born).year
    place = place or _place(rng, origin, year)
    birth = date.fromordinal(born).isoformat()
    if place[:2] == "99" and year < 1985 and rng.random() < 0.08:
        # Civil registers of that time and place often knew the year alone: the act says the 1st of January.
        birth = f"{year}-{'01-01' if rng.random() < 0.8 else '12-31'}"
    person = Person(
        block.next_number(), name, _given(rng, sex, year, origin, taken), sex, birth, place, origin, [home],
        is_newborn=born > MOST - 60,
    )  # fmt: skip
    person.phone = _mobile(rng) if year < TODAY.year - 14 and rng.random() < 0.85 else home.phone
    if rng.random() < 0.35:
        person.homes.append(_home(rng, home.town if rng.random() < 0.6 else None))
    draw = rng.random()
    if draw < 0.02:
        person.usual = person.given[int(draw * 100) % len(person.given)]
    elif draw < 0.035:
        person.usual = (tables.nicknames().get(person.given[0]) or [""])[0]
    person.ins = _ins(block, sex, birth, place)
    return person


def _given(rng: Random, sex: str, year: int, origin: str, taken: set[str]) -> list[str]:
    """Given names, the first of which none of the living brothers and sisters (`taken`) bears."""
    first = names.given_name(rng, sex, year, origin)
    count = rng.random()
    if origin == "fr" and count < _compounds(year) and "-" not in first and len(first) < 8:
        first = f"{'Jean' if sex == 'M' else 'Marie' if count < 0.04 else 'Anne'}-{first}"
    while first in taken:
        first = names.given_name(rng, sex, year, origin)
    found = [first]
    draw = rng.random()
    for bound in (0.72, 0.38, 0.04):
        if draw > bound:
            break
        # The other given names are those of godparents and grandparents.
        other = names.given_name(rng, sex, year - 28 - int(rng.random() * 30), origin)
        if other not in found:
            found.append(other)
    return found


@cache
def _compounds(year: int) -> float:
    return 0.005 + 0.075 * exp(-(((year - 1952) / 16) ** 2))


def _place(rng: Random, origin: str, year: int) -> str:
    """Born near (in the town of a maternity, oftener since 1960), elsewhere, in a far department, abroad."""
    draw, places = rng.random(), tables.places()
    if draw < (0.045 if origin == "fr" else 0.55 if year < 1985 else 0.2):
        return tables.country(rng, origin)
    if draw > 0.985:
        return places.birth_far(rng).cog
    if draw > 0.72:
        return places.birth_elsewhere(rng).cog
    small = 0.55 if year < 1955 else 0.12 if year < 1975 else 0.02
    return (places.birth_small if rng.random() < small else places.birth_near)(rng).cog


def _home(rng: Random, near: Town | None = None) -> Home:
    places = tables.places()
    town = places.neighbours[near.department](rng) if near else places.home(rng)
    kind = ("rue", "rue", "rue", "avenue", "boulevard", "allée", "chemin", "impasse")[
        int(rng.random() * 8)
    ]
    line = f"{1 + int(rng.random() ** 2 * 150)} {kind} {STREETS[int(rng.random() * len(STREETS))]}"
    return Home(line, town, f"02{int(rng.random() * 1e8):08d}")


def _mobile(rng: Random) -> str:
    return f"{'06' if rng.random() < 0.75 else '07'}{int(rng.random() * 1e8):08d}"


def _marry(rng: Random, one: Person, other: Person) -> None:
    """The wife takes her husband's name for use, oftener in the older couples; a few men do the same."""
    wife, husband = (one, other) if one.sex == "F" else (other, one)
    draw, year = rng.random(), int(wife.born[:4])
    keeps = min(0.9, max(0.15, (year - 1935) / 75))
    if draw > keeps:
        wife.used = husband.name
    elif draw > keeps - 0.08:
        wife.used = f"{wife.name}-{husband.name}"
    if draw < 0.005:
        husband.used = f"{husband.name}-{wife.name}"


def _ins(block: Block, sex: str, born: str, place: str) -> str:
    """A number of its own; empty when this block has given all of its orders for such a birth."""
    head = f"{'2' if sex == 'F' else '1'}{born[2:4]}{born[5:7]}{place}"
    order = block.orders.get(head, 0)
    if order >= ORDERS or block.number >= MAX_BLOCKS:
        return ""
    block.orders[head] = order + 1
    body = f"{head}{block.number * ORDERS + order + 1:03d}"
    return body + nir_key(body)
