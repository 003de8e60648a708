"""Gestures that several journeys share: open a record, a tab, fill a form of the engine, read a message."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.journeys.cast import Newcomer
from tests.running import Region


def service(page: Page, name: str) -> None:
    """Open a service from the rail, or from the bar of a telephone."""
    rail = page.get_by_role("navigation", name="Services", exact=True).get_by_role(
        "link", name=name, exact=True
    )
    bar = page.get_by_role("navigation", name="Services principaux")
    if rail.is_visible():
        rail.click()
    elif bar.get_by_role("link", name=name, exact=True).count():
        bar.get_by_role("link", name=name, exact=True).click()
    else:
        bar.get_by_role("button", name="Plus").click()
        page.locator("#all-services").get_by_role("link", name=name, exact=True).click()


def open_record(page: Page, who: Newcomer, region: Region) -> None:
    """Find somebody in « Mes patients » and open their record."""
    if page.url.rstrip("/") != region.url:
        page.goto(f"{region.url}/")
    search = page.get_by_label("Nom de naissance ou d’usage")
    if search.count():
        search.fill(who.birth_name)
        page.wait_for_url(re.compile(r"[?&]q="))  # the list is the one asked for
    page.get_by_role("link", name=re.compile(f"{who.birth_name} {who.given}")).first.click()
    expect(page.locator(".pbanner")).to_contain_text(who.birth_name)


def tab(page: Page, name: str) -> None:
    """Open a tab of the record."""
    page.get_by_role("navigation", name="Parties du dossier").get_by_role("link", name=name).click()
    expect(page.locator(".record-tabs [aria-current]")).to_have_text(re.compile(name))


def field(page: Page | Locator, label: str) -> Locator:
    """The field of exactly this label, said to be optional or not."""
    return page.get_by_label(re.compile(rf"^\s*{re.escape(label)}(\s+facultatif)?\s*$"))


def told(page: Page, words: str) -> None:
    """The page says that the act was done."""
    expect(page.get_by_text(words).first).to_be_visible()
