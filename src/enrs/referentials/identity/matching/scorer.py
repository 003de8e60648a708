"""The Fellegi-Sunter score of two identities, in bits, and what keeps a rule from linking them."""

from dataclasses import dataclass

from enrs.referentials.identity.matching.comparisons import COMPARISONS, levels
from enrs.referentials.identity.matching.features import Features
from enrs.referentials.identity.matching.model import Model

SURE, POSSIBLE, UNLIKE = "sure", "possible", "unlike"

MAX_BITS = 60.0
"""Beyond, a probability is 1 for a float."""


@dataclass(frozen=True, slots=True)
class Score:
    """`weight` in bits (the log of the odds), one digit for each comparison, what bars a link."""

    weight: float
    levels: str
    barrier: str = ""

    @property
    def probability(self) -> float:
        """That both are one person, by the model."""
        odds = 2.0 ** max(-MAX_BITS, min(MAX_BITS, self.weight))
        return odds / (1 + odds)


@dataclass(frozen=True, slots=True)
class Part:
    """One bar of the waterfall: what was compared, how it came out, its bits."""

    label: str
    words: str
    bits: float


def score(one: Features, two: Features, model: Model) -> Score:
    """Compare two identities. Symmetric; depends on nothing but them and the model."""
    digits = levels(one, two)
    weight = model.prior_bits
    for index, digit in enumerate(digits):
        weight += _bits(index, int(digit), one, two, model)
    return Score(round(weight, 3), digits, barrier(one, two, digits, model))


def grade(found: Score, model: Model) -> str:
    """`sure` may be linked by rule, `possible` is shown to a person, `unlike` is nothing."""
    if found.weight >= model.automatic and not found.barrier:
        return SURE
    return POSSIBLE if found.weight >= model.work else UNLIKE


def explain(one: Features, two: Features, model: Model) -> list[Part]:
    """The bars of the waterfall, from what two strangers are worth to the weight."""
    parts = [Part("Deux personnes prises au hasard", "", round(model.prior_bits, 2))]
    for index, digit in enumerate(levels(one, two)):
        comparison = COMPARISONS[index]
        words = comparison.levels[int(digit) - 1].words if digit != "0" else "non renseigné"
        bits = _bits(index, int(digit), one, two, model)
        parts.append(Part(comparison.label, words, round(bits, 2)))
    return parts


def _bits(index: int, digit: int, one: Features, two: Features, model: Model) -> float:
    if digit == 0:
        return 0.0
    column = COMPARISONS[index].levels[digit - 1].by_term
    if not column:
        return model.bits[index][digit]
    commoner = min(
        model.rarity_of(column, getattr(one, column)), model.rarity_of(column, getattr(two, column))
    )
    return model.agreement_bits[index][digit] + commoner


BARRIERS = {
    "barred": "identité douteuse, fictive ou saisie à la main",
    "ins": "deux INS différentes",
    "sex": "sexe différent",
    "name": "noms de naissance différents",
    "birth_date": "dates de naissance trop éloignées",
    "unnamed": "prénom inconnu (naissance)",
    "twins": "jumeaux possibles",
    "given": "prénoms différents",
}
"""Why a pair is left to a person whatever its weight."""


def barrier(one: Features, two: Features, digits: str, model: Model) -> str:
    """The first reason that no rule may link this pair; empty when one may."""
    return next(iter(barriers(one, two, digits, model)), "")


def barriers(one: Features, two: Features, digits: str, model: Model) -> list[str]:
    """Every reason that no rule may link this pair, by code, in the order of `BARRIERS`."""
    name, given, birth, sex = (int(digit) for digit in digits[:4])
    reasons = {
        "barred": one.is_barred or two.is_barred,
        "ins": bool(one.ins and two.ins and one.ins != two.ins),
        "sex": sex == 2,
        "name": name in (6, 7),
        "birth_date": birth in (0, 6, 7),
        "unnamed": given == 0,
        "given": given in (6, 7) and birth not in (1, 2),
        "twins": given in (6, 7) or _may_be_twins(one, two, given, model),
    }
    return [code for code, holds in reasons.items() if holds]


def _may_be_twins(one: Features, two: Features, given: int, model: Model) -> bool:
    """Given names that are not the very same: told of a multiple birth, or nearly alike and both borne.

    Two names that people bear (`MARINE`, `MARIE`) are not a slip of the hand.
    """
    if given == 1:
        return False
    are_two_names = model.is_common("given", one.given) and model.is_common("given", two.given)
    return bool(one.twin or two.twin) or (given == 5 and are_two_names)
