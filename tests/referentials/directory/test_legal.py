"""Legal entities: their two files, their history, their cards, their FHIR resources, the groups they are in."""

import json

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.fhir.models import Key, Resource
from enrs.core.terminology.models import CodeSystem, Concept
from enrs.referentials.directory.commands.deposit import kind_of
from enrs.referentials.directory.commands.load import load_finess
from enrs.referentials.directory.fhir import LEGAL_STATUS
from enrs.referentials.directory.models import (
    Change,
    GroupMember,
    LegalEntity,
    LoadReport,
    Mistake,
    Organisation,
    RefusedRow,
)
from tests.factories import UserFactory
from tests.referentials.directory.factories import (
    entity,
    finess_file,
    finess_flow,
    finess_number,
    flow_place,
    place,
)

pytestmark = pytest.mark.django_db


def load(*rows, **options):
    with acting(SYSTEM):
        return load_finess(finess_file(*rows), file_name="etalab.csv", **options)


def flow(*trees, **root):
    whole = trees[0] | root | {"pmej": [one for tree in trees for one in tree["pmej"]]}
    with acting(SYSTEM):
        return load_finess([json.dumps(whole)], file_name="finess-structures.json")


def named(legal, name="HÔPITAUX DU NORD", *establishments, **changes):
    tree = finess_flow(*establishments, legal=legal)
    tree["pmej"][0]["informationsGeneralesPMEJ"]["denominationLonguePmSmsse"] = name
    tree["pmej"][0] |= changes
    return tree


@pytest.fixture
def browser(signed_in):
    return signed_in(UserFactory(role="nurse"))


def card(number=1):
    return reverse(
        "directory:legal_entity",
        args=[LegalEntity.objects.get(finess=finess_number(9000 + number)).id],
    )


def test_the_stock_of_entities_makes_them_and_the_same_again_changes_nothing():
    report = load(entity(1), entity(2))
    assert report.details["tables"] == {"LegalEntity": {"added": 2, "changed": 0, "closed": 0}}
    one = LegalEntity.objects.get(finess=finess_number(9001))
    assert (one.name, one.siren, one.status_code) == (
        "HÔPITAUX DES TROIS-VALLÉES 1", "260100037", "14",
    )  # fmt: skip
    assert (one.commune_code, one.city, one.created_on.year) == ("75114", "PARIS", 1994)
    assert load(entity(1), entity(2)).changed_count == 0
    assert not Change.objects.exists()


def test_a_file_of_entities_leaves_the_structures_alone_and_the_other_way_round():
    load(place(1), place(2))
    load(entity(1), entity(2))
    load(place(1))
    assert Organisation.objects.filter(is_closed=False).count() == 1
    assert LegalEntity.objects.filter(is_closed=False).count() == 2
    load(entity(1))
    assert Organisation.objects.filter(is_closed=False).count() == 1
    assert LegalEntity.objects.filter(is_closed=False).count() == 1


def test_bad_entities_are_refused_with_their_line_and_reason():
    lines = finess_file(entity(1), entity(2, name="", long_name=""))
    bad = finess_file(entity(3))[1].replace(finess_number(9003), "75009003X")
    with acting(SYSTEM):
        report = load_finess([*lines, bad, "structureej;1;2\n"], file_name="ej.csv")
    kept = RefusedRow.objects.filter(report=report).order_by("line_number")
    assert [one.reason_code for one in kept] == ["missing_name", "finess_key", "column_count"]


def test_each_field_has_its_history():
    load(entity(1))
    report = load(entity(1, long_name="HÔPITAUX RÉUNIS", phone="0199000000"))
    told = Change.objects.get(report=report)
    assert told.kind == "LegalEntity"
    assert told.before["name"] == "HÔPITAUX DES TROIS-VALLÉES 1"
    assert told.after["phone"] == "0199000000"


def test_the_flow_follows_the_stock_under_the_same_identifier_and_tells_the_day_of_closing():
    load(entity(1))
    before = LegalEntity.objects.get()
    flow(named(finess_number(9001)))
    after = LegalEntity.objects.get()
    assert (after.id, after.name, after.status_label) == (
        before.id, "HÔPITAUX DU NORD", before.status_label,
    )  # fmt: skip
    closing = named(finess_number(9001), etatObjet="I")
    closing["pmej"][0]["informationsGeneralesPMEJ"]["dateFermeture"] = "2026-02-28"
    assert flow(closing).closed_count == 1
    closed = LegalEntity.objects.get()
    assert (closed.is_closed, closed.closed_on.isoformat()) == (True, "2026-02-28")
    assert flow(closing).closed_count == 0
    flow(named(finess_number(9001)))
    assert (LegalEntity.objects.get().is_closed, LegalEntity.objects.get().closed_on) == (
        False, None,
    )  # fmt: skip


def test_an_entity_that_was_always_closed_is_not_made():
    flow(named(finess_number(9001)), named(finess_number(9002), etatObjet="I"))
    assert LegalEntity.objects.count() == 1


def test_a_status_takes_its_name_from_the_nomenclature():
    system = CodeSystem.objects.create(
        id="0190f000-0000-7000-8000-000000000072", url=LEGAL_STATUS, loaded_at="2026-01-01T00:00Z"
    )
    Concept.objects.create(
        system=system, code="14", display="Public intercommunal", key="", rank=1, row_hash=""
    )
    flow(named(finess_number(9001)))
    assert LegalEntity.objects.get().status_label == "Public intercommunal"


def test_the_groups_of_the_flow_have_their_open_members():
    first, second, third = (named(finess_number(rank)) for rank in (9001, 9002, 9003))
    third["pmej"][0]["etatObjet"] = "I"
    roles = [
        {"pmSmsseId": finess_number(rank)[3:], "typeRoleEntiteGroupe": role}
        for rank, role in ((9001, "S"), (9002, "M"), (9003, "M"))
    ]
    group = {"gccId": "9", "nomGcc": "75 Est", "typeGcc": "001", "etatObjet": "A", "pmejDuGcc": roles}  # fmt: skip
    flow(first, second, third, gcc=[group])
    held = GroupMember.objects.filter(is_active=True).order_by("role")
    assert [(one.entity.finess, one.role) for one in held] == [
        (finess_number(9002), "M"), (finess_number(9001), "S"),
    ]  # fmt: skip
    flow(first, second, gcc=[group | {"pmejDuGcc": roles[:1]}])
    assert GroupMember.objects.get(is_active=True).role == "S"


def test_a_structure_shows_the_entity_of_the_day_and_its_history_names_both(browser):
    load(entity(1), entity(2))
    load(place(1))
    load(place(1, legal_finess=finess_number(9002)))
    structure = Organisation.objects.get()
    page = browser.get(reverse("directory:organisation", args=[structure.id])).content.decode()
    assert card(2) in page
    assert card(1) not in page
    assert f"<del>{finess_number(9001)}</del>" in page
    assert structure.name not in browser.get(card(1)).content.decode()
    assert structure.name in browser.get(card(2)).content.decode()


def test_an_entity_that_no_file_described_is_shown_by_its_number(browser):
    load(place(1))
    address = reverse("directory:organisation", args=[Organisation.objects.get().id])
    assert finess_number(9001) in browser.get(address).content.decode()


def test_the_card_is_for_whoever_has_an_account(client, browser):
    load(entity(1))
    assert client.get(card()).status_code == 302
    page = browser.get(card()).content.decode()
    assert "260\u00a0100\u00a0037" in page
    assert "Aucun établissement ouvert" in page
    unknown = reverse("directory:legal_entity", args=["00000000-0000-7000-8000-000000000000"])
    assert browser.get(unknown).status_code == 404


def test_the_establishments_are_paged_and_cost_the_same(browser):
    load(entity(1))

    def cost():
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(card())
        return page, len(queries)

    load(*(place(rank, legal_finess=finess_number(9001)) for rank in range(1, 2)))
    browser.get(card())
    _, one = cost()
    load(*(place(rank, legal_finess=finess_number(9001)) for rank in range(1, 51)))
    page, many = cost()
    assert many == one
    assert len(page.context["places"]) == 25
    second = browser.get(card() + page.context["next_url"])
    assert len(second.context["places"]) == 25
    assert second.context["next_url"] == ""


@pytest.mark.parametrize(
    ("query", "entities", "lines"),
    [
        ({"q": "hopitaux"}, 2, 0),
        ({"q": "hopitaux trois 1"}, 1, 0),
        ({"q": finess_number(9001)}, 1, 0),
        ({"q": "260 100 037"}, 2, 0),
        ({"q": "hopitaux", "ville": "lyon"}, 0, 0),
        ({"nature": "juridique"}, 0, 2),
        ({"nature": "juridique", "q": "hopitauk"}, 0, 2),
        ({"q": "hopital"}, 0, 1),
        ({}, 0, 1),
    ],
)
def test_entities_are_found_with_the_structures(browser, query, entities, lines):
    load(entity(1), entity(2))
    load(place(7))
    page = browser.get(reverse("directory:structures"), query)
    assert len(page.context["entities"]) == entities
    assert len(page.context["lines"]) == lines


def test_a_mistake_about_an_entity_is_told(browser):
    load(entity(1))
    address = reverse("directory:tell_legal_entity", args=[LegalEntity.objects.get().id])
    assert browser.get(address).status_code == 200
    browser.post(address, {"about": "place", "words": "A déménagé"})
    told = Mistake.objects.get()
    assert (told.kind, told.number) == ("LegalEntity", finess_number(9001))


def body_of(identifier):
    return orjson.loads(Resource.objects.get(id=identifier, is_current=True).body)


def test_entities_and_establishments_are_told_apart_and_linked_in_fhir():
    load(entity(1))
    load(place(1), place(2))
    one = LegalEntity.objects.get()
    tree = body_of(one.id)
    assert tree["type"][0]["coding"][0]["code"] == "LEGAL-ENTITY"
    assert tree["type"][1]["coding"][0]["code"] == "14"
    kinds = {given["type"]["coding"][0]["code"]: given["value"] for given in tree["identifier"]}
    assert kinds == {
        "FINEJ": one.finess, "IDNST": "1" + one.finess, "SIREN": "260100037",
    }  # fmt: skip
    structure = Organisation.objects.get(finess_eg=finess_number(1))
    tree = body_of(structure.id)
    assert tree["type"][0]["coding"][0]["code"] == "GEOGRAPHICAL-ENTITY"
    assert tree["partOf"] == {"reference": f"Organization/{one.id}"}
    assert "partOf" not in body_of(Organisation.objects.get(finess_eg=finess_number(2)).id)


def test_an_entity_that_comes_after_its_establishments_is_linked_too():
    load(place(1))
    load(entity(1))
    structure = Organisation.objects.get()
    assert body_of(structure.id)["partOf"] == {
        "reference": f"Organization/{LegalEntity.objects.get().id}"
    }
    keys = Key.objects.filter(type="Organization", id=structure.id, param="partof")
    assert keys.get().value == f"Organization/{LegalEntity.objects.get().id}"


def test_a_structure_that_changes_entity_is_published_with_the_new_one():
    load(entity(1), entity(2))
    load(place(1))
    load(place(1, legal_finess=finess_number(9002)))
    new = LegalEntity.objects.get(finess=finess_number(9002))
    tree = body_of(Organisation.objects.get().id)
    assert tree["partOf"] == {"reference": f"Organization/{new.id}"}


def test_a_flow_gives_entities_before_their_establishments():
    flow(named(finess_number(9001), "HÔPITAUX DU NORD", flow_place(1), flow_place(2)))
    assert Organisation.objects.count() == 2
    for one in Organisation.objects.order_by("id"):
        assert "partOf" in body_of(one.id)


def test_a_file_of_which_no_row_is_taken_is_kept_and_closes_nothing():
    load(entity(1), place(1), place(2))
    head = finess_file(place(1))[0]
    with acting(SYSTEM):
        report = load_finess([head, "structureet;1;2;court"], file_name="etalab.csv")
    assert (report.state, report.refused_count) == (LoadReport.State.KEPT, 1)
    assert Organisation.objects.filter(is_closed=False).count() == 2
    assert LegalEntity.objects.filter(is_closed=False).count() == 1


@pytest.mark.parametrize("name", ["etalab-cs1100501-stock-20260107-0343.csv", "cs1100501.zip"])
def test_the_published_name_of_the_file_is_known(name):
    assert kind_of(name) == "finess"
