"""Coordination (C4): who asks, the coordinator, the social worker, the secretary, the person."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import cast
from tests.journeys.cast import DESK, Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import field, open_record, service, tab, told
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]
Runner = Callable[..., Any]


def fill_request(page: Page) -> None:
    """The form of a request for support, from the first question to « Terminer »."""
    page.get_by_label("Maintien à domicile difficile").check()
    page.get_by_label("Ce que vous attendez").fill("Un suivi de la situation.")
    informed = page.get_by_role("group", name="La personne est informée de cette demande")
    informed.get_by_label("Oui").check()
    page.get_by_label("est d’accord").check()
    page.get_by_label("seule", exact=True).check()
    page.get_by_label("Ce qui pose problème aujourd’hui").fill("Chutes répétées, fille épuisée.")
    page.get_by_label("Chutes", exact=True).check()
    expect(page.get_by_text("7 réponses sur")).to_be_visible()
    page.get_by_role("button", name="Terminer").click()


def find_on_board(page: Page, who: Newcomer) -> None:
    """Open somebody's line of a board."""
    page.get_by_role("link", name=re.compile(who.birth_name)).first.click()
    expect(page.locator(".pbanner")).to_contain_text(who.birth_name)


def test_a_doctor_asks_and_reads_the_answer(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("vasseur")
    doctor = open_page("vasseur")
    open_record(doctor, who, region)
    tab(doctor, "Coordination")
    check(doctor)
    doctor.get_by_role("button", name="Demander un appui").click()
    expect(doctor.get_by_role("heading", name="Demande d’appui à la coordination")).to_be_visible()
    check(doctor)
    fill_request(doctor)
    expect(doctor.get_by_role("heading", name="Envoyer la demande d’appui")).to_be_visible()
    expect(doctor.get_by_text("Chutes répétées, fille épuisée.")).to_be_visible()
    check(doctor)
    doctor.get_by_label("Équipe de coordination").select_option(label=f"{DESK}, Melun")
    doctor.get_by_label("Priorité").select_option(label="Urgente")
    doctor.get_by_role("button", name="Envoyer la demande").click()
    told(doctor, f"Demande envoyée à {DESK}.")
    check(doctor)

    desk = open_page("morel")
    service(desk, "Coordination")
    check(desk)
    desk.get_by_role("link", name="Demandes d’appui").click()
    check(desk)
    find_on_board(desk, who)
    expect(desk.get_by_text("Chutes répétées, fille épuisée.")).to_be_visible()
    check(desk)
    desk.get_by_role("button", name="Qualifier").click()
    expect(desk.get_by_text("Qualifiée").first).to_be_visible()
    desk.get_by_role("link", name="Inclure").click()
    check(desk)
    desk.get_by_label("La personne a été informée le").fill("2026-03-01")
    desk.get_by_label("Réponse au demandeur").fill("Première visite lundi, avec l’infirmière.")
    desk.get_by_role("button", name="Ouvrir la situation").click()
    told(desk, "La personne est incluse")
    expect(desk.get_by_role("heading", name=f"Situation suivie par {DESK}")).to_be_visible()
    check(desk)

    doctor.get_by_role("link", name=re.compile("^Notifications")).click()
    check(doctor)
    service(doctor, "Demandes")
    check(doctor)
    doctor.get_by_role("link", name="Demandes d’appui").click()
    doctor.get_by_role("link", name="Incluse").click()
    find_on_board(doctor, who)
    expect(doctor.get_by_text("Première visite lundi, avec l’infirmière.")).to_be_visible()
    check(doctor)


def test_a_coordinator_writes_the_first_visit_and_the_four_parts_of_the_plan(
    open_page: Opener, newcomer: Maker, in_region: Runner, region: Region
) -> None:
    who = newcomer("vasseur")
    in_region(cast.followed, who)
    page = open_page("morel")
    open_record(page, who, region)
    tab(page, "Coordination")
    expect(page.get_by_text("Le premier contact reste à faire.")).to_be_visible()
    page.get_by_role("link", name="Inscrire un contact").click()
    check(page)
    field(page, "Contact").select_option(label="Visite à domicile")
    page.get_by_label("Durée en minutes").fill("90")
    field(page, "Avec").fill("Sa fille")
    page.get_by_label("Ce qu’il faut retenir").fill("Logement encombré, chutes dans le couloir.")
    page.get_by_role("button", name="Inscrire le contact").click()
    told(page, "Contact inscrit.")
    expect(page.get_by_text("Logement encombré, chutes dans le couloir.")).to_be_visible()
    notebook = page.get_by_role("region", name="Cahier de liaison")
    notebook.get_by_label("Votre message").fill("Clé chez la gardienne.")
    notebook.get_by_role("button", name="Envoyer").click()
    expect(notebook.get_by_text("Clé chez la gardienne.")).to_be_visible()
    check(page)

    page.get_by_role("button", name="Commencer le plan").click()
    expect(page.get_by_role("heading", name="Synthèse des problèmes et souhaits")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Modifier", exact=True).click()
    page.get_by_label("Situation de la personne").fill("Vit seule au deuxième étage.")
    page.get_by_label("Ce que la personne souhaite").fill("Rester chez elle.")
    page.get_by_label("À réviser le").fill("2030-06-01")
    check(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Vit seule au deuxième étage.")).to_be_visible()
    page.get_by_role("link", name="Problème", exact=True).click()
    field(page, "Problème").fill("Chutes répétées")
    check(page)
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Objectif pour Chutes répétées").click()
    field(page, "Objectif").fill("Marcher dehors chaque jour")
    page.get_by_label("Formulé par").fill("Elle-même")
    check(page)
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Action pour l’objectif Marcher dehors").click()
    field(page, "Action").fill("Bilan de kinésithérapie à domicile")
    field(page, "Qui").select_option(label="Dr Hélène VASSEUR, Médecin")
    check(page)
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("button", name="Commencer le plan").click()
    expect(page.get_by_text("En cours").first).to_be_visible()

    page.get_by_role("link", name="Modifier l’objectif Marcher dehors").click()
    page.get_by_label("État").select_option(label="Non atteint")
    page.get_by_label("S’il n’est pas atteint, pourquoi").fill("Ascenseur en panne depuis un mois.")
    page.get_by_role("button", name="Enregistrer").click()
    missed = page.locator("section", has_text="Ascenseur en panne depuis un mois.")
    expect(missed.get_by_role("heading").first).to_contain_text("non atteints")
    check(page)
    page.get_by_role("link", name="Historique").click()
    check(page)
    page.get_by_role("link", name="Le plan").click()
    page.get_by_role("link", name="Imprimer").click()
    expect(page.get_by_role("link", name="PDF")).to_be_visible()
    check(page)


def fill_grid(page: Page) -> None:
    """An AGGIR grid of somebody who does nothing by themselves: GIR 1."""
    page.get_by_label("À domicile").check()
    for box in page.get_by_label("Ne fait pas").all():
        box.check()
    field(page, "Évalué le").fill("2026-03-02")
    field(page, "Évalué le").press("Tab")
    expect(page.get_by_text("26 réponses sur 27")).to_be_visible()
    page.get_by_role("button", name="Terminer").click()


def test_a_coordinator_evaluates_hands_over_and_closes(
    open_page: Opener, newcomer: Maker, in_region: Runner, region: Region
) -> None:
    who = newcomer("vasseur")
    in_region(cast.followed, who)
    page = open_page("morel")
    open_record(page, who, region)
    tab(page, "Coordination")
    page.get_by_role("button", name="Grille AGGIR").click()
    check(page)
    fill_grid(page)
    expect(page.get_by_role("heading", name="GIR 1")).to_be_visible()
    check(page)
    tab(page, "Coordination")
    page.get_by_role("button", name="Évaluation", exact=True).click()
    field(page, "Évalué le").fill("2026-03-02")
    for level in page.get_by_label("À surveiller").all():
        level.check()
    check(page)
    page.get_by_role("button", name="Terminer").click()
    told(page, "Formulaire terminé.")
    check(page)

    tab(page, "Coordination")
    expect(page.get_by_text("GIR 1")).to_be_visible()
    page.get_by_role("link", name="Fiche de synthèse").click()
    expect(page.get_by_text("GIR 1, le")).to_be_visible()
    check(page)
    with page.expect_download() as sheet:
        page.get_by_role("link", name="PDF").click(modifiers=["Alt"])
    assert sheet.value.suggested_filename.endswith(".pdf")
    tab(page, "Coordination")
    page.get_by_role("link", name="Changer de référent").click()
    check(page)
    page.get_by_label("Nouveau référent").select_option(label="Aminata TRAORÉ, Assistante sociale")
    page.get_by_role("button", name="Confier la situation").click()
    told(page, "Situation confiée à Aminata TRAORÉ.")
    page.get_by_role("link", name="Clôturer").click()
    check(page)
    page.get_by_role("button", name="Clôturer la situation").click()
    expect(page.locator(".field-error, .form-errors").first).to_be_visible()
    page.get_by_label("Entrée en établissement").check()
    page.get_by_label("Précisions").fill("EHPAD des Tilleuls.")
    page.get_by_role("button", name="Clôturer la situation").click()
    told(page, "Situation clôturée.")
    expect(page.get_by_text("Clôturée", exact=True).first).to_be_visible()
    check(page)


def test_the_person_and_their_proxy_read_the_tab_and_answer_the_plan(
    open_page: Opener, newcomer: Maker, in_region: Runner
) -> None:
    who = newcomer("vasseur", own=True, proxy=True)
    in_region(cast.followed, who)
    in_region(cast.planned, who)
    for login, answer, remark in (
        (who.login, "D’accord avec réserves", "Pas le matin."),
        (who.relative, "D’accord", "Je l’accompagnerai."),
    ):
        page = open_page(login)
        page.get_by_role("link", name=re.compile("^Ouvrir le dossier")).click()
        tab(page, "Coordination")
        expect(page.get_by_role("heading", name=f"Situation suivie par {DESK}")).to_be_visible()
        expect(page.get_by_role("link", name="Inscrire un contact")).to_have_count(0)
        check(page)
        page.get_by_role("link", name="Plan personnalisé de coordination").click()
        expect(page.get_by_text("Marcher dehors chaque jour").first).to_be_visible()
        check(page)
        page.get_by_role("link", name="Donner ma réponse").click()
        check(page)
        page.get_by_label(answer, exact=True).check()
        page.get_by_label("Remarque ou réserve").fill(remark)
        page.get_by_role("button", name="Enregistrer la réponse").click()
        expect(page.get_by_text(remark)).to_be_visible()
        check(page)


def test_a_social_worker_takes_a_request_and_orients(
    open_page: Opener, newcomer: Maker, in_region: Runner
) -> None:
    who = newcomer("vasseur")
    in_region(cast.asked, who)
    page = open_page("traore")
    service(page, "Coordination")
    page.get_by_role("link", name=re.compile("Demandes à qualifier")).click()
    page.get_by_label("Chercher dans l’objet").fill("maintien")
    find_on_board(page, who)
    page.get_by_role("button", name="Autres actes").click()
    page.get_by_role("button", name="Demander un complément").click()
    dialog = page.get_by_role("dialog", name="Demander un complément")
    dialog.get_by_label("Motif").select_option(label="Coordonnées de la personne")
    check(page)
    dialog.get_by_role("button", name="Demander un complément").click()
    expect(page.get_by_text("À compléter").first).to_be_visible()
    check(page)

    doctor = open_page("vasseur")
    service(doctor, "Demandes")
    doctor.get_by_role("link", name="Demandes d’appui").click()
    find_on_board(doctor, who)
    doctor.get_by_role("button", name="Autres actes").click()
    doctor.get_by_role("button", name="Ajouter une note").click()
    doctor.get_by_label("Votre note").fill("Sa fille : 06 00 00 00 01.")
    doctor.get_by_role("button", name="Ajouter", exact=True).click()
    doctor.get_by_role("button", name="Complément apporté").click()
    expect(doctor.get_by_text("Reçue").first).to_be_visible()
    check(doctor)

    page.reload()
    expect(page.get_by_text("Sa fille : 06 00 00 00 01.")).to_be_visible()
    page.get_by_role("button", name="Orienter").click()
    dialog = page.get_by_role("dialog", name="Orienter")
    dialog.get_by_label("Motif").select_option(label="Aide ou soins à domicile")
    dialog.get_by_label("Précisions").fill("SSIAD de Melun, place lundi.")
    dialog.get_by_role("button", name="Orienter").click()
    told(page, "Orienter : c’est fait.")

    doctor.reload()
    expect(doctor.get_by_text("SSIAD de Melun, place lundi.").first).to_be_visible()


def test_a_secretary_writes_a_call_down_and_fills_no_form(
    open_page: Opener, newcomer: Maker, in_region: Runner, region: Region
) -> None:
    who = newcomer("vasseur")
    in_region(cast.followed, who)
    page = open_page("blanc")
    open_record(page, who, region)
    tab(page, "Coordination")
    expect(page.get_by_role("button", name="Demander un appui")).to_have_count(0)
    check(page)
    page.get_by_role("link", name="Inscrire un appel").click()
    check(page)
    page.get_by_label("Qui demande").fill("Sa voisine, 06 00 00 00 02")
    page.get_by_label("Ce qui est demandé").fill("Elle ne répond plus depuis hier.")
    page.get_by_label("Priorité").select_option(label="Urgente")
    page.get_by_role("button", name="Inscrire la demande").click()
    told(page, "Demande inscrite.")
    expect(page.get_by_text("Elle ne répond plus depuis hier.").first).to_be_visible()
    check(page)
    service(page, "Demandes")
    page.get_by_role("link", name="Demandes d’appui").click()
    find_on_board(page, who)
    page.get_by_role("button", name="Qualifier").click()
    expect(page.get_by_text("Qualifiée").first).to_be_visible()
    expect(page.get_by_role("link", name="Inclure")).to_have_count(0)
    check(page)


OLD_TOOL = """N° dossier;Nom de naissance;Prénom;Date de naissance;Sexe;Date d'inclusion;Temps
{first};{first};LUCIE;1938-04-02;F;12/01/2026;120
{second};{second};PAUL;1944-13-40;M;15/01/2026;45
"""


def test_a_coordinator_reads_figures_and_takes_over_an_older_tool(
    open_page: Opener, in_region: Runner
) -> None:
    page = open_page("morel")
    service(page, "Coordination")
    page.get_by_role("link", name="Indicateurs").click()
    expect(page.get_by_text("Premier contact, délai médian")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Trois ans").click()
    service(page, "Coordination")
    page.get_by_role("link", name="Reprendre un ancien outil").click()
    check(page)
    names = {"first": cast.unheard_name(), "second": cast.unheard_name()}
    content = OLD_TOOL.format(**names).encode()
    page.get_by_label("Ancien outil").select_option(label="SI MAIA")
    page.get_by_label("Fichier CSV").set_input_files(
        {"name": "maia.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Lire le fichier").click()
    expect(page.get_by_text("Que contient chaque colonne ?")).to_be_visible()
    expect(page.get_by_text("Date de naissance n’est pas une date")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Enregistrer les colonnes").click()
    page.get_by_label("Les personnes ont été informées").check()
    page.get_by_label("Au plus tard le").fill("2026-01-10")
    page.get_by_role("button", name="Reprendre ces lignes").click()
    expect(page.get_by_text("Situations reprises : 1. Lignes laissées : 1.")).to_be_visible()
    check(page)
