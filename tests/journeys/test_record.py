"""The shared record (C1): a doctor and a nurse in town."""

import itertools
import re
import struct
import uuid
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.journeys import cast
from tests.journeys.cast import Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import field, open_record, service, tab, told
from tests.running import Region
from tests.services.record import factories as record

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]
Runner = Callable[..., Any]
_days = itertools.count(2 + uuid.uuid4().int % 200)
"""A day of its own for each appointment: an hour is given once."""


def look_for(page: Page, name: str, given: str, birth: str) -> None:
    """The first step of a new record."""
    page.get_by_label("Nom de naissance").fill(name)
    page.get_by_label("Premier prénom").fill(given)
    page.get_by_label("Date de naissance").fill(birth)
    page.get_by_label("Sexe").select_option(label="Femme")
    page.get_by_role("button", name="Chercher", exact=True).click()


def test_a_doctor_opens_a_record_and_is_warned_of_a_twin(
    open_page: Opener, newcomer: Maker, in_region: Runner
) -> None:
    known = newcomer("vasseur")
    page = open_page("vasseur")
    page.get_by_role("link", name="Nouveau dossier").click()
    check(page)
    look_for(page, known.birth_name, known.given, known.birth_date)
    expect(page.get_by_text("Cette personne a peut-être déjà un dossier")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(known.birth_name))).to_be_visible()
    check(page)
    page.get_by_label("La personne est informée de ce dossier").check()
    page.get_by_role("button", name="Créer le dossier").click()
    expect(page.get_by_role("button", name="Créer tout de même")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Chercher de nouveau").click()

    name = cast.unheard_name()
    look_for(page, name, "ODETTE", "1950-06-01")
    expect(page.get_by_text("n’a de dossier dans la région")).to_be_visible()
    page.get_by_role("button", name="Créer le dossier").click()
    expect(page.get_by_text("La personne doit être informée").first).to_be_visible()
    page.get_by_label("La personne est informée de ce dossier").check()
    page.get_by_role("button", name="Créer le dossier").click()
    told(page, "Le dossier est créé.")
    expect(page.locator(".pbanner")).to_contain_text(name)
    check(page)


def add_entry(page: Page, part: str, values: dict[str, str]) -> None:
    """Add a line to a part of the summary, from the summary."""
    tab(page, "Synthèse")
    page.get_by_role("link", name=f"Ajouter dans {part}").click()
    for label, value in values.items():
        field(page, label).fill(value)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text(next(iter(values.values()))).first).to_be_visible()


def test_a_doctor_keeps_the_summary_and_hands_it_over(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("vasseur")
    page = open_page("vasseur")
    open_record(page, who, region)
    check(page)
    page.get_by_role("link", name="Ajouter dans Allergies").click()
    page.get_by_label("Allergie à").fill("Pénicilline")
    page.get_by_label("Gravité possible").select_option(label="Élevée : risque vital")
    page.get_by_label("Réaction observée").fill("Œdème")
    check(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".pbanner")).to_contain_text("Pénicilline")
    check(page)
    add_entry(page, "Problèmes et antécédents", {"Problème, antécédent": "Hypertension artérielle"})
    add_entry(
        page, "Traitements en cours", {"Médicament": "Amlodipine 5 mg", "Posologie": "1 le matin"}
    )
    add_entry(page, "Vaccinations", {"Vaccin": "Grippe", "Reçu le": "2025-10"})
    tab(page, "Synthèse")
    page.get_by_role("link", name="Ajouter dans Mesures").click()
    page.get_by_label("Mesure", exact=True).select_option(label="Pression artérielle (mmHg)")
    page.get_by_label("Valeur", exact=True).fill("900")
    page.get_by_label("Seconde valeur").fill("80")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Cette valeur n’est pas possible").first).to_be_visible()
    page.get_by_label("Valeur", exact=True).fill("135")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("135").first).to_be_visible()

    tab(page, "Synthèse")
    page.get_by_role("link", name="Tout voir : Traitements en cours").click()
    page.get_by_role("link", name=re.compile("Modifier ou retirer.*Amlodipine")).click()
    page.get_by_label("Posologie").fill("1 le soir")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("1 le soir").first).to_be_visible()
    page.get_by_role("link", name=re.compile("Modifier ou retirer.*Amlodipine")).click()
    expect(page.get_by_role("heading", name="États précédents")).to_be_visible()
    page.get_by_role("button", name="Retirer de la synthèse").click()
    page.get_by_label("Pourquoi ?").fill("Arrêtée.")
    check(page)
    page.get_by_role("button", name="Retirer", exact=True).click()
    expect(page.get_by_text("Rien de noté pour l’instant")).to_be_visible()

    tab(page, "Synthèse")
    check(page)
    page.get_by_role("link", name="Imprimer").click()
    expect(page.get_by_role("heading", name="Problèmes et antécédents")).to_be_visible()
    check(page)
    tab(page, "Synthèse")
    page.get_by_role("link", name="Remettre").click()
    page.get_by_label("Destinataire").fill("Dr Anne LEROY, gériatre à Provins")
    page.get_by_label("Pourquoi").fill("Consultation de la semaine prochaine.")
    page.get_by_label("La personne en est informée").check()
    check(page)
    with page.expect_download() as sheet:
        page.get_by_role("button", name="Obtenir le PDF").click()
    assert sheet.value.suggested_filename == "synthese.pdf"
    tab(page, "Accès")
    expect(page.get_by_text("A remis la synthèse hors du cercle").first).to_be_visible()


def png(side: int = 8) -> bytes:
    """A small square picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )  # fmt: skip

    lines = b"".join(b"\x00" + b"\x30\x80\x90" * side for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )  # fmt: skip


def test_a_nurse_writes_with_a_photo_and_the_doctor_reads_what_is_new(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("vasseur", "roche")
    nurse = open_page("roche")
    open_record(nurse, who, region)
    nurse.get_by_role("button", name="Ajouter aux favoris").click()
    expect(nurse.get_by_role("button", name="Favori", exact=True)).to_be_visible()
    tab(nurse, "Notes")
    text = f"Pansement refait, plaie propre ({who.birth_name})."
    nurse.get_by_label("Votre note").fill(text)
    nurse.get_by_text("Étiquettes et photo").click()
    nurse.get_by_label("Étiquettes", exact=False).fill("pansement, plaie")
    nurse.get_by_label("Photo").set_input_files(
        {"name": "plaie.png", "mimeType": "image/png", "buffer": png()}
    )
    nurse.get_by_role("button", name="Enregistrer la note").click()
    told(nurse, "Note enregistrée.")
    expect(nurse.get_by_alt_text("Photo jointe à la note de Camille ROCHE")).to_be_visible()
    check(nurse)
    nurse.get_by_role("link", name="plaie", exact=True).click()
    expect(nurse.get_by_text(text)).to_be_visible()

    doctor = open_page("vasseur")
    service(doctor, "Quoi de neuf")
    check(doctor)
    doctor.get_by_label("Montrer").select_option(label="Notes")
    line = doctor.locator(".news-row", has_text=who.birth_name)
    expect(line).to_contain_text("Non lu")
    line.get_by_role("link").first.click()
    expect(doctor.get_by_text(text)).to_be_visible()
    note = doctor.locator(".note-row", has_text=text)
    note.get_by_role("button", name="Garder").click()
    expect(doctor.get_by_role("button", name="Gardée")).to_be_visible()
    check(doctor)
    doctor.get_by_label("Votre note").fill("Vu, on continue le pansement.")
    doctor.get_by_role("button", name="Enregistrer la note").click()
    told(doctor, "Note enregistrée.")
    service(doctor, "Quoi de neuf")
    doctor.get_by_role("button", name="Marquer comme lu").click()
    line = doctor.locator(".news-row", has_text=who.birth_name)
    expect(line).not_to_contain_text("Non lu")
    service(nurse, "Quoi de neuf")
    nurse.get_by_label("État").select_option(label="Mes favoris")
    expect(nurse).to_have_url(re.compile("etat=favoris"))
    expect(nurse.locator(".news-row", has_text=who.birth_name)).to_be_visible()
    expect(nurse.get_by_text("Vu, on continue le pansement.").first).to_be_visible()
    check(nurse)


REFRESH = "document.body.dispatchEvent(new CustomEvent('live:notes'))"
"""Something new is told: the list asks itself anew."""


def test_a_session_that_ends_takes_nothing_of_what_one_was_writing(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("roche")
    page = open_page("roche")
    open_record(page, who, region)
    tab(page, "Notes")
    page.get_by_label("Votre note").fill("Plaie du talon à revoir demain.")
    page.context.clear_cookies()
    page.evaluate(REFRESH)
    warning = page.locator(".toast-card", has_text="Votre session est terminée")
    expect(warning).to_contain_text("Ce que vous avez écrit est encore là")
    expect(page.get_by_label("Votre note")).to_have_value("Plaie du talon à revoir demain.")
    check(page)
    page.get_by_label("Votre note").fill("")
    page.evaluate(REFRESH)
    expect(page.get_by_label("Identifiant")).to_be_visible()
    assert "next=" in page.url


def test_a_nurse_keeps_a_round_and_a_view(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("roche")
    page = open_page("roche")
    page.get_by_role("link", name="Mes listes").click()
    check(page)
    page.get_by_label("Nom", exact=True).fill(f"Matin {who.birth_name}")
    page.get_by_role("button", name="Garder la liste").click()
    expect(page.get_by_text("Personne sur cette tournée ce jour-là")).to_be_visible()
    check(page)
    open_record(page, who, region)
    page.get_by_role("link", name="Mes tournées").click()
    round_ = page.get_by_role("form", name=f"Matin {who.birth_name}")
    round_.get_by_label("Lundi").check()
    round_.get_by_label("Jeudi").check()
    round_.get_by_label("Moment").fill("avant 8 h")
    check(page)
    round_.get_by_role("button", name="Mettre sur la tournée").click()
    expect(page.get_by_text("Sur la tournée").first).to_be_visible()
    page.goto(f"{region.url}/mes-listes/")
    page.get_by_role("link", name=f"Matin {who.birth_name}").click()
    page.get_by_role("navigation", name="Jours").get_by_role("link", name="Jeudi").click()
    expect(page.get_by_role("link", name=re.compile(who.birth_name))).to_be_visible()
    check(page)
    page.get_by_role("navigation", name="Jours").get_by_role("link", name="Mardi").click()
    expect(page.get_by_role("link", name=re.compile(who.birth_name))).to_have_count(0)
    page.get_by_role("button", name="Retirer la liste").click()

    page.goto(f"{region.url}/mes-listes/")
    page.get_by_label("Nom", exact=True).fill(f"Vue {who.birth_name}")
    page.get_by_label("Vue de tous mes patients").check()
    page.get_by_label("Dernière nouvelle", exact=True).first.check()
    page.get_by_label("Ordre").select_option(label="Lieu du séjour")
    page.get_by_role("button", name="Garder la liste").click()
    expect(page.get_by_role("columnheader", name="Dernière nouvelle")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Retirer la liste").click()


def test_a_doctor_finds_a_document_by_its_words_and_reads_the_life_line(
    open_page: Opener, newcomer: Maker, in_region: Runner, region: Region
) -> None:
    who = newcomer("vasseur", "roche")
    text = "Bonjour, amiodarone arrêtée ce jour.".encode()
    in_region(record.document, who.patient_id, text, title="Lettre de liaison")
    in_region(record.document, who.patient_id, b"%PDF-1.4 essai", "application/pdf",
        title="Compte rendu opératoire", type_code="34874-8", type_display="Compte rendu opératoire")  # fmt: skip
    in_region(cast.words_read, who)
    in_region(record.report, who.patient_id)
    in_region(record.stay, who.patient_id, number=who.birth_name)
    page = open_page("vasseur")
    open_record(page, who, region)
    tab(page, "Documents")
    check(page)
    search = page.get_by_label("Titre, auteur ou mots du texte")
    search.fill("amiodarone")
    expect(page.get_by_role("link", name="Compte rendu opératoire")).to_have_count(0)
    expect(page.get_by_role("link", name="Lettre de liaison")).to_be_visible()
    page.get_by_role("link", name="Lettre de liaison").click()
    check(page)
    tab(page, "Documents")
    page.get_by_label("Type").select_option(label="Compte rendu opératoire")
    expect(page.get_by_role("link", name="Lettre de liaison")).to_have_count(0)
    expect(page.get_by_role("link", name="Compte rendu opératoire")).to_be_visible()
    tab(page, "Fil de vie")
    expect(page.get_by_text("Lettre de liaison")).to_be_visible()
    check(page)
    page.get_by_label("Montrer").select_option(label="Résultats")
    expect(page.get_by_text("Lettre de liaison")).to_have_count(0)
    expect(page.get_by_text("Bilan sanguin").first).to_be_visible()
    page.get_by_label("Montrer").select_option(label="Séjours")
    expect(page.get_by_text("CH de Brie").first).to_be_visible()
    check(page)


def test_a_doctor_books_and_the_nurse_sees_it_in_the_agenda(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("vasseur", "roche")
    page = open_page("vasseur")
    service(page, "Agenda")
    if page.get_by_role("button", name="Ouvrir mon agenda").count():
        check(page)
        page.get_by_role("button", name="Ouvrir mon agenda").click()
        expect(page.get_by_role("button", name="Ouvrir mon agenda")).to_have_count(0)
    check(page)
    page.get_by_role("navigation", name="Agendas").get_by_role("link").first.click()
    page.get_by_role("link", name="Partage et calendriers").click()
    page.get_by_label("Pour quel appareil").fill("Mon téléphone")
    page.get_by_role("button", name="Créer une adresse").click()
    expect(page.locator(".agenda-address")).to_contain_text(".ics")
    check(page)
    page.get_by_role("button", name="Révoquer").first.click()
    open_record(page, who, region)
    tab(page, "Agenda")
    check(page)
    page.get_by_role("link", name="Nouveau rendez-vous").click()
    page.get_by_label("Jour").fill((timezone.localdate() + timedelta(days=next(_days))).isoformat())
    page.get_by_label("Heure", exact=True).fill("10:30")
    page.get_by_label("Durée en minutes").fill("30")
    field(page, "Objet").fill("Renouvellement")
    field(page, "Lieu").fill("À domicile")
    page.get_by_text("Inviter des participants").click()
    page.get_by_label("Camille ROCHE").check()
    check(page)
    page.get_by_role("button", name=re.compile("Enregistrer|Prendre")).click()
    expect(page.get_by_text("Renouvellement").first).to_be_visible()
    check(page)

    nurse = open_page("roche")
    open_record(nurse, who, region)
    tab(nurse, "Agenda")
    nurse.get_by_role("link", name=re.compile("Renouvellement")).click()
    nurse.get_by_role("button", name="J’y serai").click()
    check(nurse)
    service(nurse, "Agenda")
    check(nurse)
