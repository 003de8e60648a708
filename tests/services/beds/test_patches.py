"""The ROR PATCH on a Location: both published shapes, what is refused, by HTTP with a token."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.models import AuditLine
from enrs.core.effects import act
from enrs.core.fhir.models import Resource
from enrs.referentials.directory.fhir import FINESS
from enrs.referentials.offer.commands import publish_locations
from enrs.services.beds.commands import set_code
from enrs.services.beds.models import Capacity, Reading
from enrs.services.beds.patches import PatchError, told_by
from tests.core.fhir.factories import make_token
from tests.factories import actor
from tests.referentials.offer.factories import make_site
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
        "genderCapacityAvailable": {"valueCodeableConcept": concept("04")},
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


@pytest.mark.parametrize("shape", [whole, apart])
def test_beds_of_a_crisis_are_another_kind(shape):
    told = told_by(
        parameters(
            shape(values()), shape(values(crisisType={"valueCodeableConcept": concept("epidemie")}))
        )
    )
    assert [one.crisis for one in told] == ["", "epidemie"]


@pytest.mark.parametrize("shape", [whole, apart])
@pytest.mark.parametrize(
    "crisis",
    [
        {"valueCodeableConcept": concept("05")}, {"valueCodeableConcept": concept("")},
        {"valueCodeableConcept": {"text": "Épidémie"}}, {"valueCodeableConcept": {"coding": []}},
        {"valueCodeableConcept": None}, {"valueString": ""}, {"valueInteger": 1}, {"valueBoolean": False},
        {"extension": []},
    ],
)  # fmt: skip
def test_a_crisis_that_is_not_read_is_no_figure_of_the_ordinary_beds(shape, crisis):
    with pytest.raises(PatchError) as refusal:
        told_by(parameters(shape(values(crisisType=crisis))))
    assert "crisisType" in refusal.value.path


def test_what_would_narrow_a_figure_unread_is_refused():
    twice = whole(values(crisisType={"valueCodeableConcept": concept("epidemie")}))
    inner = twice["part"][2]["part"][0]["extension"][0]["extension"]
    inner.append({"url": "crisisType", "valueCodeableConcept": concept("canicule")})
    unsaid = apart(values())
    unsaid["part"][2]["part"][1]["part"].append({"name": "url", "valueString": "crisisType"})
    other = whole(values(CrisisType={"valueCodeableConcept": concept("epidemie")}))
    for body, word in ((twice, "crise"), (unsaid, "crise"), (other, "CrisisType")):
        with pytest.raises(PatchError) as refusal:
            told_by(parameters(body))
        assert word in refusal.value.message


def known_as(unit: Any, code: str) -> str:
    """The address of the unit of this code, published."""
    unit.code = code
    unit.save()
    unit.service.published_at = timezone.now()
    unit.service.save()
    with acting(SYSTEM), act():
        publish_locations([unit.service_id])
    return f"urn:enrs:beds:unit|{unit.site_finess}/{code}"


def send_to(
    client: Any, query: str, body: Any, user: Any, scopes: str = "user/*.cruds", **headers: str
) -> Any:
    return client.patch(
        f"/fhir/R4/Location{query}", json.dumps(body), content_type="application/fhir+json",
        headers={"Authorization": f"Bearer {make_token(user, scopes)}"} | headers,
    )  # fmt: skip


@pytest.fixture
def followed(db):
    """Beds of a unit of a site that has a FINESS number."""
    return capacity(bed_unit(make_site()), hours=2)


@pytest.mark.django_db(transaction=True)
def test_software_patches_the_unit_that_it_knows_by_its_own_code(client, followed):
    unit = followed.unit
    name = quote(known_as(unit, "REA 1"))
    now = timezone.now().isoformat()
    body = parameters(whole(values(count=1, at=now)), whole(values("03", 10, now)))
    nurse = caregiver(unit.site_id)
    answer = send_to(client, f"?identifier={name}", body, nurse)
    assert answer.status_code == 200, answer.content
    followed.refresh_from_db()
    assert (followed.available, followed.occupied) == (1, 10)
    stale = send_to(client, f"?identifier={name}", body, nurse, **{"If-Match": 'W/"1"'})
    assert stale.status_code == 412
    finess = quote(f"{FINESS}|{unit.site_finess}")
    assert send_to(client, f"?identifier={finess}", body, nurse).status_code == 200
    line = AuditLine.objects.filter(action="fhir.patch", outcome="done").latest("at")
    assert line.object_id == str(unit.service_id)


@pytest.mark.django_db(transaction=True)
def test_who_may_is_decided_on_the_one_that_is_found(client, followed):
    unit = followed.unit
    name = quote(known_as(unit, "REA1"))
    body = parameters(whole(values(at=timezone.now().isoformat())))
    nurse = caregiver(unit.site_id)
    assert [
        send_to(client, f"?identifier={name}", body, caregiver(bed_unit().site_id)).status_code,
        send_to(client, f"?identifier={name}", body, caregiver(unit.site_id, "pharmacist")).status_code,
        send_to(client, f"?identifier={name}", body, nurse, "user/*.rs").status_code,
        client.patch(f"/fhir/R4/Location?identifier={name}", "{}", content_type="application/fhir+json").status_code,
    ] == [403, 403, 403, 401]  # fmt: skip
    assert not Reading.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_none_several_and_no_identifier_are_refused_each_in_its_way(client, followed):
    unit = followed.unit
    name = quote(known_as(unit, "REA1"))
    second = bed_unit(unit.service.site)
    known_as(second, "REA2")
    body = parameters(whole(values(at=timezone.now().isoformat())))
    nurse = caregiver(unit.site_id)
    asked = {
        f"?identifier={quote(f'{FINESS}|{unit.site_finess}')}": 412,
        "?identifier=urn:enrs:beds:unit|750000000/REA1": 404,
        "": 400, "?identifier=": 400, "?identifier=REA1": 400, "?identifier=|REA1": 400,
        "?identifier=urn:enrs:beds:unit|": 400, f"?identifier={name},{name}": 400,
        f"?identifier={name}&identifier={name}": 400, f"?identifier={name}&_count=0": 400,
        f"?identifier={name}&near=48|2": 400, "?near=48|2|5|km": 400, "?name=Rea": 400, "?inconnu=1": 400,
        f"?identifier={name}%00": 400, "?" + "identifier=a|b&" * 30: 400, "?_summary=count": 400,
    }  # fmt: skip
    found = {query: send_to(client, query, body, nurse).status_code for query in asked}
    assert found == asked
    assert not Reading.objects.exists()
    assert send_to(client, f"?identifier={name}", [], nurse).status_code == 400
    crisis = values(
        crisisType={"valueCodeableConcept": concept("05")}, at=timezone.now().isoformat()
    )
    assert (
        send_to(client, f"?identifier={name}", parameters(whole(crisis)), nurse).status_code == 422
    )
    token = {"Authorization": f"Bearer {make_token(nurse, 'user/*.cruds')}"}
    for kind, status in (("Organization", 405), ("Rien", 404)):
        answer = client.patch(
            f"/fhir/R4/{kind}?identifier={name}",
            "{}",
            content_type="application/fhir+json",
            headers=token,
        )
        assert answer.status_code == status


@pytest.mark.django_db(transaction=True)
def test_the_code_that_a_site_gives_is_published_at_once(client, followed):
    unit = followed.unit
    known_as(unit, "ANCIEN")
    nurse = caregiver(unit.site_id)
    with acting(actor(nurse)):
        set_code(unit=unit, code="NEUF", expected_version=unit.version)
    tree = json.loads(
        Resource.objects.get(type="Location", id=unit.service_id, is_current=True).body
    )
    names = {one["value"] for one in tree["identifier"]}
    assert names == {str(unit.service_id), f"{unit.site_finess}/NEUF", unit.site_finess}
