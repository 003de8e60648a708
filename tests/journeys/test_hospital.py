"""The shared record in a hospital: a nurse of the ward, the admissions office."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import cast
from tests.journeys.cast import HOSPITAL, Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import open_record, service, tab, told
from tests.running import Region
from tests.services.record import factories as record

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]
Runner = Callable[..., Any]


def test_a_nurse_of_the_ward_follows_who_stays_there(
    open_page: Opener, in_region: Runner, region: Region
) -> None:
    who = in_region(cast.staying)
    in_region(record.report, who.patient_id)
    page = open_page("letallec")
    check(page)
    open_record(page, who, region)
    expect(page.get_by_text(f"Hospitalisation en cours : {HOSPITAL}")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Pourquoi ai-je accès").click()
    expect(page.get_by_text("accueille cette personne")).to_be_visible()
    check(page)
    tab(page, "Résultats")
    page.get_by_role("link", name="Potassium").click()
    expect(page.locator(".latest-value")).to_contain_text("6,4")
    check(page)
    tab(page, "Notes")
    page.get_by_label("Votre note").fill("Potassium élevé : médecin de garde prévenu.")
    page.get_by_role("button", name="Enregistrer la note").click()
    told(page, "Note enregistrée.")
    page.get_by_role("link", name="Modifier ou retirer").click()
    check(page)
    page.get_by_label(re.compile("^Votre note du")).fill("Potassium à 6,4 : Dr IMBERT prévenu.")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Dr IMBERT prévenu")).to_be_visible()
    expect(page.locator(".note-by")).to_contain_text("modifiée")
    tab(page, "Synthèse")
    page.get_by_role("link", name="Ajouter dans Mesures").click()
    page.get_by_label("Mesure", exact=True).select_option(label="Température (°C)")
    page.get_by_label("Valeur", exact=True).fill("38,4")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("38,4").first).to_be_visible()
    check(page)


ACTIVE_LIST = """numero;nom_naissance;premier_prenom;date_naissance;sexe
{first};{first};Lucie;02/04/1938;F
{second};{second};Paul;31/02/1944;M
"""


def test_the_admissions_office_opens_a_whole_list_and_one_record(open_page: Opener) -> None:
    page = open_page("petit")
    check(page)
    page.get_by_role("link", name="Nouveau dossier").click()
    page.get_by_role("link", name="Une liste entière").click()
    check(page)
    names = {"first": cast.unheard_name(), "second": cast.unheard_name()}
    page.get_by_label(re.compile("^Fichier")).set_input_files({
        "name": f"actifs-{names['first']}.csv", "mimeType": "text/csv",
        "buffer": ACTIVE_LIST.format(**names).encode(),
    })  # fmt: skip
    page.get_by_role("button", name="Contrôler le fichier").click()
    expect(page.get_by_text("Dossiers à créer : 1 sur 2 lignes.")).to_be_visible()
    expect(page.get_by_text("Refusée", exact=True)).to_be_visible()
    check(page)
    page.get_by_label(re.compile("^Les personnes de cette liste sont informées")).check()
    page.get_by_role("button", name="Créer les dossiers").click()
    expect(page.get_by_text("Terminé.")).to_be_visible(timeout=30_000)
    check(page)
    with page.expect_download() as refused:
        page.get_by_role("link", name="Lignes refusées (CSV)").click()
    assert names["second"] in refused.value.path().read_text(encoding="utf-8-sig")
    page.get_by_role("navigation", name="Lignes").get_by_role("link", name="Créées").click()
    page.get_by_role("link", name=re.compile(names["first"])).click()
    expect(page.locator(".pbanner")).to_contain_text(names["first"])
    expect(page.get_by_role("link", name="Notes")).to_have_count(0)
    check(page)

    service(page, "Mes patients")
    page.get_by_role("link", name="Nouveau dossier").click()
    alone = cast.unheard_name()
    page.get_by_label("Nom de naissance").fill(alone)
    page.get_by_label("Premier prénom").fill("RENE")
    page.get_by_label("Date de naissance").fill("1939-09-09")
    page.get_by_label("Sexe").select_option(label="Homme")
    page.get_by_role("button", name="Chercher", exact=True).click()
    page.get_by_label("J’ai vu une pièce d’identité").check()
    page.get_by_label("La personne est informée de ce dossier").check()
    check(page)
    page.get_by_role("button", name="Créer le dossier").click()
    told(page, "Le dossier est créé.")
    expect(page.locator(".pbanner")).to_contain_text(alone)
    check(page)
