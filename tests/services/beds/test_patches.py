"""The ROR PATCH on a Location: both published shapes, what is refused, by HTTP with a token."""

import json
from typing import Any

import pytest
from django.utils import timezone

from enrs.services.beds.models import Capacity, Reading
from enrs.services.beds.patches import PatchError, told_by
from tests.core.fhir.factories import make_token
from tests.services.beds.factories import bed_unit, capacity, caregiver, operator

URL = (
    "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/ror-location-supported-capacity"
)
AT = "2026-11-03T02:10:00+01:00"


def concept(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "https://mos.esante.gouv.fr/NOS/JDV/FHIR/JDV", "code": code}]}


def values(status: str = "02", count: Any = 2, at: str = AT, **more: Any) -> dict[str, Any]:
    return {
        "capacityType": {"valueCodeableConcept": concept("01")},
        "capacityStatus": {"valueCodeableConcept": concept(status)},
        "temporalityCapacity": {"valueCodeableConcept": concept("01")},
        "nbCapacity": {"valueInteger": count},
        "capacitySourceType": {"valueCodeableConcept": concept("02")},
        "genderCapacityAvailable": {"valueCodeableConcept": concept("02")},
        "capacityUpdateDate": {"valueDateTime": at},
        "temporaryAssignement": {"valueCodeableConcept": concept("01")},
    } | more


def whole(given: dict[str, Any], kind: str = "add") -> dict[str, Any]:
    inner = [{"url": name, **value} for name, value in given.items() if value]
    value = {"name": "value", "part": [{"extension": [{"url": URL, "extension": inner}]}]}
    return operation(value, kind)


def apart(given: dict[str, Any]) -> dict[str, Any]:
    pairs: list[dict[str, Any]] = []
    for name, value in given.items():
        pairs += [{"name": "url", "valueString": name}, {"name": "value", **value}]
    url = {"name": "url", "valueUri": URL}
    return operation({"name": "extension", "part": [url, {"name": "extension", "part": pairs}]})


def operation(value: dict[str, Any], kind: str = "add", path: str = "Location") -> dict[str, Any]:
    head = [{"name": "type", "valueString": kind}, {"name": "path", "valueString": path}]
    return {"name": "operation", "part": [*head, value]}


def parameters(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(operations)}


@pytest.mark.parametrize("shape", [whole, apart])
def test_both_shapes_say_the_same(shape):
    told = told_by(parameters(shape(values()), shape(values("03", 9))))
    assert [(one.given, one.type, one.sex, one.assignment) for one in told] == [
        ({"available": 2, "occupied": 9}, "bed", "any", "")
    ]
    assert told[0].at.isoformat() == AT


def test_covid_beds_are_another_kind():
    covid = values(temporaryAssignement={"valueCodeableConcept": concept("02")})
    assert {one.assignment for one in told_by(parameters(whole(values()), whole(covid)))} == {
        "",
        "covid",
    }


@pytest.mark.parametrize(
    ("tree", "path"),
    [
        (parameters(), "Parameters.parameter"),
        ({"resourceType": "Patient"}, "Parameters"),
        (parameters(whole(values(), "delete")), "type"),
        (parameters(operation({"name": "value", "valueString": "x"})), "value"),
        (parameters(operation({}, path="Patient")), "path"),
        (parameters(whole(values("07"))), "capacityStatus"),
        (parameters(whole(values("08"))), "capacityStatus"),
        (parameters(whole(values(at=""))), "capacityUpdateDate"),
        (parameters(whole(values(at="2026-11-03T02:10:00"))), "capacityUpdateDate"),
        (parameters(whole(values(count="2"))), "nbCapacity"),
        (parameters(whole(values(count=True))), "nbCapacity"),
        (parameters(whole(values(count=-1))), "nbCapacity"),
        (parameters(whole(values(capacityUpdateDate=None))), "capacityUpdateDate"),
        (parameters(whole(values(temporaryAssignement=None))), "temporaryAssignement"),
        (parameters(whole(values()), whole(values())), "[1]"),
        (parameters(*[whole(values())] * 201), "Parameters.parameter"),
        ({"resourceType": "Parameters", "parameter": ["x", None]}, "[0]"),
    ],
)
def test_what_is_not_taken(tree, path):
    with pytest.raises(PatchError) as refusal:
        told_by(tree)
    assert path in refusal.value.path


def test_depth_is_bounded():
    tree: Any = {"url": URL, "extension": []}
    for _ in range(500):
        tree = {"part": [tree]}
    with pytest.raises(PatchError):
        told_by(parameters(operation({"name": "value", "part": [tree]})))


def send(client: Any, unit: Any, body: Any, user: Any, scopes: str = "user/*.cruds") -> Any:
    return client.patch(
        f"/fhir/R4/Location/{unit.service_id}", json.dumps(body), content_type="application/fhir+json",
        headers={"Authorization": f"Bearer {make_token(user, scopes)}"},
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_site_s_software_patches_its_unit_and_nobody_else_does(client):
    row = capacity(hours=2)
    now = timezone.now().isoformat()
    good = parameters(whole(values(count=2, at=now)), whole(values("03", 10, now), "replace"))
    nurse = caregiver(row.unit.site_id)
    refusals = {
        "elsewhere": send(client, row.unit, good, caregiver(bed_unit().site_id)).status_code,
        "pharmacist": send(client, row.unit, good, caregiver(row.unit.site_id, "pharmacist")).status_code,
        "reader": send(client, row.unit, good, nurse, "user/*.rs").status_code,
        "computed": send(client, row.unit, parameters(whole(values("07", 2, now))), nurse).status_code,
        "too many": send(client, row.unit, parameters(whole(values("02", 9, now))), nurse).status_code,
    }  # fmt: skip
    assert refusals == {
        "elsewhere": 403,
        "pharmacist": 403,
        "reader": 403,
        "computed": 422,
        "too many": 422,
    }
    assert Reading.objects.count() == 0
    answer = send(client, row.unit, good, nurse)
    assert answer.status_code == 200, answer.content
    row.refresh_from_db()
    assert (row.available, row.occupied, row.source) == (2, 10, "ror")
    assert Capacity.objects.count() == 1
    refused = send(client, row.unit, good, operator())
    assert refused.status_code == 403  # A token never holds the exploitation's power.


@pytest.mark.django_db(transaction=True)
def test_a_place_that_is_not_followed_is_not_found(client):
    row = capacity()
    row.unit.is_active = False
    row.unit.save()
    assert send(client, row.unit, parameters(whole(values())), operator()).status_code == 404
