"""The professionals of the demo region, each a pure function of the seed and its rank."""

import unicodedata
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Final

from enrs.config.demo import ids, names
from enrs.config.demo.shapes import DemoActivity, DemoProfessional, DemoStructure

LIBERAL: Final = ("L", "Libéral, indépendant, artisan, commerçant")
SALARIED: Final = ("S", "Salarié")
_REGISTERED_MS: Final = ids.milliseconds(datetime(2024, 1, 8, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Trade:
    """A profession, speciality or RPPS+ role, with where it is exercised and how often."""

    weight: int
    profession_code: str
    profession: str
    skill_code: str = ""
    skill: str = ""
    function_code: str = ""
    function: str = ""
    women: float = 0.5
    kinds: tuple[str, ...] = ("practice", "msp", "health_centre")


_TOWN: Final = ("practice", "practice", "msp", "health_centre")
_WARD: Final = ("hospital", "hospital", "clinic")
_SOCIAL: Final = ("dac", "hospital", "had", "ehpad")


def _doctor(weight: int, code: str, label: str, kinds: tuple[str, ...], women: float) -> Trade:
    return Trade(weight, "10", "Médecin", code, label, women=women, kinds=kinds)


# Weights are rough shares for 1,000 professionals; codes are TRE_G15, TRE_R38 and TRE_R85.
TRADES: Final = (
    _doctor(95, "SM54", "Médecine Générale (SM)", _TOWN, 0.52),
    _doctor(60, "SM53", "Spécialiste en Médecine Générale (SM)", _TOWN, 0.58),
    _doctor(18, "SM04", "Cardiologie et maladies vasculaires (SM)", (*_WARD, "practice"), 0.32),
    _doctor(16, "SM40", "Pédiatrie (SM)", (*_WARD, "practice"), 0.7),
    _doctor(24, "SM02", "Anesthésie-réanimation (SM)", _WARD, 0.38),
    _doctor(20, "SM59", "Médecine d'urgence (SM)", ("hospital", "samu"), 0.45),
    _doctor(16, "SM74", "Radiologie et imagerie médicale (SM)", ("imaging", "hospital"), 0.36),
    _doctor(14, "SM18", "Gériatrie (SM)", ("hospital", "ehpad"), 0.66),
    _doctor(14, "SM62", "Endocrinologie, diabétologie, nutrition (SM)", _WARD, 0.72),
    _doctor(10, "SM30", "Néphrologie (SM)", _WARD, 0.5),
    _doctor(14, "SM41", "Pneumologie (SM)", _WARD, 0.48),
    _doctor(14, "SM24", "Gastro-entérologie et hépatologie (SM)", _WARD, 0.42),
    _doctor(14, "SM32", "Neurologie (SM)", _WARD, 0.52),
    _doctor(26, "SM42", "Psychiatrie (SM)", ("hospital", "practice"), 0.52),
    _doctor(16, "SM20", "Gynécologie-obstétrique (SM)", _WARD, 0.6),
    _doctor(14, "SM36", "Oncologie, opt médicale (SM)", _WARD, 0.56),
    _doctor(14, "SM08", "Chirurgie orthopédique et Traumatologie (SM)", _WARD, 0.12),
    _doctor(10, "SM03", "Biologie médicale (SM)", ("lab", "hospital"), 0.5),
    Trade(55, "21", "Pharmacien", women=0.67, kinds=("pharmacy", "pharmacy", "hospital", "lab")),
    Trade(40, "40", "Chirurgien-Dentiste", women=0.5, kinds=("practice", "health_centre")),
    Trade(26, "50", "Sage-Femme", women=0.97, kinds=("hospital", "practice", "clinic")),
    Trade(290, "60", "Infirmier", women=0.86,
          kinds=("hospital", "hospital", "practice", "ehpad", "ssiad", "had", "clinic")),
    Trade(70, "70", "Masseur-Kinésithérapeute", women=0.52, kinds=("practice", "hospital")),
    Trade(8, "26", "Audioprothésiste", women=0.55),
    Trade(14, "28", "Opticien-Lunetier", women=0.55),
    Trade(16, "80", "Pédicure-Podologue", women=0.68),
    Trade(20, "91", "Orthophoniste", women=0.96),
    Trade(6, "92", "Orthoptiste", women=0.9),
    Trade(12, "93", "Psychologue", women=0.84, kinds=("practice", "hospital", "dac")),
    Trade(10, "94", "Ergothérapeute", women=0.88, kinds=("hospital", "ehpad")),
    Trade(14, "95", "Diététicien", women=0.93, kinds=("hospital", "practice")),
    Trade(14, "98", "Manipulateur ERM", women=0.7, kinds=("imaging", "hospital")),
    Trade(12, "41", "Assistant de service social", "", "", "300",
          "Assistant de service social (PAERPA)", women=0.92, kinds=_SOCIAL),
    Trade(12, "", "", "", "", "309", "Gestionnaire de cas MAIA", women=0.85, kinds=("dac",)),
    Trade(20, "", "", "", "", "331", "Secrétaire médicale", women=0.95,
          kinds=("hospital", "msp", "health_centre", "imaging")),
    Trade(20, "35", "Aide-soignant", "", "", "313", "Aide-soignant", women=0.88,
          kinds=("hospital", "ehpad", "ssiad")),
    Trade(6, "", "", "", "", "312", "Autre professionnel", women=0.7, kinds=("hospital",)),
)  # fmt: skip
_TRADE_SUMS: Final = tuple(accumulate(trade.weight for trade in TRADES))

# Gives an establishment of one of the kinds, near a rank: the index of the region knows them.
FindStructure = Callable[[Random, tuple[str, ...]], DemoStructure]


@lru_cache(maxsize=16_384)
def ascii_word(text: str) -> str:
    """Return `text` for an address: no accent, no space, small letters and hyphens."""
    bare = unicodedata.normalize("NFKD", text)
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in bare if c.isascii())
    return "-".join(part for part in kept.lower().split("-") if part)


def professional_at(index: int, seed: int, find: FindStructure) -> DemoProfessional:
    """Return the professional of rank `index`, working where `find` says."""
    rng = ids.rng_for(seed, "professional", index)
    trade = TRADES[bisect(_TRADE_SUMS, rng.random() * _TRADE_SUMS[-1])]
    sex = "F" if rng.random() < trade.women else "M"
    family, origin = names.surname(rng)
    given = names.given_name(rng, sex, 1958 + int(rng.random() * 42), origin)
    return build(
        rng,
        index,
        sex=sex,
        family=family,
        given=given,
        trade=trade,
        activities=_activities(rng, trade, find),
    )


def _activities(rng: Random, trade: Trade, find: FindStructure) -> list[DemoActivity]:
    """One activity, two for one in seven, three for one in forty."""
    draw = rng.random()
    count = 3 if draw < 0.025 else 2 if draw < 0.17 else 1
    chosen: list[DemoActivity] = []
    for _ in range(count):
        structure = find(rng, trade.kinds)
        if all(activity.structure.index != structure.index for activity in chosen):
            chosen.append(activity_in(structure, trade))
    return chosen


def activity_in(structure: DemoStructure, trade: Trade) -> DemoActivity:
    """Return an activity of `trade` in a structure: liberal in town, salaried elsewhere."""
    liberal = structure.kind in {"practice", "msp", "pharmacy", "imaging"} and not (
        trade.function_code
    )
    code, label = LIBERAL if liberal else SALARIED
    return DemoActivity(structure, code, label, trade.function_code, trade.function)


def build(
    rng: Random,
    index: int,
    *,
    sex: str,
    family: str,
    given: str,
    trade: Trade,
    activities: list[DemoActivity],
) -> DemoProfessional:
    """Assemble a professional; the mail domain ends in `.example`, which nobody can own."""
    return DemoProfessional(
        id=ids.uuid7(rng, _REGISTERED_MS),
        index=index,
        rpps=ids.demo_rpps(index + 1),
        sex=sex,
        family=family,
        given=given,
        profession_code=trade.profession_code,
        profession=trade.profession,
        skill_code=trade.skill_code,
        skill=trade.skill,
        phone=ids.demo_phone(rng, mobile=False),
        email=f"{ascii_word(given)}.{ascii_word(family)}.{index}@mssante.example",
        activities=activities,
    )


def iter_professionals(
    start: int, stop: int, seed: int, find: FindStructure
) -> Iterator[DemoProfessional]:
    """Yield the professionals of ranks `start` to `stop` - 1 in constant memory."""
    for index in range(start, stop):
        yield professional_at(index, seed, find)
