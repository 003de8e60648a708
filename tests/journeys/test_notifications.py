"""Notifications (S7): a person's preferences; the desk where members' accounts are kept."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import cast
from tests.journeys.cast import Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import service, told
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]
Runner = Callable[..., Any]


def test_a_person_chooses_what_reaches_them_and_how(open_page: Opener, newcomer: Maker) -> None:
    who = newcomer(own=True)
    page = open_page(who.login)
    page.get_by_role("link", name=re.compile("^Notifications")).click()
    check(page)
    page.get_by_role("link", name="Mes préférences").click()
    check(page)
    page.get_by_label("Mobile").fill("06 12")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".form-errors")).to_be_visible()
    check(page)
    page.get_by_label("Mobile").fill("06 39 98 12 34")
    page.get_by_label("On vous nomme dans un message, par courriel").select_option(
        label="Dans le résumé du jour"
    )
    page.get_by_label("Ne rien envoyer à partir de").fill("20:00")
    page.get_by_label("jusqu’à").fill("08:00")
    page.get_by_role("button", name="Enregistrer").click()
    told(page, "Vos préférences sont enregistrées.")
    page.reload()
    expect(page.get_by_label("jusqu’à")).to_have_value("08:00")


def test_a_member_s_account_is_opened_used_counted_and_its_key_revoked(
    open_page: Opener, in_region: Runner, region: Region
) -> None:
    place = in_region(cast.member_place)
    page = open_page("roux")
    service(page, "Envois")
    check(page)
    tabs = page.get_by_role("navigation", name="Envois", exact=True)
    tabs.get_by_role("link", name="Comptes").click()
    page.get_by_role("link", name="Ouvrir un compte").click()
    page.get_by_label("Chercher la structure").fill(place)
    page.get_by_role("button", name="Chercher", exact=True).click()
    check(page)
    page.get_by_label(place).check()
    page.get_by_label("Nom d’expéditeur").fill("ClinEssai")
    page.get_by_role("button", name="Ouvrir le compte").click()
    expect(page.get_by_role("heading", name=place)).to_be_visible()
    check(page)
    page.get_by_label("Logiciel qui s’en servira").fill("Agenda des consultations")
    page.get_by_role("button", name="Faire une clé").click()
    fresh = page.get_by_role("status").filter(has_text="Voici la clé")
    key = fresh.locator(".figures").inner_text()
    check(page)

    def send(text: str) -> int:
        answer = page.request.post(
            f"{region.url}/notifications/api/v1/sms",
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": f"{place}-{text}"},
            data={"to": "06 39 98 12 34", "text": text},
        )
        return answer.status

    assert send("Rendez-vous demain à 9 h.") == 202
    assert send("Votre chimiothérapie est demain.") == 422
    page.get_by_role("link", name="Comptes SMS").click()
    tabs.get_by_role("link", name="Essais").click()
    check(page)
    tabs.get_by_role("link", name="Relevé").click()
    row = page.get_by_role("row", name=re.compile(place))
    expect(row).to_contain_text("1")
    check(page)
    tabs.get_by_role("link", name="Envois").click()
    page.locator("#sendings tr", has_text=place).first.get_by_role("link").click()
    check(page)
    page.get_by_role("link", name="Envois", exact=True).last.click()
    tabs.get_by_role("link", name="Comptes").click()
    check(page)
    page.get_by_role("link", name=place).click()
    page.get_by_role("button", name=re.compile("^Révoquer")).click()
    expect(page.get_by_text("Révoquée")).to_be_visible()
    assert send("Rendez-vous demain à 10 h.") == 401


def test_a_number_is_taken_off_and_put_back(open_page: Opener) -> None:
    page = open_page("roux")
    service(page, "Envois")
    page.get_by_role("link", name="Désinscrits").click()
    page.get_by_label("Numéro à désinscrire").fill("06 39 98 00 01")
    page.get_by_role("button", name="Désinscrire").click()
    row = page.get_by_role("row", name=re.compile(r"06\s39\s98\s00\s01"))
    expect(row).to_be_visible()
    check(page)
    row.get_by_role("button", name=re.compile("^Réinscrire")).click()
    expect(row).to_have_count(0)
