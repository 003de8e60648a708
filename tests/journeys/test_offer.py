"""The offer (S3): a referent describes a dialysis unit; a doctor finds it near a patient's home."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.models import User
from enrs.core.ids import uuid7
from enrs.referentials.offer.models import Referent
from tests.factories import known_patient
from tests.journeys.cast import PASSWORD, WORKERS, join, set_password, unheard_name
from tests.journeys.conftest import check
from tests.journeys.steps import service
from tests.running import Region
from tests.services.portal import factories

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]


def clinic() -> tuple[str, str]:
    """A clinic of Melun and the login of who describes its units."""
    name = f"Clinique {unheard_name()}"
    site = factories.hospital(
        name, latitude=48.54, longitude=2.66, city_key="MELUN", commune_code="77288"
    )
    user = factories.worker(site, family=unheard_name(), given="Lou")
    set_password(user, PASSWORD)
    Referent.objects.create(id=uuid7(), site=site, grantee_id=user.grantee_id, display=user.name)
    return name, user.login


def neighbour() -> UUID:
    """A patient of Melun in the circle of a doctor."""
    doctor = User.objects.get(login="vasseur")
    with acting(SYSTEM):
        patient = known_patient(birth_name=unheard_name(), postal_code="77000", city="MELUN").id
        join(patient, "care_team", doctor.grantee_id, doctor.name, basis="care_team",
            role_label=WORKERS["vasseur"].label, role="physician")  # fmt: skip
    return patient


def test_a_dialysis_unit_is_described_then_found_near_a_patient(
    open_page: Opener, in_region: Callable[..., Any], region: Region
) -> None:
    place, login = in_region(clinic)
    unit = f"Dialyse {in_region(unheard_name)}"
    page = open_page(login)
    service(page, "Offre de soins")
    page.goto(f"{region.url}/offre/mes-unites/")
    check(page)
    page.get_by_role("button", name="Ajouter une unité").click()
    page.get_by_label("Nom de l’unité").fill(unit)
    page.get_by_role("button", name="Créer le brouillon").click()
    expect(page.get_by_role("heading", name="Décrire l’unité")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Enregistrer et publier").click()
    expect(page.get_by_text("bloquant").first).to_be_visible()  # without an activity
    page.get_by_label("Activité principale").select_option(label="Hémodialyse en centre")
    page.get_by_role("group", name="Contact 1").get_by_label("Téléphone").fill("0160000000")
    page.get_by_label("Lundi").fill("8h-20h")
    page.get_by_role("button", name="Enregistrer et publier").click()
    expect(page.get_by_role("heading", name=unit)).to_be_visible()
    check(page)

    patient = in_region(neighbour)
    doctor = open_page("vasseur")
    doctor.goto(f"{region.url}/offre/pres-de/{patient}/")
    expect(doctor.get_by_text("Distances mesurées depuis")).to_be_visible()
    doctor.get_by_label("De quoi a-t-on besoin").fill("dialyse")
    found = doctor.locator(".offer-line", has_text=unit)
    expect(found).to_have_count(1)
    expect(found).to_contain_text(place)
    expect(found.locator(".offer-distance")).to_have_text(re.compile("m"))
    check(doctor)
    found.get_by_role("link", name=unit).click()
    expect(doctor.get_by_role("heading", name=unit)).to_be_visible()
    check(doctor)
