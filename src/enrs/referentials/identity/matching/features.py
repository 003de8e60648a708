"""What is compared of an identity: traits reduced to what two desks would write alike, and blocking keys."""

import re
from dataclasses import dataclass, fields
from hashlib import blake2b

from enrs.referentials.identity.rules.given_names import is_named, root
from enrs.referentials.identity.rules.names import given_key, name_key
from enrs.referentials.identity.rules.phonetics import heard
from enrs.referentials.identity.rules.plan import LOCAL
from enrs.referentials.identity.rules.statuses import EMERGENCY, UNTRUSTED
from enrs.referentials.identity.rules.traits import Traits

DEFAULT_DAYS = frozenset({"01-01", "12-31"})
"""Days that desks write for a birth whose day or month is unknown."""


@dataclass(frozen=True, slots=True)
class Features:
    """What the engine compares; empty text is a missing trait.

    `given` is the first given name, `root` its root (`rules.given_names`), `others` the rest of the list;
    `home` the postal code, `phone` the last nine digits, `ins` as told, whatever the status, `twin` the
    multiple birth as told; `is_barred` keeps rules from linking it.
    """

    birth_name: str
    used_name: str
    given: str
    root: str
    others: str
    birth_date: str
    sex: str
    birth_place: str
    home: str
    phone: str
    ins: str
    twin: str
    is_barred: bool

    @property
    def has_known_day(self) -> bool:
        """Whether the birth date is whole and not one of those that stand for an unknown day."""
        return len(self.birth_date) == 10 and self.birth_date[5:] not in DEFAULT_DAYS


FEATURE_FIELDS = tuple(field.name for field in fields(Features))


def features_of(
    traits: Traits, *, attribute: str = "", system: str = "", birth_place: str | None = None
) -> Features:
    """The features of settled traits.

    `birth_place` is the present code of the commune of birth, where communes have merged since.
    """
    if attribute == EMERGENCY:
        # A name that was made up resembles nobody's: nothing of it is compared.
        traits = Traits(birth_name="", first_given_name="")
    given = given_key(traits.first_given_name)
    listed = given_key(traits.given_names)
    if not is_named(given):
        given, listed = "", ""
    others = listed.removeprefix(given).strip() if listed.startswith(given) else listed
    return Features(
        birth_name=name_key(traits.birth_name)[:120],
        used_name=name_key(traits.used_name)[:120],
        given=given[:120],
        root=root(given)[:120],
        others=others[:200],
        birth_date=traits.birth_date,
        sex=traits.sex if traits.sex in ("F", "M") else "",
        birth_place=traits.birth_place_code if birth_place is None else birth_place,
        home=traits.postal_code.replace(" ", "")[:10],
        phone=_phone(traits.phone),
        ins=traits.ins[:15],
        twin="" if traits.multiple_birth in ("", "N") else traits.multiple_birth,
        is_barred=attribute in UNTRUSTED or system.startswith(LOCAL),
    )


def _phone(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return digits[-9:] if len(digits) >= 9 else ""


def blocking_keys(one: Features) -> list[int]:
    """The keys of an identity, sorted: two identities are compared when they share one.

    INS; birth date with the sound of each name or of the given name (which also meets swapped fields and
    a name in use written as birth name); sounds of name and given name with the year, with the day and
    month, or with the postal code; telephone with the given name. A default day is no date: there, the
    sounds of both names are wanted, so that no key is shared by all those born « on 1 January ».
    """
    names = {heard(word) for word in (one.birth_name, one.used_name) if word}
    names |= {heard(part) for part in one.birth_name.split() if len(part) > 2}
    given = heard(one.root.split()[0]) if one.root else ""
    found = set()
    if one.ins:
        found.add(f"I|{one.ins}")
    if one.has_known_day:
        found |= {f"D|{one.birth_date}|{word}" for word in names | ({given} - {""})}
    if given:
        for name in names:
            both = f"{name}|{given}"
            if one.birth_date:
                found.add(f"Y|{one.birth_date[:4]}|{both}")
            if one.has_known_day:
                found.add(f"M|{one.birth_date[5:]}|{both}")
            if one.home:
                found.add(f"H|{one.home}|{both}")
        if one.phone:
            found.add(f"P|{one.phone}|{given}")
    return sorted(_hash(text) for text in found)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
