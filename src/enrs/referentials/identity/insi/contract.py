"""What the region asks of the national identity service (INSi), whoever carries the question.

The service is a SOAP one, opened to software that its operator approved and to holders of a card or of a
certificate: the installation that has them gives its own implementation. Sources: GIE SESAM-Vitale, « Guide
d'intégration INSi » (search by card, search by traits, verification, verification by batch; return codes);
« Guide d'implémentation de l'INS dans les logiciels », v3.0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

ONE, NONE, SEVERAL = "00", "01", "02"
"""Return codes of a search: one identity, none, several."""

ADVICE: Final = {
    NONE: "L’INSi ne connaît personne avec ces traits : comparez-les à la pièce d’identité, puis recommencez.",
    SEVERAL: "L’INSi trouve plusieurs personnes : complétez d’abord la liste des prénoms, puis le code de la commune "
    "de naissance, et recommencez.",
}


class InsiDownError(Exception):
    """The service did not answer: nothing is known, the question stands. `code` says how it failed."""

    def __init__(self, code: str = "down") -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """The traits of a search. `given_names` and `birth_place_code` are empty in the first try."""

    birth_name: str
    first_given_name: str
    birth_date: str
    sex: str
    given_names: str = ""
    birth_place_code: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What a Vitale card says of its bearer: their number, birth date (as the card has it) and twin rank."""

    number: str
    birth_date: str
    rank: str = "1"


@dataclass(frozen=True, slots=True)
class NationalIdentity:
    """Somebody as civil status has them, with their INS."""

    ins: str
    oid: str
    birth_name: str
    given_names: str
    birth_date: str
    sex: str
    birth_place_code: str


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of a search; `identity` comes with `ONE` alone."""

    code: str
    identity: NationalIdentity | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An INS with the traits that we hold for it, to be confirmed."""

    ins: str
    oid: str
    traits: Asked


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the service confirms a claim; `fields` are the strict traits that it denies, when it says which."""

    is_same: bool
    code: str = ONE
    fields: tuple[str, ...] = ()


class Insi(Protocol):
    """The national service. Every call raises `InsiDownError` when no answer came."""

    is_stand_in: bool

    def by_card(self, card: Card) -> Found:
        """Search with what a Vitale card says."""

    def by_traits(self, asked: Asked) -> Found:
        """Search with traits."""

    def verify(self, claim: Claim) -> Verdict:
        """Confirm one INS and its traits."""

    def hand_in(self, claims: Mapping[str, Claim]) -> str:
        """Hand in a batch to confirm, by our own references; gives its receipt. The service works on it apart."""

    def collect(self, receipt: str) -> Mapping[str, Verdict] | None:
        """The verdicts of a batch, by our references; None while it is not ready."""


def attempts(asked: Asked) -> Sequence[Asked]:
    """The searches to make one after another while several people answer.

    The first given name alone, then every given name, then the birth place too (« Guide d'intégration INSi »).
    """
    first = Asked(asked.birth_name, asked.first_given_name, asked.birth_date, asked.sex)
    tries = [first]
    if asked.given_names and asked.given_names != asked.first_given_name:
        tries.append(
            Asked(
                asked.birth_name, asked.first_given_name, asked.birth_date, asked.sex,
                given_names=asked.given_names,
            )
        )  # fmt: skip
    if asked.birth_place_code:
        tries.append(asked)
    return tries
