"""Professionals by where they are and what they exercise, and by a mailbox: asked as another system asks."""

from urllib.parse import quote

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.fhir import resolving
from enrs.referentials.directory.commands.load import load_file, load_finess, load_rpps
from enrs.referentials.directory.fhir import FUNCTIONS, PROFESSIONS, SPECIALITIES
from enrs.referentials.directory.models import Organisation, Practitioner, PractitionerRole
from tests.core.fhir.conftest import Ask, World, ids
from tests.referentials.directory.factories import (
    activity,
    finess_file,
    finess_number,
    location,
    place,
    rpps_file,
    rpps_number,
)


@pytest.fixture
def directory(db):
    """Two hospitals 4 km apart and one in Melun; a cardiologist in each, and a nurse in the first."""
    with acting(SYSTEM):
        sites = [
            place(1), location(1), place(2), location(2, x=656_000.0),
            place(3, routing_line="77000 MELUN"), location(3, x=673_000.0, y=6_827_000.0),
        ]  # fmt: skip
        load_finess(finess_file(*sites), file_name="f.csv")
        rows = [
            activity(1), activity(2, site_finess=finess_number(2)), activity(3, site_finess=finess_number(3)),
            activity(4, profession_code="60", profession="Infirmier", skill_code="", skill=""),
        ]  # fmt: skip
        load_rpps(rpps_file(*rows), file_name="p.txt")


def around(rank: int = 1) -> str:
    site = Organisation.objects.get(finess_eg=finess_number(rank))
    return f"{site.latitude}|{site.longitude}"


def roles(*ranks: int) -> set[str]:
    rows = PractitionerRole.objects.filter(practitioner__rpps__in=map(rpps_number, ranks))
    return {str(one.pk) for one in rows}


def test_the_cardiologists_within_ten_kilometres(world: World, ask: Ask, directory):
    def found(query: str) -> set[str]:
        return set(ids(ask(f"PractitionerRole?{query}", world.token)))

    at = around()
    assert found(f"specialty=SM04&near={at}|10|km") == roles(1, 2)
    assert found(f"specialty={quote(SPECIALITIES)}|SM04&near={at}|1|km") == roles(1)
    assert found(f"near={at}|60|km&specialty=SM04&active=true") == roles(1, 2, 3)
    assert found(f"specialty=SM26,SM04&near={at}|1") == roles(1)
    assert found(f"role=60&near={at}|10|km") == roles(4)
    assert found(f"role=10,60&near={at}|1|km") == roles(1, 4)
    assert found(f"role=60&specialty=SM04&near={at}|10|km") == set()
    assert found(f"role={quote(PROFESSIONS)}|10&specialty=SM04&near={at}|10|km") == roles(1, 2)
    assert found("specialty=SM04&near=43.3|5.4|10|km") == set()


def test_people_come_along_with_their_activities(world: World, ask: Ask, directory):
    asked = f"specialty=SM04&near={around()}|1|km&_include=PractitionerRole:practitioner"
    answer = ask(f"PractitionerRole?{asked}", world.token)
    person = Practitioner.objects.get(rpps=rpps_number(1))
    assert ids(answer, "include") == [str(person.pk)]
    own = next(one["url"] for one in answer.json()["link"] if one["relation"] == "self")
    assert "near=" in own
    assert "_id" not in own


@pytest.mark.parametrize(
    "query",
    [
        "near=", "near=48.8&specialty=SM04", "near=a|b&specialty=SM04", "near=48.8|2.3|5|lieue&specialty=SM04",
        "near=91|2&specialty=SM04", "near=48|2|-1|km&specialty=SM04", "near=48|2|900|km&specialty=SM04",
        "near=nan|2&specialty=SM04", "near=48|2|5|km|x&specialty=SM04", "near=48.8|2.3|5|km",
        "near=48.8|2.3|5|km&active=true", "near=48.8|2.3&specialty=", f"near=48.8|2.3&role={FUNCTIONS}|FON-01",
        f"near=48.8|2.3&specialty={SPECIALITIES}|", "near=48.8|2.3&role=" + ",".join(map(str, range(11))),
        "near=48.8|2.3%00&specialty=SM04", "organization.address-city=", "organization.address-city=--",
        "organization.address-postalcode=,", "organization.address-city:exact=Melun", "location.address-city=Melun",
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_done_is_refused_in_words(world: World, ask: Ask, query, directory):
    answer = ask(f"PractitionerRole?{query}", world.token)
    assert answer.status_code == 400, answer.content
    assert answer.json()["issue"][0]["details"]["text"]


def test_nobody_searches_without_a_token(ask: Ask, directory):
    asked = f"PractitionerRole?specialty=SM04&near={around()}|10|km"
    assert ask(asked).status_code == 401
    assert ask(asked, "faux").status_code == 401


def test_activities_of_a_town(world: World, ask: Ask, directory):
    def found(query: str) -> set[str]:
        return set(ids(ask(f"PractitionerRole?{query}", world.token)))

    city, code = "organization.address-city", "organization.address-postalcode"
    assert found(f"{city}=melun") == roles(3)
    assert found(f"{city}=MEL&specialty=SM04") == roles(3)
    assert found(f"{city}=paris&role=60") == roles(4)
    assert found(f"{city}=Melun,Paris&role={quote(PROFESSIONS)}|10") == roles(1, 2, 3)
    assert found(f"{code}=77") == roles(3)
    assert found(f"{code}=75014&specialty=SM04") == roles(1, 2)
    assert found(f"{city}=Paris&near={around()}|1|km&specialty=SM04") == roles(1)
    assert found(f"{city}=Melun&role=FON-01") == set()
    assert found(f"{city}=Melun&specialty=SM04,{quote(SPECIALITIES)}|") == roles(3)
    assert found(f"{city}=Lyon") == set()
    assert found("organization=" + str(Organisation.objects.get(city_key="MELUN").pk)) == roles(3)


def test_a_town_with_too_many_answers_is_refused_rather_than_cut(
    world: World, ask: Ask, directory, monkeypatch
):
    monkeypatch.setattr(resolving, "MOST_OF_ALL", 1)
    answer = ask("PractitionerRole?organization.address-city=Paris", world.token)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "too-costly"


def test_two_thousand_identifiers_are_asked_at_once(world: World, ask: Ask, directory, monkeypatch):
    monkeypatch.setattr("enrs.core.fhir.queries.search.MANY", 1)
    answer = ask("PractitionerRole?organization.address-city=Paris&_total=accurate", world.token)
    assert set(ids(answer)) == roles(1, 2, 4)
    assert answer.json()["total"] == 3


def test_a_professional_is_found_by_a_mailbox(world: World, ask: Ask, directory):
    lines = [
        "Type de BAL|Adresse BAL|Identification Nationale PP|Identification Structure|Service Rattachement|"
        "Dématérialisation|",
        f"PER|Helene.Dubreuil@essai.mssante.fr|8{rpps_number(1)}||||",
    ]
    with acting(SYSTEM):
        load_file("mailboxes", lines, file_name="mss.txt")
    answer = ask("Practitioner?email=helene.dubreuil@essai.mssante.fr", world.token)
    person = Practitioner.objects.get(rpps=rpps_number(1))
    assert ids(answer) == [str(person.pk)]
    read = ask(f"Practitioner/{person.pk}", world.token).json()
    assert [one["value"] for one in read["telecom"]] == ["helene.dubreuil@essai.mssante.fr"]
    assert ids(ask("Practitioner?email=personne@essai.mssante.fr", world.token)) == []


def test_the_server_says_what_it_searches(ask: Ask, db):
    served = ask("metadata").json()["rest"][0]["resource"]
    role = next(one for one in served if one["type"] == "PractitionerRole")
    kinds = {one["name"]: one["type"] for one in role["searchParam"]}
    assert kinds["near"] == "special"
    assert kinds["email"] == "token"
