"""The plan of health of an old person: opened and sent, agreed to, read and signed; templates written on screens."""

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.cast import Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import field, open_record, service, tab, told
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]


def test_a_doctor_sends_a_plan_a_nurse_agrees_and_the_person_signs(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("vasseur", "roche", own=True)
    doctor = open_page("vasseur")
    open_record(doctor, who, region)
    tab(doctor, "Plan de santé")
    check(doctor)
    doctor.get_by_role("link", name="Commencer un plan").click()
    field(doctor, "Ce que la personne souhaite").fill("Retourner au marché sans tomber.")
    doctor.get_by_label("Bien prendre ses médicaments").check()
    check(doctor)
    doctor.get_by_role("button", name="Commencer le plan").click()
    told(doctor, "Plan ouvert")
    expect(doctor.get_by_text("Préparer le pilulier").first).to_be_visible()
    check(doctor)
    # No pharmacist is of this circle: the person sees to it.
    doctor.get_by_role("link", name=re.compile("^Bilan partagé de médication")).click()
    field(doctor, "Qui").select_option(label="La personne ou un proche")
    field(doctor, "Ou quelqu’un d’autre").fill("La personne, avec sa fille")
    check(doctor)
    doctor.get_by_role("button", name="Enregistrer").click()
    told(doctor, "Action : enregistré.")
    doctor.get_by_role("button", name=re.compile("^Envoyer pour accord")).click()
    told(doctor, "Accord demandé à")
    expect(doctor.get_by_text("Réponse attendue").first).to_be_visible()
    check(doctor)

    nurse = open_page("roche")
    service(nurse, "Demandes")
    nurse.get_by_role("link", name="Ma part des plans").click()
    check(nurse)
    nurse.get_by_role("row", name=re.compile(who.birth_name)).get_by_role("link").first.click()
    check(nurse)
    nurse.get_by_role("link", name="Répondre").first.click()
    expect(nurse.get_by_text("Préparer le pilulier").first).to_be_visible()
    check(nurse)
    nurse.get_by_label("D’accord, je m’en charge").check()
    nurse.get_by_role("button", name="Envoyer ma réponse").click()
    told(nurse, "Votre réponse est enregistrée")
    nurse.get_by_role(
        "link", name=re.compile("^Dire où elle en est : Préparer le pilulier")
    ).click()
    field(nurse, "Ce qu’il en est").fill("Pilulier prêt, juste deux semaines de suite.")
    check(nurse)
    nurse.get_by_role("button", name="Enregistrer").click()
    told(nurse, "C’est noté dans le plan.")
    check(nurse)

    person = open_page(who.login)
    person.get_by_role("link", name=re.compile("^Ouvrir le dossier")).click()
    tab(person, "Plan de santé")
    check(person)
    person.get_by_role("link", name="Lire le plan").click()
    check(person)
    person.get_by_role("link", name="Lire et signer").click()
    expect(person.get_by_text("Retourner au marché sans tomber.").first).to_be_visible()
    check(person)
    person.get_by_label("J’accepte ce plan").check()
    field(person, "Votre nom, tel que vous signez").fill(f"{who.given.title()} {who.birth_name}")
    person.get_by_role("button", name="Signer").click()
    expect(person.get_by_text("Cochez la case").first).to_be_visible()
    person.get_by_label("J’ai lu ce plan").check()
    person.get_by_role("button", name="Signer").click()
    told(person, "La signature est enregistrée")
    check(person)

    doctor.goto(f"{region.url}/")
    service(doctor, "Plans personnalisés de santé")
    check(doctor)
    line = doctor.locator("#hp-rows > li", has_text=who.birth_name)
    expect(line.get_by_text("Validé", exact=True)).to_be_visible()
    expect(line.get_by_text("Signé", exact=True)).to_be_visible()
    line.get_by_role("link").first.click()
    doctor.get_by_role("link", name="Imprimer").click()
    expect(
        doctor.get_by_text("Une signature sur papier vaut pour cette édition").first
    ).to_be_visible()
    check(doctor)


def test_a_nurse_collects_a_signature_at_the_bedside_and_a_change_undoes_it(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("roche")
    nurse = open_page("roche")
    open_record(nurse, who, region)
    tab(nurse, "Plan de santé")
    nurse.get_by_role("link", name="Commencer un plan").click()
    nurse.get_by_label("Retrouver l’appétit et le poids").check()
    nurse.get_by_role("button", name="Commencer le plan").click()
    told(nurse, "Plan ouvert")
    nurse.get_by_role("link", name="Faire signer").click()
    check(nurse)
    field(nurse, "Nom de qui signe, tel qu’il l’écrit").fill("Jeanne Essai")
    nurse.get_by_label(re.compile("^La personne a lu ce plan")).check()
    nurse.get_by_role("button", name="Enregistrer").click()
    told(nurse, "La signature est enregistrée")
    expect(nurse.get_by_text("Plan signé").first).to_be_visible()
    nurse.get_by_role("link", name="Problème", exact=True).click()
    field(nurse, "Problème").select_option(label="Isolement")
    check(nurse)
    nurse.get_by_role("button", name="Enregistrer").click()
    told(nurse, "Problème : enregistré.")
    expect(nurse.get_by_text("Modifié depuis la signature").first).to_be_visible()
    check(nurse)


def test_the_region_s_team_writes_a_template_and_puts_it_in_service(open_page: Opener) -> None:
    title = f"Mémoire {uuid.uuid4().hex[:6]}"
    team = open_page("roux")
    service(team, "Modèles de plans")
    check(team)
    team.get_by_role("link", name="Nouveau modèle").click()
    field(team, "Titre").fill(title)
    field(team, "Nom court").fill(title.lower().replace(" ", "-").replace("é", "e"))
    field(team, "Pour quel plan").select_option(label="Plan personnalisé de santé")
    check(team)
    team.get_by_role("button", name="Enregistrer").click()
    told(team, "Brouillon enregistré")
    check(team)
    team.get_by_role("link", name="Problème", exact=True).click()
    field(team, "Problème").select_option(label="Organisation du suivi")
    team.get_by_role("button", name="Enregistrer").click()
    told(team, "Brouillon enregistré")
    team.get_by_role("link", name="Objectif", exact=True).click()
    field(team, "Objectif").fill("Ne plus oublier ses rendez-vous")
    check(team)
    team.get_by_role("button", name="Enregistrer").click()
    told(team, "Brouillon enregistré")
    team.get_by_role("link", name="Action", exact=True).click()
    field(team, "Action").fill("Agenda affiché dans la cuisine")
    field(team, "Qui, en général").select_option(label="Infirmier")
    team.get_by_role("button", name="Enregistrer").click()
    told(team, "Brouillon enregistré")
    expect(team.get_by_text("Agenda affiché dans la cuisine").first).to_be_visible()
    check(team)
    team.get_by_role("button", name="Mettre en service").click()
    told(team, "est en service")
    check(team)
