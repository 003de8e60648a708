"""What another identity provider's answer is worth (pure).

Source: Pro Santé Connect's documentation for industrial partners (claims of `scope_all`). Fields are often
empty, and `otherIds` is sometimes written `otherIDs`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256")
LINKS = ("idnps", "rpps")


class AnswerRefusedError(ValueError):
    """The answer is not taken; the message is a code for the journal."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity that the provider declares: profession and structure, any of which may be empty."""

    label: str
    place: str
    structure_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says is there: the national identifier (IDNPS), the name, the activities."""

    national_id: str
    given: str
    family: str
    activities: tuple[Activity, ...]
    other_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.given} {self.family.upper()}".strip()


def check_answer(
    id_token: Mapping[str, Any], userinfo: Mapping[str, Any], *, nonce: str, acr: str
) -> None:
    """Refuse an answer that is not to our question (AnswerRefusedError).

    The nonce is the one that we sent; the person of the two parts is the same; the level of
    authentication, when one is demanded, is exactly that one.
    """
    if not nonce or id_token.get("nonce") != nonce:
        raise AnswerRefusedError("nonce")
    if userinfo and userinfo.get("sub") != id_token.get("sub"):
        raise AnswerRefusedError("subject")
    if acr and id_token.get("acr") != acr:
        raise AnswerRefusedError("acr")


def proves_two_factors(options: Mapping[str, Any]) -> bool:
    """Whether an answer that `check_answer` took stands for two factors.

    The provider is known to demand two (`is_strong`), and says so in each answer: a level (`acr`) is
    demanded of it, and was checked. Without one it may have let somebody in by a password alone.
    """
    return bool(options.get("is_strong")) and bool(options.get("acr"))


def national_id(value: object, link: str) -> str:
    """The IDNPS that a claim gives: itself, or `8` before an RPPS number; empty when it is none."""
    text = str(value or "").strip()
    if link == "rpps":
        return f"8{text}" if re.fullmatch(r"\d{11}", text) else ""
    return text if re.fullmatch(r"[0-9][0-9A-Za-z/]{5,39}", text) else ""


def identity_of(
    claims: Mapping[str, Any], *, claim: str, link: str, names: Mapping[str, str]
) -> Identity:
    """Who is there. `claim` holds the identifier, `names` says which claims hold `given` and `family`.

    Raises:
        AnswerRefusedError: no national identifier: nobody is recognised by anything else.
    """
    number = national_id(claims.get(claim), link)
    if not number:
        raise AnswerRefusedError("identifier")
    others = claims.get("otherIds") or claims.get("otherIDs") or ()
    return Identity(
        number,
        _text(claims.get(names.get("given", "given_name"))),
        _text(claims.get(names.get("family", "family_name"))),
        tuple(_activities(claims.get("SubjectRefPro"))),
        tuple(_text(one.get("identifiant")) for one in _list(others) if isinstance(one, Mapping)),
    )


def _activities(reference: Any) -> list[Activity]:
    found = []
    exercices = _list(reference.get("exercices")) if isinstance(reference, Mapping) else []
    for exercice in exercices:
        if not isinstance(exercice, Mapping):
            continue
        found += [
            _activity(exercice, one)
            for one in _list(exercice.get("activities"))
            if isinstance(one, Mapping)
        ]
    return found


def _activity(exercice: Mapping[str, Any], one: Mapping[str, Any]) -> Activity:
    ids = []
    if finess := _text(one.get("numeroFinessSite")):
        ids.append(f"1{finess}")
    if siret := _text(one.get("numeroSiretSite")):
        ids.append(f"3{siret}")
    if technical := _text(one.get("identifiantTechniqueDeLaStructure")):
        ids.append(technical)
    place = _text(one.get("enseigneCommercialeSite")) or _text(one.get("raisonSocialeSite"))
    return Activity(_text(exercice.get("codeProfession")), place, tuple(ids))


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _text(value: object) -> str:
    return str(value).strip()[:200] if isinstance(value, str | int) else ""
