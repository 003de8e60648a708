"""Patients and relatives sign in by FranceConnect (S1): a record that waits, a sheet of a desk, a stranger."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from enrs.core.access.actor import SYSTEM, acting
from enrs.formats.ins import ins_key
from tests.factories import known_patient
from tests.interop.gateway.messages import TEST_OID
from tests.journeys.cast import unheard_name
from tests.journeys.conftest import check
from tests.running import Region
from tests.services.portal.factories import invited

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
BORN = "1961-04-12"


def comes(page: Page, **traits: str) -> None:
    """From the sign-in page to the stand-in, as somebody made up on the spot, and back."""
    page.get_by_role("link", name="S’identifier avec FranceConnect").click()
    check(page)
    page.get_by_label("Nom de naissance").fill(traits["family"])
    page.get_by_label("Tous les prénoms").fill(traits["given"])
    page.get_by_label("Date de naissance").fill(BORN)
    page.get_by_label("Commune de naissance").fill("75112")
    page.get_by_role("button", name="Continuer sous cette identité").click()


def waiting(name: str) -> None:
    """A record whose identity is qualified, and which nobody opened yet."""
    body = f"2610475999{uuid.uuid4().int % 1000:03d}"
    with acting(SYSTEM):
        known_patient(
            birth_name=name, first_given_name="JEANNE", given_names="JEANNE MARIE", birth_date=BORN, sex="F",
            ins=body + ins_key(body), ins_oid=TEST_OID, status="qualified",
        )  # fmt: skip


def on_a_sheet(name: str) -> tuple[str, str]:
    """A relative whom a desk let in: the number and the code of the sheet."""
    with acting(SYSTEM):
        patient = known_patient(birth_name=name, first_given_name="LUCIEN", given_names="LUCIEN")
    made, code = invited(patient, given="Fatou", family=name)
    return made.number, code


def test_a_record_that_waits_is_opened_by_the_civil_status_then_by_the_link(
    open_page: Opener, in_region: Callable[..., Any], region: Region
) -> None:
    name = unheard_name()
    in_region(waiting, name)
    page = open_page()
    check(page)
    comes(page, family=name, given="Jeanne Marie")
    expect(page.get_by_role("heading", name="Bienvenue")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Ouvrir mon accès").click()
    page.wait_for_url(f"{region.url}/")
    expect(page.get_by_role("link", name=re.compile(name)).first).to_be_visible()
    page.goto(f"{region.url}/compte/securite/")
    expect(page.get_by_role("button", name="Délier FranceConnect")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Délier FranceConnect").click()
    expect(page.get_by_text("seule façon d’entrer")).to_be_visible()
    page.goto(f"{region.url}/compte/logout/")
    page.get_by_role("button", name="Se déconnecter").last.click()
    expect(page.get_by_label("Identifiant")).to_be_visible()
    # FranceConnect's own session ended too: it asks again who is there; the link then needs nothing more.
    comes(page, family=name, given="Jeanne Marie")
    page.wait_for_url(f"{region.url}/")


def test_a_relative_enters_with_the_sheet_of_a_desk(
    open_page: Opener, in_region: Callable[..., Any], region: Region
) -> None:
    name = unheard_name()
    number, code = in_region(on_a_sheet, name)
    page = open_page()
    comes(page, family=name, given="Fatou Aminata")
    page.get_by_label("Numéro d’invitation").fill(number)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Entrer avec ce code").click()
    page.wait_for_url(f"{region.url}/")
    expect(page.get_by_role("link", name=re.compile(name)).first).to_be_visible()


def test_somebody_unknown_is_told_what_to_do(open_page: Opener) -> None:
    page = open_page()
    comes(page, family=unheard_name(), given="Théophile")
    page.get_by_role("button", name="Ouvrir mon accès").click()
    expect(page.get_by_role("heading", name="Votre accès reste à ouvrir")).to_be_visible()
    expect(page.get_by_text("un professionnel qui vous suit")).to_be_visible()
    check(page)
