"""The CapabilityStatement, written from the table of what is served."""

from functools import cache
from typing import Any

import orjson

from enrs.core.fhir import smart
from enrs.core.fhir.operations import operations_on
from enrs.core.fhir.rules.parameters import AUDIT_PARAMETERS, REVERSE_INCLUDES, SERVED, Served
from enrs.core.fhir.rules.requests import fhir_kind
from enrs.core.fhir.writing import interactions

MADE_ON = "2026-11-22"
BY_IDENTIFIER = (
    "PATCH aussi par identifiant métier : `?identifier=système|valeur`, d'une seule ressource."
)
SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"


@cache
def capability_statement(base: str) -> bytes:
    """The server's CapabilityStatement (FHIR R4), as JSON bytes."""
    resources = [_resource(kind, served) for kind, served in SERVED.items()]
    resources.append(_plain("AuditEvent", ("read", "search-type"), AUDIT_PARAMETERS))
    resources.append(_plain("Binary", ("read",), {}))
    tree = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": MADE_ON,
        "kind": "instance",
        "software": {"name": "enrs"},
        "implementation": {"description": "Espace numérique régional de santé", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "cors": False,
                    "service": [{"coding": [{"system": SECURITY, "code": "SMART-on-FHIR"}]}],
                    "extension": [smart.oauth_extension()],
                    "description": "Jeton d'accès (Authorization: Bearer) et portées SMART user/, system/, patient/.",
                },
                "resource": sorted(resources, key=lambda one: str(one["type"])),
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }
    return orjson.dumps(tree)


def _resource(kind: str, served: Served) -> dict[str, Any]:
    writes = interactions(kind)
    acts = ("read", "vread", "history-instance", "search-type", *writes)
    tree = _plain(kind, acts, served.parameters)
    tree |= {"versioning": "versioned", "readHistory": True, "conditionalRead": "not-match"}
    if "create" in writes:
        tree |= {"conditionalCreate": True}
    if "update" in writes:
        tree |= {"versioning": "versioned-update", "updateCreate": False}
    if "patch" in writes:
        tree |= {"documentation": BY_IDENTIFIER}
    if offered := operations_on(kind):
        tree["operation"] = [{"name": one.name, "definition": one.definition} for one in offered]
    if served.includes:
        tree["searchInclude"] = [f"{kind}:{name}" for name in served.includes]
    reverse = sorted(
        f"{source}:{name}" for target, source, name in REVERSE_INCLUDES if target == kind
    )
    if reverse:
        tree["searchRevInclude"] = reverse
    return tree


def _plain(kind: str, acts: tuple[str, ...], parameters: dict[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {"type": kind, "interaction": [{"code": act} for act in acts]}
    if parameters:
        tree["searchParam"] = [
            {"name": name, "type": fhir_kind(form)} for name, form in sorted(parameters.items())
        ]
    return tree
