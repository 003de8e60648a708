"""A need typed in plain words, and what it asks of the offers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_STOP_WORDS = (
    "a au aux avec chez d dans de des du en et je l la le les ma mon ou par pour pres proche qui qu que s sa "
    "son sur un une vers besoin cherche chercher trouver place places lit service centre unite"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that say nothing of a need; `place` and `lit` are what is always looked for."""

MOST_WORDS = 6
LONGEST_PHRASE = 4
WEIGHT_STEPS = (130, 150, 180, 200, 220, 250, 270, 300, 320, 350, 360, 400)
"""Kilograms that the search can ask an equipment to hold."""

EARTH_METRES = 6_371_008.8
DEGREE_METRES = 111_195.0
"""One degree of latitude."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is asked: any of these tokens, or any of these words (or their beginnings)."""

    text: str
    tokens: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    meant: str = ""
    """What a slip of the finger was read as."""


def terms(key: str, needs: Mapping[str, Sequence[str]]) -> list[Term]:
    """The terms of a text that is already a key (lower case, no accents): phrases of needs first.

    A phrase of a need is looked for by its tokens, and by its words in names as well. Words that are a
    slip away from a need of one word are read as that need.
    """
    words = key.split()
    found: list[Term] = []
    at = 0
    while at < len(words) and len(found) < MOST_WORDS:
        for length in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + length])
            if phrase in needs:
                single = (phrase,) if length == 1 else ()
                found.append(Term(phrase, tuple(needs[phrase]), single))
                at += length
                break
        else:
            word = words[at]
            at += 1
            if word not in STOP_WORDS:
                found.append(Term(word, (), (word,)))
    return found


def nearest(word: str, known: Sequence[str]) -> str:
    """The one known word at a slip or two from this one; empty when there is none, or several as near."""
    allowed = slips_allowed(word)
    if not allowed:
        return ""
    ranked = sorted(
        (distance(word, one, allowed), one) for one in known if abs(len(one) - len(word)) <= allowed
    )
    if not ranked or ranked[0][0] > allowed:
        return ""
    if len(ranked) > 1 and ranked[1][0] == ranked[0][0]:
        return ""
    return ranked[0][1]


def slips_allowed(word: str) -> int:
    """How many slips a word of this length may hold: none when it is too short to be told from another."""
    if len(word) < 4:
        return 0
    return 1 if len(word) < 6 else 2


def distance(one: str, other: str, most: int) -> int:
    """Slips between two words: a letter added, left out, changed, or two swapped; `most` + 1 past it.

    Source: Damerau (1964), in its restricted form.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        previous, before_previous = row, before
        row = [place]
        for rank, char in enumerate(other, 1):
            cost = min(previous[rank] + 1, row[rank - 1] + 1, previous[rank - 1] + (letter != char))
            is_swap = (
                place > 1 and rank > 1 and letter == other[rank - 2] and one[place - 2] == char
            )
            if is_swap:
                cost = min(cost, before_previous[rank - 2] + 1)
            row.append(cost)
        before = previous
        if min(row) > most:
            return most + 1
    return row[-1]


def weight_tokens(code: str, max_weight: int | None) -> list[str]:
    """The tokens of an equipment: itself, and each step of weight that it holds."""
    held = [step for step in WEIGHT_STEPS if max_weight and step <= max_weight]
    return [f"equipment:{code}", *(f"equipment:{code}:{step}" for step in held)]


def weight_step(weight: int) -> int | None:
    """The step that promises at least this weight; None past the last."""
    return next((step for step in WEIGHT_STEPS if step >= weight), None)


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees around a place, a little wider than the circle asked for."""

    south: float
    north: float
    west: float
    east: float


def box(latitude: float, longitude: float, kilometres: float) -> Box:
    """The square around a circle."""
    high = kilometres * 1000 / DEGREE_METRES
    wide = high / max(0.05, math.cos(math.radians(latitude)))
    return Box(latitude - high, latitude + high, longitude - wide, longitude + wide)


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance between two (latitude, longitude), in metres (haversine)."""
    (a, b), (c, d) = (tuple(map(math.radians, point)) for point in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(half)))
