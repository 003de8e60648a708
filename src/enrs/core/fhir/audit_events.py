"""Lines of the journal as FHIR R4 AuditEvent."""

from typing import Any
from uuid import UUID

EVENT_TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
ENTITY_TYPES = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
OBJECT_ROLES = "http://terminology.hl7.org/CodeSystem/object-role"
ACTIONS = {
    "read": "R",
    "opened": "R",
    "search": "E",
    "withdrawn": "U",
    "filed": "C",
    "written": "C",
    "issued": "C",
    "create": "C",
    "update": "U",
    "delete": "D",
}
"""Last word of an audit code to the action of AuditEvent; an act that is none of these is E (execute)."""


def audit_event(line: dict[str, Any], base: str) -> dict[str, Any]:
    """An AuditEvent from a line (its columns as JSON), for the one patient in `patient_id`."""
    is_fhir = line["channel"] == "fhir"
    kind = ("rest", "RESTful Operation") if is_fhir else ("object", "Object")
    subtype = {"system": f"{base}/CodeSystem/acte", "code": line["action"]}
    agent: dict[str, Any] = {"requestor": True, "who": {"display": line["actor_name"] or "Anonyme"}}
    if line["actor_id"]:
        agent["who"]["identifier"] = {
            "system": "urn:ietf:rfc:3986",
            "value": f"urn:uuid:{line['actor_id']}",
        }
    if line["actor_role"]:
        agent["role"] = [{"text": line["actor_role"]}]
    if line["purpose"]:
        agent["purposeOfUse"] = [{"text": line["purpose"]}]
    entities = []
    if line["patient_id"]:
        entities.append(
            {
                "what": {"reference": f"Patient/{line['patient_id']}"},
                "type": {"system": ENTITY_TYPES, "code": "1"},
                "role": {"system": OBJECT_ROLES, "code": "1"},
            }
        )
    if line["object_kind"]:
        entities.append(_object(line))
    tree: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": line["id"],
        "type": {"system": EVENT_TYPES, "code": kind[0], "display": kind[1]},
        "subtype": [subtype],
        "action": ACTIONS.get(line["action"].rpartition(".")[2], "E"),
        "recorded": line["at"],
        "outcome": "0" if line["outcome"] == "done" else "4",
        "agent": [agent],
        "source": {"observer": {"display": "Espace numérique régional de santé"}},
    }
    if line["reason"]:
        tree["outcomeDesc"] = line["reason"]
    if entities:
        tree["entity"] = entities
    return tree


def _object(line: dict[str, Any]) -> dict[str, Any]:
    kind, identifier = line["object_kind"], line["object_id"]
    if kind[:1].isupper() and identifier:
        return {"what": {"reference": f"{kind}/{identifier}"}, "name": kind}
    entity: dict[str, Any] = {"name": kind}
    if _is_uuid(identifier):
        entity["what"] = {
            "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identifier}"}
        }
    return entity


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
