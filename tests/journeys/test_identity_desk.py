"""The identity unit's desk: resolve and undo, split and put back, explain to the source, at both widths."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import cast
from tests.journeys.conftest import check
from tests.journeys.steps import field, service, told
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Inside = Callable[..., Any]


def item_of(page: Page, name: str) -> None:
    """Open the line of somebody on the list."""
    service(page, "Cellule d’identité")
    while not page.get_by_role("row", name=re.compile(name)).count():
        page.get_by_role("link", name="Afficher la suite").click()
    row = page.get_by_role("row", name=re.compile(f"Traits discordants.*{name}.*{name}")).first
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Traits discordants")).to_be_visible()


def test_a_line_is_taken_resolved_and_undone(open_page: Opener, in_region: Inside) -> None:
    name, _ = in_region(cast.two_identities, is_discordant=True)
    page = open_page("vidal")
    service(page, "Cellule d’identité")
    check(page)
    row = page.get_by_role("row", name=re.compile(f"Traits discordants.*{name}.*{name}")).first
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Prendre").click()
    told(page, "1 ligne à vous.")
    item_of(page, name)
    expect(page.get_by_text("Suivi par vous")).to_be_visible()
    check(page)
    field(page, "Motif").fill("Acte de naissance vu au guichet")
    page.get_by_role("button", name="Même personne").click()
    told(page, "La décision est enregistrée.")
    page.get_by_role("link", name="Décisions", exact=True).click()
    check(page)
    page.get_by_role("row", name=re.compile(name)).first.get_by_role("link").click()
    page.get_by_role("button", name="Défaire cette décision…").click()
    check(page)
    page.get_by_role("dialog").get_by_label("Pourquoi").fill("Mauvaise ligne")
    page.get_by_role("dialog").get_by_role("button", name="Défaire").click()
    told(page, "La décision est défaite")
    expect(page.get_by_role("button", name="Même personne")).to_be_visible()
    expect(page.get_by_text("a défait la décision")).to_be_visible()


def test_an_identity_is_split_and_put_back(
    open_page: Opener, in_region: Inside, region: Region
) -> None:
    name, patient = in_region(cast.two_identities, is_discordant=False)
    page = open_page("vidal")
    page.goto(f"{region.url}/personnes/cellule/patients/{patient}/")
    expect(page.locator(".pbanner")).to_contain_text(name)
    check(page)
    page.get_by_text("Séparer cette identité…").last.click()
    page.get_by_label("Pourquoi n’est-ce pas la même personne").last.fill("Sa sœur jumelle")
    page.get_by_role("button", name="Séparer").last.click()
    told(page, "L’identité est séparée")
    expect(page).not_to_have_url(re.compile(str(patient)))
    page.get_by_text("Remettre à l’ancien dossier…").click()
    check(page)
    page.get_by_label("Pourquoi").fill("Erreur de lecture")
    page.get_by_role("button", name="Remettre").click()
    told(page, "revenue à son ancien dossier")
    expect(page).to_have_url(re.compile(str(patient)))


def test_the_source_is_asked_and_answers(open_page: Opener, in_region: Inside) -> None:
    name, _ = in_region(cast.two_identities, is_discordant=True)
    page = open_page("vidal")
    item_of(page, name)
    page.get_by_label("À qui").select_option(label=cast.HOSPITAL)
    field(page, "Question").fill(f"Quelle date de naissance avez-vous vue pour {name}\u00a0?")
    page.get_by_role("button", name="Envoyer la question").click()
    told(page, "La question est partie.")

    team = open_page("petit")
    service(team, "Rechercher")
    team.get_by_role("link", name=re.compile("Identités de ma structure")).click()
    check(team)
    team.get_by_role("link", name=re.compile(name)).click()
    expect(team.get_by_text("la date de naissance", exact=False).first).to_be_visible()
    expect(team.get_by_text("3 décembre 1948")).to_have_count(0)
    check(team)
    team.get_by_role("radio", name="Corrigé chez nous").check()
    field(team, "Précisions").fill("Saisie corrigée ce matin")
    team.get_by_role("button", name="Envoyer la réponse").click()
    told(team, "La réponse est enregistrée")

    page.reload()
    expect(page.get_by_text("Saisie corrigée ce matin").first).to_be_visible()
    check(page)
