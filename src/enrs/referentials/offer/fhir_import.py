"""A file of the ROR (FHIR Bundle or NDJSON) to what it says of each offer.

What cannot be read of an offer is left and told in a remark; the rest is taken. An element that is absent says
nothing, and erases nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from django.utils.dateparse import parse_datetime

from enrs.referentials.directory.fhir import FINESS, IDNAT_STRUCT, IDNPS, RPPS, SIRENE
from enrs.referentials.offer.fhir import (
    AGES,
    CONTACT,
    EQUIPMENT,
    PUBLIC,
    ROR,
    ZONE,
)
from enrs.referentials.offer.fhir_coded import (
    CHARACTERISTICS,
    NONE_HELD,
    SPECIALTIES,
    Held,
    ReadingError,
    characteristics_of,
    code_of,
    equipment_of,
    field_of,
    held_by,
    zone_of,
)
from enrs.referentials.offer.fhir_reading import (
    TEXTS,
    closing_of,
    contacts_of,
    hours_of,
    people_of,
    text_of,
)
from enrs.referentials.offer.models import HealthcareService

Tree = dict[str, Any]
ZONES = (ZONE, f"{ROR}ror-territorial-division")
SENSITIVE = f"{ROR}ror-healthcareservice-sensitive-unit"
SECTOR = f"{ROR}ror-healthcareservice-psychiatric-sector"
MISSHAPEN = "Un élément n'a pas la forme attendue : il est laissé."
DEEPEST = 5
"""Organizations above one another, from an internal one to its legal entity."""


class FileError(Exception):
    """The file is not read: a French sentence."""


@dataclass
class RorFile:
    """The resources of a file: offers in their order, the others by their references."""

    services: list[Tree] = field(default_factory=list)
    roles: list[Tree] = field(default_factory=list)
    known: dict[str, Tree] = field(default_factory=dict)
    role_names: set[tuple[str, str]] = field(default_factory=set)
    met: set[UUID] = field(default_factory=set)
    """The offers of the city to which one of the roles was given."""

    def find(self, holder: Mapping[str, Any], name: str) -> Tree:
        """What an element refers to, in this file; empty when it is not there."""
        return self.known.get(reference_of(holder, name), {})


def dicts_of(given: Any) -> list[Tree]:
    """The objects of a list; nothing when it is no list."""
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def reference_of(holder: Mapping[str, Any], name: str) -> str:
    """The literal reference of an element, the first of them when there are several."""
    given = holder.get(name) or {}
    if isinstance(given, list):
        given = given[0]
    return str(given.get("reference", "")) if isinstance(given, dict) else ""


def read(data: bytes) -> RorFile:
    """The resources of a Bundle, or of one on each line.

    Raises:
        FileError: neither.
    """
    found = RorFile()
    for address, one in _resources(data):
        kind = str(one.get("resourceType", ""))
        if kind == "HealthcareService":
            found.services.append(one)
        elif kind == "PractitionerRole":
            found.roles.append(one)
        for name in filter(None, (address, f"{kind}/{one.get('id', '')}")):
            found.known.setdefault(name, one)
    return found


def _resources(data: bytes) -> Iterator[tuple[str, Tree]]:
    try:
        whole = orjson.loads(data)
    except orjson.JSONDecodeError:
        yield from (("", one) for one in _lines(data))
        return
    if not isinstance(whole, dict) or "resourceType" not in whole:
        raise FileError("Ce fichier n'est ni un Bundle FHIR, ni une ressource par ligne (NDJSON).")
    if whole["resourceType"] != "Bundle":
        yield "", whole
        return
    for entry in dicts_of(whole.get("entry")):
        if isinstance(entry.get("resource"), dict):
            yield str(entry.get("fullUrl", "")), entry["resource"]


def _lines(data: bytes) -> Iterator[Tree]:
    for rank, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            one = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise FileError(f"La ligne {rank} n'est pas du JSON.") from error
        if not isinstance(one, dict):
            raise FileError(f"La ligne {rank} n'est pas une ressource.")
        yield one


def numbers_of(tree: Tree) -> dict[str, str]:
    """The FINESS (`finess`), SIRET (`siret`) and RPPS (`rpps`) numbers that a resource bears."""
    found: dict[str, str] = {}
    for one in dicts_of(tree.get("identifier")):
        system, value = str(one.get("system", "")), str(one.get("value", ""))
        if system == IDNAT_STRUCT and value[:1] in ("1", "3"):
            system, value = (FINESS if value[0] == "1" else SIRENE), value[1:]
        if system == IDNPS and value.startswith("8"):
            system, value = RPPS, value[1:]
        name = {FINESS: "finess", SIRENE: "siret", RPPS: "rpps"}.get(system)
        if name and value:
            found.setdefault(name, value)
    return found


def updated_at(tree: Tree) -> datetime | None:
    """When the ROR says that it was last changed."""
    meta = tree.get("meta")
    text = str(meta.get("lastUpdated", "")) if isinstance(meta, dict) else ""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


@dataclass
class Reading:
    """The columns that a resource says, and what was left."""

    values: Tree = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def take(self, does: Callable[[], Tree]) -> bool:
        """What a reader gives; what it refuses is a remark. Returns whether it was read."""
        try:
            self.values |= does()
        except ReadingError as error:
            self.remarks.append(f"{error.path} : {error.message}")
            return False
        except (AttributeError, KeyError, TypeError, ValueError, IndexError):
            self.remarks.append(MISSHAPEN)
            return False
        return True

    def known(self, items: Any, check: Callable[[Tree, int], object]) -> list[Tree]:
        """Those of a list that are read; the others are remarks."""
        if not isinstance(items, list):
            self.remarks.append(MISSHAPEN)
            return []

        def read_one(one: Tree, rank: int) -> Tree:
            check(one, rank)
            return {}

        return [one for rank, one in enumerate(items) if self.take(partial(read_one, one, rank))]


def service_reading(tree: Tree, place: Tree, one: HealthcareService | None) -> Reading:
    """What a HealthcareService and its Location say of an offer, of a new one without `one`."""
    found = Reading()
    contacts, equipment = (one.contacts, one.equipment) if one else ([], [])
    held = held_by(one) if one else NONE_HELD
    for name, (column, most) in TEXTS.items():
        if name in tree:
            found.take(partial(_text, tree, name, column, most))
    if "specialty" in tree:
        found.take(lambda: _specialties(found, tree["specialty"], held))
    if "characteristic" in tree:
        names = tuple(CHARACTERISTICS)
        told = found.known(
            tree["characteristic"],
            lambda item, rank: code_of(item, names, f"characteristic[{rank}]", held),
        )
        found.take(lambda: characteristics_of(told, held) if told else {})
    _read_times(found, tree)
    _read_extensions(found, dicts_of(tree.get("extension")), contacts)
    machines = [item for item in dicts_of(place.get("extension")) if item.get("url") == EQUIPMENT]
    if machines:
        kept = found.known(machines, lambda item, _: equipment_of([item], equipment, EQUIPMENT))
        if kept:
            found.take(lambda: {"equipment": equipment_of(kept, equipment, EQUIPMENT)})
    return found


def _text(tree: Tree, name: str, column: str, most: int) -> Tree:
    return {column: text_of(tree[name], most, name)}


def role_reading(tree: Tree) -> Reading:
    """What a PractitionerRole says that the directory does not: its hours and its closures."""
    found = Reading()
    _read_times(found, tree)
    return found


def _read_times(found: Reading, tree: Tree) -> None:
    if "availableTime" in tree:
        found.take(lambda: hours_of(tree["availableTime"]))
    if "notAvailable" in tree:
        told = found.known(tree["notAvailable"], closing_of)
        # None that is read erases nothing; an empty list says that there is none.
        if told or tree["notAvailable"] == []:
            found.take(
                lambda: {"exceptions": [closing_of(one, rank) for rank, one in enumerate(told)]}
            )


def _specialties(found: Reading, concepts: Sequence[Tree], held: Held) -> Tree:
    """The activity when one of ours is told, and the specialities that are ours."""
    told = found.known(
        concepts, lambda one, rank: code_of(one, SPECIALTIES, f"specialty[{rank}]", held)
    )
    if not told:
        return {}
    codes = [code_of(one, SPECIALTIES, "specialty", held) for one in told]
    activities = [code for name, code in codes if name == "activity"]
    values: Tree = {
        "speciality_codes": list(dict.fromkeys(code for name, code in codes if name != "activity"))
    }
    if activities:
        values |= {"activity_code": activities[0], "field_code": field_of(activities[0])}
    return values


def _read_extensions(found: Reading, extensions: Sequence[Tree], contacts: list[Tree]) -> None:
    """Each kind of them by itself: one that is not read takes no other away.

    The sensitive mark comes first, and what it says is believed when in doubt: without it the address shows.
    """
    by_url = {url: [one for one in extensions if one.get("url") == url] for url in
              (AGES, CONTACT, SENSITIVE, SECTOR, *ZONES)}  # fmt: skip
    if by_url[SENSITIVE]:
        told = [one.get("valueBoolean") for one in by_url[SENSITIVE]]
        found.values["is_sensitive"] = any(one is not False for one in told)
        if not all(isinstance(one, bool) for one in told):
            found.remarks.append("La marque d'unité sensible ne se lit pas : l'adresse est tue.")
    if by_url[AGES]:
        found.take(lambda: _ages(by_url[AGES][0]))
        found.take(lambda: _publics(found, by_url[AGES][0]))
    if by_url[CONTACT]:
        lines = found.known(by_url[CONTACT], lambda one, _: contacts_of([one], contacts))
        if lines:
            found.take(lambda: {"contacts": contacts_of(lines, contacts)})
    if zone := [one for url in ZONES for one in by_url[url]]:
        communes = found.known(zone, lambda one, _: zone_of([one], ZONE))
        if communes:
            found.take(lambda: {"zone_codes": zone_of(communes, ZONE)})
    if by_url[SECTOR]:
        sector = by_url[SECTOR][0].get("valueString", "")
        found.take(lambda: {"psychiatric_sector": text_of(sector, 20, SECTOR)})


def _publics(found: Reading, people: Tree) -> Tree:
    """Those of the publics that are ours."""
    publics = found.known(
        [one for one in people.get("extension", ()) if one.get("url") == PUBLIC],
        lambda one, _: code_of(one.get("valueCodeableConcept", {}), ("public",), PUBLIC),
    )
    codes = people_of({"extension": publics})["public_codes"]
    return {"public_codes": codes} if codes else {}


def _ages(people: Tree) -> Tree:
    """The ages; without a unit they are years, as in the examples of the ROR."""
    parts = []
    for one in people.get("extension", ()):
        if one.get("url") == "ageRange":
            span = {
                end: ({"code": "a"} | value if "unit" not in value else value)
                for end, value in one.get("valueRange", {}).items()
            }
            parts.append(one | {"valueRange": span})
    told = people_of({"extension": parts})
    return {name: told[name] for name in ("age_from", "age_to")} if parts else {}
