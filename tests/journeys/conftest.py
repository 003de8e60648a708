"""A region that runs, with a few people in it, and a browser at both widths."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    StorageState,
    expect,
    sync_playwright,
)

from enrs.config.state import state_folder
from tests.journeys import cast
from tests.journeys.cast import PASSWORD, Newcomer
from tests.journeys.closing import renderers_end_within
from tests.running import ROOT, Region, running_on, running_region

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ACT_MS, SEE_MS = 20_000, 10_000
"""What a click and a look may wait for, on a machine that other tests share."""
CLOSE_SECONDS = 30
"""What the close of a window may wait for: past it the renderer hangs, and would keep the whole run."""
expect.set_options(timeout=SEE_MS)
WIDTHS = {"desk": (1280, 860), "phone": (390, 844)}


LIVED_IN = os.environ.get("ENRS_JOURNEYS_DATABASE", "")
"""A demo's database, to make the journeys among its people (who stay there); else they are made in an empty region."""


def _stage(request: pytest.FixtureRequest) -> AbstractContextManager[Region]:
    if LIVED_IN:
        return running_on(LIVED_IN, data=state_folder())
    return running_region(request.getfixturevalue("template_database"))


@pytest.fixture(scope="package")
def region(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[Region]:
    """Every part, on a database with the opening cast."""
    with _stage(request) as running:
        # The template's cache is the tests' own: the parts want theirs.
        migrate = [sys.executable, "-m", "enrs.config", "migrate"]
        subprocess.run(migrate, env=running.environment, check=True, capture_output=True)
        with django_db_blocker.unblock(), cast.on_database(running.database):
            cast.enter_once()
        running.environment["ENRS_STAND_IN_URL"] = f"http://localhost:{running.ports['stand-in']}"
        for part in ("serve", "live", "worker", "gateway", "stand-in", "third-party"):
            running.start(part)
        yield running


@pytest.fixture
def in_region(region: Region, django_db_blocker: Any) -> Callable[..., Any]:
    """Run a command or a factory in the region's database: `in_region(function, …)`.

    In a thread of its own: the browser's event loop holds the one of the test, where Django refuses to work.
    """

    def inside(function: Callable[..., Any], args: Any, options: Any) -> Any:
        with django_db_blocker.unblock(), cast.on_database(region.database):
            return function(*args, **options)

    def run(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(inside, function, args, options).result()

    return run


@pytest.fixture
def newcomer(in_region: Callable[..., Any]) -> Callable[..., Newcomer]:
    """Make somebody of this journey's own: `newcomer("vasseur", own=True)`, see `cast.newcomer`."""
    return partial(in_region, cast.newcomer)


@pytest.fixture(scope="module")
def browser(region: Region) -> Iterator[Browser]:
    """Chromium, closed with the module: its event loop must not outlive it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        with renderers_end_within(CLOSE_SECONDS):
            running.close()


@pytest.fixture(params=list(WIDTHS))
def width(request: pytest.FixtureRequest) -> str:
    """At which width the journey is made: `desk` or `phone`."""
    return str(request.param)


@pytest.fixture(scope="package")
def signed_in_states(region: Region) -> dict[str, StorageState]:
    """The cookies of who signed in already: one sign-in per person is enough for many journeys."""
    return {}


@pytest.fixture
def open_page(
    width: str, browser: Browser, region: Region, signed_in_states: dict[str, StorageState]
) -> Iterator[Callable[[str], Page]]:
    """Open a page signed in as a login (or as nobody); what the browser complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(login: str = "") -> Page:
        size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
        context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            has_touch=width == "phone",
            locale="fr-FR",
            bypass_csp=False,
            storage_state=signed_in_states.get(login),
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(ACT_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda line: complaints.append(line.text) if "Content Security" in line.text else None,
        )
        page.goto(f"{region.url}/")
        if login and page.get_by_label("Identifiant").count():
            page.get_by_label("Identifiant").fill(login)
            page.get_by_label("Mot de passe").fill(PASSWORD)
            page.get_by_role("button", name="Se connecter").click()
            page.wait_for_url(f"{region.url}/")
            signed_in_states[login] = context.storage_state()
        return page

    yield opened
    with renderers_end_within(CLOSE_SECONDS):
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
