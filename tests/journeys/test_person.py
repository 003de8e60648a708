"""The person's own space, and that of somebody who represents them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import cast
from tests.journeys.cast import Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import open_record, service, tab, told
from tests.running import Region
from tests.services.record import factories as record

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]
Runner = Callable[..., Any]


def test_the_person_reads_writes_and_opposes(
    open_page: Opener, newcomer: Maker, in_region: Runner, region: Region
) -> None:
    who = newcomer("vasseur", "roche", own=True)
    in_region(record.report, who.patient_id)
    in_region(record.document, who.patient_id)
    page = open_page(who.login)
    check(page)
    page.get_by_role("link", name=re.compile("^Noter une mesure")).click()
    page.get_by_label("Mesure", exact=True).select_option(label="Poids (kg)")
    page.get_by_label("Valeur", exact=True).fill("63,5")
    check(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("63,5").first).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Modifier ou retirer"))).to_be_visible()
    tab(page, "Synthèse")
    expect(page.get_by_role("link", name="Ajouter dans Allergies")).to_have_count(0)
    check(page)
    tab(page, "Notes")
    page.get_by_label("Votre note").fill("Je dors mal depuis lundi.")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.get_by_text("Écrit par le patient").first).to_be_visible()
    check(page)
    tab(page, "Documents")
    page.get_by_role("link", name="Consultation de cardiologie").click()
    check(page)

    nurse = open_page("roche")
    open_record(nurse, who, region)
    tab(nurse, "Notes")
    expect(nurse.get_by_text("Je dors mal depuis lundi.")).to_be_visible()

    tab(page, "Cercle")
    check(page)
    page.get_by_role("link", name="Enregistrer une opposition concernant Camille ROCHE").click()
    page.get_by_label("Pourquoi").fill("Un différend.")
    check(page)
    page.get_by_role("button", name="Enregistrer l’opposition").click()
    told(page, "Camille ROCHE n’a plus accès.")
    expect(nurse.get_by_text("Je dors mal depuis lundi.")).to_have_count(0, timeout=20_000)
    page.get_by_role("link", name="Consentements").click()
    check(page)
    page.get_by_role("button", name="Lever").click()
    told(page, "L’opposition est levée.")
    tab(page, "Accès")
    expect(page.get_by_text("A consulté les notes").first).to_be_visible()
    check(page)


def test_the_person_writes_to_their_doctor_who_answers(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("vasseur", own=True)
    page = open_page(who.login)
    page.get_by_role("link", name=re.compile("^Ouvrir le dossier")).click()
    tab(page, "Messages")
    check(page)
    page.get_by_role("link", name="Nouvelle conversation").click()
    page.get_by_label("Sujet").fill("Ordonnance")
    page.get_by_label("Dr Hélène VASSEUR").check()
    page.get_by_label("Message", exact=True).fill("Puis-je avoir un renouvellement ?")
    check(page)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("Puis-je avoir un renouvellement ?")).to_be_visible()
    check(page)

    doctor = open_page("vasseur")
    service(doctor, "Messagerie")
    check(doctor)
    line = doctor.locator(".thread-line", has_text=who.birth_name)
    line.get_by_role("link", name=re.compile("Ordonnance")).click()
    doctor.get_by_label("Votre message").fill("Oui, passez demain matin.")
    doctor.get_by_role("button", name="Envoyer").click()
    expect(doctor.get_by_text("Oui, passez demain matin.")).to_be_visible()
    check(doctor)
    expect(page.get_by_text("Oui, passez demain matin.")).to_be_visible(timeout=20_000)


def test_a_proxy_follows_their_mother_and_books_for_her(
    open_page: Opener, newcomer: Maker, in_region: Runner
) -> None:
    who = newcomer("vasseur", proxy=True)
    in_region(cast.slots_opened, "vasseur")
    page = open_page(who.relative)
    expect(page.get_by_text("Je représente")).to_be_visible()
    check(page)
    page.get_by_role("link", name=re.compile("^Écrire")).click()
    page.get_by_label("Votre note").fill("Maman a refusé son repas hier soir.")
    page.get_by_role("button", name="Enregistrer la note").click()
    told(page, "Note enregistrée.")
    check(page)
    tab(page, "Agenda")
    page.get_by_role("link", name="Nouveau rendez-vous").click()
    check(page)
    page.get_by_role("region", name="Créneaux libres").get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="À venir")).to_be_visible()
    expect(page.get_by_text("Dr Hélène VASSEUR").first).to_be_visible()
    check(page)
    tab(page, "Fil de vie")
    check(page)
    tab(page, "Cercle")
    expect(page.get_by_role("main").get_by_text("Représentant", exact=True)).to_be_visible()
    check(page)
    tab(page, "Accès")
    expect(page.get_by_role("heading", name="Qui a consulté ce dossier")).to_be_visible()
    check(page)
