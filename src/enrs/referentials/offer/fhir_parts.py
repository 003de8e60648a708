"""The inside of a site as FHIR Organizations (organisation interne of the ROR), each part of the one that holds it."""

from collections.abc import Sequence
from typing import Any

from enrs.core.fhir.commands import Publication, publication
from enrs.referentials.directory.rules import name_key
from enrs.referentials.offer.fhir import ROR
from enrs.referentials.offer.models import InternalOrganisation
from enrs.referentials.offer.tables import NOS, OWN_SYSTEM

IDENTIFIERS = "urn:enrs:offer:part"
IDENTIFIER_TYPES = f"{NOS}TRE_G07-TypeIdentifiantStructure/FHIR/TRE-G07-TypeIdentifiantStructure"
INTERNAL = "42"
"""Identifier of an internal organisation, in TRE_G07."""


def part_publications(parts: Sequence[InternalOrganisation]) -> list[Publication]:
    """The Organizations of poles, services and units, found by identifier, name, active, type and partof."""
    return [_part(one) for one in parts]


def _part(one: InternalOrganisation) -> Publication:
    above = f"Organization/{one.parent_id or one.site_id}"
    active = "true" if one.is_active else "false"
    kind = {"system": OWN_SYSTEM + "part", "code": one.kind, "display": one.get_kind_display()}
    number = {
        "type": {"coding": [{"system": IDENTIFIER_TYPES, "code": INTERNAL}]},
        "system": IDENTIFIERS,
        "value": str(one.pk),
    }
    tree: dict[str, Any] = {
        "resourceType": "Organization",
        "id": str(one.pk),
        "meta": {"profile": [f"{ROR}ror-organization"]},
        "identifier": [number],
        "active": one.is_active,
        "name": one.name,
        "type": [{"coding": [kind], "text": one.get_kind_display()}],
        "partOf": {"reference": above},
    }
    keys = [
        ("identifier", f"{IDENTIFIERS}|{one.pk}"), ("identifier", str(one.pk)), ("name", name_key(one.name).lower()),
        ("active", active), ("type", f"{kind['system']}|{one.kind}"), ("type", one.kind), ("partof", above),
    ]  # fmt: skip
    return publication(tree, patient_id=None, category="", keys=keys)
