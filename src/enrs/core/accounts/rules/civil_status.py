"""Who somebody is by civil status, as FranceConnect tells it (pure).

Source: FranceConnect's documentation for service providers, version 2, « identité pivot ». All the given names
are in one claim, separated by spaces; places are codes of the COG (INSEE), empty for a town abroad.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enrs.core.accounts.rules.identities import AnswerRefusedError

FRANCE = "99100"
SEXES = {"female": "F", "male": "M"}


@dataclass(frozen=True, slots=True)
class CivilStatus:
    """The pivot identity: `family` is the birth name, `used` the name in use when there is one."""

    family: str
    given: str
    birth_date: str
    sex: str
    birth_place: str
    used: str = ""

    @property
    def first_given(self) -> str:
        return self.given.split(" ")[0]

    @property
    def name(self) -> str:
        first = self.first_given.title() if self.first_given.isupper() else self.first_given
        return f"{first} {(self.used or self.family).upper()}".strip()


def civil_status_of(claims: Mapping[str, Any]) -> CivilStatus:
    """The civil status in an answer.

    A place of birth abroad is its country, as in the INS. What is unknown there (a day, a sex) is left empty
    here: such a status opens nothing by itself.

    Raises:
        AnswerRefusedError: no birth name, or no given name.
    """
    family, given = _text(claims.get("family_name")), _text(claims.get("given_name"))
    if not family or not given:
        raise AnswerRefusedError("civil_status")
    birth = _text(claims.get("birthdate"))
    country, town = _text(claims.get("birthcountry")), _text(claims.get("birthplace"))
    return CivilStatus(
        family, given,
        birth if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", birth) else "",
        SEXES.get(_text(claims.get("gender")), ""),
        _code(town) or (_code(country) if country != FRANCE else ""),
        _text(claims.get("preferred_username")),
    )  # fmt: skip


def _code(value: str) -> str:
    return value.upper() if re.fullmatch(r"\d[0-9AB]\d{3}", value.upper()) else ""


def _text(value: object) -> str:
    return " ".join(value.split())[:100] if isinstance(value, str) else ""
