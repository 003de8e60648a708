"""The systems of a region, each with its habits, and the errors of those who type and scan."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchmarks.identity import tables


@dataclass(frozen=True, slots=True)
class Habits:
    """How one system writes people down; shares are between 0 and 1, `noise` multiplies every error."""

    name: str
    weight: float
    noise: float = 1.0
    capitals: bool = True
    accents: bool = False
    hyphens: bool = True
    length: int = 100
    given_count: int = 4
    one_name: float = 0.0
    place: float = 0.9
    address: float = 0.95
    phone: float = 0.8
    ins: float = 0.6
    qualified: float = 0.8
    twins: float = 0.2
    unknown: str = "01-01"
    age: float = 0.3
    """The share of records whose address is not the present one."""

    youngest: int = 0
    eldest: int = 130

    def takes(self, age: int) -> bool:
        """Whether people of this age (years) come there."""
        return self.youngest <= age <= self.eldest


SYSTEMS = (
    Habits("chu", 26, ins=0.75, given_count=4, twins=0.5, age=0.25),
    Habits("ch-1", 12, noise=1.2, given_count=1),
    Habits("ch-2", 11, capitals=False, accents=True, given_count=3),
    Habits("ch-3", 9, hyphens=False, length=20, given_count=1, ins=0.35, place=0.6, noise=1.4),
    Habits("clinique-1", 8, given_count=1, phone=0.9, one_name=0.03, unknown="12-31"),
    Habits("clinique-2", 7, noise=1.5, capitals=False, given_count=1, one_name=0.05, place=0.5, ins=0.4),
    Habits("laboratoire", 10, given_count=1, place=0.25, ins=0.5, one_name=0.04, noise=1.3, age=0.15),
    Habits("imagerie", 6, given_count=1, place=0.3, ins=0.4, one_name=0.04, noise=1.5, age=0.2),
    Habits("samu", 3, given_count=1, place=0.05, address=0.6, phone=0.7, ins=0.1, one_name=0.1, noise=3.0, age=0.1),
    Habits("maternite", 3, given_count=3, twins=0.9, place=0.95, eldest=48),
    Habits("ehpad", 3, given_count=2, phone=0.3, place=0.8, ins=0.7, age=0.5, unknown="", youngest=65),
    Habits("reprise", 2, hyphens=False, length=15, given_count=1, place=0.1, ins=0, one_name=0.12, noise=2.5, age=0.8),
)  # fmt: skip
"""The last one is an old file taken over from a system that no longer runs."""

NEIGHBOURS = {
    "A": "ZQ", "Z": "AES", "E": "ZRD", "R": "ETF", "T": "RYG", "Y": "TUH", "U": "YIJ", "I": "UOK",
    "O": "IPL", "P": "OM", "Q": "SAW", "S": "QDZ", "D": "SFE", "F": "DGR", "G": "FHT", "H": "GJY",
    "J": "HKU", "K": "JLI", "L": "KMO", "M": "LP", "W": "XQ", "X": "WCS", "C": "XVD", "V": "CBF",
    "B": "VNG", "N": "BJ",
}  # fmt: skip
"""Keys that touch on a French keyboard."""

SOUNDS = (
    ("PH", "F"), ("F", "PH"), ("Y", "I"), ("I", "Y"), ("TH", "T"), ("T", "TT"), ("TT", "T"), ("LL", "L"),
    ("L", "LL"), ("SS", "S"), ("NN", "N"), ("N", "NN"), ("EAU", "AUD"), ("EAU", "AULT"), ("AULT", "AUD"),
    ("EAU", "OT"), ("OT", "AUD"), ("ET", "EZ"), ("ER", "ET"), ("EN", "AN"), ("AN", "EN"), ("C", "K"), ("QU", "K"),
    ("S", "Z"), ("Z", "S"), ("OU", "W"), ("GE", "JE"), ("EL", "ELLE"), ("IN", "AIN"), ("RD", "R"), ("X", "S"),
)  # fmt: skip
SCANS = (("O", "0"), ("I", "1"), ("M", "RN"), ("RN", "M"), ("B", "8"), ("S", "5"), ("D", "O"), ("G", "C"),
         ("H", "N"), ("CL", "D"), ("E", "F"), ("L", "I"), ("U", "V"))  # fmt: skip

_draw: Callable[[Random], Habits] = tables.urn([(one, one.weight) for one in SYSTEMS])


def draw_system(rng: Random, age: int) -> Habits:
    """A system that takes people of this age, by the number of people whom each knows."""
    while not (found := _draw(rng)).takes(age):
        pass
    return found


def mistyped(rng: Random, word: str) -> str:
    """A word of capitals with one slip of the fingers, or written as it sounds."""
    if len(word) < 2:
        return word
    draw, place = rng.random(), int(rng.random() * len(word))
    if draw < 0.3:
        sounds = [pair for pair in SOUNDS if pair[0] in word]
        if sounds:
            before, after = sounds[int(rng.random() * len(sounds))]
            return word.replace(before, after, 1)
    if draw < 0.5:
        near = NEIGHBOURS.get(word[place], "")
        if near:
            return word[:place] + near[int(rng.random() * len(near))] + word[place + 1 :]
    if draw < 0.72:
        return word[:place] + word[place + 1 :]
    if draw < 0.86:
        return word[:place] + word[place] + word[place:]
    place = min(place, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def misread(rng: Random, word: str) -> str:
    """A word of capitals as a scanner misreads it."""
    found = [pair for pair in SCANS if pair[0] in word]
    if not found:
        return word
    before, after = found[int(rng.random() * len(found))]
    return word.replace(before, after, 1)


def misdated(rng: Random, born: str) -> str:
    """A whole date (ISO) with its day and month swapped, one digit wrong, or another year."""
    year, month, day = born[:4], born[5:7], born[8:10]
    draw = rng.random()
    if draw < 0.3 and int(day) <= 12:
        return f"{year}-{day}-{month}"
    if draw < 0.62:
        other = int(day) + (1 if rng.random() < 0.5 else -1)
        if rng.random() < 0.35:
            other = int(day) + (10 if rng.random() < 0.5 else -10)
        return f"{year}-{month}-{min(max(other, 1), 28):02d}"
    if draw < 0.8:
        other = min(max(int(month) + (1 if rng.random() < 0.5 else -1), 1), 12)
        return f"{year}-{other:02d}-{min(int(day), 28):02d}"
    wrong = int(year) + (1, -1, 10, -10)[int(rng.random() * 4)]
    return f"{min(max(wrong, 1905), 2026)}-{month}-{min(int(day), 28):02d}"
