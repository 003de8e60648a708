"""In production nobody opens a record with a password alone: the second factor is demanded first."""

from typing import Any

import pytest
from django.test import Client

from enrs.core.audit.models import AuditLine
from tests.core.accounts.test_sign_in_pages import (  # noqa: F401  the fixture is used by its name
    activate,
    code_of,
    confirm,
    sign_in,
    user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("user")]
PAGES = ("/", "/personnes/", "/mes-acces/", "/annuaire/", "/compte/sessions/", "/compte/securite/")
RECORD = "/dossier/0190a000-0000-7000-8000-000000000001/"


@pytest.fixture(autouse=True)
def production(settings: Any) -> None:
    settings.DEMANDS_SECOND_FACTOR = True


def test_a_password_alone_opens_only_the_enrolment(client: Client) -> None:
    assert sign_in(client).status_code == 302
    for address in (*PAGES, RECORD):
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert answer.headers["Location"] == "/compte/securite/totp/activate/", address
    assert client.post("/direct/billet/", {"ticket": "x"}).status_code == 302
    assert not AuditLine.objects.filter(action="access.refused").exists()
    assert client.post("/compte/logout/").status_code == 302


def test_once_enrolled_the_code_is_asked_then_everything_opens(client: Client) -> None:
    sign_in(client)
    confirm(client)
    secret = activate(client)
    asked = client.get("/mes-acces/")
    assert asked.headers["Location"] == "/compte/securite/reauthenticate/?next=/mes-acces/"
    given = client.post(asked.headers["Location"], {"code": code_of(secret), "next": "/mes-acces/"})
    assert given.headers["Location"] == "/mes-acces/"
    assert client.get("/mes-acces/").status_code == 200


def test_a_sign_in_with_the_code_opens_at_once(client: Client) -> None:
    sign_in(client)
    confirm(client)
    secret = activate(client)
    other = Client()
    assert sign_in(other).headers["Location"] == "/compte/securite/authenticate/"
    assert other.get("/").headers["Location"].startswith("/compte/login/")
    other.post("/compte/securite/authenticate/", {"code": code_of(secret)})
    assert other.get("/").status_code == 200


def test_a_password_alone_adds_no_factor_to_an_account_that_has_one(client: Client) -> None:
    other = Client()
    for browser in (client, other):
        sign_in(browser)
        confirm(browser)
    assert other.get("/compte/securite/webauthn/add/").status_code == 200
    activate(client)
    for address in ("/compte/securite/webauthn/add/", "/compte/securite/totp/activate/"):
        for answer in (other.get(address), other.post(address, {"credential": "{}"})):
            assert answer.headers["Location"].startswith("/compte/securite/reauthenticate/"), (
                address
            )


def test_elsewhere_the_password_is_enough(client: Client, settings: Any) -> None:
    settings.DEMANDS_SECOND_FACTOR = False
    sign_in(client)
    assert client.get("/").status_code == 200
