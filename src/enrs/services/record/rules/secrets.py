"""A minor's secret act: who may record it, on which ground, what must have been done (pure).

Sources: Code de la santé publique L1111-5 (physician or midwife: the minor opposes that their parents be consulted;
the professional tries to obtain their consent to it, then the minor comes with an adult of their choice), L1111-5-1
(the same for a nurse, for sexual and reproductive health), L5134-1 (contraception asks no parent's consent), and
R1111-6 (the minor may oppose that what they asked to keep secret be given to the holders of parental authority).
"""

from dataclasses import dataclass
from datetime import date

MAJORITY = 18


@dataclass(frozen=True, slots=True)
class Ground:
    """One article: what it is for, who may use it, whether an adult comes with the minor."""

    label: str
    source: str
    roles: frozenset[str]
    needs_companion: bool


GROUNDS: dict[str, Ground] = {
    "care": Ground(
        "Acte de prévention, de dépistage, de diagnostic, de traitement ou intervention",
        "article L1111-5 du code de la santé publique",
        frozenset({"physician", "midwife"}),
        needs_companion=True,
    ),
    "nursing": Ground(
        "Acte infirmier de santé sexuelle et reproductive",
        "article L1111-5-1 du code de la santé publique",
        frozenset({"nurse"}),
        needs_companion=True,
    ),
    "contraception": Ground(
        "Contraception",
        "article L5134-1 du code de la santé publique",
        frozenset({"physician", "midwife", "nurse"}),
        needs_companion=False,
    ),
}
ROLES = frozenset().union(*(one.roles for one in GROUNDS.values()))


def grounds_of(role: str) -> dict[str, Ground]:
    """The grounds that a profession may use; none for the others."""
    return {key: one for key, one in GROUNDS.items() if role in one.roles}


def is_adult(birth: date | None, today: date) -> bool:
    """Whether somebody is eighteen or more.

    `birth` is the last day that their birth date may mean; when nothing is known of it, they are not. Who was
    born on 29 February is of age on 1 March of other years.
    """
    if birth is None:
        return False
    return (today.year - birth.year, today.month, today.day) >= (MAJORITY, birth.month, birth.day)
