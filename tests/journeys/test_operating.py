"""The exploitation (S1): no act without a session; opened for a reason and a time, shown, ended, told."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.cast import PASSWORD
from tests.journeys.conftest import check
from tests.journeys.steps import field, service, told

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
REASON = "Envois incertains à relancer après la coupure"


def test_a_session_is_opened_for_a_reason_shown_on_every_page_and_ended(open_page: Opener) -> None:
    page = open_page("caron")
    expect(page.get_by_text("Lecture seule")).to_be_visible()
    service(page, "Annonces")
    expect(page.get_by_role("heading", name="Publier une annonce")).to_have_count(0)
    check(page)

    service(page, "Envois")
    if page.get_by_role("heading", name="Confirmez que c’est vous").count():
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_role("heading", name="Ouvrir une session d’exploitation")).to_be_visible()
    check(page)
    field(page, "Motif").fill("court")
    page.get_by_role("button", name="Ouvrir la session").click()
    expect(page.locator(".form-errors")).to_be_visible()
    check(page)
    field(page, "Motif").fill(REASON)
    field(page, "Référence du ticket").fill("INC-2041")
    page.get_by_label("1 heure", exact=True).check()
    page.get_by_role("button", name="Ouvrir la session").click()

    expect(page.get_by_role("heading", name="Envois", exact=True)).to_be_visible()
    bar = page.get_by_role("note", name="Session d’exploitation")
    expect(bar).to_contain_text(re.compile("encore"))
    check(page)
    service(page, "Annonces")
    expect(page.get_by_role("heading", name="Publier une annonce")).to_be_visible()
    page.get_by_role("note", name="Session d’exploitation").get_by_role(
        "button", name="Terminer"
    ).click()
    told(page, "La session d’exploitation est terminée.")
    expect(page.get_by_text(REASON).first).to_be_visible()
    expect(page.get_by_text("A ouvert une session d’exploitation").first).to_be_visible()
    check(page)
    service(page, "Sessions d’exploitation")
    check(page)
    service(page, "Envois")
    expect(page.get_by_role("heading", name="Envois", exact=True)).to_have_count(0)
