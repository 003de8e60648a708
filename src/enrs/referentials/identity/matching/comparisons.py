"""How two identities are compared: each comparison once as Python, once as the SQL of the nightly pass.

A comparison gives one digit: 0 when a trait is missing on one side, else the first level that holds, the
best being 1. A test draws thousands of pairs and demands the same digits from both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

from enrs.referentials.identity.matching.features import DEFAULT_DAYS, Features

NAME_ALIKE: Final = 0.92
GIVEN_ALIKE: Final = 0.90


@dataclass(frozen=True, slots=True)
class Level:
    """One level: its French words, the condition in SQL (`l` and `r`), whether rare values weigh more."""

    words: str
    sql: str
    by_term: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison: `missing` is the SQL of level 0, `levels` those of digits 1 and on; the last is « else »."""

    name: str
    label: str
    missing: str
    levels: tuple[Level, ...]
    compare: Callable[[Features, Features], int]


def _birth_name(one: Features, two: Features) -> int:  # noqa: PLR0911  one return for each level
    left, right = one.birth_name, two.birth_name
    if left == right:
        return 1
    if left == two.used_name or one.used_name == right:
        return 2
    if _is_part(left, right) or _is_part(right, left):
        return 3
    if left == two.given and one.given == right:
        return 4
    if JaroWinkler.similarity(left, right) >= NAME_ALIKE or OSA.distance(left, right) <= 1:
        return 5
    if one.used_name and one.used_name == two.used_name:
        return 6
    return 7


def _is_part(part: str, whole: str) -> bool:
    return f" {part} " in f" {whole} "


def _given(one: Features, two: Features) -> int:  # noqa: PLR0911  one return for each level
    left, right = one.given, two.given
    if not left or not right:
        return 0
    if left == right:
        return 1
    if one.root == two.root:
        return 2
    if f"{right} ".startswith(f"{left} ") or f"{left} ".startswith(f"{right} "):
        return 3
    if left == two.birth_name and one.birth_name == right:
        return 4
    if JaroWinkler.similarity(left, right) >= GIVEN_ALIKE or OSA.distance(left, right) <= 1:
        return 5
    if _is_part(left, two.others) or _is_part(right, one.others):
        return 6
    return 7


def _birth_date(one: Features, two: Features) -> int:  # noqa: PLR0911  one return for each level
    left, right = one.birth_date, two.birth_date
    if not left or not right:
        return 0
    if left == right:
        return 1 if len(left) == 10 and left[5:] not in DEFAULT_DAYS else 2
    if left[:4] == right[:4] and (_is_vague(left) or _is_vague(right)):
        return 3
    if left[:4] + left[8:] + left[5:7] == right[:4] + right[5:7] + right[8:]:
        return 4
    if OSA.distance(left.replace("-", ""), right.replace("-", "")) <= 1:
        return 5
    if left[:4] == right[:4] or left[5:] == right[5:]:
        return 6
    return 7


def _is_vague(date: str) -> bool:
    return len(date) < 10 or date[5:] in DEFAULT_DAYS


def _equal(name: str) -> Callable[[Features, Features], int]:
    def compare(one: Features, two: Features) -> int:
        left, right = getattr(one, name), getattr(two, name)
        if not left or not right:
            return 0
        return 1 if left == right else 2

    return compare


def _place(name: str) -> Callable[[Features, Features], int]:
    def compare(one: Features, two: Features) -> int:
        left, right = getattr(one, name), getattr(two, name)
        if not left or not right:
            return 0
        if left == right:
            return 1
        return 2 if left[:2] == right[:2] else 3

    return compare


_PART = "contains(' ' || {b} || ' ', ' ' || {a} || ' ')"
_VAGUE = "(length({c}) < 10 or substr({c}, 6) in ('01-01', '12-31'))"


def _both(template: str, left: str, right: str) -> str:
    return " or ".join(
        (
            template.format(a=f"l.{left}", b=f"r.{right}"),
            template.format(a=f"r.{left}", b=f"l.{right}"),
        )
    )


def _alike(column: str, floor: float) -> str:
    return (
        f"jaro_winkler_similarity(l.{column}, r.{column}) >= {floor}"
        f" or damerau_levenshtein(l.{column}, r.{column}) <= 1"
    )


def _missing(column: str) -> str:
    return f"l.{column} = '' or r.{column} = ''"


ELSE: Final = "else"
_SWAPPED: Final = "l.birth_name = r.given and l.given = r.birth_name"

COMPARISONS: Final[tuple[Comparison, ...]] = (
    Comparison("birth_name", "Nom de naissance", "false", (
        Level("identique", "l.birth_name = r.birth_name", "birth_name"),
        Level("est le nom utilisé de l’autre",
              "l.birth_name = r.used_name or l.used_name = r.birth_name"),
        Level("partie d’un nom composé", _both(_PART, "birth_name", "birth_name")),
        Level("inversé avec le prénom", _SWAPPED),
        Level("presque le même", _alike("birth_name", NAME_ALIKE)),
        Level("seul le nom utilisé est le même", "l.used_name <> '' and l.used_name = r.used_name"),
        Level("différent", ELSE),
    ), _birth_name),
    Comparison("given", "Premier prénom", _missing("given"), (
        Level("identique", "l.given = r.given", "given"),
        Level("autre forme du même prénom", "l.root = r.root"),
        Level("début d’un prénom composé",
              "starts_with(l.given || ' ', r.given || ' ') or starts_with(r.given || ' ', l.given || ' ')"),
        Level("inversé avec le nom", _SWAPPED),
        Level("presque le même", _alike("given", GIVEN_ALIKE)),
        Level("est un autre prénom de l’autre", _both(_PART, "given", "others")),
        Level("différent", ELSE),
    ), _given),
    Comparison("birth_date", "Date de naissance", _missing("birth_date"), (
        Level("identique", f"l.birth_date = r.birth_date and not {_VAGUE.format(c='l.birth_date')}",
              "birth_date"),
        Level("identique, jour peut-être inconnu", "l.birth_date = r.birth_date"),
        Level("même année, un jour inconnu",
              "substr(l.birth_date, 1, 4) = substr(r.birth_date, 1, 4) and"
              f" ({_VAGUE.format(c='l.birth_date')} or {_VAGUE.format(c='r.birth_date')})"),
        Level("jour et mois inversés",
              "substr(l.birth_date, 1, 4) || substr(l.birth_date, 9) || substr(l.birth_date, 6, 2)"
              " = substr(r.birth_date, 1, 4) || substr(r.birth_date, 6, 2) || substr(r.birth_date, 9)"),
        Level("un chiffre d’écart",
              "damerau_levenshtein(replace(l.birth_date, '-', ''), replace(r.birth_date, '-', '')) <= 1"),
        Level("même année, ou même jour et mois",
              "substr(l.birth_date, 1, 4) = substr(r.birth_date, 1, 4)"
              " or substr(l.birth_date, 6) = substr(r.birth_date, 6)"),
        Level("différente", ELSE),
    ), _birth_date),
    Comparison("sex", "Sexe", _missing("sex"), (
        Level("identique", "l.sex = r.sex"),
        Level("différent", ELSE),
    ), _equal("sex")),
    Comparison("birth_place", "Lieu de naissance", _missing("birth_place"), (
        Level("identique", "l.birth_place = r.birth_place", "birth_place"),
        Level("même département", "substr(l.birth_place, 1, 2) = substr(r.birth_place, 1, 2)"),
        Level("différent", ELSE),
    ), _place("birth_place")),
    Comparison("home", "Code postal", _missing("home"), (
        Level("identique", "l.home = r.home", "home"),
        Level("même département", "substr(l.home, 1, 2) = substr(r.home, 1, 2)"),
        Level("différent", ELSE),
    ), _place("home")),
    Comparison("phone", "Téléphone", _missing("phone"), (
        Level("identique", "l.phone = r.phone"),
        Level("différent", ELSE),
    ), _equal("phone")),
)  # fmt: skip
"""Every comparison, in the order of the digits of `IdentityPair.levels`."""


def levels(one: Features, two: Features) -> str:
    """One digit for each comparison."""
    return "".join([str(each.compare(one, two)) for each in COMPARISONS])
