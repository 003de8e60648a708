"""Watching at home: the person on their phone, the doctor, the nurse who calls, the support cell, the region's team."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from enrs.referentials.directory.models import Organisation
from enrs.services.home_monitoring.models import Team
from tests.journeys.cast import DESK, Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import field, open_record, service, tab, told
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]
Runner = Callable[..., Any]


def support_cell() -> None:
    """The desk is the region's support cell."""
    place = Organisation.objects.get(name=DESK)
    if not Team.objects.filter(organisation_id=place.id).exists():
        Team.objects.create(
            organisation_id=place.id, name=place.name, kind="cell", hours="tous les jours, de 8 h à 22 h",
            phone="01 99 00 15 15",
        )  # fmt: skip


def begin(
    page: Page, who: Newcomer, region: Region, *, means: str, phone: str = "",
    protocol: str = "COVID-19 à domicile",
) -> None:  # fmt: skip
    """Begin the follow-up of somebody, watched by oneself."""
    open_record(page, who, region)
    tab(page, "Surveillance")
    check(page)
    page.get_by_role("link", name="Commencer une surveillance").click()
    field(page, "Protocole").select_option(label=f"{protocol}, version 1")
    page.get_by_label(means).check()
    if phone:
        field(page, "Téléphone où appeler").fill(phone)
    watcher = field(page, "Qui veille")
    own = watcher.locator("option", has_text=re.compile("VASSEUR|ROCHE")).first
    watcher.select_option(value=own.get_attribute("value"))
    check(page)
    page.get_by_role("button", name="Commencer la surveillance").click()
    told(page, "La surveillance commence")
    check(page)


def enter(page: Page, *, saturation: str) -> None:
    """Fill a reading, every question answered by no."""
    field(page, "Saturation en oxygène (%)").fill(saturation)
    field(page, "Température (°C)").fill("37,8")
    for group in page.locator("form fieldset.field-choices").all():
        if group.get_by_label("Non", exact=True).count():
            group.get_by_label("Non", exact=True).check()


def test_the_person_enters_a_reading_that_alerts_and_their_doctor_answers(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("vasseur", own=True)
    doctor = open_page("vasseur")
    begin(doctor, who, region, means="La personne, sur son téléphone")

    person = open_page(who.login)
    service(person, "Ma surveillance")
    expect(person.get_by_role("heading", name="COVID-19 à domicile")).to_be_visible()
    check(person)
    enter(person, saturation="88")
    person.get_by_role("button", name="Enregistrer le relevé").click()
    told(person, "votre équipe est prévenue")
    expect(person.get_by_text(re.compile("appelez le 15")).first).to_be_visible()
    check(person)
    person.get_by_role("link", name="Ma notice").click()
    check(person)

    service(doctor, "Surveillance à domicile")
    line = doctor.locator(".hm-row", has_text=who.birth_name)
    expect(line.get_by_text("Alerte", exact=True)).to_be_visible()
    expect(line.get_by_text("à prendre")).to_be_visible()
    check(doctor)
    line.get_by_role("link").first.click()
    check(doctor)
    doctor.get_by_label("Ce que vous faites").fill("Je l’appelle et j’envoie une infirmière.")
    doctor.get_by_role("button", name="Je prends cette alerte").click()
    told(doctor, "C’est noté")
    expect(doctor.get_by_text("Je l’appelle et j’envoie une infirmière.")).to_be_visible()
    check(doctor)


def test_an_alert_comes_to_an_open_page_and_what_is_typed_there_stays(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("vasseur", "roche")
    doctor = open_page("vasseur")
    begin(doctor, who, region, means="Un professionnel, à domicile")
    expect(doctor.get_by_role("heading", name="À prendre")).to_have_count(0)

    nurse = open_page("roche")
    open_record(nurse, who, region)
    tab(nurse, "Surveillance")
    nurse.get_by_role("link", name="COVID-19 à domicile").click()
    _entered(nurse, "94")
    expect(doctor.get_by_role("heading", name="À prendre")).to_be_visible()
    doctor.get_by_label("Ce que vous faites").fill("Je l’appelle dans")
    _entered(nurse, "88")
    expect(doctor.get_by_label("Ce que vous faites")).to_have_count(2)
    typed = [one.input_value() for one in doctor.get_by_label("Ce que vous faites").all()]
    assert sorted(typed) == ["", "Je l’appelle dans"]
    check(doctor)

    doctor.get_by_role("link", name="Terminer").click()
    expect(doctor.get_by_text("Alertes sans réponse")).to_be_visible()
    doctor.get_by_label("Hospitalisation").check()
    doctor.get_by_label("Pour le médecin traitant").fill("Transférée au CH d’essai de Brie.")
    check(doctor)
    _entered(nurse, "87")
    doctor.get_by_role("button", name="Terminer la surveillance").click()
    expect(doctor.get_by_text("n’était pas dans cette page")).to_be_visible()
    check(doctor)
    doctor.get_by_role("button", name="Terminer la surveillance").click()
    told(doctor, "la lettre est prête")
    expect(doctor.get_by_text("Transférée au CH d’essai de Brie.").first).to_be_visible()


def _entered(page: Page, saturation: str) -> None:
    """A reading of a nurse beside the person."""
    page.get_by_role("link", name="Saisir un relevé").click()
    enter(page, saturation=saturation)
    page.get_by_role("button", name="Enregistrer le relevé").click()
    told(page, "Relevé enregistré")


def test_a_nurse_enters_by_telephone_and_the_support_cell_takes_over_then_ends(
    open_page: Opener, newcomer: Maker, in_region: Runner, region: Region
) -> None:
    in_region(support_cell)
    who = newcomer("roche")
    nurse = open_page("roche")
    begin(
        nurse,
        who,
        region,
        means="Un appel, pour qui n’a pas de téléphone connecté",
        phone="01 99 00 12 34",
    )
    nurse.get_by_role("link", name="Saisir un relevé").click()
    check(nurse)
    nurse.get_by_label("Par téléphone").check()
    enter(nurse, saturation="94")
    nurse.get_by_role("button", name="Enregistrer le relevé").click()
    told(nurse, "Relevé enregistré : à surveiller")
    nurse.get_by_role("link", name="Passer la main").click()
    watcher = field(nurse, "Qui veille désormais")
    cell = watcher.locator("option", has_text=re.compile(DESK)).first
    watcher.select_option(value=cell.get_attribute("value"))
    nurse.get_by_label("Pourquoi, et ce qu’il faut savoir").fill("Fin de tournée, sans téléphone.")
    check(nurse)
    nurse.get_by_role("button", name="Passer la main").click()
    told(nurse, f"{DESK} veille désormais")
    check(nurse)

    support = open_page("morel")
    service(support, "Surveillance à domicile")
    line = support.locator(".hm-row", has_text=who.birth_name)
    expect(line.get_by_text(re.compile("par délégation"))).to_be_visible()
    check(support)
    line.get_by_role("link").first.click()
    support.get_by_label("Ce que vous faites").fill("Rappelée à 18 h, va mieux.")
    support.get_by_role("button", name="Je prends cette alerte").click()
    told(support, "C’est noté")
    support.get_by_role("link", name="Terminer").click()
    support.get_by_label("Amélioration").check()
    check(support)
    support.get_by_role("button", name="Terminer la surveillance").click()
    told(support, "la lettre est prête")
    expect(support.get_by_role("link", name="Lettre de fin")).to_be_visible()
    check(support)


def test_the_region_s_team_writes_a_protocol_and_a_doctor_follows_under_it(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    title = f"Plaie {uuid.uuid4().hex[:6]}"
    team = open_page("roux")
    service(team, "Protocoles de surveillance")
    check(team)
    team.get_by_role("link", name="Nouveau protocole").click()
    field(team, "Titre").fill(title)
    field(team, "Nom court").fill(title.lower().replace(" ", "-"))
    team.get_by_label("Température (°C)", exact=True).select_option(label="Demandée")
    team.get_by_label("Température, alerte au-dessus de", exact=True).fill("39")
    check(team)
    team.get_by_role("button", name="Enregistrer le brouillon").click()
    expect(team.get_by_role("heading", name=title)).to_be_visible()
    check(team)
    team.get_by_role("button", name="Mettre en service").click()
    told(team, "est en service")
    check(team)
    team.get_by_role("link", name="Protocoles", exact=True).click()
    expect(team.get_by_text("En service").first).to_be_visible()

    who = newcomer("vasseur")
    doctor = open_page("vasseur")
    begin(doctor, who, region, means="Un professionnel, à domicile", protocol=title)
    doctor.get_by_role("link", name="Saisir un relevé").click()
    field(doctor, "Température (°C)").fill("39,4")
    doctor.get_by_role("button", name="Enregistrer le relevé").click()
    told(doctor, "Relevé enregistré : alerte")
    expect(doctor.get_by_role("heading", name="À prendre")).to_be_visible()
    check(doctor)
