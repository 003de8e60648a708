"""What a line of a prescription may say, who prescribes what, and what to look at before signing (pure).

Sources: Code de la santé publique L4141-2 (dentists), L4151-4 (midwives), L4311-1 (nurses), L5125-1-1 A
(pharmacists), R5132-3 (what a prescription bears), R5132-21 (twelve months at most); Code de la sécurité sociale
R161-45 (long-term condition), L162-16 (why a generic is refused). Routes: EDQM, JDV_RouteofAdministration-CISIS.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Protocol

from enrs.formats.cda.model import Code
from enrs.services.record.rules.substances import SHORTEST, families, substances

ATC: Final = "2.16.840.1.113883.6.73"
EDQM: Final = "0.4.0.127.0.16.1.1.2.1"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a profession prescribes here: the beginnings of ATC codes (none: any medicine), and the rule in words
    where there is one to remember.
    """

    words: str = ""
    begins: tuple[str, ...] = ()


SCOPES: Final[Mapping[str, Scope]] = {
    "physician": Scope(),
    "dentist": Scope(
        "Un chirurgien-dentiste prescrit ce qui sert à l’art dentaire (CSP, L4141-2)."
    ),
    "midwife": Scope("Une sage-femme prescrit les médicaments de sa liste (CSP, L4151-4)."),
    "nurse": Scope(
        "Un infirmier prescrit ici vaccins (J07), substituts nicotiniques (N07BA) et antiseptiques (D08), par leur "
        "code ATC (CSP, L4311-1).",
        ("J07", "N07BA", "D08"),
    ),
    "pharmacist": Scope(
        "Un pharmacien prescrit ici des vaccins (J07), par leur code ATC (CSP, L5125-1-1 A).",
        ("J07",),
    ),
}
"""By role of the matrix. The lists of dentists and midwives are by act and by medicine: each knows theirs, nothing
here holds them back. A region whose professions may more changes this table."""

ROUTES: Final[Mapping[str, str]] = {
    "20053000": "Voie orale", "20067000": "Voie sublinguale", "20003000": "Voie cutanée",
    "20070000": "Voie transdermique", "20020000": "Voie inhalée", "20049000": "Voie nasale",
    "20051000": "Voie ophtalmique", "20001000": "Voie auriculaire", "20061000": "Voie rectale",
    "20072000": "Voie vaginale", "20066000": "Voie sous-cutanée", "20035000": "Voie intramusculaire",
    "20045000": "Voie intraveineuse", "20030000": "Voie intradermique",
}  # fmt: skip
UNITS: Final = (
    "comprimé", "gélule", "sachet", "goutte", "mL", "mg", "g", "µg", "UI", "bouffée", "application", "dispositif",
    "suppositoire", "ovule", "ampoule", "injection", "cuillère à café", "cuillère à soupe",
)  # fmt: skip
PERIODS: Final[Mapping[str, str]] = {"d": "par jour", "wk": "par semaine", "mo": "par mois"}
SPANS: Final[Mapping[str, tuple[str, str, int]]] = {
    "d": ("jour", "jours", 1),
    "wk": ("semaine", "semaines", 7),
    "mo": ("mois", "mois", 30),
}
"""UCUM unit of a duration: one, several, its days."""
LONGEST: Final = 366
"""Days of treatment that one prescription may cover, deliveries after the first included (CSP, R5132-21)."""
NO_SUBSTITUTION: Final[Mapping[str, str]] = {
    "MTE": "marge thérapeutique étroite (MTE)",
    "EFG": "enfant de moins de six ans, sans forme générique adaptée (EFG)",
    "CIF": "contre-indication formelle à un excipient (CIF)",
}
"""Why a generic is refused (Code de la sécurité sociale, L162-16; arrêté du 12 novembre 2019)."""
MOST_LINES: Final = 30
LENGTHS: Final = {"display": 200, "code": 40, "moments": 120, "comment": 500, "to_pharmacist": 300}
REMARKS: Final = 2000


class LineRefusedError(Exception):
    """A line cannot be kept: the `field`, and a code (`missing`, `length`, `choice`, `number`, `range`, `nul`,
    `pair`, `how`, `months`, `scope`)."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


def checked(values: Mapping[str, Any], *, role: str) -> dict[str, Any]:
    """The values of a line, cleaned.

    Raises:
        LineRefusedError: what is wrong first.
    """
    line: dict[str, Any] = {name: _text(name, values.get(name)) for name in LENGTHS}
    if not line["display"]:
        raise LineRefusedError("display", "missing")
    line["code"] = line["code"].replace(" ", "").upper()
    line["code_system"] = _atc(str(values.get("code_system") or ATC)) if line["code"] else ""
    if line["code"] and not is_system(line["code_system"]):
        raise LineRefusedError("code", "choice")
    if line["code_system"] == ATC and line["code"] and not _is_atc(line["code"]):
        raise LineRefusedError("code", "choice")
    line["dose"] = _dose(values.get("dose"))
    line["dose_unit"] = _choice("dose_unit", values.get("dose_unit"), UNITS) if line["dose"] else ""
    line["route"] = _choice("route", values.get("route"), ROUTES, is_needed=False)
    line["times"] = _whole("times", values.get("times"), 1, 24)
    line["period"] = _choice("period", values.get("period"), PERIODS) if line["times"] else ""
    line["lasts"] = _whole("lasts", values.get("lasts"), 1, 366)
    line["lasts_unit"] = (
        _choice("lasts_unit", values.get("lasts_unit"), SPANS) if line["lasts"] else ""
    )
    line["quantity"] = _whole("quantity", values.get("quantity"), 1, 99)
    line["refills"] = _whole("refills", values.get("refills"), 0, 11) or 0
    why = values.get("no_substitution")
    line["no_substitution"] = _choice("no_substitution", why, NO_SUBSTITUTION, is_needed=False)
    for name in ("is_as_needed", "is_long_term"):
        line[name] = bool(values.get(name))
    _check_whole(line, role)
    return line


def _check_whole(line: Mapping[str, Any], role: str) -> None:
    """What a pharmacist needs: how it is taken, and for how long or how many boxes (R5132-3)."""
    if not (line["times"] or line["moments"] or line["comment"]):
        raise LineRefusedError("times", "how")
    if not (line["lasts"] or line["quantity"]):
        raise LineRefusedError("lasts", "how")
    if (
        line["lasts"]
        and days_of(line["lasts"], line["lasts_unit"]) * (1 + line["refills"]) > LONGEST
    ):
        raise LineRefusedError("refills" if line["refills"] else "lasts", "months")
    if not is_within(role, line["code"], line["code_system"]):
        raise LineRefusedError("code", "scope")


def is_within(role: str, code: str, code_system: str) -> bool:
    """Whether a profession prescribes this medicine here."""
    scope = SCOPES.get(role)
    if scope is None:
        return False
    return not scope.begins or (code_system == ATC and code.startswith(scope.begins))


def is_system(system: str) -> bool:
    """Whether a nomenclature may be named so: by its OID, or as FHIR names ATC and OIDs."""
    return bool(re.fullmatch(r"[0-2](\.[0-9]+)+", _atc(system)))


def _is_atc(code: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?", code))


def _text(name: str, value: Any) -> str:
    text = " ".join(str(value or "").split())
    if "\x00" in text:
        raise LineRefusedError(name, "nul")
    if len(text) > LENGTHS[name]:
        raise LineRefusedError(name, "length")
    return text


def _choice(name: str, value: Any, known: Iterable[str], *, is_needed: bool = True) -> str:
    text = str(value or "")
    if text in known:
        return text
    if text or is_needed:
        raise LineRefusedError(name, "choice" if text else "missing")
    return ""


def _whole(name: str, value: Any, low: int, high: int) -> int | None:
    if value in (None, ""):
        return None
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise LineRefusedError(name, "number")
    if not low <= int(text) <= high:
        raise LineRefusedError(name, "range")
    return int(text)


def _dose(value: Any) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation as error:
        raise LineRefusedError("dose", "number") from error
    if not number.is_finite() or not Decimal("0.001") <= number <= Decimal(99999):
        raise LineRefusedError("dose", "range")
    return number.quantize(Decimal("0.001"))


# --- words ----------------------------------------------------------------------------------------


class Line(Protocol):
    """What the words of a line are made of."""

    display: str
    code: str
    code_system: str
    dose: Decimal | None
    dose_unit: str
    times: int | None
    period: str
    moments: str
    is_as_needed: bool
    lasts: int | None
    lasts_unit: str
    refills: int


def dose_words(dose: Decimal, unit: str) -> str:
    """« 1,5 comprimé », « 2 gouttes »."""
    figure = f"{dose.normalize():f}".replace(".", ",")
    is_several = dose >= 2 and unit not in ("mL", "mg", "g", "µg", "UI")
    first, _, rest = unit.partition(" ")
    return f"{figure} {first}{'s' if is_several else ''}{' ' if rest else ''}{rest}"


def span_words(lasts: int, unit: str) -> str:
    """« 7 jours », « 1 mois »."""
    one, several, _ = SPANS[unit]
    return f"{lasts} {several if lasts > 1 else one}"


def dosage_words(line: Line) -> str:
    """How a medicine is taken, in one sentence; empty when nothing says it but a remark."""
    parts = []
    if line.dose is not None:
        parts.append(dose_words(line.dose, line.dose_unit))
    if line.times:
        parts.append(f"{line.times} fois {PERIODS[line.period]}")
    if line.moments:
        parts.append(line.moments)
    if line.is_as_needed:
        parts.append("si besoin")
    if line.lasts:
        parts.append(f"pendant {span_words(line.lasts, line.lasts_unit)}")
    return ", ".join(parts)


def days_of(lasts: int, unit: str) -> int:
    """Days that a duration covers; a month is thirty."""
    return lasts * SPANS[unit][2]


def last_day(line: Line, begins: date) -> date | None:
    """The last day of a treatment that begins that day, each delivery after the first included; None without a
    duration.
    """
    if not line.lasts:
        return None
    days = days_of(line.lasts, line.lasts_unit) * (1 + line.refills)
    return begins + timedelta(days=days - 1)


def route_code(route: str) -> Code | None:
    """The coded route of a line."""
    return Code(route, EDQM, ROUTES[route], "EDQM") if route in ROUTES else None


# --- what to look at before signing ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """An allergy or a treatment of the record: its words and its code."""

    display: str
    code: str = ""
    code_system: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that the record says of a line: an `allergy` noted, the same `treatment` already taken, or `twice`."""

    kind: str
    words: str


def alerts(
    lines: Sequence[Line], allergies: Sequence[Known], treatments: Sequence[Known]
) -> list[Alert]:
    """What the record and the lines themselves say of the same substance: equal codes, an ATC class that holds the
    code, or a word in common; for an allergy, one of the `FAMILIES` too. It knows no interaction.
    """
    found: list[Alert] = []
    for rank, line in enumerate(lines):
        found += [
            Alert("allergy", f"{line.display} : une allergie est notée au dossier, « {one.display} »{kin}.")
            for one in allergies if (kin := _kin(line, one)) or _is_same(line, one)
        ]  # fmt: skip
        found += [
            Alert("treatment", f"{line.display} : déjà parmi les traitements en cours, « {one.display} ».")
            for one in treatments if _is_same(line, one)
        ]  # fmt: skip
        found += [
            Alert("twice", f"{line.display} : la même substance est sur une autre ligne, « {one.display} ».")
            for one in lines[:rank] if _is_same(line, Known(one.display, one.code, one.code_system))
        ]  # fmt: skip
    return list(dict.fromkeys(found))


def digest(found: Iterable[Alert]) -> str:
    """What tells that these alerts were the ones shown; empty when there is none."""
    words = "\n".join(one.words for one in found)
    return hashlib.sha256(words.encode()).hexdigest()[:32] if words else ""


def _kin(line: Line, other: Known) -> str:
    """The family that a medicine and an allergy share, in brackets."""
    shared = families(line.display, _in_atc(line)) & families(other.display, _in_atc(other))
    return f" ({', '.join(sorted(shared))})" if shared else ""


def _in_atc(one: Line | Known) -> str:
    return one.code if _atc(one.code_system) == ATC else ""


def _is_same(line: Line, other: Known) -> bool:
    if line.code and other.code and _atc(line.code_system) == _atc(other.code_system):
        if line.code == other.code:
            return True
        shorter, longer = sorted((line.code, other.code), key=len)
        if (
            _atc(line.code_system) == ATC
            and len(shorter) >= SHORTEST
            and longer.startswith(shorter)
        ):
            return True
    return bool(substances(line.display) & substances(other.display))


def _atc(system: str) -> str:
    return ATC if "atc" in system.casefold() else system.removeprefix("urn:oid:")
