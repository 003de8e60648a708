"""Pure decisions on identities: keys of names, INS statuses, comparison of traits, best traits.

Sources: RNIV (référentiel national d'identitovigilance) for the statuses, the strict traits and what
lowers a status; ANS for the OIDs of the INS.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from enrs.formats.ins import (
    INS_C_OID,
    INS_DEMO_OID,
    INS_NIA_OID,
    INS_NIR_OID,
    INS_TEST_OID,
    check_ins,
)

STATUSES = ("provisional", "retrieved", "validated", "qualified")
PRECEDENCE = {"qualified": 0, "validated": 1, "retrieved": 2, "provisional": 3}
"""Whose traits the regional identity shows: the lowest figure, then the newest."""

DOUBTFUL, FICTIVE = "doubtful", "fictive"
FICTIONAL_OIDS = frozenset({INS_TEST_OID, INS_DEMO_OID})
QUALIFYING_OIDS = frozenset({INS_NIR_OID, INS_NIA_OID, INS_TEST_OID, INS_DEMO_OID})
"""An INS-C (computed, historical) never qualified anybody."""

INS_KINDS = {
    INS_NIR_OID: "", INS_NIA_OID: "nia", INS_TEST_OID: "test", INS_DEMO_OID: "test", INS_C_OID: "c",
}  # fmt: skip

STRICT = ("birth_name", "first_given_name", "birth_date", "sex", "birth_place_code")

_LETTERS = str.maketrans({"Œ": "OE", "Æ": "AE", "ß": "SS", "Ø": "O", "Ł": "L", "Đ": "D"})
_NEE = re.compile(r"\bn[ée]{1,2}e?\b\.?\s+", re.IGNORECASE)
_PARTICLES = frozenset({"D", "DE", "DU", "DES", "LA", "LE", "LES", "L", "DA", "DI", "DEL", "VAN", "VON", "DER",
                        "DEN", "EL", "AL", "BEN", "MC", "MAC", "SAINT", "ST", "O", "N", "M"})  # fmt: skip


class IdentityRefusedError(ValueError):
    """Traits that cannot be kept at all; `code` names the rule broken."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Traits:
    """What a source says of a person. Dates are partial ISO text; `ins` has 15 characters."""

    birth_name: str
    first_given_name: str
    given_names: str = ""
    used_name: str = ""
    used_given_name: str = ""
    birth_date: str = ""
    sex: str = "U"
    birth_place_code: str = ""
    ins: str = ""
    ins_oid: str = ""
    status: str = "provisional"
    address: str = ""
    postal_code: str = ""
    city: str = ""
    phone: str = ""
    email: str = ""
    deceased_at: datetime | None = None


TRAIT_FIELDS = tuple(field.name for field in fields(Traits))
_LENGTHS = {"birth_name": 100, "first_given_name": 100, "given_names": 200, "used_name": 100,
            "used_given_name": 100, "birth_place_code": 5, "address": 200, "postal_code": 10,
            "city": 100, "phone": 40, "email": 200}  # fmt: skip
COMPLEMENTARY = (
    "used_name", "used_given_name", "address", "postal_code", "city", "phone", "email", "deceased_at",
)  # fmt: skip


# --- names ---------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Upper case without accents; anything but letters and digits becomes one space."""
    upper = unicodedata.normalize("NFKD", text.upper().translate(_LETTERS))
    letters = "".join(char for char in upper if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", letters).split())


def name_key(text: str) -> str:
    """The search key of a family name: plain, its particles joined to what follows them.

    `N'Diaye` gives `NDIAYE`, `de La Rochefoucauld-Montbel` gives `DELAROCHEFOUCAULD MONTBEL`; what
    follows « née » belongs to another name and is left out. A key is its own key.
    """
    words, joined = plain(text).split(), ""
    out: list[str] = []
    for index, word in enumerate(words):
        joined += word
        is_last = index == len(words) - 1
        if word in _PARTICLES and not is_last:
            continue
        if joined in {"NE", "NEE"} and out and not is_last:
            break
        out.append(joined)
        joined = ""
    return " ".join(out)


def given_key(text: str) -> str:
    """The search key of a given name: `Jean-Pierre` and `Jean Pierre` give `JEAN PIERRE`."""
    return plain(text)


def split_birth_name(text: str) -> tuple[str, str]:
    """(used name, birth name) of « MARTIN née DURAND »; the used name is empty without « née »."""
    parts = _NEE.split(text, maxsplit=1)
    if len(parts) == 2 and parts[1].strip():
        return parts[0].strip(" ,("), parts[1].strip(" )")
    return "", text.strip()


# --- statuses ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settled:
    """Traits as they may be kept, with the codes of what was lowered and the RNIV attribute."""

    traits: Traits
    attribute: str = ""
    codes: tuple[str, ...] = ()


def allowed_statuses(*, has_ins: bool, oid: str, attribute: str, mode: str) -> frozenset[str]:
    """The RNIV statuses that an identity may hold.

    Doubtful and fictive identities are provisional only; retrieved and qualified need an INS that the
    national service gave (INS-NIR or INS-NIA; the test and demonstration ones outside production).
    """
    if attribute in (DOUBTFUL, FICTIVE):
        return frozenset({"provisional"})
    usable = QUALIFYING_OIDS - (FICTIONAL_OIDS if mode == "production" else frozenset())
    if has_ins and oid in usable:
        return frozenset(STATUSES)
    return frozenset({"provisional", "validated"})


def settle(traits: Traits, *, mode: str) -> Settled:
    """Clean traits and bring their status down to what they prove.

    Raises:
        IdentityRefusedError: `ins.test_in_production`, or `traits.empty` when no name is given.
    """
    clean = _clean(traits)
    if mode == "production" and clean.ins_oid in FICTIONAL_OIDS:
        raise IdentityRefusedError("ins.test_in_production")
    if not clean.birth_name:
        raise IdentityRefusedError("traits.empty")
    codes = check_ins(clean.ins, clean.ins_oid) if clean.ins or clean.ins_oid else []
    if codes:
        clean = replace(clean, ins="", ins_oid="", status="provisional")
        return Settled(clean, DOUBTFUL, tuple(codes))
    allowed = allowed_statuses(has_ins=bool(clean.ins), oid=clean.ins_oid, attribute="", mode=mode)
    if clean.status not in allowed:
        codes = ["status.without_ins"]
        lowered = "validated" if clean.status == "qualified" else "provisional"
        clean = replace(clean, status=lowered)
    if clean.status in ("qualified", "retrieved") and not _is_complete(clean):
        codes.append("traits.incomplete")
        clean = replace(clean, status="provisional")
    return Settled(clean, "", tuple(codes))


def _is_complete(traits: Traits) -> bool:
    return bool(traits.first_given_name and traits.birth_date and traits.sex in ("M", "F"))


def _clean(traits: Traits) -> Traits:
    values: dict[str, object] = {}
    for name, length in _LENGTHS.items():
        values[name] = " ".join(str(getattr(traits, name)).split())[:length]
    used, birth = split_birth_name(str(values["birth_name"]))
    values["birth_name"] = birth
    values["used_name"] = values["used_name"] or used
    values["given_names"] = values["given_names"] or values["first_given_name"]
    values["first_given_name"] = (
        values["first_given_name"] or str(values["given_names"]).split(" ")[0]
    )
    values["ins"] = traits.ins.replace(" ", "")
    values["ins_oid"] = traits.ins_oid.removeprefix("urn:oid:") if values["ins"] else ""
    values["sex"] = traits.sex if traits.sex in ("M", "F") else "U"
    values["status"] = traits.status if traits.status in STATUSES else "provisional"
    return replace(traits, **values)  # type: ignore[arg-type]


def shown_status(status: str, attribute: str) -> str:
    """The status that a screen or a resource may show: a doubtful identity is provisional."""
    return "provisional" if attribute in (DOUBTFUL, FICTIVE) else status


# --- comparison ----------------------------------------------------------------------------------

CONCORDANT, BIRTH_PLACE_ONLY, DISCORDANT = "concordant", "birth_place_only", "discordant"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the strict traits of two identities agree; `fields` are those that differ."""

    verdict: str
    fields: tuple[str, ...] = ()

    @property
    def may_link(self) -> bool:
        """Only the birth place may differ, and that is told to the identity unit."""
        return self.verdict != DISCORDANT


def compare(one: Traits, other: Traits) -> Comparison:
    """Compare strict traits: birth name, first given name, birth date and sex; the COG apart.

    The place of birth is known to differ between the systems of one person (a merged commune, a
    typing error), so it alone does not part two identities. An empty place is not compared.
    """
    differing = []
    if name_key(one.birth_name).replace(" ", "") != name_key(other.birth_name).replace(" ", ""):
        differing.append("birth_name")
    if not same_given(one, other):
        differing.append("first_given_name")
    if one.birth_date != other.birth_date:
        differing.append("birth_date")
    if one.sex != other.sex:
        differing.append("sex")
    verdict = DISCORDANT if differing else CONCORDANT
    place, place_too = one.birth_place_code, other.birth_place_code
    if place and place_too and place != place_too:
        differing.append("birth_place_code")
        verdict = DISCORDANT if verdict == DISCORDANT else BIRTH_PLACE_ONLY
    return Comparison(verdict, tuple(differing))


def same_given(one: Traits, other: Traits) -> bool:
    """Whether two first given names agree, one source cutting a compound name or a list short.

    `JEAN-PIERRE` is `JEAN PIERRE`; `MARIE` with the list `MARIE ANNE` is `MARIE ANNE`; `JEAN` with the
    list `JEAN MARC` is not `JEAN-PIERRE`.
    """
    first, first_too = given_key(one.first_given_name), given_key(other.first_given_name)
    if not first or not first_too:
        return False
    if first.replace(" ", "") == first_too.replace(" ", ""):
        return True
    short, long = sorted((first.split(), first_too.split()), key=len)
    lists = [(given_key(traits.given_names) or given_key(traits.first_given_name)).split()
             for traits in (one, other)]  # fmt: skip
    less, more = sorted(lists, key=len)
    return long[: len(short)] == short and more[: len(less)] == less


# --- best traits ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """One identity among those of a patient, with what ranks it."""

    traits: Traits
    attribute: str
    changed_at: datetime

    @property
    def status(self) -> str:
        """The status that counts for precedence."""
        return shown_status(self.traits.status, self.attribute)


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Best first: qualified, validated, retrieved, provisional; the newest among equals."""
    newest = sorted(candidates, key=lambda one: one.changed_at, reverse=True)
    return sorted(newest, key=lambda one: PRECEDENCE[one.status])


def best(candidates: Sequence[Candidate]) -> Candidate:
    """The best identity, its empty complementary traits filled from the next ones.

    Strict traits and the INS always come together from one identity, never mixed.
    """
    order = ranked(candidates)
    filled = order[0].traits
    for follower in order[1:]:
        missing = {
            name: getattr(follower.traits, name)
            for name in COMPLEMENTARY
            if not getattr(filled, name) and getattr(follower.traits, name)
        }
        if missing:
            filled = replace(filled, **missing)
    return replace(order[0], traits=filled)


# --- search --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SearchFields:
    """What a line of free text asks for; empty fields are not asked."""

    birth_name: str = ""
    given: str = ""
    birth_date: str = ""
    ins: str = ""
    local: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing that a search can start from (a name of one letter is nothing)."""
        return not (
            self.ins or self.local or len(self.birth_date) == 10 or len(self.birth_name) > 1
        )


_DATE = re.compile(r"\b(?:(\d{1,2})[/.\- ])?(\d{1,2})[/.\-](\d{4})\b")
_ISO_DATE = re.compile(r"\b(\d{4}-\d{2}(?:-\d{2})?)\b")
_YEAR = re.compile(r"\b((?:18|19|20)\d{2})\b")
_INS_TEXT = re.compile(r"\b(\d(?: ?\d){4} ?(?:\d ?\d|2 ?[AB])(?: ?\d){8})\b")
_LOCAL = re.compile(r"\b(?=[A-Z0-9-]*\d)[A-Z0-9-]{5,40}\b")


def parse_search(text: str) -> SearchFields:
    """Read « MARTIN Jean 12/03/1948 », an INS with or without spaces, or a local number.

    The first word (with its particles) is the family name, the others the given names.
    """
    upper = text.upper().strip()
    match = _INS_TEXT.search(upper)
    if match:
        return SearchFields(ins=match.group(1).replace(" ", ""))
    birth, rest = _take_date(upper)
    number = _LOCAL.search(rest)
    if number and not birth:
        return SearchFields(local=number.group(0))
    words = rest.split()
    end = next((i for i, word in enumerate(words, 1) if plain(word) not in _PARTICLES), len(words))
    family, given = " ".join(words[:end]), " ".join(words[end:])
    return SearchFields(birth_name=name_key(family), given=given_key(given), birth_date=birth)


def _take_date(text: str) -> tuple[str, str]:
    for pattern in (_ISO_DATE, _DATE, _YEAR):
        match = pattern.search(text)
        if match is None:
            continue
        rest = f"{text[: match.start()]} {text[match.end() :]}"
        if pattern is not _DATE:
            return match.group(1), rest
        day, month, year = match.groups()
        return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else ""), rest
    return "", text
