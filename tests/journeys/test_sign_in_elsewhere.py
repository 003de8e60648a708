"""One sign-in for everything (S1): by Pro Santé Connect, and from here into another vendor's application."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from enrs.config.demo.stand_in.application import NAME
from tests.journeys.cast import HOSPITAL, PASSWORD, PRACTICE, TWO_PLACES
from tests.journeys.conftest import SEE_MS, check
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]


def leave(page: Page) -> None:
    page.get_by_role("button", name=re.compile(TWO_PLACES)).click()
    page.get_by_role("button", name="Se déconnecter").click()


def works_at(page: Page, place: str) -> None:
    """Open the list of places, in the bar or, on a phone, in one's own menu: this one is the present one."""
    bar = page.get_by_role("button", name=re.compile("Lieu d’exercice"))
    (bar if bar.is_visible() else page.get_by_role("button", name=re.compile("Mon compte"))).click()
    now = page.locator("[aria-current]:visible", has_text=place)
    expect(now.first).to_be_visible()


def test_a_doctor_of_two_places_signs_in_by_the_card_and_changes_place(
    open_page: Opener, region: Region
) -> None:
    page = open_page()
    page.get_by_role("link", name=re.compile("Pro Santé Connect")).click()
    check(page)
    page.get_by_role("button", name=re.compile(TWO_PLACES)).click()
    expect(page.get_by_role("heading", name=re.compile("Où travaillez-vous"))).to_be_visible()
    check(page)
    expect(page.get_by_text("Confirmé")).to_have_count(2)
    page.get_by_role("button", name=re.compile(PRACTICE)).click()
    page.wait_for_url(f"{region.url}/")
    works_at(page, PRACTICE)
    page.get_by_role("button", name=re.compile(HOSPITAL)).click()
    page.wait_for_load_state()
    works_at(page, HOSPITAL)
    page.keyboard.press("Escape")
    check(page)
    leave(page)
    expect(page.get_by_label("Identifiant")).to_be_visible()
    # The card's own session ended too: the stand-in asks again who is there.
    page.get_by_role("link", name=re.compile("Pro Santé Connect")).click()
    expect(page.get_by_role("button", name=re.compile(TWO_PLACES))).to_be_visible()


def test_whoever_leaves_pro_sante_connect_leaves_the_region(
    open_page: Opener, region: Region
) -> None:
    page = open_page()
    page.get_by_role("link", name=re.compile("Pro Santé Connect")).click()
    page.get_by_role("button", name=re.compile(TWO_PLACES)).click()
    expect(page.get_by_role("heading", name=re.compile("Où travaillez-vous"))).to_be_visible()
    page.goto(f"http://localhost:{region.ports['stand-in']}/")
    check(page)
    page.get_by_role("link", name=re.compile("Se déconnecter")).click()
    expect(page.get_by_role("heading", name="Vous êtes déconnecté")).to_be_visible()
    sign_in = page.get_by_label("Identifiant")
    for _ in range(SEE_MS // 500):  # it is told beside the answer to the browser
        page.goto(f"{region.url}/")
        if sign_in.is_visible():
            break
        page.wait_for_timeout(500)
    expect(sign_in).to_be_visible()


def enter(page: Page, region: Region) -> str:
    """From the application's door to its shelves; returns its address."""
    address = f"http://localhost:{region.ports['third-party']}/"
    page.goto(address)
    check(page)
    page.get_by_role("link", name="Entrer par l’espace régional").click()
    page.get_by_label("Identifiant").fill("chidiac")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    agree = page.get_by_role("button", name="Accepter et continuer")
    shelves = page.get_by_role("heading", name="À emprunter")
    expect(agree.or_(shelves)).to_be_visible()
    if agree.is_visible():
        expect(page.get_by_role("heading", name=NAME)).to_be_visible()
        check(page)
        agree.click()
    expect(page.locator("main")).to_contain_text(TWO_PLACES)
    check(page)
    return address


def test_another_vendor_s_application_is_entered_and_left_with_the_region(
    open_page: Opener, region: Region
) -> None:
    page = open_page()
    address = enter(page, region)
    page.goto(f"{region.url}/")
    expect(page.get_by_role("button", name=re.compile(TWO_PLACES))).to_be_visible()
    page.goto(address)
    page.get_by_role("button", name=re.compile("Se déconnecter, ici et")).click()
    expect(page.get_by_role("link", name="Entrer par l’espace régional")).to_be_visible()
    page.goto(f"{region.url}/")
    expect(page.get_by_label("Identifiant")).to_be_visible()


def test_leaving_the_region_leaves_the_applications_that_were_entered(
    open_page: Opener, region: Region
) -> None:
    page = open_page()
    address = enter(page, region)
    page.goto(f"{region.url}/")
    leave(page)
    expect(page.get_by_label("Identifiant")).to_be_visible()

    page.goto(address)
    door = page.get_by_role("link", name="Entrer par l’espace régional")
    for _ in range(SEE_MS // 500):  # the worker tells it, in a moment of its own
        if door.is_visible():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(door).to_be_visible()
