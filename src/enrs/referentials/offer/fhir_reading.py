"""A HealthcareService of the ROR back to the columns of an offer: what a patch changed of it, and nothing else."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from enrs.referentials.offer import words
from enrs.referentials.offer.fhir import (
    AGES,
    CONTACT,
    DAYS,
    EFFECTIVE,
    EQUIPMENT,
    PUBLIC,
    ROR,
    WHY,
    ZONE,
    contact_extension,
)
from enrs.referentials.offer.fhir_coded import (
    Held,
    ReadingError,
    characteristics_of,
    code_of,
    equipment_of,
    held_by,
    specialties_of,
    zone_of,
)
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.rules.contacts import FREE
from enrs.referentials.offer.rules.hours import DAY, is_far
from enrs.referentials.offer.rules.openings import days_of, fault_of
from enrs.referentials.offer.tables import label, table

Tree = dict[str, Any]
TEXTS = {
    "name": ("name", 300),
    "comment": ("description", 2000),
    "extraDetails": ("conditions", 2000),
}
CODED = {"specialty": specialties_of, "characteristic": characteristics_of}
READ = frozenset({*TEXTS, *CODED, "type", "active", "availableTime", "notAvailable", "extension"})
NO_DAYS = (
    "Une période dit son premier et son dernier jour (« start » et « end ») ; une unité qui ferme sans date de"
    " retour se ferme par « active »."
)
LABELS = "Aucun code ne change : les libellés viennent des nomenclatures, ils ne se modifient pas."
EXTENSIONS = (AGES, CONTACT, ZONE)
"""Those that change by a patch."""
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d+)?")
NATURES = {"06": "accueil"}
"""Codes of TRE_R287 whose meaning the published examples give; ours stand for the others."""
LEVEL = f"{ROR}ror-confidentiality-level"
TELECOM = f"{ROR}ror-healthcareservice-contact-telecom"
PHONE = re.compile(r"\+?[0-9][0-9 .()/-]{2,38}")
MONTHS = {"mo": 1.0, "a": 12.0, "wk": 7 * 12 / 365.25, "d": 12 / 365.25}
"""UCUM units of an age; columns are in months, and days or weeks are told in whole months."""
UNITS = {
    "mois": "mo", "an": "a", "ans": "a", "année": "a", "années": "a", "semaine": "wk", "semaines": "wk",
    "jour": "d", "jours": "d",
}  # fmt: skip
"""The words of a unit that has no code."""
MOST_MONTHS = 130 * 12


def changes_of(one: HealthcareService, before: Tree, after: Tree) -> tuple[Tree, bool | None]:
    """The columns that a patch changes, and whether it opens or closes the unit (None: neither).

    Raises:
        ReadingError: it touches what is not patched here, or says what no column holds.
    """
    touched = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if foreign := sorted(touched - READ):
        raise ReadingError(
            "Cet élément ne se modifie pas par PATCH : il vient de FINESS, des nomenclatures ou d'un autre"
            " élément.", foreign[0],
        )  # fmt: skip
    if "active" in touched and type(after.get("active")) is not bool:
        raise ReadingError(
            "Cet élément ne se retire pas : remplacez-le par « false » pour fermer l'unité.",
            "active",
        )
    found: Tree = {}
    held = held_by(one)
    for name in sorted(touched & TEXTS.keys()):
        column, most = TEXTS[name]
        found[column] = text_of(after.get(name, ""), most, name)
    if "availableTime" in touched:
        was, now = (hours_of(tree.get("availableTime", [])) for tree in (before, after))
        found |= {name: value for name, value in now.items() if was.get(name) != value}
    for name in sorted(touched & CODED.keys()):
        was, now = (CODED[name](tree.get(name, []), held) for tree in (before, after))
        if was == now:
            raise ReadingError(LABELS, name)
        found |= {column: value for column, value in now.items() if was[column] != value}
    if "type" in touched:
        _follow(after, found.get("field_code", one.field_code), held)
    if "notAvailable" in touched:
        found["exceptions"] = [
            closing_of(item, rank) for rank, item in enumerate(after.get("notAvailable", []))
        ]
    if "extension" in touched:
        found |= _extensions(one, before.get("extension", []), after.get("extension", []))
    return found, after["active"] if "active" in touched else None


def changes_of_place(one: HealthcareService, before: Tree, after: Tree) -> Tree:
    """The columns that a patch of its Location changes: its equipment, alone.

    Raises:
        ReadingError: it touches something else.
    """
    touched = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if foreign := sorted(touched - {"extension"}):
        raise ReadingError(
            "D'un lieu, seuls les équipements se modifient ici : l'adresse vient de FINESS, les places du"
            " service des lits.", foreign[0],
        )  # fmt: skip
    was, now = (
        [item for item in tree.get("extension", []) if item.get("url") == EQUIPMENT]
        for tree in (before, after)
    )
    others = [
        [item for item in tree.get("extension", []) if item.get("url") != EQUIPMENT]
        for tree in (before, after)
    ]
    if others[0] != others[1]:
        raise ReadingError(
            "Les équipements se modifient seuls : envoyez le reste (capacités) à part.", "extension"
        )
    if was == now:
        return {}
    told = equipment_of(now, one.equipment, EQUIPMENT)
    if [item | {"note": ""} for item in told] == [item | {"note": ""} for item in one.equipment]:
        raise ReadingError(LABELS, "extension")
    return {"equipment": told}


def _follow(after: Tree, field: str, held: Held) -> None:
    """The field of activity is that of the activity: written otherwise, one of both is wrong."""
    told = [code_of(one, ("field",), "type", held)[1] for one in after.get("type", ())]
    if told != ([field] if field else []):
        raise ReadingError(
            "Le champ d'activité suit l'activité (« specialty ») : ne changez que celle-ci.", "type"
        )


def text_of(given: Any, most: int, path: str) -> str:
    """A text of so many signs at most."""
    if not isinstance(given, str) or len(given) > most or "\x00" in given:
        raise ReadingError(f"Un texte de {most} signes au plus est attendu.", path)
    return given.strip()


def hours_of(times: Sequence[Tree]) -> Tree:
    """Day and night when every day is whole; else the ranges of each day. Those with dates of their own are
    exceptional openings."""
    usual: list[tuple[int, Tree]] = []
    special: dict[tuple[str, str, str], Tree] = {}
    for rank, item in enumerate(times):
        period = value_of(item, EFFECTIVE, "valuePeriod")
        if period is None:
            usual.append((rank, item))
            continue
        one = _opening(item, period, f"availableTime[{rank}]")
        kept = special.setdefault((one["from"], one["to"], one["words"]), one)
        if kept is not one:
            kept["hours"] += one["hours"]
    found: Tree = {"special_openings": list(special.values())}
    whole = {day for _, item in usual if item.get("allDay") for day in item.get("daysOfWeek", ())}
    if whole == set(DAYS):
        return found | {"is_always_open": True}
    hours: list[list[int]] = []
    for rank, item in usual:
        path = f"availableTime[{rank}]"
        days = item.get("daysOfWeek", [])
        if not days or not set(days) <= set(DAYS):
            raise ReadingError("Les jours de cette plage manquent.", f"{path}.daysOfWeek")
        hours += [[DAYS.index(day), *_span(item, path)] for day in days]
    return found | {"is_always_open": False, "hours": sorted(hours)}


def _opening(item: Tree, period: Tree, path: str) -> Tree:
    """One range of an exceptional opening; it holds every day of its dates, or the ROR means a season."""
    first, last = _days(period, f"{path}.extension('{EFFECTIVE}')")
    why = text_of(value_of(item, WHY, "valueString") or "", 200, f"{path}.extension('{WHY}')")
    made = {"from": first, "to": last, "hours": [list(_span(item, path))], "words": why}
    if fault_of([made]):
        raise ReadingError(
            "Une ouverture exceptionnelle va d'un jour à un autre, 31 jours au plus, avec ses heures.",
            f"{path}.extension('{EFFECTIVE}')",
        )
    held = {DAYS[day.weekday()] for day in days_of(made)}
    if item.get("daysOfWeek") and set(item["daysOfWeek"]) != held:
        raise ReadingError(
            "Une ouverture exceptionnelle compte tous les jours de sa période : ni plus, ni moins.",
            f"{path}.daysOfWeek",
        )
    return made


def _span(item: Tree, path: str) -> tuple[int, int]:
    if item.get("allDay"):
        return 0, DAY
    opens = _minute(item.get("availableStartTime"), f"{path}.availableStartTime")
    return opens, _minute(item.get("availableEndTime"), f"{path}.availableEndTime")


def _minute(given: Any, path: str) -> int:
    match = CLOCK.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise ReadingError("Une heure « HH:MM:SS » est attendue.", path)
    minute = int(match[1]) * 60 + int(match[2])
    return DAY if minute == DAY - 1 and match[3] == "59" else minute


def _days(period: Tree, path: str) -> tuple[str, str]:
    """The first and the last day of a period, on the region's calendar.

    One that has no end is refused: it would be a single day, and nobody would know that it lasts.
    """
    try:
        first, _ = _day(str(period.get("start") or ""))
        last, is_midnight = _day(str(period.get("end") or ""))
    except ValueError as error:
        raise ReadingError(NO_DAYS, path) from error
    # Until midnight: the day that begins then is not of it.
    if is_midnight and last > first:
        last -= timedelta(days=1)
    if last < first:
        raise ReadingError("Cette période finit avant de commencer.", path)
    if is_far(last, timezone.localdate()):
        raise ReadingError(words.REFUSALS["far"], path)
    return first.isoformat(), last.isoformat()


def _day(text: str) -> tuple[date, bool]:
    """The day of a FHIR date or moment, in local time, and whether it is the very beginning of that day."""
    if "T" not in text:
        return date.fromisoformat(text), False
    moment = datetime.fromisoformat(text)
    local = timezone.localtime(moment) if moment.tzinfo is not None else moment
    return local.date(), local.time() == time.min


def closing_of(item: Tree, rank: int) -> Tree:
    """A closure: its days, both included, and why."""
    first, last = _days(item.get("during", {}), f"notAvailable[{rank}].during")
    why = text_of(item.get("description", ""), 200, f"notAvailable[{rank}].description")
    return {"from": first, "to": last, "words": "" if why == "Fermé" else why}


def _extensions(one: HealthcareService, before: Sequence[Tree], after: Sequence[Tree]) -> Tree:
    found: Tree = {}
    fixed = [item for item in before if item.get("url") not in EXTENSIONS]
    if [item for item in after if item.get("url") not in EXTENSIONS] != fixed:
        raise ReadingError(
            "De ces extensions, seules celles du public, des contacts et de la zone se modifient.",
            "extension",
        )
    was, now = ([item for item in listed if item["url"] == ZONE] for listed in (before, after))
    if was != now:
        found["zone_codes"] = zone_of(now, ZONE)
    was, now = (
        [item for item in listed if item["url"] == AGES and item.get("extension")]
        for listed in (before, after)
    )
    if was != now:
        if len(now) > 1:
            raise ReadingError("Une seule description du public est attendue.", "extension")
        told = [people_of(listed[0] if listed else {}) for listed in (was, now)]
        found |= {name: value for name, value in told[1].items() if told[0][name] != value}
    was, now = ([item for item in listed if item["url"] == CONTACT] for listed in (before, after))
    if was != now:
        found["contacts"] = contacts_of(now, one.contacts)
    return found


def contacts_of(extensions: Sequence[Tree], known: Sequence[Tree]) -> list[Tree]:
    """The contacts that everybody reads, then those of other levels that the unit has, which are not told.

    One that did not change keeps what is not published of it.
    """
    published = [(contact_extension(item), item) for item in known if item["level"] == FREE]
    found: list[Tree] = []
    for one in extensions:
        same = [whole for shown, whole in published if shown == one]
        found.append(same[0] if same else _contact(one))
    return found + [item for item in known if item["level"] != FREE]


def people_of(extension: Tree) -> Tree:
    """The ages, and the publics, of the extension that says who is taken care of."""
    span = _part(extension, "ageRange").get("valueRange", {})
    told = [one for one in extension.get("extension", ()) if one.get("url") == PUBLIC]
    path = f"extension('{AGES}')"
    codes = [code_of(one.get("valueCodeableConcept", {}), ("public",), path)[1] for one in told]
    return {
        "age_from": _months(span, "low"), "age_to": _months(span, "high"),
        "public_codes": list(dict.fromkeys(codes)),
    }  # fmt: skip


def _months(span: Mapping[str, Any], end: str) -> int | None:
    quantity = span.get(end)
    if quantity is None:
        return None
    unit = str(quantity.get("unit", "mo")).strip().lower()
    unit = str(quantity.get("code") or UNITS.get(unit, unit))
    value, per = quantity.get("value"), MONTHS.get(unit)
    if per is None or not isinstance(value, int | float) or not 0 <= value * per <= MOST_MONTHS:
        raise ReadingError(
            "Un âge est un nombre de jours (« d »), de semaines (« wk »), de mois (« mo ») ou d'années (« a »).",
            f"extension('{AGES}')",
        )
    return round(value * per) if unit in ("mo", "a") else int(value * per)


def _contact(extension: Tree) -> Tree:
    path = f"extension('{CONTACT}')"
    nature = _code(_part(extension, "nature") or _part(extension, "purposeContact"))
    nature = NATURES.get(nature, nature)
    if nature not in table("contact"):
        raise ReadingError("La nature de ce contact n'est pas dans la nomenclature.", path)
    level = _part(extension, "confidentialityLevel") or _part(extension, LEVEL)
    if _code(level) != FREE:
        raise ReadingError(
            "Seuls les contacts que tout le monde lit (niveau 1) se modifient ici.", path
        )
    point = _part(extension, "telecom").get("valueContactPoint") or _point(
        _part(extension, TELECOM)
    )
    value, phone, email = str(point.get("value", "")).strip(), "", ""
    if point.get("system") == "phone" and PHONE.fullmatch(value):
        phone = value
    elif point.get("system") == "email" and _is_email(value):
        email = value
    else:
        raise ReadingError("Un numéro de téléphone ou un courriel est attendu.", path)
    return {
        "nature": nature, "label": label("contact", nature), "phone": phone, "email": email, "level": FREE,
    }  # fmt: skip


def _point(telecom: Tree) -> Tree:
    """The means of reaching that the guide takes apart: an address whose sign says what it is."""
    address = str(_part(telecom, "telecomAddress").get("valueString", ""))
    return {"system": "email" if "@" in address else "phone", "value": address}


def _is_email(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return len(value) <= 200


def value_of(holder: Tree, url: str, name: str) -> Any:
    """The value of an extension that something bears; None without it."""
    found: Tree = next((one for one in holder.get("extension", ()) if one.get("url") == url), {})
    return found.get(name)


def _part(extension: Tree, url: str) -> Tree:
    parts = extension.get("extension", [])
    return next((one for one in parts if one.get("url") == url), {})


def _code(part: Tree) -> str:
    codings = part.get("valueCodeableConcept", {}).get("coding", [])
    return str(codings[0].get("code", "")) if codings else ""
