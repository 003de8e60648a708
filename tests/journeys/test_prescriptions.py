"""A doctor prescribes, reads the alert, signs, prints, confirms the treatments; then renews in one tap and cancels."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import cast
from tests.journeys.cast import Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import field, open_record, tab, told
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]


def test_a_doctor_prescribes_prints_renews_and_cancels(
    open_page: Opener, newcomer: Maker, in_region: Callable[..., Any], region: Region
) -> None:
    who = newcomer("vasseur")
    in_region(cast.signatory, "vasseur")
    in_region(cast.qualified_identity, who)
    page = open_page("vasseur")
    open_record(page, who, region)
    page.get_by_role("link", name="Ajouter dans Allergies").click()
    page.get_by_label("Allergie à").fill("Amoxicilline")
    page.get_by_role("button", name="Enregistrer").click()

    tab(page, "Ordonnances")
    expect(page.get_by_text("Aucune ordonnance pour l’instant")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Prescrire", exact=True).click()
    check(page)
    page.get_by_role("link", name="Ajouter un médicament").click()
    check(page)
    page.get_by_role("button", name="Ajouter à l’ordonnance").click()
    expect(page.get_by_text("Ce champ est obligatoire.").first).to_be_visible()
    field(page, "Médicament").fill("Amoxicilline 1 g, comprimé")
    field(page, "Dose par prise").fill("1")
    field(page, "Unité").select_option("comprimé")
    field(page, "Prises").fill("3")
    field(page, "Durée").fill("6")
    field(page, "Nombre de boîtes").fill("2")
    page.get_by_role("button", name="Ajouter à l’ordonnance").click()
    expect(page.get_by_text("une allergie est notée au dossier")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Signer l’ordonnance").click()
    told(page, "Il y a des alertes à lire")
    page.get_by_label("J’ai lu ces alertes").check()
    page.get_by_role("button", name="Signer l’ordonnance").click()
    told(page, "L’ordonnance est signée et classée")
    check(page)
    path = page.get_by_role("link", name="Imprimer").get_attribute("href") or ""
    printed = page.request.get(f"{region.url}{path}")
    assert printed.body().startswith(b"%PDF-")

    page.get_by_role("button", name="Mettre à jour les traitements").click()
    told(page, "Un traitement mis à jour.")
    page.get_by_role("button", name="Renouveler").click()
    expect(page.get_by_text(re.compile("Reprise de celle du"))).to_be_visible()
    tab(page, "Ordonnances")
    page.get_by_role("link", name="Amoxicilline 1 g, comprimé").last.click()
    page.get_by_role("button", name="Annuler cette ordonnance").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Pourquoi ?").fill("Allergie confirmée à l’interrogatoire")
    dialog.get_by_role("button", name="Annuler l’ordonnance").click()
    told(page, "L’ordonnance est annulée")
    expect(page.get_by_text("Allergie confirmée à l’interrogatoire").first).to_be_visible()
    check(page)
