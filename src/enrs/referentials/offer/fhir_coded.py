"""Coded elements of the ROR back to the columns of an offer: activity, specialities, modes, acts, equipment, zone."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from enrs.referentials.offer.fhir import COMMUNES, KILOGRAMS, LIMIT, equipment_extension
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.rules.zones import MOST_COMMUNES
from enrs.referentials.offer.tables import find, system_of, table_of

Tree = dict[str, Any]
COMMUNE = re.compile(r"\d[0-9AB]\d{3}")
CHARACTERISTICS = {
    "mode": "mode_codes", "reception": "reception_codes", "act": "act_codes", "maternity": "maternity_level",
}  # fmt: skip
"""Tables of the elements `characteristic`, and the column of each."""
SPECIALTIES = ("activity", "speciality")
COLUMNS = CHARACTERISTICS | {
    "activity": "activity_code", "field": "field_code", "speciality": "speciality_codes",
}  # fmt: skip
Held = frozenset[tuple[str, str, str]]
"""Codes that an offer has already, with their tables and systems: read even when a loaded version left them."""
NONE_HELD: Held = frozenset()


class ReadingError(Exception):
    """A change that is not taken: a French sentence, and the FHIRPath of the element below the resource."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.message, self.path = message, path


def held_by(one: HealthcareService) -> Held:
    """The codes of an offer, as they are published."""
    found: set[tuple[str, str, str]] = set()
    for name, column in COLUMNS.items():
        told = getattr(one, column)
        found |= {
            (name, system_of(name, code), code)
            for code in ([told] if isinstance(told, str) else told)
            if code
        }
    return frozenset(found)


def specialties_of(concepts: Sequence[Tree], held: Held = NONE_HELD) -> Tree:
    """The activity, with its field, and the specialities: the system of each says which it is.

    Raises:
        ReadingError: a code of no table, or not exactly one activity.
    """
    found = _sorted_out(concepts, SPECIALTIES, "specialty", held)
    if len(found["activity"]) != 1:
        raise ReadingError("Une offre a une activité opérationnelle, et une seule.", "specialty")
    activity = found["activity"][0]
    return {
        "activity_code": activity, "field_code": field_of(activity),
        "speciality_codes": found["speciality"],
    }  # fmt: skip


def field_of(activity: str) -> str:
    """The field of an activity."""
    found = find("activity", activity)
    return found.parent if found else ""


def characteristics_of(concepts: Sequence[Tree], held: Held = NONE_HELD) -> Tree:
    """The modes, kinds of reception, acts and level of a maternity.

    Raises:
        ReadingError: a code of no table, or two levels.
    """
    found = _sorted_out(concepts, tuple(CHARACTERISTICS), "characteristic", held)
    levels = found.pop("maternity")
    if len(levels) > 1:
        raise ReadingError("Une maternité a un seul type.", "characteristic")
    told: Tree = {CHARACTERISTICS[name]: codes for name, codes in found.items()}
    return told | {"maternity_level": levels[0] if levels else ""}


def _sorted_out(
    concepts: Sequence[Tree], names: Sequence[str], element: str, held: Held
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in names}
    for rank, concept in enumerate(concepts):
        name, code = code_of(concept, names, f"{element}[{rank}]", held)
        if code not in found[name]:
            found[name].append(code)
    return found


def code_of(
    concept: Mapping[str, Any], names: Sequence[str], path: str, held: Held = NONE_HELD
) -> tuple[str, str]:
    """The table, among these, and the code of a concept.

    Raises:
        ReadingError: none of these tables has it, nor the offer.
    """
    for coding in concept.get("coding", ()):
        system, code = str(coding.get("system", "")), str(coding.get("code", ""))
        kept = (name for name in names if (name, system, code) in held)
        if name := table_of(system, code, names) or next(kept, ""):
            return name, code
    told = next((str(one.get("code", ""))[:60] for one in concept.get("coding", ())), "")
    raise ReadingError(f"Le code « {told} » n'est pas dans les nomenclatures de l'offre.", path)


def zone_of(extensions: Sequence[Tree], url: str) -> list[str]:
    """The communes of a zone of intervention.

    Raises:
        ReadingError: a code that is no commune's, or too many.
    """
    path = f"extension('{url}')"
    found: set[str] = set()
    for one in extensions:
        codings = one.get("valueCodeableConcept", {}).get("coding") or [{}]
        code = str(codings[0].get("code", "")).upper()
        if codings[0].get("system", COMMUNES) != COMMUNES or not COMMUNE.fullmatch(code):
            raise ReadingError(
                "Une zone d'intervention est faite de codes de communes (COG).", path
            )
        found.add(code)
    if len(found) > MOST_COMMUNES:
        raise ReadingError(f"Une zone compte {MOST_COMMUNES} communes au plus.", path)
    return sorted(found)


def equipment_of(extensions: Sequence[Tree], known: Sequence[Tree], url: str) -> list[Tree]:
    """The equipment of a place: its kind, how many, the weight that it holds. What did not change of `known`
    stays as it is, with what is not published of it.

    Raises:
        ReadingError: a kind of no table, or a count or a weight that is no whole number of kilograms.
    """
    whole = [(equipment_extension(item), item) for item in known]
    kept = [[item for shown, item in whole if shown == one] for one in extensions]
    held = frozenset(
        ("equipment", system_of("equipment", item["code"]), str(item["code"])) for item in known
    )
    return [
        same[0] if same else _equipment(one, url, held)
        for one, same in zip(extensions, kept, strict=True)
    ]


def _equipment(extension: Tree, url: str, held: Held) -> Tree:
    path = f"extension('{url}')"
    parts = {one.get("url"): one for one in extension.get("extension", ())}
    # The guide named it `equipmentType` before `type`: both are in use.
    kind = parts.get("type") or parts.get("equipmentType") or {}
    _, code = code_of(kind.get("valueCodeableConcept", {}), ("equipment",), path, held)
    count = parts.get("nbInService", {}).get("valueInteger", 1)
    weight = parts.get("maxWeight", {}).get("valueQuantity")
    if weight is None and LIMIT in parts:
        inner = {one.get("url"): one for one in parts[LIMIT].get("extension", ())}
        weight = inner.get("limitValue", {}).get("valueQuantity")
    return {
        "code": code, "count": int(count), "max_weight": None if weight is None else _kilograms(weight, path),
        "note": "",
    }  # fmt: skip


def _kilograms(quantity: Tree, path: str) -> int:
    value, unit = quantity.get("value"), quantity.get("code") or quantity.get("unit") or "kg"
    if value is None or unit != KILOGRAMS or value != int(value):
        raise ReadingError("Un poids maximal est un nombre entier de kilogrammes.", path)
    return int(value)
