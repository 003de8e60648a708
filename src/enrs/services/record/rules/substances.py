"""Which words of a medicine or an allergy name a substance, and which families of allergies they belong to (pure).

The families are those whose allergies are told by the name of the family (« pénicilline ») and prescribed by the name
of the substance (« amoxicilline »). They are few, and say nothing of what is not in them.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

GENERIC: Final = frozenset(
    re.findall(
        r"[a-z]+",
        "comprime comprimes gelule gelules sachet sachets solution buvable injectable injection poudre "
        "suspension sirop creme pommade collyre gouttes suppositoire pellicule pellicules secable "
        "effervescent orodispersible liberation prolongee gastro resistant adulte adultes enfant enfants "
        "nourrisson voie orale dose doses unidose flacon seringue preremplie vaccin vaccins medicament "
        "medicaments produit traitement avec sans pour dans matin midi soir jour sodium potassium calcium "
        "magnesium chlorhydrate acide sulfate phosphate allergie allergies intolerance mylan biogaran sandoz "
        "teva zentiva arrow viatris standard haute inactive ",
    )
)
"""Words that name no substance: forms, salts, makers of generics."""
SHORTEST: Final = 4


@dataclass(frozen=True, slots=True)
class Family:
    """A family: how its words begin or end, its words, the ATC codes that it holds; words without their plural and
    their last e.
    """

    name: str
    atc: tuple[str, ...]
    words: tuple[str, ...]
    begins: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


FAMILIES: Final = (
    Family(
        "pénicillines", ("J01C",), ("betalactamin", "lactamin", "augmentin", "clamoxyl", "ciblor"), ends=("cillin",)
    ),
    Family(
        "céphalosporines", ("J01DB", "J01DC", "J01DD", "J01DE", "J01DI"),
        ("betalactamin", "lactamin", "cephalosporin", "orelox", "oroken", "rocephin", "zinnat"), begins=("cef",),
    ),
    Family("sulfamides", ("J01E",), ("bactrim", "cotrimoxazol"), begins=("sulfam", "sulfad", "sulfas")),
    Family(
        "anti-inflammatoires non stéroïdiens", ("M01A",),
        ("ain", "inflammatoir", "antiinflammatoir", "naproxen", "indometacin", "advil", "nurofen", "profenid",
         "voltaren", "apranax", "antadys"),
        ends=("profen", "oxicam", "coxib", "fenac"),
    ),
    Family(
        "salicylés", ("N02BA", "B01AC06"),
        ("aspirin", "acetylsalicyliqu", "kardegic", "aspegic", "resitun"), begins=("salicyl",),
    ),
    Family(
        "macrolides", ("J01FA",), ("macrolid", "josamycin", "spiramycin", "zeclar", "zithromax", "rulid"),
        ends=("thromycin",),
    ),
    Family("quinolones", ("J01M",), ("quinolon", "fluoroquinolon", "ciflox", "tavanic"), ends=("floxacin",)),
    Family(
        "opioïdes", ("N02A",),
        ("opiac", "opiace", "opioid", "morphin", "codein", "tramadol", "oxycodon", "fentanyl", "skenan", "contramal"),
    ),
)  # fmt: skip


def substances(words: str) -> frozenset[str]:
    """The words that may name a substance, without accents, plural or last e."""
    found = (one for one in _words(words) if one not in GENERIC)
    return frozenset(_stem(one) for one in found if len(one.rstrip("s")) >= SHORTEST)


def families(words: str, atc: str = "") -> frozenset[str]:
    """The families of a medicine or an allergy, by its words and its ATC code."""
    stems = {_stem(one) for one in _words(words)}
    return frozenset(
        one.name for one in FAMILIES
        if (atc and atc.startswith(one.atc))
        or any(
            stem in one.words
            or bool(one.begins and stem.startswith(one.begins))
            or bool(one.ends and stem.endswith(one.ends))
            for stem in stems
        )
    )  # fmt: skip


def _words(text: str) -> list[str]:
    plain = text.casefold().replace("œ", "oe").replace("æ", "ae")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z]{4,}", plain)


def _stem(word: str) -> str:
    return word.rstrip("s").removesuffix("e")
