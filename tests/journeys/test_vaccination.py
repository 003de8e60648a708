"""Vaccination (C8): at the pharmacy's counter, in the nurse's hands, described by the region's team."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import cast
from tests.journeys.cast import Newcomer, unheard_name
from tests.journeys.conftest import check
from tests.journeys.steps import field, open_record, service, tab, told
from tests.running import Region
from tests.services.vaccination.factories import FORM, box, campaign

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]

QUESTIONS = (
    "A déjà fait une réaction allergique grave à un vaccin contre la grippe",
    "A de la fièvre",
    "A déjà fait une réaction allergique grave, quelle",
    "A eu une maladie neurologique",
    "Prend un anticoagulant",
)


def asked(page: Page, *yes: str) -> None:
    """Answer the questions before a vaccine; `yes` begin those that are answered so."""
    for one in QUESTIONS:
        said = "Oui" if one in yes else "Non"
        page.get_by_role("group", name=re.compile(rf"^{re.escape(one)}")).get_by_label(said).check()
    agreed = page.get_by_role("group", name=re.compile("^La personne, ou qui la représente"))
    agreed.get_by_label("Oui").check()
    check(page)
    page.get_by_role("button", name="Terminer").click()


def opened(in_region: Callable[..., Any], **fields: Any) -> str:
    """An open campaign of this journey's own; its name."""
    name = f"Essai {unheard_name()}"
    in_region(campaign, name=name, **{"form_name": FORM} | fields)
    return name


def test_a_pharmacist_opens_a_record_vaccinates_and_hands_the_paper_over(
    open_page: Opener, in_region: Callable[..., Any], region: Region
) -> None:
    name, person = opened(in_region), unheard_name()
    page = open_page("nguyen")
    service(page, "Vaccination")
    check(page)
    page.get_by_role("link", name="Vacciner quelqu’un").click()
    check(page)
    field(page, "Nom de naissance").fill(person)
    field(page, "Premier prénom").fill("Odile")
    field(page, "Date de naissance").fill("1941-05-06")
    page.get_by_role("button", name="Chercher", exact=True).click()
    expect(page.get_by_text("n’a de dossier dans la région")).to_be_visible()
    check(page)
    page.get_by_label("La personne est informée de ce dossier partagé").check()
    page.get_by_role("button", name="Ouvrir un dossier").click()
    told(page, "Le dossier est ouvert.")
    check(page)
    page.get_by_role("button", name=f"Commencer : {name}").click()
    asked(page)
    expect(page.get_by_text("Peut être vaccinée")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Vacciner maintenant").click()
    field(page, "Code de la boîte").fill(box().replace("\x1d", "<GS>"))
    field(page, "Code de la boîte").press("Enter")
    expect(page.get_by_text("La boîte est lue")).to_be_visible()
    expect(field(page, "Lot")).to_have_value("AB12")
    field(page, "Site").select_option("Bras gauche")
    check(page)
    page.get_by_role("button", name="Enregistrer la vaccination").click()
    told(page, "La vaccination est enregistrée.")
    check(page)
    page.get_by_role("button", name="Faire l’attestation").click()
    told(page, "L’attestation est prête")
    expect(page.get_by_role("link", name="Attestation")).to_be_visible()
    service(page, "Vaccination")
    expect(page.get_by_role("link", name=re.compile(person))).to_be_visible()
    check(page)


def test_a_pharmacist_makes_the_note_of_a_dose_in_one_tap(
    open_page: Opener, newcomer: Maker, in_region: Callable[..., Any], region: Region
) -> None:
    who, name = newcomer("nguyen"), opened(in_region, form_name="")
    in_region(cast.qualified_identity, who)
    in_region(cast.signatory, "nguyen")
    page = open_page("nguyen")
    open_record(page, who, region)
    tab(page, "Vaccinations")
    page.get_by_role("button", name=f"Commencer : {name}").click()
    page.get_by_role("link", name="Vacciner maintenant").click()
    field(page, "Code de la boîte").fill(box().replace("\x1d", "<GS>"))
    field(page, "Code de la boîte").press("Enter")
    field(page, "Site").select_option("Bras gauche")
    page.get_by_role("button", name="Enregistrer la vaccination").click()
    told(page, "La vaccination est enregistrée.")
    check(page)
    page.get_by_role("button", name="Note de vaccination").click()
    told(page, "Document produit et classé, version 1.")
    expect(page.get_by_text("Vaccin d’essai").first).to_be_visible()
    check(page)
    page.get_by_label("La personne en est informée").check()
    page.get_by_role("button", name=re.compile("Publier au DMP")).click()
    told(page, "Le document part au DMP dans quelques secondes.")
    tab(page, "Vaccinations")
    page.get_by_role("link", name=re.compile("Vaccin d’essai")).first.click()
    expect(page.get_by_role("link", name="Note de vaccination")).to_be_visible()


def test_a_nurse_vaccinates_on_a_prescription_and_corrects_herself(
    open_page: Opener, newcomer: Maker, in_region: Callable[..., Any], region: Region
) -> None:
    who, name = newcomer("roche"), opened(in_region)
    nurse = open_page("roche")
    open_record(nurse, who, region)
    tab(nurse, "Vaccinations")
    check(nurse)
    nurse.get_by_role("button", name=f"Commencer : {name}").click()
    asked(nurse, "A déjà fait une réaction allergique grave, quelle")
    expect(nurse.get_by_text("L’avis d’un médecin est nécessaire")).to_be_visible()
    check(nurse)
    nurse.get_by_role("link", name="Vacciner maintenant").click()
    field(nurse, "Vaccin").select_option(index=1)
    field(nurse, "Lot").fill("ZZ9")
    field(nurse, "Péremption").fill("2031-05-31")
    field(nurse, "Site").select_option("Bras droit")
    field(nurse, "Prescripteur").fill("Dr Paul IMBERT")
    field(nurse, "Date de l’ordonnance").fill("2026-11-02")
    nurse.get_by_role("button", name="Enregistrer la vaccination").click()
    told(nurse, "La vaccination est enregistrée.")
    expect(nurse.get_by_text("Dr Paul IMBERT")).to_be_visible()

    nurse.get_by_role("link", name="Déclarer", exact=True).click()
    nurse.get_by_label("Non grave").check()
    field(nurse, "Ce qui s’est passé").fill("Rougeur au bras pendant une journée.")
    check(nurse)
    nurse.get_by_role("button", name="Noter l’effet").click()
    told(nurse, "L’effet indésirable est noté.")
    check(nurse)

    nurse.get_by_role("link", name="Corriger").click()
    field(nurse, "Lot").fill("ZZ99")
    field(nurse, "Ce que vous corrigez, et pourquoi").fill("Lot mal recopié")
    check(nurse)
    nurse.get_by_role("button", name="Enregistrer la correction").click()
    told(nurse, "La correction est enregistrée")
    expect(nurse.get_by_text("lot ZZ9,")).to_be_visible()
    nurse.get_by_role("button", name="Retirer", exact=True).click()
    dialog = nurse.get_by_role("dialog")
    dialog.get_by_label("Pourquoi ?").fill("Saisi dans le mauvais dossier")
    dialog.get_by_role("button", name="Retirer").click()
    expect(nurse.get_by_text("Retiré : noté par erreur")).to_be_visible()
    check(nurse)
    nurse.get_by_role("button", name="Rétablir").click()
    dialog.get_by_label("Pourquoi ?").fill("C’était le bon dossier")
    dialog.get_by_role("button", name="Rétablir").click()
    told(nurse, "L’acte est rétabli.")


def test_the_region_s_team_makes_a_campaign_that_a_pharmacist_follows_at_once(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    """A vaccine with the number of its box, the questions, the campaign, all on screens; then the counter."""
    name, gtin = f"Zona {unheard_name()}", _invented_gtin()
    page = open_page("roux")
    service(page, "Campagnes de vaccination")
    check(page)
    page.get_by_role("link", name="Ajouter un vaccin").click()
    field(page, "Nom").fill(f"Vaccin {name}")
    field(page, "Maladie").fill(name)
    field(page, "Numéros des boîtes").fill(gtin)
    check(page)
    page.get_by_role("button", name="Enregistrer le vaccin").click()
    told(page, "est enregistré")
    page.get_by_role("link", name="Écrire des questions").click()
    field(page, "Titre").fill(f"Avant {name}")
    field(page, "Question 1").fill("A de la fièvre aujourd’hui")
    field(page, "Question 2").fill("A déjà fait une allergie grave")
    field(page, "Effet de la question 2").select_option("Un oui demande un médecin")
    check(page)
    page.get_by_role("button", name="Publier les questions").click()
    told(page, "Les questions sont publiées")
    page.get_by_role("link", name="Nouvelle campagne").click()
    field(page, "Nom").fill(name)
    field(page, "État").select_option("Ouverte")
    field(page, "Du").fill("2026-11-01")
    page.get_by_role("group", name="Vaccins").get_by_label(f"Vaccin {name}").check()
    people = page.get_by_role("group", name="Pharmacien")
    field(people, "Vaccine à partir de").fill("18")
    field(people, "Prescrit à partir de").fill("18")
    field(page, "Recommandée à tous à partir de").fill("65")
    field(page, "Questionnaire").select_option(f"Avant {name}")
    check(page)
    page.get_by_role("button", name="Enregistrer la campagne").click()
    told(page, "La campagne est enregistrée.")
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    check(page)

    who = newcomer("nguyen")
    counter = open_page("nguyen")
    open_record(counter, who, region)
    tab(counter, "Vaccinations")
    counter.get_by_role("button", name=f"Commencer : {name}").click()
    _no(counter, "A de la fièvre aujourd’hui")
    _no(counter, "A déjà fait une allergie grave")
    counter.get_by_role(
        "group", name=re.compile("^La personne, ou qui la représente")
    ).get_by_label("Oui").check()
    counter.get_by_role("button", name="Terminer").click()
    expect(counter.get_by_text("Peut être vaccinée")).to_be_visible()
    expect(counter.get_by_text("recueillies par Minh NGUYEN")).to_be_visible()
    counter.get_by_role("link", name="Vacciner maintenant").click()
    field(counter, "Code de la boîte").fill(box(gtin).replace("\x1d", "<GS>"))
    field(counter, "Code de la boîte").press("Enter")
    expect(counter.get_by_text("La boîte est lue")).to_be_visible()
    field(counter, "Site").select_option("Bras gauche")
    counter.get_by_role("button", name="Enregistrer la vaccination").click()
    told(counter, "La vaccination est enregistrée.")
    service(page, "Campagnes de vaccination")
    line = page.get_by_role("row", name=re.compile(re.escape(name)))
    expect(line.get_by_role("cell").nth(2)).to_have_text("1")


def _no(page: Page, question: str) -> None:
    page.get_by_role("group", name=re.compile(rf"^{re.escape(question)}")).get_by_label(
        "Non"
    ).check()


def _invented_gtin() -> str:
    """A number of a box that nobody has yet, among those that GS1 keeps for examples."""
    body = f"0952{uuid.uuid4().int % 10**9:09d}"
    weights = [3 if rank % 2 == 0 else 1 for rank in range(13)]
    total = sum(int(one) * weight for one, weight in zip(body, weights, strict=True))
    return f"{body}{-total % 10}"


def test_a_doctor_sets_the_delay_aside_and_the_dose_is_sent_to_the_one_who_is_chosen(
    open_page: Opener, newcomer: Maker, in_region: Callable[..., Any], region: Region
) -> None:
    name = f"Essai {unheard_name()}"
    in_region(campaign, name=name, dose_count=2, interval_days=90)
    who = newcomer("nguyen", "vasseur", "imbert")
    counter = open_page("nguyen")
    _first_dose(counter, who, region, name)
    counter.get_by_role("link", name="Vaccinations", exact=True).first.click()
    counter.get_by_role("button", name=f"Commencer : {name}").click()
    expect(counter.get_by_text("Une autre dose est trop proche")).to_be_visible()
    expect(counter.get_by_text("Un médecin peut l’écarter")).to_be_visible()
    check(counter)

    doctor = open_page("vasseur")
    open_record(doctor, who, region)
    tab(doctor, "Vaccinations")
    doctor.get_by_role("button", name=f"Commencer : {name}").click()
    doctor.get_by_label("65 ans et plus").check()
    field(doctor, "Pourquoi cette exception").fill("Départ en mission, rappel avancé.")
    check(doctor)
    doctor.get_by_role("button", name="Prescrire par exception").click()
    told(doctor, "La dose est prescrite par exception")
    check(doctor)

    counter.reload()
    expect(counter.get_by_text("Exception médicale (délai)")).to_be_visible()
    counter.get_by_role("link", name="Vacciner", exact=True).click()
    _declare(counter, "CD34")
    expect(counter.get_by_text("Par exception (délai)")).to_be_visible()
    counter.get_by_label("À qui la transmettre").select_option(label="Dr Paul IMBERT, Médecin")
    check(counter)
    counter.get_by_role("button", name="Transmettre").click()
    told(counter, "Transmis à Dr Paul IMBERT")
    check(counter)


def _first_dose(page: Page, who: Newcomer, region: Region, name: str) -> None:
    open_record(page, who, region)
    tab(page, "Vaccinations")
    page.get_by_role("button", name=f"Commencer : {name}").click()
    page.get_by_role("link", name="Vacciner maintenant").click()
    _declare(page, "AB12")


def _declare(page: Page, lot: str) -> None:
    """A dose typed by hand."""
    field(page, "Vaccin").select_option(index=1)
    field(page, "Lot").fill(lot)
    field(page, "Péremption").fill("2031-05-31")
    field(page, "Site").select_option("Bras droit")
    page.get_by_label("65 ans et plus").check()
    page.get_by_role("button", name="Enregistrer la vaccination").click()
    told(page, "La vaccination est enregistrée.")
