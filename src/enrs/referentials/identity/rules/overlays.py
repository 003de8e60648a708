"""Whether new traits under a known number turn one person into another (an overlay).

The number is reused, or the wrong file was open at the admission desk: RNIV 2 counts it among the gravest
undesirable events of identity. What life and the registry change is not one: marriage, a corrected typing
error, a changed sex, the naming of a newborn, a date or a place that becomes known.
"""

from enrs.referentials.identity.rules.comparison import same_given
from enrs.referentials.identity.rules.names import given_key, name_key
from enrs.referentials.identity.rules.statuses import EMERGENCY, FICTIVE
from enrs.referentials.identity.rules.traits import Traits

UNNAMED = frozenset({
    "", "X", "NE", "NEE", "BEBE", "BB", "ENFANT", "GARCON", "FILLE", "NOUVEAU NE", "SANS PRENOM",
    "PRENOM INCONNU", "INCONNU", "INCONNUE", "J1", "J2", "J3",
})  # fmt: skip
"""What stands for a first given name that nobody knows yet, as admission desks write it."""

DEFAULT_DAYS = ("-01-01", "-12-31")
"""Days that software writes when only the year is known."""

REGISTRY = {"sex", "first_given_name"}
"""What a change of sex at the registry changes, with the first digit of the INS."""


def overlay(before: Traits, after: Traits, *, attribute: str = "") -> tuple[str, ...]:
    """The strict traits (and `ins`) by which `after` is somebody else than `before`; nothing when it is not.

    Two strict traits become discordant, or the INS becomes another one. `attribute` is that of the identity
    so far: a fictive one, or that of an emergency without traits, is made to be replaced.
    """
    if attribute in (FICTIVE, EMERGENCY) or (
        _is_unnamed(before) and before.birth_date == after.birth_date
    ):
        return ()
    changed = set(discordant(before, after))
    if changed <= REGISTRY and _same_but_sex(before.ins, after.ins):
        return ()
    if _is_other_ins(before, after):
        return tuple(sorted({*changed, "ins"}))
    return tuple(sorted(changed)) if len(changed) > 1 and changed != REGISTRY else ()


def discordant(before: Traits, after: Traits) -> list[str]:
    """Strict traits whose change no typing error, completion or marriage explains."""
    found = []
    if not _is_same_name(before, after):
        found.append("birth_name")
    if not _is_same_given(before, after):
        found.append("first_given_name")
    if not _is_same_date(before.birth_date, after.birth_date):
        found.append("birth_date")
    if {before.sex, after.sex} == {"F", "M"}:
        found.append("sex")
    place, place_too = before.birth_place_code, after.birth_place_code
    # Communes merge inside their department; a place of another one is another place.
    if place and place_too and place[:2] != place_too[:2]:
        found.append("birth_place_code")
    return found


def _is_unnamed(traits: Traits) -> bool:
    return given_key(traits.first_given_name) in UNNAMED


def _is_same_name(before: Traits, after: Traits) -> bool:
    """The same name but for a slip, a part of it, or the name in use written in its place (a marriage)."""
    one, other = name_key(before.birth_name), name_key(after.birth_name)
    uses = {name_key(before.used_name), name_key(after.used_name)} - {""}
    if one in uses or other in uses or other == given_key(before.first_given_name):
        return True
    return is_slip(one, other) or _is_part(one, other)


def _is_same_given(before: Traits, after: Traits) -> bool:
    one, other = given_key(before.first_given_name), given_key(after.first_given_name)
    if same_given(before, after) or not one or not other or other == name_key(before.birth_name):
        return True
    lists = f"{given_key(before.given_names)} {given_key(after.given_names)}".split()
    shared = (
        one in given_key(after.given_names).split()
        or other in given_key(before.given_names).split()
    )
    return is_slip(one, other) or _is_part(one, other) or (bool(lists) and shared)


def _is_part(one: str, other: str) -> bool:
    short, long = sorted((one.split(), other.split()), key=len)
    return bool(short) and set(short) <= set(long)


def _is_same_date(one: str, other: str) -> bool:
    """The same day, a date completed, a day and month that changed places, one figure mistyped."""
    if not one or not other or one.startswith(other) or other.startswith(one):
        return True
    if one[:4] == other[:4] and (one[4:] in DEFAULT_DAYS or other[4:] in DEFAULT_DAYS):
        return True
    if len(one) != 10 or len(other) != 10:
        return one[:4] == other[:4]
    if one[:4] == other[:4] and (one[5:7], one[8:]) == (other[8:], other[5:7]):
        return True
    return sum(a != b for a, b in zip(one, other, strict=True)) <= 1


def _is_other_ins(before: Traits, after: Traits) -> bool:
    """Another INS of the same kind: a temporary one (NIA) that becomes a NIR is the same person's."""
    is_other = bool(before.ins and after.ins) and before.ins[:13] != after.ins[:13]
    return is_other and before.ins_oid == after.ins_oid and not _same_but_sex(before.ins, after.ins)


def _same_but_sex(one: str, other: str) -> bool:
    return one[1:13] == other[1:13] or not one or not other


def is_slip(one: str, other: str) -> bool:
    """Whether two words differ by no more than a slip of the hand: one sign, two in a word of seven or more."""
    most = 2 if min(len(one), len(other)) >= 7 else 1
    flat, flat_too = one.replace(" ", ""), other.replace(" ", "")
    return abs(len(flat) - len(flat_too)) <= most and distance(flat, flat_too) <= most


def distance(one: str, other: str) -> int:
    """Signs to add, drop, change or swap with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
