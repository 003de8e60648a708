"""What every command of the record leaves, and what FHIR R4 demands of a resource."""

from typing import Any
from uuid import UUID

import orjson

from enrs.core.audit.models import AuditLine
from enrs.core.events.models import Event
from enrs.core.fhir.models import Key, Resource

REQUIRED = {
    "Encounter": ("status", "class", "subject"),
    "DocumentReference": ("status", "content", "subject"),
    "DiagnosticReport": ("status", "code", "subject"),
    "Observation": ("status", "code", "subject"),
    "MedicationRequest": ("status", "intent", "medicationCodeableConcept", "subject"),
}
STATUSES = {
    "Encounter": "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    "DocumentReference": "current superseded entered-in-error",
    "DiagnosticReport": "registered partial preliminary final amended corrected appended cancelled"
    " entered-in-error unknown",
    "MedicationRequest": "active on-hold cancelled completed entered-in-error stopped draft unknown",
    "Observation": "registered preliminary final amended corrected cancelled entered-in-error unknown",
}


def current(kind: str, identifier: UUID) -> dict[str, Any]:
    """The current published version of a resource."""
    row = Resource.objects.get(type=kind, id=identifier, is_current=True)
    tree: dict[str, Any] = orjson.loads(row.body)
    assert tree["meta"]["versionId"] == str(row.version)
    assert tree["subject"]["reference"] == f"Patient/{row.patient_id}"
    return tree


def assert_r4(resource: dict[str, Any]) -> dict[str, Any]:
    """Required elements, code lists, and no empty text, list or object anywhere."""
    kind = resource["resourceType"]
    for name in REQUIRED[kind]:
        assert resource.get(name), f"{kind}.{name}"
    assert resource["status"] in STATUSES[kind].split()
    _assert_full(resource, kind)
    return resource


def _assert_full(value: Any, path: str) -> None:
    if isinstance(value, dict):
        assert value, path
        for name, child in value.items():
            _assert_full(child, f"{path}.{name}")
        if "system" in value:
            assert ":" in value["system"], path
            assert not set(value["system"]) & set(" \t\n"), path
    elif isinstance(value, list):
        assert value, path
        for child in value:
            _assert_full(child, f"{path}[]")
    else:
        assert value is not None, path
        assert value != "", path
        assert value == value.strip() if isinstance(value, str) else True, path


def left_behind(action: str) -> tuple[str, list[str]]:
    """Check the act's line and event; give the kind and ids of the hint."""
    line = AuditLine.objects.get(action=action)
    event = Event.objects.get(kind=action)
    assert line.patient_id == event.patient_id is not None
    assert event.topics == [f"patient:{event.patient_id}"]
    assert line.object_id in event.payload["ids"]
    return event.payload["kind"], event.payload["ids"]


def search(kind: str, param: str, value: str) -> list[UUID]:
    """Who answers to one search key."""
    rows = Key.objects.filter(type=kind, param=param, value=value).order_by("id")
    return list(rows.values_list("id", flat=True))
