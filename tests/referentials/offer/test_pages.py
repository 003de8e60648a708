"""The pages of the offer, by who asks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.ids import uuid7
from enrs.referentials.offer import commands
from enrs.referentials.offer.models import HealthcareService, Referent
from tests.factories import GrantFactory, PositionFactory, UserFactory, known_patient
from tests.referentials.offer.factories import make_site, make_unit

pytestmark = pytest.mark.django_db
LINES = [
    {"nature": "secretariat", "label": "", "phone": "0199000001", "email": "", "level": "1"},
    {"nature": "medical", "label": "", "phone": "0199000002", "email": "", "level": "professionnels"},
    {"nature": "samu", "label": "", "phone": "0199000003", "email": "", "level": "samu"},
]  # fmt: skip
FORMS = {
    f"{name}-{part}": "0"
    for name in ("contact", "equipement", "fermeture", "ouverture")
    for part in ("TOTAL_FORMS", "INITIAL_FORMS")
}


@pytest.fixture
def site():
    return make_site(address="12 rue des Érables")


@pytest.fixture
def unit(site):
    made = make_unit(site, contacts=LINES)
    commands.index_services([made])
    return made


def worker(site, role="secretary"):
    user = UserFactory()
    PositionFactory(user=user, organisation_id=site.pk, organisation_name=site.name, role=role)
    return user


def referent(site):
    user = worker(site)
    Referent.objects.create(id=uuid7(), site=site, grantee_id=user.grantee_id, display=user.name)
    return user


@pytest.mark.parametrize(
    ("who", "seen"),
    [("patient", {1}), ("professional", {1, 2}), ("regulator", {1, 2, 3}), ("referent", {1, 2, 3})],
)
def test_a_contact_is_shown_to_whom_its_level_says(who, seen, unit, site, signed_in):
    if who == "regulator":
        samu = make_site(2)
        make_unit(samu, activity_code="regulation-samu")
        user = worker(samu, "physician")
    elif who == "patient":
        user = UserFactory(patient=True)
    else:
        user = referent(site) if who == "referent" else UserFactory(role="nurse")
    page = signed_in(user).get(reverse("offer:card", args=[unit.pk])).content.decode()
    assert {rank for rank in (1, 2, 3) if f"019900000{rank}" in page} == seen


@pytest.mark.parametrize("name", ["edit", "verify", "close", "discard"])
@pytest.mark.parametrize("who", ["elsewhere", "colleague"])
def test_another_site_s_unit_is_a_404(name, who, unit, site, signed_in):
    user = referent(make_site(2)) if who == "elsewhere" else worker(site)
    browser = signed_in(user)
    address = reverse(f"offer:{name}", args=[unit.pk])
    assert browser.post(address, FORMS | {"version": 1}).status_code == 404
    assert HealthcareService.objects.get(pk=unit.pk).version == 1


def test_a_draft_is_a_404_for_everybody_else(site, signed_in):
    made = make_unit(site, state="draft")
    address = reverse("offer:card", args=[made.pk])
    assert signed_in(UserFactory(role="physician")).get(address).status_code == 404
    assert signed_in(referent(site)).get(address).status_code == 200


def test_a_referent_publishes_by_the_form(unit, site, signed_in):
    browser = signed_in(referent(site))
    posted = FORMS | {
        "version": "1", "name": "Hémodialyse du soir", "activity_code": "dialyse-centre", "mode_codes": ["seance"],
        "public_codes": ["adultes"], "day_0": "17h-23h", "age_from": "18", "acte": "publier",
        "contact-TOTAL_FORMS": "1", "contact-0-nature": "accueil", "contact-0-phone": "0199000009",
        "contact-0-level": "1",
    }  # fmt: skip
    answer = browser.post(reverse("offer:edit", args=[unit.pk]), posted)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    stored = HealthcareService.objects.get(pk=unit.pk)
    assert (stored.name, stored.hours, stored.age_from) == (
        "Hémodialyse du soir",
        [[0, 1020, 1380]],
        216,
    )
    assert stored.contacts[0]["phone"] == "0199000009"


def test_hours_that_cannot_be_read_are_said_beside_their_day(unit, site, signed_in):
    answer = signed_in(referent(site)).post(
        reverse("offer:edit", args=[unit.pk]),
        FORMS | {"version": "1", "name": "X", "day_2": "le matin"},
    )
    assert answer.status_code == 422
    assert "Écrivez par exemple" in answer.content.decode()


def test_a_nature_that_the_form_does_not_offer_makes_no_unit(site, signed_in):
    browser = signed_in(referent(site))
    data = {"site": str(site.pk), "name": "Hôpital de jour", "kind": "city"}
    answer = browser.post(reverse("offer:create"), data, follow=True)
    assert "Choisissez la nature" in answer.content.decode()
    assert not HealthcareService.objects.exists()
    browser.post(reverse("offer:create"), data | {"kind": "social"})
    assert HealthcareService.objects.get().kind == "social"


def test_one_tap_confirms(unit, site, signed_in):
    browser = signed_in(referent(site))
    assert "À confirmer" in browser.get(reverse("offer:mine")).content.decode()
    browser.post(reverse("offer:verify", args=[unit.pk]))
    assert HealthcareService.objects.get(pk=unit.pk).verified_at is not None


def test_the_list_costs_the_same_with_one_and_fifty(unit, site, signed_in):
    browser = signed_in(UserFactory(role="nurse"))
    address = reverse("offer:search") + "?q=dialyse&lieu=paris&ouvert="
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as one:
        browser.get(address)
    commands.index_services([make_unit(site, name=f"Dialyse {rank}") for rank in range(50)])
    with CaptureQueriesContext(connection) as fifty:
        assert "Dialyse 3" in browser.get(address).content.decode()
    assert len(fifty) <= len(one)  # fewer: a page that is full around looks no farther


def test_near_a_patient_the_circle_alone_opens(unit, signed_in):
    patient = known_patient(postal_code="75014", city="PARIS")
    address = reverse("offer:near_patient", args=[patient.pk]) + "?q=dialyse"
    outsider, nurse = UserFactory(role="nurse"), UserFactory(role="nurse")
    GrantFactory(patient=patient, grantee_id=nurse.grantee_id)
    assert signed_in(outsider).get(address).status_code == 404
    page = signed_in(nurse).get(address).content.decode()
    assert "Hémodialyse en centre" in page
    assert "domicile, Paris" in page


def test_the_sheet_is_a_pdf_and_the_export_holds_open_contacts_alone(unit, signed_in):
    browser = signed_in(UserFactory(role="nurse"))
    assert browser.get(reverse("offer:sheet", args=[unit.pk])).content.startswith(b"%PDF")
    lines = browser.get(reverse("offer:export") + "?q=dialyse").content.decode("utf-8-sig")
    assert "Hémodialyse en centre" in lines
    assert "0199000001" in lines
    assert "0199000002" not in lines


@pytest.mark.parametrize(
    "query",
    ["?apres=x&id=y", "?lieu=paris&apres=nan&id=0190f000-0000-7000-8000-000000000001", "?age=999&km=abc&poids=-3",
     "?theme=rien&equipment=%27&poids=300", "?q=%00", "?rang=99999999999"],
)  # fmt: skip
def test_a_forged_address_is_a_page(query, unit, signed_in):
    assert signed_in(UserFactory(role="nurse")).get(
        reverse("offer:search") + query
    ).status_code in (200, 400)
