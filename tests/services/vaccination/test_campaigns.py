"""Campaigns and vaccines: what is shipped, what the region's team describes, what it may not."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.questionnaires.queries import published_form
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.vaccination import commands
from enrs.services.vaccination.commands import VaccinationRefusedError
from enrs.services.vaccination.commands.campaigns import SHIPPED
from enrs.services.vaccination.models import Campaign, Vaccine
from tests.factories import actor, known_patient, member, user_of_role
from tests.services.vaccination.factories import (
    GTIN,
    campaign,
    campaign_content,
    declared,
    today,
    vaccine,
    vaccine_content,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return user_of_role("operator")


def test_flu_and_covid_are_shipped_with_their_questions():
    commands.take_in_shipped()
    names = {one.key: one for one in Campaign.objects.exclude(key="")}
    assert set(names) == {
        one["key"] for one in json.loads(SHIPPED.read_text(encoding="utf-8"))["campaigns"]
    }
    for one in names.values():
        assert one.vaccine_ids
        assert published_form(one.form_name) is not None
    assert commands.take_in_shipped() == 0


def test_what_the_region_changed_of_them_stays():
    commands.take_in_shipped()
    Campaign.objects.filter(key="grippe-2026").update(name="Grippe, chez nous")
    commands.take_in_shipped()
    assert Campaign.objects.get(key="grippe-2026").name == "Grippe, chez nous"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": " "}, "name"),
        ({"status": "autre"}, "name"),
        ({"ends_on": today() - timedelta(days=1)}, "dates"),
        ({"min_months": 240, "max_age": 10}, "ages"),
        ({"prescribers": {"nurse": 200}}, "ages"),
        ({"vaccine_ids": []}, "vaccines"),
        ({"vaccinators": {}}, "vaccinators"),
        ({"vaccinators": {"secretary": 1}}, "roles"),
        ({"dose_count": 0}, "doses"),
        ({"form_name": "n-existe-pas"}, "form"),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused(operator, fields, code):
    content = campaign_content(**fields)
    with acting(actor(operator)), pytest.raises(VaccinationRefusedError, match=f"^{code}$"):
        commands.create_campaign(content=content)


def test_a_campaign_is_described_then_changed(operator):
    with acting(actor(operator)):
        made = commands.create_campaign(content=campaign_content())
        commands.amend_campaign(
            campaign=made, content=campaign_content(name="Zona, printemps"), expected_version=1
        )
        with pytest.raises(StaleSaveError):
            commands.amend_campaign(campaign=made, content=campaign_content(), expected_version=1)
    assert Campaign.objects.get(pk=made.pk).name == "Zona, printemps"


def test_a_box_is_of_one_vaccine(operator):
    vaccine()
    with acting(actor(operator)):
        for fields, code in (({"gtins": [GTIN]}, "gtin_taken"), ({"gtins": ["1"]}, "gtin")):
            with pytest.raises(VaccinationRefusedError, match=f"^{code}$"):
                commands.create_vaccine(content=vaccine_content(**fields))
        made = commands.create_vaccine(content=vaccine_content())
        commands.amend_vaccine(
            vaccine=made, content=vaccine_content(gtins=["09520000000042"]), expected_version=1
        )
    assert Vaccine.objects.get(pk=made.pk).gtins == ["09520000000042"]


@pytest.mark.parametrize("role", ["standby", "pharmacist", "physician"])
def test_nobody_else_describes(role):
    with acting(actor(user_of_role(role))), pytest.raises(AccessRefusedError):
        commands.create_campaign(content=campaign_content())


def test_the_screens_make_a_whole_campaign(client: Client, operator):
    client.force_login(operator)
    given = {
        "name": "Vaccin zona",
        "disease": "Zona",
        "code": "J07BK03",
        "route": "IM",
        "boxes": "9520000000042",
        "min_months": "0",
    }
    client.post(reverse("vaccination:add_vaccine"), given)
    made = Vaccine.objects.get(name="Vaccin zona")
    assert made.gtins == ["09520000000042"]
    posted = {
        "name": "Zona 2027", "status": "open", "starts_on": today().isoformat(), "vaccines": [str(made.pk)],
        "min_months": "216", "target_age": "65", "conditions": "Immunodépression\nAutre\n", "dose_count": "2",
        "interval_days": "60", "vaccinates_pharmacist": "18", "prescribes_physician": "0",
        "form_name": "vaccination-grippe",
    }  # fmt: skip
    answer = client.post(reverse("vaccination:add_campaign"), posted)
    assert answer.status_code == 302
    found = Campaign.objects.get(name="Zona 2027")
    assert found.conditions == ["Immunodépression", "Autre"]
    assert (found.vaccinators, found.prescribers) == ({"pharmacist": 18}, {"physician": 0})
    page = client.get(reverse("vaccination:campaign", args=[found.pk])).content.decode()
    assert "Immunodépression" in page
    listed = client.get(reverse("vaccination:campaigns")).content.decode()
    assert "Zona 2027" in listed


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({"boxes": "123"}, "Vérifiez ces numéros"),
        ({"boxes": "9520000000011"}, "déjà celui d’un autre vaccin"),
        ({"code": "???"}, "Saisissez"),
        ({"code": "J07BK03XX"}, "Saisissez"),
        ({"disease_code": "1" * 40}, "Saisissez"),
    ],
)
def test_a_wrong_vaccine_is_said(client: Client, operator, posted, words):
    vaccine()
    client.force_login(operator)
    given = {"name": "X", "disease": "Y", "route": "IM", "min_months": "0"} | posted
    answer = client.post(reverse("vaccination:add_vaccine"), given)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_counts_name_nobody(client: Client, operator):
    person = known_patient(birth_name="KERVELLA")
    found = campaign(name="Comptée")
    declared(person.pk, actor(member(person, "pharmacist")), found)
    client.force_login(operator)
    page = client.get(reverse("vaccination:campaigns")).content.decode()
    assert "Comptée" in page
    assert "KERVELLA" not in page
