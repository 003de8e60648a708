"""The patients of the demo region: households of invented people, drawn block by block."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Final

from enrs.config.demo import ids, names, places
from enrs.config.demo.professionals import ascii_word
from enrs.config.demo.shapes import DemoAddress, DemoCommune, DemoPerson

# A block is drawn from its own generator, so that blocks can be made apart and in any order.
BLOCK_SIZE: Final = 20_000
# NIR orders run to 999: each block owns seven of them for one sex, month and commune of birth.
_ORDERS_PER_BLOCK: Final = 7
MAX_BLOCKS: Final = 999 // _ORDERS_PER_BLOCK
_HOMONYM_SHARE: Final = 0.003
_TWIN_SHARE: Final = 0.017


@dataclass(slots=True)
class Block:
    """What one block of people shares while it is drawn."""

    rng: Random
    number: int
    today: date
    departments: tuple[str, ...]
    orders: dict[str, int] = field(default_factory=dict)
    households: int = 0
    last: DemoPerson | None = None


def iter_people(
    start: int, stop: int, seed: int, today: date, departments: tuple[str, ...]
) -> Iterator[DemoPerson]:
    """Yield the people of ranks `start` to `stop` - 1; `start` begins a block or is 0.

    Raises ValueError past the number of people whose NIR can be kept unique (2.8 million).
    """
    if stop > MAX_BLOCKS * BLOCK_SIZE:
        raise ValueError(f"At most {MAX_BLOCKS * BLOCK_SIZE} people")
    for number in range(start // BLOCK_SIZE, -(-stop // BLOCK_SIZE)):
        block = Block(ids.rng_for(seed, "people", number), number, today, departments)
        index = number * BLOCK_SIZE
        end = min(index + BLOCK_SIZE, stop)
        while index < end:
            for person in _household(block, index):
                if index < end:
                    yield person
                    index += 1


def _adult_age(rng: Random) -> int:
    """Draw the age of the eldest of a household: 18 to 106, with a long thin end."""
    draw = rng.random()
    if draw < 0.80:
        return 20 + int(rng.random() * 45)
    if draw < 0.985:
        return 62 + int(rng.triangular(0, 34, 2))
    return 90 + int(min(rng.expovariate(0.24), 17))


def _household(block: Block, index: int) -> list[DemoPerson]:
    """Return the people under one roof: alone, a couple, a family, one parent and children."""
    rng = block.rng
    home = places.commune(rng, block.departments)
    address = places.address(rng, home)
    household = block.number * BLOCK_SIZE + block.households
    block.households += 1
    age = _adult_age(rng)
    family, origin = names.surname(rng)
    draw = rng.random()
    if age >= 65:
        children, partner = 0, draw < 0.5
    elif age >= 25:
        partner = draw < 0.62
        mean = (0.7 if age < 32 else 2.3 if age < 52 else 0.9) * (1.0 if partner else 0.5)
        children = min(int(rng.expovariate(1 / (mean + 0.35))), 5)
    else:
        children, partner = 0, draw < 0.15
    maker = _Maker(block, home, address, household)
    sex = "F" if rng.random() < 0.52 + max(0, age - 70) * 0.008 else "M"
    first = maker.person(index, (family, origin), sex, _born(block, age))
    found = [first]
    if partner:
        other = "M" if sex == "F" else "F"
        name, roots = names.surname(rng)
        years = max(18, age + int(rng.gauss(2 if other == "M" else -2, 3)))
        found.append(maker.person(index + 1, (name, roots), other, _born(block, years)))
        _marry(rng, found[0], found[1])
    _add_children(maker, found, index, children, origin)
    return found


def _add_children(
    maker: "_Maker", found: list[DemoPerson], index: int, count: int, origin: str
) -> None:
    rng, today = maker.block.rng, maker.block.today
    fathers = [person for person in found if person.sex == "M"]
    mothers = [person for person in found if person.sex == "F"]
    name = (fathers or found)[0].birth_name
    if mothers and fathers and rng.random() < 0.13:
        name = f"{fathers[0].birth_name}-{mothers[0].birth_name}"
    parent = (mothers or found)[0]
    for _ in range(count):
        earliest = parent.birth_date + timedelta(days=int(365.25 * (19 + rng.random() * 23)))
        age_days = (today - earliest).days
        if not 0 <= age_days < 8_400:
            continue
        sex = "F" if rng.random() < 0.488 else "M"
        child = maker.person(index + len(found), (name, origin), sex, earliest)
        found.append(child)
        if rng.random() < _TWIN_SHARE:
            other = "F" if rng.random() < 0.488 else "M"
            place = (child.birth_place_code, child.birth_place)
            twin = maker.person(index + len(found), (name, origin), other, earliest, place)
            found.append(twin)


def _marry(rng: Random, one: DemoPerson, other: DemoPerson) -> None:
    """Give the wife her husband's name as used name, oftener in the older couples."""
    wife, husband = (one, other) if one.sex == "F" else (other, one)
    draw = rng.random()
    keeps = min(0.9, max(0.15, (wife.birth_date.year - 1935) / 75))
    if draw > keeps:
        wife.used_name = husband.birth_name
    elif draw > keeps - 0.08:
        wife.used_name = f"{wife.birth_name}-{husband.birth_name}"


def _born(block: Block, age: int) -> date:
    """Return a birth date that makes the person `age` years old on the day of the region."""
    days = age * 365.2425 + block.rng.random() * 365
    return date.fromordinal(max(block.today.toordinal() - int(days), 1))


_ACCENTS: Final = str.maketrans("ÀÂÄÁÃÅÇÈÉÊËÌÍÎÏÑÒÓÔÖÕÙÚÛÜÝŸ", "AAAAAACEEEEIIIINOOOOOUUUUYY")


@lru_cache(maxsize=16_384)
def strict(text: str) -> str:
    """Write a name as INSi gives it: capitals without accents, apostrophes and hyphens kept."""
    capitals = text.upper().translate(_ACCENTS)
    return capitals.replace("Œ", "OE").replace("Æ", "AE").replace("’", "'")


@dataclass(slots=True)
class _Maker:
    """Makes the people of one household."""

    block: Block
    home: DemoCommune
    address: DemoAddress
    household: int

    def person(
        self,
        index: int,
        family: tuple[str, str],
        sex: str,
        born_on: date,
        place: places.BirthPlace | None = None,
    ) -> DemoPerson:
        """Draw one person; a few borrow the name and birth date of someone else (homonyms)."""
        block = self.block
        rng = block.rng
        name, origin = family
        given = self._given_names(sex, born_on.year, origin)
        last = block.last
        birth_name = strict(name)
        if last is not None and last.household != self.household and rng.random() < _HOMONYM_SHARE:
            birth_name, given = last.birth_name, last.given_names[:]
            sex, born_on, place = last.sex, last.birth_date, None
        place = place or places.birth_place(rng, origin, born_on.year, self.home)
        person = make_person(
            block,
            index=index,
            birth_name=birth_name,
            given_names=given,
            sex=sex,
            born_on=born_on,
            place=place,
            address=self.address,
            household=self.household,
            # Newborn babies have no INS yet; 6 % of the others have not shown a paper.
            qualified=rng.random() < (0.94 if (block.today - born_on).days > 60 else 0.4),
        )
        block.last = person
        return person

    def _given_names(self, sex: str, year: int, origin: str) -> list[str]:
        rng = self.block.rng
        found = [strict(names.given_name(rng, sex, year, origin))]
        wanted = 1 if origin != "fr" and rng.random() < 0.7 else 1 + int(rng.random() * 3)
        while len(found) < wanted:
            name = strict(names.given_name(rng, sex, year - 45, origin))
            wanted -= name in found
            if name not in found:
                found.append(name)
        return found


def _take_order(block: Block, sex: str, born_on: date, code: str) -> int | None:
    """Return an order of birth that no other person of the region has, None when used up."""
    key = f"{sex}{born_on.year % 100:02d}{born_on.month:02d}{code}"
    rank = block.orders.get(key, 0)
    if rank >= _ORDERS_PER_BLOCK:
        return None
    block.orders[key] = rank + 1
    return 1 + block.number * _ORDERS_PER_BLOCK + rank


def make_person(
    block: Block,
    *,
    index: int,
    birth_name: str,
    given_names: list[str],
    sex: str,
    born_on: date,
    place: places.BirthPlace,
    address: DemoAddress,
    household: int,
    qualified: bool,
) -> DemoPerson:
    """Assemble a person with a NIR of their own; the birth place changes if its orders are used."""
    rng = block.rng
    order = _take_order(block, sex, born_on, place[0])
    while order is None:
        near = places.commune(rng, places.ALL_DEPARTMENTS)
        place = (near.cog, near.name)
        order = _take_order(block, sex, born_on, place[0])
    draw = rng.random()
    age_days = (block.today - born_on).days
    mail = ""
    if draw < 0.55 and 6_600 < age_days < 29_000:
        words = f"{ascii_word(given_names[0])}.{ascii_word(birth_name)}.{index}"
        mail = f"{words}@courriel.example"
    return DemoPerson(
        id=ids.uuid7(rng, ids.midnight_ms(block.today) - int(draw * 3.1e10)),
        index=index,
        birth_name=birth_name,
        given_names=given_names,
        first_given_name=given_names[0],
        used_name="",
        used_given_name="",
        sex=sex,
        birth_date=born_on,
        birth_place_code=place[0],
        birth_place=place[1],
        ins=ids.demo_nir(sex, born_on, place[0], order) if qualified else "",
        ins_oid=ids.INS_NIR_TEST_OID if qualified else "",
        identity_status="VALI" if qualified else "PROV",
        address=address,
        phone=ids.demo_phone(rng, mobile=True) if age_days > 5_000 else "",
        email=mail,
        household=household,
        local_id=f"{100_000 + index:08d}",
    )
