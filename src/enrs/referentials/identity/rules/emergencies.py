"""Somebody whom nobody can name: what stands for their name, so that it is never taken for a real one (pure).

RNIV: such an identity is provisional and must not look like one of the registry. Words are told over the telephone
and read on a wristband among twenty others: those of two neighbours never resemble each other.
"""

from enrs.referentials.identity.rules.names import plain
from enrs.referentials.identity.rules.traits import Traits

MARK = "XX URGENCE"
"""How every such name begins; no name of a real person may."""
WORDS = (
    "AMARANTE", "BASALTE", "COBALT", "DAUPHIN", "ECUREUIL", "FALAISE", "GRANIT", "HERISSON", "INDIGO", "JONQUILLE",
    "KAOLIN", "LAVANDE", "MAMMOUTH", "NEBULEUSE", "OBSIDIENNE", "PAPILLON", "QUARTZ", "ROCHER", "SAPHIR", "TORTUE",
    "UNIVERS", "VOLCAN", "WAPITI", "XYLOPHONE", "ZEPHYR",
)  # fmt: skip
SEEN = {"F": "FEMME", "M": "HOMME", "U": "PERSONNE"}
OLDEST = 120


def name_of(rank: int) -> str:
    """The name of the somebody of this rank; no other rank gives it, and the next one has another word."""
    return f"{MARK} {WORDS[rank % len(WORDS)]} {rank // len(WORDS) + 1}"


def traits_of_nobody(rank: int, *, sex: str, age: int | None) -> Traits:
    """What stands for traits: the name, what was seen in place of a first name, and no date of birth."""
    seen = SEEN.get(sex, SEEN["U"]) + (f" ENVIRON {age} ANS" if age is not None else "")
    return Traits(
        birth_name=name_of(rank), first_given_name=seen, given_names=seen,
        sex=sex if sex in ("F", "M") else "U",
    )  # fmt: skip


def is_made_up(name: str) -> bool:
    """Whether a name is one of these."""
    return bool(name) and plain(name).startswith(MARK)
