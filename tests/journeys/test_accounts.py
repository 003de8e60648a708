"""The life of accounts (S1): a nurse enrols; a referent solves a lost second factor at night."""

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from enrs.core.accounts.models import User
from enrs.referentials.directory.models import Organisation, Practitioner
from tests.journeys import cast
from tests.journeys.cast import HOSPITAL, PASSWORD
from tests.journeys.conftest import check
from tests.journeys.steps import service, told
from tests.running import Region
from tests.services.portal import factories

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Runner = Callable[..., Any]
PHRASE = "trois petits chats noirs"


def nurse_of_the_directory() -> Practitioner:
    """A nurse of the hospital without an account, whose name nobody else has."""
    place = Organisation.objects.get(name=HOSPITAL)
    return factories.professional(place, family=cast.unheard_name(), given="Camille")


def night() -> tuple[str, str]:
    """A referent of a clinic and a nurse who works there: their logins."""
    place = factories.hospital(f"Clinique {cast.unheard_name()}")
    head, nurse = (
        factories.worker(place, family=cast.unheard_name(), given=given)
        for given in ("Ana", "Yann")
    )
    factories.referent(place, head)
    for user in (head, nurse):
        cast.set_password(user, PASSWORD)
    return head.login, nurse.login


def ward() -> tuple[str, list[str]]:
    """The referent of a clinic, and two nurses who share a post: their logins."""
    head, nurse = night()
    place = Organisation.objects.get(
        pk=User.objects.get(login=nurse).positions.get().organisation_id
    )
    other = factories.worker(place, family=cast.unheard_name(), given="Aya")
    cast.set_password(other, PASSWORD)
    return head, [nurse, other.login]


def name_of(login: str) -> str:
    return User.objects.get(login=login).name


def six_figures(secret: str) -> str:
    """What an application of authentication shows now (RFC 6238)."""
    mark = hmac.new(
        base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1
    ).digest()
    at = mark[-1] & 0x0F
    return f"{(struct.unpack('>I', mark[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def test_a_nurse_enrols_from_the_sign_in_page_to_her_first_page(
    open_page: Opener, in_region: Runner, region: Region
) -> None:
    nurse = in_region(nurse_of_the_directory)
    page = open_page()
    page.get_by_role("link", name="ouvrir mon compte").click()
    check(page)
    page.get_by_label("Numéro RPPS").fill(nurse.rpps)
    page.get_by_label("Nom d’exercice").fill("Personne")
    page.get_by_role("button", name="Continuer").click()
    expect(page.locator(".form-errors")).to_contain_text("L’annuaire ne connaît pas ce numéro")
    check(page)
    page.get_by_label("Nom d’exercice").fill(nurse.family.lower())
    page.get_by_role("button", name="Continuer").click()
    expect(page.locator(".who")).to_contain_text(HOSPITAL)
    check(page)
    page.get_by_label("Messagerie MSSanté").check()
    page.get_by_role("button", name="Recevoir mon code").click()
    expect(page.get_by_text("Un code à six chiffres part à l’instant")).to_be_visible()
    check(page)
    page.get_by_label("Code").fill(in_region(factories.mailed_code, nurse.rpps))
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_role("heading", name="Bienvenue")).to_be_visible()
    check(page)
    page.get_by_label("Mot de passe").fill(PHRASE)
    page.get_by_label("Le même, encore une fois").fill(PHRASE)
    page.get_by_role("button", name="Ouvrir mon compte").click()
    secret = page.locator(".qr code").inner_text()
    page.get_by_label("Recopiez le code à six chiffres").fill(six_figures(secret))
    page.get_by_role("button", name="Activer").click()
    expect(page.locator(".codes")).to_be_visible()
    page.goto(f"{region.url}/")
    expect(page.get_by_role("button", name=re.compile(nurse.family))).to_be_visible()


def test_a_referent_solves_a_lost_second_factor_at_night(
    open_page: Opener, in_region: Runner, region: Region
) -> None:
    head, nurse = in_region(night)
    desk = open_page(head)
    service(desk, "Ma structure")
    check(desk)
    desk.get_by_role("link", name=re.compile("^Dépanner ou fermer")).click()
    desk.get_by_label("Je l’ai rappelée sur le poste du service").check()
    check(desk)
    desk.get_by_role("button", name="Donner un code de 30 minutes").click()
    code = desk.locator(".told-code").inner_text()
    check(desk)
    page = open_page()
    page.get_by_role("link", name="Second facteur perdu").click()
    check(page)
    page.get_by_label("Identifiant").fill(nurse)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"{region.url}/")
    page.goto(f"{region.url}/notifications/")
    told(page, "code de dépannage")


def test_two_nurses_share_a_post_of_the_ward(
    open_page: Opener, in_region: Runner, region: Region
) -> None:
    head, nurses = in_region(ward)
    page = open_page(head)
    service(page, "Ma structure")
    page.get_by_role("navigation", name="Ma structure").get_by_role("link", name="Postes").click()
    page.get_by_label("Unité et emplacement").fill("Médecine B, poste infirmier")
    check(page)
    page.get_by_role("button", name="Enregistrer ce poste").click()
    for login in nurses:
        page.get_by_role("link", name="Ouvrir mon service").click()
        page.get_by_label("Identifiant").fill(login)
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.get_by_label("Code personnel").fill("4827")
        check(page)
        page.get_by_role("button", name="Ouvrir mon service").click()
        page.get_by_role("button", name="Verrouiller").click()
    check(page)
    for login in nurses:
        name = in_region(name_of, login)
        page.get_by_role("link", name=name).click()
        page.get_by_label("Code personnel").fill("4827")
        check(page)
        page.get_by_role("button", name="Prendre le poste").click()
        page.wait_for_url(f"{region.url}/")
        expect(page.get_by_role("button", name=re.compile(name))).to_be_visible()
        page.get_by_role("button", name="Verrouiller").click()


def one_nurse() -> str:
    """The login of a nurse of this journey's own."""
    return night()[1]


def device(page: Page) -> Callable[[bool], None]:
    """A device that keeps passkeys, plugged into the browser; the answer has it know the finger or not."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": False, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = line.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def knows(is_verified: bool) -> None:
        of = {"authenticatorId": made["authenticatorId"], "isUserVerified": is_verified}
        line.send("WebAuthn.setUserVerified", of)

    return knows


def test_a_nurse_signs_in_by_a_passkey_then_takes_it_away(
    open_page: Opener, in_region: Runner, region: Region
) -> None:
    login = in_region(one_nurse)
    name = in_region(name_of, login)
    page = open_page(login)
    page.goto(f"{region.url}/compte/securite/")
    check(page)
    page.get_by_role("link", name="Ajouter une clé").click()
    check(page)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    check(page)
    finger = device(page)
    page.get_by_role("button", name="Continuer sur l’appareil").click()
    expect(page.get_by_text("La clé n’a pas répondu")).to_be_visible()
    check(page)
    finger(True)
    page.get_by_label("Nom de la clé").fill("Mon téléphone")
    page.get_by_role("button", name="Continuer sur l’appareil").click()
    expect(page.locator(".codes")).to_be_visible()
    page.get_by_role("button", name=re.compile(f"Mon compte, {re.escape(name)}")).click()
    page.get_by_role("button", name="Se déconnecter").click()

    page.get_by_role("button", name="Clé d’accès").click()
    page.wait_for_url(f"{region.url}/")
    expect(page.get_by_role("button", name=re.compile(re.escape(name)))).to_be_visible()

    page.goto(f"{region.url}/compte/securite/")
    page.get_by_role("link", name="Voir mes clés").click()
    check(page)
    page.get_by_role("link", name="Renommer").click()
    page.get_by_role("link", name="Confirmer avec ma clé d’accès").click()
    check(page)
    page.get_by_role("button", name="Confirmer avec ma clé").click()
    page.get_by_label("Nom de la clé").fill("Ancien téléphone")
    check(page)
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("row", name=re.compile("Ancien téléphone")).get_by_role(
        "link", name="Retirer"
    ).click()
    check(page)
    page.get_by_role("button", name="Retirer").click()
    expect(page.get_by_text("Aucune clé d’accès")).to_be_visible()
