"""The AGGIR grid: from the answers on a person's autonomy to their iso-resource group (GIR 1 to 6).

Source: Code de l'action sociale et des familles, annexe 2-2 (decree 97-427). Every weight and every
threshold below is that table's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MODALITIES = "ABC"
"""A: does alone, in whole, usually and correctly; B: in part; C: does not."""

DISCRIMINANT = (
    "coherence", "orientation", "toilette", "habillage", "alimentation", "elimination", "transferts",
    "deplacement_interieur",
)  # fmt: skip
"""The variables that weigh, in the order of the table; the two others that discriminate weigh nothing."""

WEIGHTLESS = ("deplacement_exterieur", "communication_distance")

SUB_VARIABLES: dict[str, tuple[str, ...]] = {
    "coherence": ("communication", "comportement"),
    "orientation": ("temps", "espace"),
    "toilette": ("haut", "bas"),
    "habillage": ("haut", "moyen", "bas"),
    "alimentation": ("se_servir", "manger"),
    "elimination": ("urinaire", "fecale"),
    "transferts": (),
    "deplacement_interieur": (),
    "deplacement_exterieur": (),
    "communication_distance": (),
}
"""Variables that are answered by parts; the others are answered as a whole."""

ADVERBS = ("spontanement", "totalement", "correctement", "habituellement")
"""S.T.C.H.: what each activity is judged on."""

_Weights = tuple[int, int, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the table: weights of a C and of a B by variable, and what each total leads to."""

    letter: str
    c: _Weights
    b: _Weights
    thresholds: tuple[tuple[int, int], ...]


TABLE = (
    Group(
        "A",
        (2000, 1200, 40, 40, 60, 100, 800, 200),
        (0, 0, 16, 16, 20, 16, 120, 32),
        ((4380, 1), (4140, 2), (3390, 3)),
    ),
    Group(
        "B",
        (1500, 1200, 40, 40, 60, 100, 800, -80),
        (320, 120, 16, 16, 0, 16, 120, -40),
        ((2016, 4),),
    ),
    Group(
        "C",
        (0, 0, 40, 40, 60, 160, 1000, 400),
        (0, 0, 16, 16, 20, 20, 200, 40),
        ((1700, 5), (1432, 6)),
    ),
    Group(
        "D",
        (0, 0, 0, 0, 2000, 400, 2000, 200),
        (0, 0, 0, 0, 200, 200, 200, 0),
        ((2400, 7),),
    ),
    Group(
        "E",
        (400, 400, 400, 400, 400, 800, 800, 200),
        (0, 0, 100, 100, 100, 100, 100, 0),
        ((1200, 8),),
    ),
    Group(
        "F",
        (200, 200, 500, 500, 500, 500, 500, 200),
        (100, 100, 100, 100, 100, 100, 100, 0),
        ((800, 9),),
    ),
    Group(
        "G",
        (150, 150, 300, 300, 500, 500, 400, 200),
        (0, 0, 200, 200, 200, 200, 200, 100),
        ((650, 10),),
    ),
    Group(
        "H",
        (0, 0, 3000, 3000, 3000, 3000, 1000, 1000),
        (0, 0, 2000, 2000, 2000, 2000, 2000, 1000),
        ((4000, 11), (2000, 12)),
    ),
)
LAST_RANK = 13
"""Of whoever reaches no threshold."""

GIR_OF_RANK = {1: 1, **dict.fromkeys(range(2, 8), 2), 8: 3, 9: 3, 10: 4, 11: 4, 12: 5, 13: 6}


@dataclass(frozen=True, slots=True)
class Gir:
    """A result: the group that decided, its total, the rank (1 to 13) and the GIR (1 to 6)."""

    gir: int
    rank: int
    letter: str
    total: int
    totals: tuple[tuple[str, int], ...]


def modality_of(variable: str, parts: Sequence[str]) -> str:
    """The modality of a variable from those of its parts, in the order of `SUB_VARIABLES`.

    Eating: A only if both are A; C for CC, BC and CB; else B, so AC is B. Elimination: C as soon as one
    part is C. Elsewhere: all A, all C, else B.

    Raises:
        ValueError: not the number of parts of this variable, or not A, B or C.
    """
    wanted = len(SUB_VARIABLES[variable]) or 1
    if len(parts) != wanted or any(part not in tuple(MODALITIES) for part in parts):
        raise ValueError(f"{variable}: {wanted} parts of A, B or C")
    if len(set(parts)) == 1:
        return parts[0]
    if variable == "alimentation":
        return "C" if set(parts) == {"B", "C"} else "B"
    if variable == "elimination":
        return "C" if "C" in parts else "B"
    return "B"


def modality_of_adverbs(answers: Sequence[bool]) -> str:
    """A when the four adverbs (S.T.C.H.) hold, C when none does, else B."""
    if len(answers) != len(ADVERBS):
        raise ValueError("four adverbs")
    return "A" if all(answers) else "B" if any(answers) else "C"


def compute(profile: str | Mapping[str, str]) -> Gir:
    """The GIR of a profile: eight letters in the order of `DISCRIMINANT`, or a modality by variable.

    The groups are tried from A to H; the first threshold reached decides.

    Raises:
        ValueError: a variable is missing, or is not A, B or C.
    """
    letters = (
        profile
        if isinstance(profile, str)
        else "".join(profile.get(name, "?") for name in DISCRIMINANT)
    )
    if len(letters) != len(DISCRIMINANT) or any(one not in MODALITIES for one in letters):
        raise ValueError("eight modalities among A, B and C")
    totals: list[tuple[str, int]] = []
    for group in TABLE:
        total = _total(group, letters)
        totals.append((group.letter, total))
        for threshold, rank in group.thresholds:
            if total >= threshold:
                return Gir(GIR_OF_RANK[rank], rank, group.letter, total, tuple(totals))
    letter, total = totals[-1]
    return Gir(GIR_OF_RANK[LAST_RANK], LAST_RANK, letter, total, tuple(totals))


def _total(group: Group, letters: str) -> int:
    weights = {"A": (0,) * len(DISCRIMINANT), "B": group.b, "C": group.c}
    return sum(weights[letter][index] for index, letter in enumerate(letters))


def profile_of(answers: Mapping[str, str]) -> dict[str, str]:
    """The modality of each variable from answers keyed `variable` or `variable.part`.

    Only what is complete is there; `missing` names the rest.
    """
    found = {}
    for variable, parts in SUB_VARIABLES.items():
        keys = [f"{variable}.{part}" for part in parts] or [variable]
        letters = [answers.get(key, "") for key in keys]
        if all(letter in tuple(MODALITIES) for letter in letters):
            found[variable] = modality_of(variable, letters)
    return found


def missing(profile: Mapping[str, str]) -> list[str]:
    """The variables that the computation still waits for."""
    return [name for name in DISCRIMINANT if name not in profile]


def letters_of(values: Mapping[str, object]) -> dict[str, str]:
    """Answers of the form `aggir` (by part, the adverbs that hold, or `non`) as A, B and C.

    A part without an answer is left out.
    """
    found = {}
    for variable, parts in SUB_VARIABLES.items():
        for key in [f"{variable}.{part}" for part in parts] or [variable]:
            given = values.get(key)
            if isinstance(given, list | tuple) and given:
                found[key] = modality_of_adverbs([adverb in given for adverb in ADVERBS])
    return found


def result_of(values: Mapping[str, object]) -> Gir | None:
    """The result of the form's answers; None while something is missing."""
    profile = profile_of(letters_of(values))
    return None if missing(profile) else compute(profile)
