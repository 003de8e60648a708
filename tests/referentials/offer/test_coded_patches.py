"""PATCH of what is coded: activity, specialities, modes, acts, publics, zone, and the equipment of the place."""

import json

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.models import AuditLine
from enrs.core.fhir.models import Resource
from enrs.referentials.offer import commands
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.fhir import AGES, COMMUNES, EQUIPMENT, LIMIT, ROR, UCUM, ZONE
from enrs.referentials.offer.fhir_coded import ReadingError, equipment_of
from enrs.referentials.offer.models import HealthcareService, ServiceChange
from enrs.referentials.offer.rules import equipment
from enrs.referentials.offer.tables import packaged
from tests.core.fhir.factories import make_token
from tests.core.fhir.test_patching import operation
from tests.referentials.offer.factories import make_site, make_unit
from tests.referentials.offer.test_patches import send, worker

pytestmark = pytest.mark.django_db(transaction=True)
SCANNER = {"code": "scanner", "count": 2, "max_weight": 250, "note": "au sous-sol"}


@pytest.fixture
def unit():
    made = make_unit(make_site(), equipment=[SCANNER])
    with acting(SYSTEM):
        return commands.publish_unit(service=made, expected_version=made.version)


def concept(name, code):
    """A code of a table, as a value of a patch."""
    coding = {"system": packaged(name)[code].system, "code": code}
    return {"valueCodeableConcept": {"coding": [coding]}}


def added(element, name, code):
    return operation("add", "HealthcareService", name=element, value=concept(name, code))


def zone(code, system=COMMUNES):
    coding = {"system": system, "code": code}
    value = {"valueExtension": {"url": ZONE, "valueCodeableConcept": {"coding": [coding]}}}
    return operation("add", "HealthcareService", name="extension", value=value)


def machine(code="irm", count=1, weight=None, unit="kg"):
    parts = [
        {"url": "type", **concept("equipment", code)},
        {"url": "nbInService", "valueInteger": count},
    ]
    if weight is not None:
        parts.append(
            {"url": "maxWeight", "valueQuantity": {"value": weight, "code": unit, "system": UCUM}}
        )
    return {"url": EQUIPMENT, "extension": parts}  # fmt: skip


def equipped(**fields):
    value = {"valueExtension": machine(**fields)}
    return operation("add", "Location", name="extension", value=value)


def send_place(client, unit, user, *operations, **headers):
    body = {"resourceType": "Parameters", "parameter": list(operations)}
    return client.patch(
        f"/fhir/R4/Location/{unit.pk}", json.dumps(body), content_type="application/fhir+json",
        headers={"Authorization": f"Bearer {make_token(user, 'user/*.cruds')}"} | headers,
    )  # fmt: skip


def now(unit):
    return HealthcareService.objects.get(pk=unit.pk)


def test_codes_are_added_changed_and_taken_away(client, unit):
    before = unit.score
    answer = send(
        client, unit, worker(unit.site),
        added("specialty", "speciality", "SM04"), added("characteristic", "mode", "consultation"),
        added("characteristic", "act", "hemodialyse"), added("characteristic", "reception", "avis"),
        operation("delete", "HealthcareService.characteristic[0]"),
        zone("75114"), zone("2a004"), zone("75114"),
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    one = now(unit)
    assert one.speciality_codes == ["nephrologie", "SM04"]
    assert (one.mode_codes, one.act_codes) == (["consultation"], ["hemodialyse"])
    assert (one.reception_codes, one.zone_codes) == (["avis"], ["2A004", "75114"])
    change = ServiceChange.objects.filter(service=unit).order_by("-id").first()
    assert change.channel == "fhir"
    assert set(change.fields) == {
        "speciality_codes", "mode_codes", "act_codes", "reception_codes", "zone_codes",
    }  # fmt: skip
    assert AuditLine.objects.filter(action="offer.unit.changed", object_id=str(unit.pk)).exists()
    assert "zone:75114" in one.search_row.tokens
    assert one.score == before
    published = json.loads(
        Resource.objects.get(type="HealthcareService", id=unit.pk, is_current=True).body
    )
    assert len(published["specialty"]) == 3


def test_the_score_follows(client, unit):
    taken = operation("delete", "HealthcareService.characteristic[0]")
    assert send(client, unit, worker(unit.site), taken).status_code == 200
    assert now(unit).mode_codes == []
    assert now(unit).score < unit.score


def test_an_activity_brings_its_field_and_the_centre_15_is_not_taken(client, unit):
    user = worker(unit.site)
    other = operation(
        "replace", "HealthcareService.specialty[0]", value=concept("activity", "smr-polyvalent")
    )
    assert send(client, unit, user, other).status_code == 200
    assert (now(unit).activity_code, now(unit).field_code) == ("smr-polyvalent", "smr")
    samu = operation(
        "replace", "HealthcareService.specialty[0]", value=concept("activity", "regulation-samu")
    )
    answer = send(client, unit, user, samu)
    assert answer.status_code == 422
    assert "exploitation de la région" in answer.json()["issue"][0]["diagnostics"]
    second = added("specialty", "activity", "cardiologie")
    assert send(client, unit, user, second).status_code == 422


def test_a_public_is_told_beside_the_ages(client, unit):
    public = {"url": "supportedPatientInfo", **concept("public", "personnes-agees")}
    value = {"valueExtension": public}
    path = f"HealthcareService.extension('{AGES}')"
    answer = send(
        client, unit, worker(unit.site), operation("add", path, name="extension", value=value)
    )
    assert answer.status_code == 200, answer.content
    assert now(unit).public_codes == ["adultes", "personnes-agees"]


@pytest.mark.parametrize(
    ("wrong", "path", "words"),
    [
        (operation("add", "HealthcareService", name="specialty", value={"valueCodeableConcept": {"text": "Autre"}}),
         "HealthcareService.specialty[2]", "nomenclatures"),
        (operation("add", "HealthcareService", name="characteristic", value=concept("speciality", "SM04")),
         "HealthcareService.characteristic[1]", "SM04"),
        (operation("delete", "HealthcareService.specialty[0]"), "HealthcareService.specialty", "une seule"),
        (operation("replace", "HealthcareService.type[0]", value=concept("field", "smr")),
         "HealthcareService.type", "suit l'activité"),
        (zone("93"), f"HealthcareService.extension('{ZONE}')", "communes"),
        (zone("75114", system="https://essai.example"), "HealthcareService.extension", "communes"),
        (operation("replace", "HealthcareService.category[0].text", value="Autre"), "HealthcareService.category",
         "ne se modifie pas"),
    ],
)  # fmt: skip
def test_what_is_refused_says_where_and_why(client, unit, wrong, path, words):
    answer = send(client, unit, worker(unit.site), wrong)
    assert answer.status_code == 422, answer.content
    issue = answer.json()["issue"][0]
    assert path in str(issue["expression"])
    assert words in issue["diagnostics"]
    assert now(unit).version == unit.version


def test_equipment_is_changed_at_its_place_with_its_weight(client, unit):
    user = worker(unit.site)
    answer = send_place(
        client, unit, user, equipped(code="089", weight=300),
        operation(
            "replace", f"Location.extension('{EQUIPMENT}')[1].extension('nbInService').value",
            value={"valueInteger": 4},
        ),
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    one = now(unit)
    # What did not change keeps what is not published of it.
    assert one.equipment == [SCANNER, {"code": "089", "count": 4, "max_weight": 300, "note": ""}]
    assert "equipment:089:300" in one.search_row.tokens
    assert set(one.changes.order_by("-id")[0].fields) == {"equipment"}
    gone = operation("delete", f"Location.extension('{EQUIPMENT}')[0]")
    assert send_place(client, unit, user, gone, **{"If-Match": 'W/"1"'}).status_code == 412
    assert send_place(client, unit, user, gone, **{"If-Match": 'W/"2"'}).status_code == 200
    assert [item["code"] for item in now(unit).equipment] == ["089"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (equipped(weight=5), "20 à 1"), (equipped(weight=99.5), "entier"),
        (equipped(weight=300, unit="g"), "kilogrammes"), (equipped(count=0), "1 à 1"),
        (equipped(code="089", count=2000), "1 à 1"),
        (operation("replace", f"Location.extension('{EQUIPMENT}')[0].extension('type').value.text", value="X"),
         "libellés"),
        (operation("add", "Location", name="name", value=f"Salle {EQUIPMENT}"), "FINESS"),
        (operation("add", "Location", name="extension",
                   value={"valueExtension": {"url": f"{ROR}ror-commune-cog", "valueString": EQUIPMENT}}), "à part"),
    ],
)  # fmt: skip
def test_equipment_keeps_the_rules_of_the_form(client, unit, wrong, words):
    answer = send_place(client, unit, worker(unit.site), wrong)
    assert answer.status_code == 422, answer.content
    assert words in answer.json()["issue"][0]["diagnostics"].replace("\xa0", " ")
    assert now(unit).equipment == [SCANNER]


def test_forty_lines_are_kept_and_no_more(client, unit):
    user = worker(unit.site)
    assert send_place(client, unit, user, *[equipped()] * 39).status_code == 200
    answer = send_place(client, unit, user, equipped())
    assert answer.status_code == 422
    assert "40 lignes" in answer.json()["issue"][0]["diagnostics"]


def test_who_does_not_describe_the_unit_changes_nothing(client, unit):
    refused = {
        send_place(client, unit, worker(unit.site, is_referent=False), equipped()).status_code,
        send_place(client, unit, worker(make_site(2)), equipped()).status_code,
        send(client, unit, worker(make_site(3)), zone("75114")).status_code,
    }
    assert refused == {403}
    assert now(unit).equipment == [SCANNER]


def test_figures_of_beds_are_still_for_their_service(client, unit):
    capacity = {"url": f"{ROR}ror-location-supported-capacity", "extension": []}
    told = operation("add", "Location", name="extension", value={"valueExtension": capacity})
    answer = send_place(client, unit, worker(unit.site), told)
    assert answer.status_code == 404
    assert "Aucune unité n'est suivie" in answer.json()["issue"][0]["diagnostics"]


def test_a_limit_is_read_in_the_shape_of_the_guide_too():
    limit = {
        "url": LIMIT,
        "extension": [{"url": "limitValue", "valueQuantity": {"value": 300.0, "unit": "kg"}}],
    }
    kind = {"url": "equipmentType", **concept("equipment", "089")}
    read = equipment_of([{"url": EQUIPMENT, "extension": [kind, limit]}], [], EQUIPMENT)
    assert read == [{"code": "089", "count": 1, "max_weight": 300, "note": ""}]
    with pytest.raises(ReadingError, match="nomenclatures"):
        equipment_of([{"url": EQUIPMENT}], [], EQUIPMENT)


@pytest.mark.parametrize(
    ("line", "fault"),
    [({}, ""), ({"count": 0}, "equipment_count"), ({"max_weight": 1001}, "equipment_weight")],
)
def test_bounds_of_equipment(line, fault):
    assert equipment.fault_of([SCANNER | line]) == fault


def test_a_zone_has_a_thousand_communes_at_most(unit):
    with acting(SYSTEM), pytest.raises(OfferRefusedError) as refused:
        commands.amend_unit(
            service=unit, expected_version=unit.version,
            values={"zone_codes": [f"{code:05d}" for code in range(1001)]},
        )  # fmt: skip
    assert refused.value.reason == "zone"
