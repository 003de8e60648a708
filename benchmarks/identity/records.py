"""What the systems wrote of each person: the records, and the person that each one is truly of."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from benchmarks.identity.habits import Habits, draw_system, misdated, misread, mistyped
from benchmarks.identity.people import Home, Person
from benchmarks.identity.tables import places
from enrs.formats.ins import INS_TEST_OID

COLUMNS = (
    "record", "system", "value", "birth_name", "first_given_name", "given_names", "used_name", "used_given_name",
    "birth_date", "sex", "birth_place_code", "ins", "ins_oid", "status", "address", "postal_code", "city", "phone",
    "multiple_birth",
)  # fmt: skip
Record = tuple[str, ...]

HOSPITAL_TWICE = 0.15
"""Of a person's further records, the share that the same system made: its own duplicates."""

FICTIVE = 0.0003
"""Records made in an emergency, without traits."""

INS_OF_ANOTHER = 0.00006
"""Records that bear somebody else's INS, half of them a child's with its mother's card."""


@dataclass(frozen=True, slots=True)
class Error:
    """How likely each error is in one record, before the habits of its system multiply it."""

    surname: float = 0.012
    scan: float = 0.002
    given: float = 0.012
    second_given: float = 0.004
    swapped: float = 0.002
    date: float = 0.010
    no_date: float = 0.002
    sex: float = 0.003
    place: float = 0.012
    used_as_birth: float = 0.02
    cut_double: float = 0.08
    cut_compound: float = 0.06


ERROR = Error()


def records_of(
    rng: Random, people: list[Person], first: int, mean: float, default_dates: float
) -> Iterator[tuple[Record, int]]:
    """The records of people, numbered from `first`, each with the number of its person.

    A person has one record at least and `mean` on average; `default_dates` is the share of records whose
    birth date their system did not know and wrote as 1 January 1900.
    """
    record, stranger = first, ""
    more = (mean - 1.0) / mean
    for person in people:
        used: list[Habits] = []
        while True:
            if not used:
                habits = draw_system(rng, 2026 - int(person.born[:4]))
            elif rng.random() < HOSPITAL_TWICE:
                habits = used[-1]
            else:
                habits = draw_system(rng, 2026 - int(person.born[:4]))
            used.append(habits)
            row = _write(rng, person, habits, record, is_first=len(used) == 1)
            if rng.random() < INS_OF_ANOTHER:
                row[11] = (person.mother_ins if rng.random() < 0.5 else stranger) or row[11]
            if default_dates and rng.random() < default_dates:
                row[8] = "1900-01-01"
            yield tuple(row), person.number
            record += 1
            if rng.random() >= more:
                break
        stranger = person.ins or stranger


def _write(
    rng: Random, person: Person, habits: Habits, record: int, *, is_first: bool
) -> list[str]:
    noise = habits.noise
    if rng.random() < FICTIVE * noise:
        sex = person.sex
        return [str(record), habits.name, str(record), "INCONNU", "HOMME" if sex == "M" else "FEMME", "", "", "",
                "", sex, "", "", "", "provisional", "", "", "", "", ""]  # fmt: skip
    birth, used, given = _names(rng, person, habits, is_first)
    has_ins = bool(person.ins) and rng.random() < habits.ins
    is_sure = has_ins and rng.random() < habits.qualified
    born = person.born
    if is_sure:
        # A qualified identity shows the traits of the national service, letter for letter.
        noise, birth, given = 0.0, strict(person.name), [strict(one) for one in person.given]
    birth, given = _slips(rng, birth, given, habits, noise)
    born = _date(rng, born, habits, noise)
    sex = person.sex if rng.random() >= ERROR.sex * noise else ("M" if person.sex == "F" else "F")
    place = _place(rng, person.place, habits, noise)
    home = person.homes[-1] if rng.random() < habits.age else person.homes[0]
    address = _address(rng, home, habits)
    phone = person.phone if rng.random() < habits.phone else ""
    if phone and rng.random() < 0.15:
        phone = home.phone
    if phone and rng.random() < 0.3:
        phone = " ".join(phone[rank : rank + 2] for rank in range(0, 10, 2))
    twin = person.twin if person.twin and rng.random() < habits.twins else ""
    if twin and rng.random() < 0.4:
        twin = "Y"
    first = given[0] if given else ""
    usual = _case(person.usual, habits) if person.usual and rng.random() < 0.5 else ""
    status = "qualified" if is_sure else "retrieved" if has_ins else "provisional"
    if status == "provisional" and rng.random() < 0.25:
        status = "validated"
    return [
        str(record), habits.name, str(record), birth, first, " ".join(given[: habits.given_count]), used, usual, born,
        sex, place, person.ins if has_ins else "", INS_TEST_OID if has_ins else "", status, *address, phone, twin,
    ]  # fmt: skip


def _names(
    rng: Random, person: Person, habits: Habits, is_first: bool
) -> tuple[str, str, list[str]]:
    """(birth name, used name, given names) as this system takes them down."""
    birth, used, given = person.name, person.used, person.given
    if person.is_newborn and is_first and rng.random() < 0.5:
        # Before the declaration: the mother's name, and a word instead of a first name.
        word = ("", "BEBE", f"NE DE {person.mother_given}")[int(rng.random() * 3)]
        return _case(person.mother or birth, habits), "", [_case(word, habits)]
    if used and rng.random() < 0.12:
        used = ""
    if person.used and rng.random() < max(habits.one_name, ERROR.used_as_birth * habits.noise):
        birth, used = person.used, ""
    elif "-" in birth and rng.random() < ERROR.cut_double:
        birth = birth.split("-")[0 if rng.random() < 0.7 else -1]
    given = list(given)
    if person.usual and rng.random() < 0.35:
        given[0] = person.usual
    elif len(given) > 1 and rng.random() < ERROR.second_given * habits.noise:
        given[0], given[1] = given[1], given[0]
    if "-" in given[0] and rng.random() < ERROR.cut_compound:
        given[0] = given[0].split("-")[0]
    return _case(birth, habits), _case(used, habits), [_case(one, habits) for one in given]


def _slips(
    rng: Random, birth: str, given: list[str], habits: Habits, noise: float
) -> tuple[str, list[str]]:
    if noise:
        if rng.random() < ERROR.surname * noise:
            birth = _same_case(mistyped(rng, birth.upper()), birth)
        elif rng.random() < ERROR.scan * noise:
            birth = _same_case(misread(rng, birth.upper()), birth)
        if rng.random() < ERROR.given * noise and given[0]:
            given[0] = _same_case(mistyped(rng, given[0].upper()), given[0])
        if rng.random() < ERROR.swapped * noise and given[0]:
            birth, given[0] = given[0], birth
    if habits.length < 100:
        birth, given = birth[: habits.length], [given[0][: habits.length], *given[1:]]
    return birth, given


def _date(rng: Random, born: str, habits: Habits, noise: float) -> str:
    draw = rng.random()
    if draw < ERROR.date * noise:
        return misdated(rng, born)
    if draw < (ERROR.date + ERROR.no_date) * noise:
        # The day was not known: each system has its way of saying so.
        return f"{born[:4]}-{habits.unknown}" if habits.unknown else born[:4]
    return born


def _place(rng: Random, place: str, habits: Habits, noise: float) -> str:
    draw = rng.random()
    if draw > habits.place:
        return ""
    if draw < ERROR.place * noise:
        return place[:2] + f"{int(rng.random() * 600) + 1:03d}" if place[:2] != "99" else "99100"
    # A commune that has merged since: half of the systems write its present code.
    return places().merged.get(place, place) if rng.random() < 0.5 else place


def _address(rng: Random, home: Home, habits: Habits) -> tuple[str, str, str]:
    if rng.random() > habits.address:
        return "", "", ""
    line = home.address if rng.random() < 0.9 else ""
    return line, home.town.postal_code, home.town.name.upper()


@lru_cache(maxsize=65_536)
def strict(text: str) -> str:
    """Capitals without accents, apostrophes and hyphens kept, as the national service writes."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(char for char in plain if not unicodedata.combining(char)).upper()


@lru_cache(maxsize=65_536)
def _written(text: str, capitals: bool, accents: bool, hyphens: bool) -> str:
    text = text if hyphens else text.replace("-", " ").replace("'", " ")
    text = text if accents else strict(text) if capitals else strict(text).title()
    return text.upper() if capitals else text


def _case(text: str, habits: Habits) -> str:
    return _written(text, habits.capitals, habits.accents, habits.hyphens)


def _same_case(text: str, like: str) -> str:
    return text if like.isupper() else text.title()
