"""Figures as the extensions of a Location of the ROR (`ror-location-supported-capacity`), and a unit's own code.

A crisis is one of ours, under our own system: the codes of the published set (JDV_J194) are not carried.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from enrs.referentials.directory.fhir import IDENTIFIER_TYPES
from enrs.referentials.offer.registry import add_to_locations, identify_locations_by
from enrs.services.beds.codes import ASSIGNMENTS, SEXES, SOURCES, SYSTEM, TYPES
from enrs.services.beds.models import Capacity, Unit
from enrs.services.beds.patches import CRISES
from enrs.services.beds.rules import STATUS_CODES

ROR = "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/"
CAPACITY = f"{ROR}ror-location-supported-capacity"
UNIT_CODES = "urn:enrs:beds:unit"
"""Our system of the codes of units in the software of their sites: FINESS number, a slash, the code."""
SOURCE_WORDS = {"hand": "hand", "ror": "software", "csv": "software", "hl7": "admissions"}
"""Where a figure comes from, in the words of `codes.SOURCES`."""

Tree = dict[str, Any]
Written = Mapping[str, Mapping[str, str]]
SETS = (TYPES, SEXES, SOURCES, ASSIGNMENTS)


def extensions_of(service_ids: Sequence[UUID]) -> dict[UUID, list[Tree]]:
    """The extensions that the Locations of these units bear: one for each figure that is known.

    Beds that the cell has given are no longer « disponible » but « réservé ».
    """
    found: dict[UUID, list[Tree]] = {}
    written = {one.name: one.writing() for one in SETS}
    rows = Capacity.objects.select_related("unit").filter(unit__service_id__in=list(service_ids))
    for row in rows.order_by("pk"):
        if row.unit.service_id is not None:
            found.setdefault(row.unit.service_id, []).extend(_figures(row, written))
    return found


def identifiers_of(service_ids: Sequence[UUID]) -> dict[UUID, list[Tree]]:
    """The code under which the software of its site knows each unit that has one, with the site's FINESS number."""
    rows = Unit.objects.filter(service_id__in=list(service_ids)).exclude(code="")
    kind = {"coding": [{"system": IDENTIFIER_TYPES, "code": "INTRN"}]}
    return {
        service_id: [{"type": kind, "system": UNIT_CODES, "value": f"{finess}/{code}"}]
        for service_id, finess, code in rows.values_list("service_id", "site_finess", "code")
        if service_id is not None and finess
    }


def _figures(row: Capacity, written: Written) -> list[Tree]:
    held = min(row.held, row.available)
    given = {"available": -held, "reserved": held}
    return [
        _extension(row, code, rank, getattr(row, status) + given.get(status, 0), written)
        for rank, (code, status) in enumerate(STATUS_CODES.items())
        if row.moments[rank] is not None
    ]


def _extension(row: Capacity, code: str, rank: int, count: int, written: Written) -> Tree:
    moment = row.moments[rank]
    parts = [
        _coded("capacityType", TYPES.name, written[TYPES.name][row.type]),
        _coded("capacityStatus", "JDV_J188-TypeStatutCapacite-ROR", code),
        _coded("temporalityCapacity", "JDV_J189-TemporaliteCapacite-ROR", "01"),
        {"url": "nbCapacity", "valueInteger": count},
        _coded(
            "capacitySourceType",
            SOURCES.name,
            written[SOURCES.name][SOURCE_WORDS[row.sources[rank]]],
        ),
        _coded("genderCapacityAvailable", SEXES.name, written[SEXES.name][row.sex]),
        {
            "url": "capacityUpdateDate",
            "valueDateTime": moment.isoformat(timespec="seconds") if moment else "",
        },
        _coded(
            "temporaryAssignement",
            ASSIGNMENTS.name,
            written[ASSIGNMENTS.name][row.assignment],
        ),
    ]
    if row.crisis:
        concept = {"coding": [{"system": CRISES, "code": row.crisis}]}
        parts.append({"url": "crisisType", "valueCodeableConcept": concept})
    return {"url": CAPACITY, "extension": parts}


def _coded(url: str, name: str, code: str) -> Tree:
    concept = {
        "coding": [{"system": f"{SYSTEM}{name}/FHIR/{name.replace('_', '-')}", "code": code}]
    }
    return {"url": url, "valueCodeableConcept": concept}


add_to_locations(extensions_of)
identify_locations_by(identifiers_of)
