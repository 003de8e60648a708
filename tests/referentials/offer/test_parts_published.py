"""The inside of a site in FHIR, and as a filter of the search."""

import json

import pytest
from django.urls import reverse

from enrs.config.rebuild import rebuild
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.fhir.commands import insert_resources
from enrs.core.fhir.models import Resource
from enrs.referentials.directory.fhir import organisation_publication
from enrs.referentials.offer import commands
from enrs.referentials.offer.fhir import PART, service_publication
from enrs.referentials.offer.queries.search import Criteria, search
from tests.core.fhir.factories import make_token
from tests.factories import UserFactory
from tests.referentials.offer.factories import make_site, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def placed():
    """A pole, a service of it and a unit of that service, published."""
    site = make_site()
    with acting(SYSTEM):
        pole = commands.create_part(site=site, kind="pole", name="Pôle médecine")
        service = commands.create_part(site=site, kind="service", name="Cardiologie", parent=pole)
        unit = make_unit(site, internal_organisation=service)
        unit = commands.publish_unit(service=unit, expected_version=unit.version)
    return site, pole, service, unit


def resource(one):
    return json.loads(Resource.objects.get(type="Organization", id=one.pk, is_current=True).body)


def found(part):
    return [hit.service.pk for hit in search(Criteria(tokens=(f"part:{part.pk}",))).hits]


def test_a_part_is_an_organization_of_the_one_that_holds_it(placed):
    site, pole, service, unit = placed
    assert resource(pole)["partOf"]["reference"] == f"Organization/{site.pk}"
    assert resource(service)["partOf"]["reference"] == f"Organization/{pole.pk}"
    assert resource(pole)["identifier"][0]["type"]["coding"][0]["code"] == "42"
    told = json.loads("{" + service_publication(unit).rest)["extension"]
    assert {"url": PART, "valueReference": {"reference": f"Organization/{service.pk}"}} in told
    with acting(SYSTEM):
        commands.change_part(part=service, expected_version=1, name="Cardiologie, 2e étage")
    assert resource(service)["name"] == "Cardiologie, 2e étage"
    assert resource(service)["partOf"]["reference"] == f"Organization/{site.pk}"


@pytest.mark.django_db(transaction=True)
def test_they_are_found_by_what_holds_them(client):
    site = make_site()
    with acting(SYSTEM):
        pole = commands.create_part(site=site, kind="pole", name="Pôle médecine")
    token = make_token(UserFactory(role="nurse"), "user/*.rs")
    answer = client.get(
        f"/fhir/R4/Organization?partof={site.pk}", headers={"Authorization": f"Bearer {token}"}
    ).json()
    assert [one["resource"]["id"] for one in answer["entry"]] == [str(pole.pk)]


def test_the_search_finds_the_units_of_a_part_and_of_those_below(placed):
    _, pole, service, unit = placed
    assert found(pole) == found(service) == [unit.pk]
    with acting(SYSTEM):
        commands.change_part(part=service, expected_version=1, name=service.name)
    assert (found(pole), found(service)) == ([], [unit.pk])
    commands.refresh_search()
    assert found(service) == [unit.pk]


def test_the_card_leads_there_and_the_page_says_where_it_looks(placed, signed_in):
    site, pole, _, unit = placed
    make_unit(site, name="Ailleurs")
    browser = signed_in(UserFactory(role="nurse"))
    address = f"{reverse('offer:search')}?part={pole.pk}"
    assert address in browser.get(reverse("offer:card", args=[unit.pk])).content.decode()
    page = browser.get(address).content.decode()
    assert "Pôle médecine" in page
    assert unit.name in page
    assert "Ailleurs" not in page
    assert f'name="part" value="{pole.pk}"' in page
    for wrong in ("x", "a" * 300, "01a228e6-bcdb-7f86-8648-11bf5d575d24"):
        assert browser.get(f"{reverse('offer:search')}?part={wrong}").status_code == 200


def test_a_rebuild_knows_the_parts(placed):
    site, pole, service, _ = placed
    insert_resources([organisation_publication(site)])
    outcome = rebuild(check=True)
    named = {f"Organization/{one.pk}" for one in (site, pole, service)}
    assert not named & {*outcome.missing, *outcome.different, *outcome.extra}
