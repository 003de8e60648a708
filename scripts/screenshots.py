"""Takes the pictures of the documentation from a running demonstration: `scripts/screenshots.py INFO.json [ROW…]`.

`INFO.json` is what `enrs demo --info INFO.json` writes. Each row of `SHOTS` is a picture of one page of
`docs/systems/`: who signs in, the address, what is clicked from there, at which size and in which light.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright
from png import shrink

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
WIDTHS = {"desktop": (1280, 860), "phone": (390, 844)}
SETTLING = 900
"""Milliseconds; an open page is never idle: its live line stays open."""

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PEOPLE = {"marchand": "RIVOAL", "lucien": "AUBERTIN LUCIEN", "montbel": "N'DIAYE"}
"""Patients of the cast, by the words that begin their line in the doctor's list."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: `fill` are fields with their values, `follow` selectors then clicked one after the other,
    `top` what is scrolled to the top.

    `{marchand}` and the like in `path` are the identifiers of the people of `PEOPLE`.
    """

    name: str
    login: str
    path: str
    follow: tuple[str, ...] = ()
    size: Literal["desktop", "phone"] = "desktop"
    scheme: Literal["light", "dark"] = "light"
    top: str = ""
    fill: tuple[tuple[str, str], ...] = ()


FIRST_LINK = "main tbody th a"
FIRST_TASK = "main a.board-link"
OFFER = "main a.offer-name"
KARIM = (
    ("birth_name", "BENSLIMANE"),
    ("first_given_name", "KARIM"),
    ("birth_date", "{born}"),
    ("sex", "M"),
)
"""The exact traits of somebody whom the pharmacist does not follow."""

SHOTS: dict[str, tuple[Shot, ...]] = {
    "C1": (
        Shot("patients", "moreau", "/"),
        Shot("news", "moreau", "/quoi-de-neuf/?etat=nonlu"),
        Shot("round", "kouassi", "/mes-listes/", ("main a:has-text('Tournée du matin')",)),
        Shot("summary", "moreau", "/dossier/{marchand}/"),
        Shot("summary-dark", "moreau", "/dossier/{marchand}/", scheme="dark"),
        Shot("summary-phone", "moreau", "/dossier/{marchand}/", size="phone"),
        Shot("life-line", "moreau", "/dossier/{marchand}/fil/"),
        Shot("documents", "moreau", "/dossier/{marchand}/documents/?q=glyc%C3%A9mie"),
        Shot(
            "document", "moreau", "/dossier/{marchand}/documents/", ("main a:has-text('examens')",)
        ),
        Shot("results", "moreau", "/dossier/{marchand}/resultats/"),
        Shot("curve", "moreau", "/dossier/{marchand}/resultats/4548-4/"),
        Shot("notes", "moreau", "/dossier/{marchand}/notes/", top=".note-row"),
        Shot("agenda", "moreau", "/agenda/"),
        Shot("agenda-phone", "kouassi", "/agenda/", size="phone", top=".agenda-day.is-today"),
        Shot("messages", "moreau", "/messagerie/", ("main a:has-text('Glycémies du matin')",)),
        Shot(
            "list", "petit", "/dossier/listes-actives/", ("main a:has-text('presents-medecine')",)
        ),
        Shot("person", "marchand", "/"),
    ),
    "C4": (
        Shot("home", "lambert", "/coordination/"),
        Shot("requests", "lambert", "/demandes/tableau/demandes-appui/"),
        Shot("cases", "lambert", "/demandes/tableau/situations-suivies/"),
        Shot("cases-phone", "lambert", "/demandes/tableau/situations-suivies/", size="phone"),
        Shot(
            "request", "lambert", "/demandes/tableau/demandes-appui/?etat=qualified", (FIRST_TASK,)
        ),
        Shot("panel", "traore", "/coordination/dossier/{lucien}/"),
        Shot("plan", "traore", "/coordination/dossier/{lucien}/", ("main a[href*='/plans/']",)),
        Shot(
            "aggir",
            "traore",
            "/coordination/dossier/{lucien}/",
            ("main a:has-text('Grille AGGIR')",),
        ),
        Shot(
            "compare",
            "moreau",
            "/formulaires/dossier/{lucien}/",
            ("main a:has-text('Repérage de la fragilité')", "main a[href*='/avec/']"),
        ),
        Shot(
            "sheet",
            "traore",
            "/coordination/dossier/{lucien}/",
            ("main a:has-text('Fiche de synthèse')",),
        ),
        Shot("indicators", "lambert", "/coordination/indicateurs/"),
        Shot(
            "import", "lambert", "/coordination/reprises/", ("main a:has-text('reprise-ancien')",)
        ),
        Shot("rosters", "lambert", "/astreintes/"),
    ),
    "C7": (
        Shot("board", "moreau", "/surveillance/"),
        Shot("board-phone", "kouassi", "/surveillance/", size="phone", scheme="dark"),
        Shot("follow-up", "moreau", "/surveillance/?etat=red", ("main .hm-row a",)),
        Shot("start", "moreau", "/surveillance/dossier/{marchand}/commencer/"),
        Shot("own-phone", "montbel", "/surveillance/ma-surveillance/", size="phone"),
        Shot("protocol", "moreau", "/surveillance/protocoles/", ("main .list-plain a",)),
        Shot(
            "protocol-edit",
            "roux",
            "/surveillance/protocoles/",
            ("main .list-plain a", "main a:has-text('Préparer')"),
        ),
        Shot("teams", "roux", "/surveillance/equipes/"),
    ),
    "C8": (
        Shot("home", "nguyen", "/vaccination/"),
        Shot("panel", "nguyen", "/vaccination/dossier/{montbel}/"),
        Shot(
            "act",
            "nguyen",
            "/vaccination/dossier/{montbel}/",
            ("main .va-name a:has-text('grippal')",),
        ),
        Shot("campaigns", "roux", "/vaccination/campagnes/"),
        Shot("panel-phone", "kouassi", "/vaccination/dossier/{lucien}/", size="phone"),
    ),
    "C11": (
        Shot("kinds", "moreau", "/dossier/{marchand}/documents/produire/"),
        Shot("produce", "moreau", "/dossier/{marchand}/documents/produire/vsm/"),
        Shot("publications", "moreau", "/publications/"),
        Shot("prescriptions", "moreau", "/dossier/{marchand}/ordonnances/"),
        Shot(
            "prescription",
            "moreau",
            "/dossier/{marchand}/ordonnances/",
            ("main .entry-row:has-text('En vigueur'):has-text('MOREAU') a",),
        ),
        Shot(
            "draft",
            "moreau",
            "/dossier/{marchand}/ordonnances/",
            ("main .entry-row:has-text('À signer') a",),
        ),
        Shot(
            "draft-phone",
            "moreau",
            "/dossier/{marchand}/ordonnances/",
            ("main .entry-row:has-text('À signer') a",),
            size="phone",
        ),
        Shot("publications-phone", "moreau", "/publications/", size="phone"),
    ),
    "S1": (
        Shot("sign-in", "", "/"),
        Shot("services", "castaing", "/"),
        Shot("forms", "roux", "/formulaires/"),
        Shot("sessions", "moreau", "/compte/sessions/"),
        Shot("phone", "moreau", "/", size="phone"),
    ),
    "S2": (
        Shot("people", "moreau", "/annuaire/?q=martin"),
        Shot("person", "moreau", "/annuaire/?q=benhamou", ("main a:has-text('BENHAMOU')",)),
        Shot(
            "place",
            "moreau",
            "/annuaire/structures/?q=louise",
            ("main a:has-text('Louise-Michel')",),
        ),
        Shot("loads", "castaing", "/annuaire/chargements/"),
    ),
    "S3": (
        Shot("search", "moreau", "/offre/?q=dialyse"),
        Shot("near", "moreau", "/offre/pres-de/{lucien}/?theme=dialyse"),
        Shot("card", "moreau", "/offre/?q=dialyse", (OFFER,)),
        Shot("mine", "petit", "/offre/mes-unites/"),
        Shot("edit", "petit", "/offre/mes-unites/", ("main a:has-text('Corriger')",)),
        Shot("phone", "moreau", "/offre/?q=dialyse", size="phone", top="#offer-found"),
    ),
    "S4": (
        Shot("mine", "letallec", "/lits/saisie/"),
        Shot("unit", "letallec", "/lits/saisie/", ("main .beds-card h2 a",)),
        Shot("region", "roux", "/lits/region/"),
        Shot("cell", "roux", "/lits/cellule/"),
        Shot("asked", "roux", "/lits/cellule/", ("main .beds-request:last-child h2 a",)),
        Shot("crises", "letallec", "/lits/crises/"),
        Shot("phone", "letallec", "/lits/saisie/", size="phone", scheme="dark", top="#beds"),
    ),
    "S5": (
        Shot("search", "moreau", "/personnes/?q=benslimane"),
        Shot(
            "exact",
            "nguyen",
            "/personnes/recherche-exacte/",
            ("main button:has-text('Chercher cette personne')",),
            fill=KARIM,
        ),
        Shot("units", "vidal", "/personnes/cellule/"),
        Shot("item", "vidal", "/personnes/cellule/?kind=discordant_traits", (FIRST_LINK,)),
        Shot(
            "new",
            "petit",
            "/personnes/nouvelle/",
            ("main button:has-text('Créer le patient')",),
            fill=KARIM,
        ),
        Shot(
            "follow-up",
            "vidal",
            "/personnes/cellule/actions/",
            (FIRST_LINK, ".page-lead a"),
        ),
        Shot("events", "vidal", "/personnes/cellule/evenements/"),
        Shot(
            "event-phone",
            "vidal",
            "/personnes/cellule/evenements/?etat=declared",
            (FIRST_LINK,),
            size="phone",
        ),
    ),
    "S6": (
        Shot("messages", "roux", "/messages/"),
        Shot("aside", "roux", "/messages/?etat=parked", (FIRST_LINK,)),
        Shot("applied", "roux", "/messages/?etat=applied&type=ORU", (FIRST_LINK,)),
        Shot("partners", "roux", "/messages/partenaires/"),
    ),
    "S7": (
        Shot("notices", "moreau", "/notifications/"),
        Shot("notices-phone", "traore", "/notifications/", size="phone"),
        Shot("preferences", "moreau", "/notifications/preferences/"),
        Shot("sendings", "roux", "/notifications/envois/"),
        Shot("uncertain", "roux", "/notifications/envois/?etat=uncertain", (FIRST_LINK,)),
        Shot("account", "roux", "/notifications/envois/comptes/", (FIRST_LINK,)),
        Shot("statement", "roux", "/notifications/envois/releves/"),
    ),
    "S8": (
        Shot("circle", "moreau", "/cercle/{marchand}/"),
        Shot("consents", "marchand", "/cercle/{marchand}/consentements/"),
        Shot("why", "letallec", "/cercle/{marchand}/pourquoi/"),
        Shot("asked", "moreau", "/cercle/demandes/"),
        Shot("accesses", "marchand", "/dossier/{marchand}/acces/"),
        Shot("accesses-phone", "aubertin", "/dossier/{lucien}/acces/", size="phone"),
        Shot("mine", "moreau", "/mes-acces/"),
        Shot("matrix", "roux", "/habilitations/"),
        Shot("simulation", "roux", "/habilitations/simulation/?pharmacist.social=r&nurse.results="),
        Shot("sight", "marchand", "/cercle/{marchand}/qui-verrait/?profession=social_worker"),
        Shot("glasses", "castaing", "/droits/bris-de-glace/"),
        Shot("glass", "castaing", "/droits/bris-de-glace/?etat=explained", (FIRST_LINK,)),
        Shot("rights", "castaing", "/droits/demandes/"),
        Shot("ask-right", "aubertin", "/droits/mes-demandes/nouvelle/", size="phone"),
    ),
}


def file_of(row: str, shot: Shot) -> Path:
    """Where a picture is kept."""
    return FOLDER / f"{row.lower()}-{shot.name}.png"


def main(info_file: Path, rows: Sequence[str]) -> None:
    """Take the pictures of the named rows (all, when none is named); tell what they weigh."""
    info = json.loads(info_file.read_text())
    passwords = {one["login"]: one["password"] for one in info["accounts"]}
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        camera = Camera(browser, info["url"], passwords)
        for row in rows or SHOTS:
            for shot in SHOTS[row]:
                camera.shoot(row, shot)
        browser.close()
    pictures = list(FOLDER.glob("*.png"))
    total = sum(one.stat().st_size for one in pictures)
    sys.stdout.write(f"{len(pictures)} pictures, {total / 1_000_000:.1f} MB\n")


class Camera:
    """A browser in front of one demonstration; each account signs in once for each size and light."""

    def __init__(self, browser: Browser, url: str, passwords: dict[str, str]) -> None:
        self.browser, self.url, self.passwords = browser, url, passwords
        self.states: dict[str, str] = {}
        self.people: dict[str, str] = {}

    def shoot(self, row: str, shot: Shot) -> None:
        """Take one picture."""
        with self.page(shot) as page:
            address = shot.path.format(**self.identifiers()) if "{" in shot.path else shot.path
            page.goto(f"{self.url}{address}")
            for name, value in shot.fill:
                _put(page, name, value.format(born=_karim_born()))
            for selector in shot.follow:
                page.locator(selector).first.click()
                page.wait_for_load_state("load")
            self.settle(page)
            if shot.top:
                page.locator(shot.top).first.evaluate(_TO_TOP)
            file = file_of(row, shot)
            file.write_bytes(shrink(page.screenshot()))
            sys.stdout.write(f"{file.name}\t{file.stat().st_size // 1000} kB\n")

    def settle(self, page: Page) -> None:
        """What the page asks for by itself has come, and the live line is open."""
        page.wait_for_load_state("load")
        page.wait_for_timeout(SETTLING)

    @contextmanager
    def page(self, shot: Shot) -> Iterator[Page]:
        """A page of a signed-in account, at a size and in a light."""
        wide, high = WIDTHS[shot.size]
        context = self.browser.new_context(
            viewport={"width": wide, "height": high},
            color_scheme=shot.scheme,
            locale="fr-FR",
            has_touch=shot.size == "phone",
            storage_state=self.state(shot.login) if shot.login else None,  # type: ignore[arg-type]
        )
        try:
            yield context.new_page()
        finally:
            context.close()

    def state(self, login: str) -> str:
        """The cookies of an account, which signs in once."""
        if login not in self.states:
            context = self.browser.new_context(locale="fr-FR")
            page = context.new_page()
            page.goto(self.url)
            page.get_by_label("Identifiant").fill(login)
            page.get_by_label("Mot de passe", exact=True).fill(self.passwords[login])
            page.get_by_role("button", name="Se connecter").click()
            page.wait_for_url("**/")
            self.open_session(page)
            self.states[login] = context.storage_state()  # type: ignore[assignment]
            context.close()
        return self.states[login]

    def open_session(self, page: Page) -> None:
        """The exploitation acts in a session; one that another run opened still runs."""
        door = page.get_by_role("link", name="Ouvrir une session")
        if door.count():
            door.click()
            page.get_by_label("Motif").fill("Images de la documentation")
            page.get_by_label("4 heures").check()
            page.get_by_role("button", name="Ouvrir la session").click()

    def identifiers(self) -> dict[str, str]:
        """The identifiers of the cast's patients, as the doctor's list gives them."""
        if not self.people:
            with self.page(Shot("", "moreau", "/")) as page:
                for key, words in PEOPLE.items():
                    page.goto(f"{self.url}/?q={words.split()[0]}")
                    link = page.locator("a.person-link", has_text=words).first
                    self.people[key] = (
                        str(link.get_attribute("href")).rstrip("/").rsplit("/", 1)[-1]
                    )
        return self.people


def _karim_born() -> str:
    """The birthday of somebody of 39 years, whose birthday is 2 October."""
    today = date.today()  # noqa: DTZ011  the demo's own day
    return f"{today.year - 39 - ((today.month, today.day) < (10, 2))}-10-02"


def _put(page: Page, name: str, value: str) -> None:
    """Fill a field of the page, or choose in a list."""
    field = page.locator(f"main [name={name}]").first
    if field.evaluate("node => node.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


_TO_TOP = "node => window.scrollTo(0, node.getBoundingClientRect().top + window.scrollY - 210)"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
