"""A national service of invention, for demonstrations and tests: test INS alone, and never in production.

It answers as the real one does: by the traits of civil status, one, none or several. It knows the people that it
is given; with `invents`, it makes up a civil status and a test number for anybody else, always the same ones.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import count
from typing import Final

from enrs.formats.ins import INS_TEST_OID, check_ins, ins_key
from enrs.referentials.identity import rules
from enrs.referentials.identity.insi.contract import (
    NONE,
    ONE,
    SEVERAL,
    Asked,
    Card,
    Claim,
    Found,
    NationalIdentity,
    Verdict,
)

UNKNOWN: Final = frozenset({"INCONNU", "SANSINS"})
"""Birth names for which the invented register knows nobody."""

CROWDED: Final = frozenset({"MARTIN", "BERNARD", "THOMAS", "PETIT", "ROBERT"})
"""Birth names for which it finds several people until the given names or the birth place are told."""


class StandIn:
    """A register in memory; batches are ready the second time that they are asked for."""

    is_stand_in = True

    def __init__(self, people: Sequence[NationalIdentity] = (), *, invents: bool = False) -> None:
        self.people = list(people)
        self.invents = invents
        self._batches: dict[str, tuple[bool, dict[str, Verdict]]] = {}
        self._numbers = count(1)

    def by_card(self, card: Card) -> Found:
        """Who bears this number and was born that day."""
        number = card.number.replace(" ", "").upper()[:15]
        found = [
            one for one in self.people
            if one.ins.startswith(number[:13]) and one.birth_date == card.birth_date
        ]  # fmt: skip
        return _answer(found)

    def by_traits(self, asked: Asked) -> Found:
        """Who has these traits."""
        found = [one for one in self.people if _fits(one, asked)]
        if found or not self.invents:
            return _answer(found)
        name = rules.name_key(asked.birth_name)
        if name in UNKNOWN:
            return Found(NONE)
        if name in CROWDED and not asked.given_names and not asked.birth_place_code:
            return Found(SEVERAL)
        return Found(ONE, invented(asked))

    def verify(self, claim: Claim) -> Verdict:
        """Whether the number is the one of these traits."""
        known = next((one for one in self.people if one.ins == claim.ins), None)
        if known is not None:
            fields = _denied(known, claim.traits)
        elif self.invents:
            fields = _denied_by_number(claim)
        else:
            fields = ("ins",)
        return Verdict(is_same=not fields, fields=fields)

    def hand_in(self, claims: Mapping[str, Claim]) -> str:
        """Keep a batch; its verdicts wait."""
        receipt = f"lot-{next(self._numbers)}"
        self._batches[receipt] = (False, {ref: self.verify(one) for ref, one in claims.items()})
        return receipt

    def collect(self, receipt: str) -> Mapping[str, Verdict] | None:
        """Nothing the first time, the verdicts afterwards; none at all for a receipt that is not ours."""
        is_ready, verdicts = self._batches.get(receipt, (True, {}))
        if not is_ready:
            self._batches[receipt] = (True, verdicts)
            return None
        return verdicts


def _answer(found: Sequence[NationalIdentity]) -> Found:
    if len(found) == 1:
        return Found(ONE, found[0])
    return Found(SEVERAL if found else NONE)


def _fits(one: NationalIdentity, asked: Asked) -> bool:
    given, wanted = rules.given_key(one.given_names), rules.given_key(asked.first_given_name)
    return (
        rules.name_key(one.birth_name) == rules.name_key(asked.birth_name)
        and (given == wanted or given.startswith(wanted + " "))
        and one.birth_date == asked.birth_date
        and one.sex == asked.sex
        and (not asked.given_names or rules.given_key(asked.given_names) == given)
        and (not asked.birth_place_code or asked.birth_place_code == one.birth_place_code)
    )


def _denied(one: NationalIdentity, asked: Asked) -> tuple[str, ...]:
    given = rules.given_key(one.given_names)
    first = rules.given_key(asked.first_given_name)
    agrees = {
        "birth_name": rules.name_key(one.birth_name) == rules.name_key(asked.birth_name),
        "first_given_name": given == first or given.startswith(first + " "),
        "birth_date": one.birth_date == asked.birth_date,
        "sex": one.sex == asked.sex,
        "birth_place_code": asked.birth_place_code in ("", one.birth_place_code),
    }
    return tuple(name for name, is_same in agrees.items() if not is_same)


def _denied_by_number(claim: Claim) -> tuple[str, ...]:
    """What a number itself denies: it is made of the sex, the year and the month of birth."""
    if check_ins(claim.ins, claim.oid):
        return ("ins",)
    agrees = {
        "birth_date": claim.traits.birth_date[2:7].replace("-", "") == claim.ins[1:5],
        "sex": {"M": "1", "F": "2"}.get(claim.traits.sex, "") == claim.ins[0],
    }
    return tuple(name for name, is_same in agrees.items() if not is_same)


def invented(asked: Asked) -> NationalIdentity:
    """Somebody made up from traits: the same traits always give the same number."""
    place = asked.birth_place_code or "75056"
    key = f"{rules.name_key(asked.birth_name)}|{rules.given_key(asked.first_given_name)}"
    order = int(sha256(key.encode()).hexdigest(), 16) % 900 + 100
    body = f"{1 if asked.sex == 'M' else 2}{asked.birth_date[2:4]}{asked.birth_date[5:7]}{place}{order}"
    return NationalIdentity(
        ins=body + ins_key(body), oid=INS_TEST_OID, birth_name=rules.plain(asked.birth_name),
        given_names=rules.plain(asked.given_names or asked.first_given_name),
        birth_date=asked.birth_date, sex=asked.sex, birth_place_code=place,
    )  # fmt: skip
