"""A doctor makes a summary (VSM), is told what is missing, mends it, and publishes it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import cast
from tests.journeys.cast import Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import field, open_record, service, tab, told
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]
Runner = Callable[..., Any]


def to_summary_document(page: Page) -> None:
    tab(page, "Documents")
    page.get_by_role("link", name="Produire un document").click()
    page.get_by_role("link", name="Volet de synthèse médicale (VSM)").click()


def test_a_doctor_makes_a_summary_and_mends_what_is_missing(
    open_page: Opener, newcomer: Maker, in_region: Runner, region: Region
) -> None:
    who = newcomer("vasseur")
    in_region(cast.signatory, "vasseur")
    in_region(cast.qualified_identity, who)
    page = open_page("vasseur")
    open_record(page, who, region)
    tab(page, "Documents")
    page.get_by_role("link", name="Produire un document").click()
    check(page)
    page.get_by_role("link", name="Volet de synthèse médicale (VSM)").click()
    expect(page.get_by_text("Les allergies ne sont pas renseignées.")).to_be_visible()
    expect(
        page.get_by_text("La synthèse n’a ni pathologie, ni antécédent, ni traitement.")
    ).to_be_visible()
    check(page)
    page.get_by_role("button", name="Produire et classer").click()
    expect(page.get_by_text("À corriger avant de produire")).to_be_visible()

    page.get_by_role("link", name="Relire la synthèse").click()
    page.get_by_role("link", name="Ajouter dans Allergies").click()
    page.get_by_label("Allergie à").fill("Pénicilline")
    page.get_by_role("button", name="Enregistrer").click()
    tab(page, "Synthèse")
    page.get_by_role("link", name=re.compile("Ajouter dans Problèmes")).click()
    field(page, "Problème, antécédent").fill("Asthme")
    page.get_by_role("button", name="Enregistrer").click()

    to_summary_document(page)
    expect(page.get_by_text("À corriger avant de produire")).to_have_count(0)
    page.get_by_label("Points de vigilance").fill("Vit seule au troisième étage")
    page.get_by_role("button", name="Aperçu").click()
    preview = page.locator(".cda-preview")
    expect(preview).to_contain_text("Pénicilline")
    expect(preview).to_contain_text("Vit seule au troisième étage")
    check(page)
    page.get_by_role("button", name="Produire et classer").click()
    told(page, "Document produit et classé, version 1.")
    check(page)

    page.get_by_role("button", name=re.compile("Publier au DMP")).click()
    expect(page.get_by_text("Dites que la personne en est informée").first).to_be_visible()
    page.get_by_label("La personne en est informée").check()
    page.get_by_role("button", name=re.compile("Publier au DMP")).click()
    told(page, "Le document part au DMP dans quelques secondes.")
    service(page, "Publications au DMP")
    line = page.get_by_role("row", name=re.compile(who.birth_name))
    for _ in range(30):
        if line.get_by_text("Publié").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(line.get_by_text("Publié")).to_be_visible()
    check(page)
