"""How the strict traits of two identities agree (RNIV)."""

from dataclasses import dataclass

from enrs.referentials.identity.rules.names import given_key, name_key
from enrs.referentials.identity.rules.traits import Traits

CONCORDANT, BIRTH_PLACE_ONLY, DISCORDANT = "concordant", "birth_place_only", "discordant"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the strict traits of two identities agree; `fields` are those that differ."""

    verdict: str
    fields: tuple[str, ...] = ()

    @property
    def may_link(self) -> bool:
        """Only the birth place may differ, and that is told to the identity unit."""
        return self.verdict != DISCORDANT


def compare(one: Traits, other: Traits) -> Comparison:
    """Compare strict traits: birth name, first given name, birth date and sex; the COG apart.

    The place of birth is known to differ between the systems of one person (a merged commune, a
    typing error), so it alone does not part two identities. An empty place is not compared.
    """
    differing = []
    if name_key(one.birth_name).replace(" ", "") != name_key(other.birth_name).replace(" ", ""):
        differing.append("birth_name")
    if not same_given(one, other):
        differing.append("first_given_name")
    if one.birth_date != other.birth_date:
        differing.append("birth_date")
    if one.sex != other.sex:
        differing.append("sex")
    verdict = DISCORDANT if differing else CONCORDANT
    place, place_too = one.birth_place_code, other.birth_place_code
    if place and place_too and place != place_too:
        differing.append("birth_place_code")
        verdict = DISCORDANT if verdict == DISCORDANT else BIRTH_PLACE_ONLY
    return Comparison(verdict, tuple(differing))


def same_given(one: Traits, other: Traits) -> bool:
    """Whether two first given names agree, one source cutting a compound name or a list short.

    `JEAN-PIERRE` is `JEAN PIERRE`; `MARIE` with the list `MARIE ANNE` is `MARIE ANNE`; `JEAN` with the
    list `JEAN MARC` is not `JEAN-PIERRE`.
    """
    first, first_too = given_key(one.first_given_name), given_key(other.first_given_name)
    if not first or not first_too:
        return False
    if first.replace(" ", "") == first_too.replace(" ", ""):
        return True
    short, long = sorted((first.split(), first_too.split()), key=len)
    lists = [(given_key(traits.given_names) or given_key(traits.first_given_name)).split()
             for traits in (one, other)]  # fmt: skip
    less, more = sorted(lists, key=len)
    return long[: len(short)] == short and more[: len(less)] == less
