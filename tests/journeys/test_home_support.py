"""LISA (C6): the hospital's social worker prepares, an agency answers « à partir du », the person reads the week."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.journeys.cast import AGENCY, Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import field, open_record, service, tab, told
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]


def leaving(days: int, hour: int = 10) -> datetime:
    return (timezone.localtime() + timedelta(days=days)).replace(hour=hour, minute=0)


def opened(page: Page, who: Newcomer, region: Region, at: datetime) -> None:
    """Open the return of somebody, from their record."""
    open_record(page, who, region)
    tab(page, "Retour à domicile")
    check(page)
    page.get_by_role("link", name="Préparer un retour").click()
    field(page, "Sortie prévue").fill(f"{at:%Y-%m-%dT%H:%M}")
    field(page, "Adresse où elle rentre").fill("4 rue des Manguiers")
    field(page, "Commune").fill("Melun")
    field(page, "Entrer chez elle").fill("Clé chez la voisine")
    page.get_by_label("La personne, ou qui la représente").check()
    check(page)
    page.get_by_role("button", name="Ouvrir le retour").click()
    told(page, "Le retour est ouvert")
    check(page)


def added(page: Page, kind: str, at: str) -> None:
    """Add a line that comes every day."""
    page.get_by_role("link", name="Ajouter un passage").click()
    field(page, "Aide").select_option(kind)
    field(page, "Heure").fill(at)
    check(page)
    page.get_by_role("button", name="Ajouter à la semaine").click()
    told(page, "Le passage est ajouté")


def sent(page: Page) -> None:
    """Ask the agency for the whole week."""
    page.get_by_role("link", name="Demander aux structures").click()
    field(page, "Nom, ville ou numéro FINESS de la structure").fill(AGENCY[:12])
    page.get_by_role("main").get_by_role("button", name="Chercher", exact=True).click()
    page.get_by_label(re.compile(AGENCY)).first.check()
    check(page)
    page.get_by_role("button", name="Envoyer la demande").click()
    told(page, f"La demande est envoyée à {AGENCY}")
    check(page)


def received(page: Page, region: Region) -> None:
    """Open what the agency was asked last."""
    page.goto(f"{region.url}/demandes/tableau/aides-au-retour/?etat=sent")
    check(page)
    page.locator("a.board-link").last.click()
    expect(page.get_by_role("heading", name="Qui, et où")).to_be_visible()


def test_a_return_is_prepared_answered_and_read(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("delmas", own=True)
    social = open_page("delmas")
    opened(social, who, region, leaving(30))
    social.get_by_role("button", name="Décrire les besoins").click()
    for need in ("Toilette et habillage", "Courses"):
        social.get_by_label(need).check()
    social.get_by_role("group", name=re.compile("Vit seul")).get_by_label("Oui").check()
    check(social)
    social.get_by_role("button", name="Terminer").click()
    social.get_by_role("button", name="Mettre ces passages dans la semaine").click()
    told(social, "2 passages ajoutés")
    expect(social.get_by_text("aucune structure ne l’a pris").first).to_be_visible()
    check(social)
    added(social, "Repas", "12:00")
    sent(social)

    agency = open_page("perrin")
    received(agency, region)
    expect(agency.get_by_text(who.birth_name)).to_have_count(0)
    expect(agency.get_by_text("rue des Manguiers")).to_have_count(0)
    check(agency)
    field(agency, "À partir du").fill(f"{leaving(33):%Y-%m-%d}")
    for box in (
        agency.get_by_role("group", name=re.compile("^Courses")).get_by_role("checkbox").all()
    ):
        box.uncheck()
    agency.get_by_role("button", name="Nous pouvons prendre").click()
    told(agency, "C’est envoyé")
    expect(agency.get_by_text("4 rue des Manguiers")).to_be_visible()
    expect(agency.get_by_role("heading", level=1)).to_contain_text(who.birth_name)
    check(agency)

    social.reload()
    expect(social.get_by_text(re.compile(f"{AGENCY} commence le")).first).to_be_visible()
    expect(social.get_by_text(re.compile("Courses.*aucune structure"))).to_be_visible()
    check(social)
    social.get_by_role("button", name=re.compile("^Confirmer")).click()
    told(social, "C’est confirmé")

    person = open_page(who.login)
    service(person, "Ma semaine à domicile")
    expect(person.get_by_role("heading", name="Ma semaine à domicile")).to_be_visible()
    expect(person.get_by_text("Ce qui n’est pas encore couvert")).to_be_visible()
    check(person)
    person.get_by_role("link", name="Suivante").click()
    expect(person.get_by_text("Confirmé").locator("visible=true").first).to_be_visible()
    check(person)


def test_an_agency_that_refuses_and_a_person_for_whom_nobody_came(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("delmas", own=True)
    social = open_page("delmas")
    opened(social, who, region, leaving(-1, 8))
    added(social, "Repas", "12:00")
    sent(social)

    agency = open_page("perrin")
    agency.goto(f"{region.url}/demandes/tableau/aides-au-retour/?etat=sent")
    agency.locator("a.board-link").first.click()
    field(agency, "Motif").select_option("Plus de place en ce moment")
    agency.get_by_role("button", name="Refuser").click()
    told(agency, "C’est noté")
    check(agency)

    social.reload()
    expect(social.get_by_text("Plus de place en ce moment").first).to_be_visible()
    sent(social)
    agency.goto(f"{region.url}/demandes/tableau/aides-au-retour/?etat=sent")
    agency.locator("a.board-link").first.click()
    field(agency, "À partir du").fill(f"{leaving(0):%Y-%m-%d}")
    agency.get_by_role("button", name="Nous pouvons prendre").click()
    told(agency, "C’est envoyé")

    person = open_page(who.login)
    service(person, "Ma semaine à domicile")
    field(person, "Quel passage").select_option(index=1)
    check(person)
    person.get_by_role("button", name="Signaler l’absence").click()
    told(person, "C’est signalé")
    expect(person.get_by_text("N’est pas venu", exact=True)).to_be_visible()
    check(person)

    social.reload()
    expect(social.get_by_text("N’est pas venu", exact=True)).to_be_visible()
    social.get_by_role("button", name="Elle est rentrée").click()
    told(social, "C’est noté")
    social.get_by_role("link", name="Terminer").click()
    field(social, "Pourquoi").select_option("Les aides sont en place")
    check(social)
    social.get_by_role("button", name="Terminer").click()
    told(social, "Retour terminé")
    check(social)
