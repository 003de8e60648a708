"""A region that runs, with a few people in it, and a browser at both widths."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.referentials.directory.commands.load import load_rpps
from tests.factories import PositionFactory, UserFactory, known_patient, set_password
from tests.interop.gateway.messages import INS, TEST_OID
from tests.referentials.directory.factories import activity, rpps_file
from tests.running import ROOT, Region, running_region
from tests.services.record import factories as record

PASSWORD = "essai-de-connexion"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
WIDTHS = {"desk": (1280, 860), "phone": (390, 844)}
INS_BEARER = {"birth_name": "ESSAI-NDIAYE", "first_given_name": "AWA", "birth_date": "1985-07-12"}
OUTSIDER = {"birth_name": "ESSAI-DIALLO", "first_given_name": "ROSE", "birth_date": "1961-05-02"}


def _populate() -> None:
    """Awa with a record, a nurse and Awa herself; Rose, whom no professional follows; a colleague to add."""
    users = {
        login: UserFactory(login=login, name=name, kind=kind, password=None)
        for login, name, kind in (
            ("roche", "Camille ROCHE", User.Kind.PROFESSIONAL),
            ("imbert", "Dr Paul IMBERT", User.Kind.PROFESSIONAL),
            ("awa", "Awa NDIAYE", User.Kind.PATIENT),
            ("rose", "Rose DIALLO", User.Kind.PATIENT),
        )
    }
    for user in users.values():
        set_password(user, PASSWORD)
    PositionFactory(user=users["roche"], role="nurse", label="Infirmière")
    PositionFactory(user=users["imbert"], role="physician", label="Médecin")
    with acting(SYSTEM):
        awa = known_patient(**INS_BEARER, sex="F", ins=INS, ins_oid=TEST_OID, status="qualified").id
        rose = known_patient(**OUTSIDER, sex="F").id
        load_rpps(rpps_file(activity(7), activity(8)), file_name="ps.txt", publish=False)
    nurse = actor_of(users["roche"])
    record.give(awa, nurse)
    record.give(awa, actor_of(users["awa"]), "self", 3)
    record.give(rose, actor_of(users["rose"]), "self", 3)
    record.whole(awa, nurse)


@pytest.fixture(scope="package")
def region(template_database: str, django_db_blocker: Any) -> Iterator[Region]:
    """Every part, on a database with what `_populate` files."""
    usual = settings.DATABASES["default"]["NAME"]
    with running_region(template_database) as running:
        # The template's cache is the tests' own: the parts want theirs.
        migrate = [sys.executable, "-m", "enrs.config", "migrate"]
        subprocess.run(migrate, env=running.environment, check=True, capture_output=True)
        with django_db_blocker.unblock():
            _point_at(running.database)
            try:
                _populate()
            finally:
                _point_at(usual)
        for part in ("serve", "live", "worker", "gateway"):
            running.start(part)
        yield running


def _point_at(database: str) -> None:
    connections["default"].close()
    settings.DATABASES["default"]["NAME"] = database
    connections["default"].settings_dict["NAME"] = database


@pytest.fixture(scope="module")
def browser(region: Region) -> Iterator[Browser]:
    """Chromium, closed with the module: its event loop must not outlive it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(params=list(WIDTHS))
def open_page(
    request: pytest.FixtureRequest, browser: Browser, region: Region
) -> Iterator[Callable[[str], Page]]:
    """Open a page signed in as a login (or as nobody); what the browser complains of fails the test."""
    width, height = WIDTHS[request.param]
    contexts, complaints = [], []

    def opened(login: str = "") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=request.param == "phone",
            locale="fr-FR",
            bypass_csp=False,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda line: complaints.append(line.text) if "Content Security" in line.text else None,
        )
        page.goto(f"{region.url}/")
        if login:
            page.get_by_label("Identifiant").fill(login)
            page.get_by_label("Mot de passe").fill(PASSWORD)
            page.get_by_role("button", name="Se connecter").click()
            page.wait_for_url(f"{region.url}/")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def check(page: Page) -> None:
    """No serious fault of access, and nothing wider than the screen."""
    page.wait_for_load_state()
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
    assert not grave, json.dumps([page.url, grave], ensure_ascii=False)
    spill = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert spill <= 0, f"{page.url} is {spill} px too wide"
