"""Beds: counted by a thumb at night; asked in a crisis, given by the cell, confirmed by the unit."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from enrs.referentials.directory.models import Organisation
from enrs.services.beds.models import Capacity
from tests.journeys.cast import HOSPITAL, unheard_name
from tests.journeys.conftest import check
from tests.journeys.steps import service, told
from tests.services.beds.factories import bed_unit, capacity

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]


def ward(**fields: Any) -> tuple[str, UUID]:
    """A unit of the hospital that nobody else counts, and the row of its figures."""
    site = Organisation.objects.get(name=HOSPITAL)
    name = f"Réanimation {unheard_name()}"
    return name, capacity(bed_unit(site, name=name), **fields).pk


def standing(key: UUID) -> tuple[int, int, int]:
    row = Capacity.objects.get(pk=key)
    return row.available, row.occupied, row.held


def card_of(page: Page, name: str) -> Any:
    return page.get_by_role("region", name=name, exact=True)


def test_a_nurse_updates_her_beds_with_a_thumb(
    open_page: Opener, in_region: Callable[..., Any]
) -> None:
    name, key = in_region(ward, hours=9)
    nurse = open_page("letallec")
    service(nurse, "Lits")
    card = card_of(nurse, name)
    expect(card.get_by_text("ancien")).to_be_visible()
    check(nurse)
    more = card.get_by_role("button", name=re.compile("Un libre de plus"))
    box = more.bounding_box()
    assert box
    assert box["width"] >= 64
    assert box["height"] >= 64
    more.click()
    expect(card.get_by_text("à jour")).to_be_visible()
    expect(card.locator(".beds-count b")).to_have_text("4")
    assert in_region(standing, key) == (4, 8, 0)
    card.get_by_role("button", name="Annuler ma saisie").click()
    expect(card.locator(".beds-count b")).to_have_text("3")
    card.get_by_role("button", name="Rien n’a changé").click()
    expect(card.get_by_text("C’est noté")).to_be_visible()
    card.get_by_text("Occupés, réservés, fermés, supplémentaires").click()
    card.get_by_label("Fermés").fill("40")
    card.get_by_role("button", name="Enregistrer").click()
    expect(card.get_by_role("alert")).to_contain_text("plus de lits libres")
    check(nurse)
    nurse.get_by_role("navigation", name="Lits").get_by_role("link", name="Région").click()
    expect(nurse.get_by_role("heading", name="Lits de la région")).to_be_visible()
    check(nurse)


def test_a_bed_is_asked_in_a_crisis_given_and_confirmed(
    open_page: Opener, in_region: Callable[..., Any]
) -> None:
    name, key = in_region(ward, available=1, occupied=11)
    doctor = open_page("vasseur")
    service(doctor, "Lits")
    tabs = doctor.get_by_role("navigation", name="Lits")
    tabs.get_by_role("link", name="Cellule").click()
    check(doctor)
    doctor.get_by_role("link", name="Demander un lit").first.click()
    doctor.get_by_label("Réanimation").check()
    doctor.get_by_label("Respirateur").check()
    doctor.get_by_label("En quelques mots").fill("Détresse respiratoire.")
    check(doctor)
    doctor.get_by_role("button", name="Envoyer à la cellule").click()
    told(doctor, "La cellule a votre demande.")
    check(doctor)
    address = doctor.url

    cell = open_page("roux")
    cell.goto(address)
    cell.get_by_role("button", name=re.compile(f"Garder un lit, {name}")).click()
    told(cell, f"Lit gardé 30 minutes : appelez {name}.")
    check(cell)
    assert in_region(standing, key) == (1, 11, 1)

    nurse = open_page("letallec")
    service(nurse, "Lits")
    call = nurse.locator(".beds-kept").filter(has_text=name)
    expect(call.get_by_text("La cellule demande un lit")).to_be_visible()
    check(nurse)
    call.get_by_role("button", name="Oui, je le garde").click()
    told(doctor, "Lit confirmé")
    call.get_by_role("button", name="Patient arrivé").click()
    told(doctor, "Patient arrivé")
    assert in_region(standing, key) == (0, 12, 0)
