"""What people do in a region, in a real browser, from the sign-in to the journal."""

import itertools
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.interop.gateway import messages
from tests.journeys.cast import INS_BEARER, OUTSIDER
from tests.journeys.conftest import check
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
TABS = ("Synthèse", "Fil de vie", "Documents", "Résultats", "Notes", "Cercle", "Accès")
_rank = itertools.count(1)


def record(page: Page) -> None:
    """Open Awa's record from the first page."""
    name = INS_BEARER["birth_name"]
    if page.get_by_label("Nom de naissance ou d’usage").count():
        page.get_by_label("Nom de naissance ou d’usage").fill(name)
        page.wait_for_url(re.compile(r"[?&]q="))  # the list is the one asked for
    page.get_by_role("link", name=re.compile(f"{name}|Ouvrir le dossier")).first.click()
    expect(page.locator(".pbanner")).to_contain_text(name)


def tab(page: Page, name: str) -> None:
    """Open a tab of the record."""
    page.get_by_role("navigation", name="Parties du dossier").get_by_role("link", name=name).click()


def test_every_page_of_a_record_is_fit_for_everyone(open_page: Opener) -> None:
    nobody = open_page()
    expect(nobody).to_have_url(re.compile("/compte/login/"))
    check(nobody)
    page = open_page("roche")
    check(page)
    record(page)
    for name in TABS:
        tab(page, name)
        expect(page.locator(".record-tabs [aria-current]")).to_have_text(re.compile(name))
        check(page)
    tab(page, "Documents")
    page.get_by_role("link", name="Consultation de cardiologie").click()
    check(page)
    tab(page, "Résultats")
    page.get_by_role("link", name="Hémoglobine").click()
    expect(page.locator("svg.chart:visible")).to_be_visible()
    check(page)
    for path in ("/mes-acces/", "/compte/sessions/", "/compte/securite/", "/personnes/"):
        page.goto(f"{page.url.split('/dossier')[0].split('/mes')[0].split('/compte')[0]}{path}")
        check(page)


def test_a_result_arrives_while_the_page_is_open(open_page: Opener, region: Region) -> None:
    page = open_page("roche")
    record(page)
    tab(page, "Résultats")
    expect(page.locator("[data-live-state=open]")).to_be_attached()
    rank = next(_rank)
    value = 140 + rank
    line = f"OBX|1|NM|2951-2^Sodium^LN||{value}|mmol/L|135-145|N|||F"
    sent = messages.results(f"J{rank}", filler=f"J{rank}", lines=(line,), **_traits())
    assert region.send(sent) == "AA"
    row = page.locator("tr", has=page.get_by_role("link", name="Sodium"))
    expect(row).to_contain_text(str(value), timeout=20_000)
    expect(page.locator(".new-mark").first).to_be_visible()
    row.get_by_role("link", name="Sodium").click()
    expect(page.locator(".latest-value")).to_contain_text(str(value))


def _traits() -> dict[str, str]:
    return {
        "ipp": "",
        "name": INS_BEARER["birth_name"],
        "given": INS_BEARER["first_given_name"],
        "birth": INS_BEARER["birth_date"].replace("-", ""),
        "ins": messages.INS,
        "status": "VALI",
    }


def test_a_note_is_written_and_seen_by_a_colleague_s_open_page(open_page: Opener) -> None:
    reader, writer = open_page("roche"), open_page("roche")
    for page in (reader, writer):
        record(page)
        tab(page, "Notes")
    expect(reader.locator("[data-live-state=open]")).to_be_attached()
    text = f"Chute sans gravité, à revoir ({next(_rank)})."
    reader.get_by_label("Votre note").fill("Je suis en train d’écrire")
    writer.get_by_label("Votre note").fill(text)
    writer.get_by_role("button", name="Enregistrer la note").click()
    expect(writer.get_by_text("Note enregistrée.")).to_be_visible()
    expect(reader.get_by_text(text)).to_be_visible(timeout=20_000)
    expect(reader.get_by_label("Votre note")).to_have_value("Je suis en train d’écrire")


def test_a_colleague_is_added_to_the_circle(open_page: Opener) -> None:
    page = open_page("roche")
    record(page)
    tab(page, "Cercle")
    name = "DUBREUIL8" if page.get_by_text("DUBREUIL7").count() else "DUBREUIL7"
    page.get_by_role("link", name="Ajouter au cercle").click()
    check(page)
    page.get_by_label("Nom, numéro RPPS ou FINESS").fill(name.lower())
    page.get_by_role("link", name=re.compile(f"Choisir .*{name}")).click()
    check(page)
    page.get_by_label("La personne est informée").check()
    page.get_by_role("button", name="Ajouter au cercle").click()
    expect(page.get_by_role("link", name=f"Dr Hélène {name}", exact=True)).to_be_visible()


def reads_the_notice(person: Page) -> None:
    """The bell rings, says who and why, and leads to the list of accesses."""
    expect(person.locator(".bell-count")).to_be_visible(timeout=20_000)
    person.get_by_role("link", name=re.compile("^Notifications, ")).click()
    told = person.locator(".notice-row", has_text="Dr Paul IMBERT")
    expect(told).to_contain_text("Inconsciente aux urgences")
    check(person)
    told.get_by_role("link", name="Voir les accès au dossier").click()
    expect(person.locator(".access-row.is-glass", has_text="Inconsciente aux")).to_be_visible()


def test_the_glass_is_broken_and_the_person_is_told(open_page: Opener) -> None:
    page = open_page("imbert")
    page.goto(f"{page.url}personnes/")
    exact = page.locator("#exact")
    exact.get_by_label("Nom de naissance").fill(OUTSIDER["birth_name"])
    exact.get_by_label("Premier prénom").fill(OUTSIDER["first_given_name"])
    exact.get_by_label("Date de naissance").fill(OUTSIDER["birth_date"])
    exact.get_by_label("Sexe").select_option("F")
    exact.get_by_role("button", name="Chercher cette personne").click()
    found = page.get_by_role("main")
    opened = found.get_by_role("link", name="Bris de glace", exact=True).or_(
        found.get_by_role("link", name="Ouvrir le dossier")
    )
    expect(opened).to_be_visible()
    if opened.inner_text() != "Bris de glace":
        reads_the_notice(open_page("rose"))  # The other width has already opened it.
        return
    person = open_page("rose")
    expect(person.locator("[data-live-state=open]")).to_be_attached()
    expect(person.locator(".bell-count")).to_have_count(0)
    opened.click()
    check(page)
    page.get_by_role("button", name="Ouvrir le dossier").click()
    expect(page.locator(".form-errors")).to_be_visible()
    check(page)
    page.get_by_label("Urgence").check()
    page.get_by_label("Précisez la situation").fill("Inconsciente aux urgences, sans proche.")
    page.get_by_role("button", name="Ouvrir le dossier").click()
    expect(page.get_by_text("Dossier ouvert par bris de glace")).to_be_visible()
    check(page)
    tab(page, "Accès")
    expect(page.locator(".access-row.is-glass", has_text="Inconsciente aux")).to_be_visible()
    check(page)
    reads_the_notice(person)


def test_the_person_reads_who_opened_their_record_then_leaves(open_page: Opener) -> None:
    nurse = open_page("roche")
    record(nurse)
    page = open_page("awa")
    check(page)
    page.get_by_role("link", name="Qui l’a consulté").click()
    expect(page.get_by_role("heading", name="Qui a consulté mon dossier")).to_be_visible()
    expect(page.locator(".access-row").filter(has_text="Camille ROCHE").first).to_be_visible()
    check(page)
    page.get_by_role("button", name=re.compile("Mon compte")).click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page).to_have_url(re.compile("/compte/login/"))
    page.go_back()
    page.reload()
    expect(page).to_have_url(re.compile("/compte/login/"))
