"""Takes the screenshots of the README from a running demonstration: `scripts/screenshots.py INFO.json`."""

import json
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
WIDTHS = {"desktop": (1280, 860), "phone": (390, 844)}
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def main(info_file: Path) -> None:
    """One picture per page and width, light, and the record in the dark."""
    info = json.loads(info_file.read_text())
    accounts = {one["login"]: one["password"] for one in info["accounts"]}
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in WIDTHS:
            page = _open(browser, width)
            page.goto(info["url"])
            _shoot(page, f"sign-in-{width}")
            _sign_in(page, "moreau", accounts["moreau"])
            _shoot(page, f"patients-{width}")
            _record(page, width)
        dark = _open(browser, "desktop", scheme="dark")
        dark.goto(info["url"])
        _sign_in(dark, "moreau", accounts["moreau"])
        _find(dark, "marchand")
        _shoot(dark, "summary-dark")
        browser.close()


def _record(page: Page, width: str) -> None:
    _find(page, "marchand")
    _shoot(page, f"summary-{width}")
    for tab, name in (("Résultats", "results"), ("Documents", "documents"), ("Cercle", "circle")):
        page.locator(".tabs").get_by_role("link", name=tab).click()
        _shoot(page, f"{name}-{width}")


def _find(page: Page, name: str) -> None:
    """Open the record of the first patient of this name."""
    page.locator("main input[name=q]").fill(name)
    page.locator("main input[name=q]").press("Enter")
    page.locator("main a", has_text=name.upper()).first.click()
    page.wait_for_url("**/dossier/**")


def _open(browser: Browser, width: str, scheme: str = "light") -> Page:
    wide, high = WIDTHS[width]
    return browser.new_page(
        viewport={"width": wide, "height": high},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="fr-FR",
        has_touch=width == "phone",
    )


def _sign_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/")


def _shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("load")
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
