"""Signing in, second factor, password, sessions: every page opens and says what it must."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrs.core.accounts.commands import purge_ended
from enrs.core.accounts.models import Position, User

pytestmark = pytest.mark.django_db
PASSWORD = "une phrase assez longue"


@pytest.fixture
def user() -> User:
    made = User.objects.create_user(
        "roche", PASSWORD, name="Camille Roche", kind="professional", is_demo=True
    )
    Position.objects.create(
        user=made, label="Infirmière", organisation_name="CH de Brie", role="nurse"
    )
    return made


def sign_in(client: Client, login: str = "roche", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/compte/login/", {"login": login, "password": password, **more})


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def confirm(client: Client) -> None:
    """Give the password once more, as the pages of security ask."""
    assert "Confirmez que c’est vous" in client.get("/compte/reauthenticate/").content.decode()
    client.post("/compte/reauthenticate/", {"password": PASSWORD})


def activate(client: Client) -> str:
    page = client.get("/compte/securite/totp/activate/")
    secret = page.context["form"].secret
    client.post("/compte/securite/totp/activate/", {"code": code_of(secret)})
    return str(secret)


def test_one_signs_in_and_comes_back_where_one_was_going(client: Client, user: User) -> None:
    assert client.get("/mes-acces/").headers["Location"] == "/compte/login/?next=/mes-acces/"
    page = client.get("/compte/login/?next=/mes-acces/").content.decode()
    assert 'name="next" value="/mes-acces/"' in page
    assert sign_in(client, next="/mes-acces/").headers["Location"] == "/mes-acces/"
    assert client.get("/mes-acces/").status_code == 200


def test_a_return_address_elsewhere_is_ignored(client: Client, user: User) -> None:
    assert sign_in(client, next="https://ailleurs.example/").headers["Location"] == "/"


@pytest.mark.parametrize(
    ("login", "password"), [("roche", "faux"), ("personne", PASSWORD), ("", "")]
)
def test_a_refusal_says_the_same_whoever_is_named(
    client: Client, user: User, login: str, password: str
) -> None:
    page = sign_in(client, login, password)
    assert page.status_code == 200
    assert "ne vont pas ensemble" in page.content.decode()


def test_the_case_of_the_login_does_not_matter(client: Client, user: User) -> None:
    assert sign_in(client, "Roche").status_code == 302


def test_a_closed_account_is_told_so(client: Client, user: User) -> None:
    user.is_active = False
    user.save()
    answer = sign_in(client)
    followed = client.get(answer.headers["Location"]) if answer.status_code == 302 else answer
    assert "_auth_user_id" not in client.session
    assert followed.status_code == 200


def test_only_a_demo_lists_its_accounts(client: Client, user: User, settings: Any) -> None:
    assert "Comptes de démonstration" not in client.get("/compte/login/").content.decode()
    settings.MODE, settings.DEMO_PASSWORD = "demo", "demo-pass"
    page = client.get("/compte/login/").content.decode()
    assert 'data-login="roche"' in page
    assert "Infirmière, CH de Brie" in page
    assert 'data-password="demo-pass"' in page


def test_no_public_form_makes_an_account(client: Client) -> None:
    for path in ("signup/", "email/", "password/reset/"):
        assert client.get(f"/compte/{path}").status_code in {302, 404}
        assert client.post(f"/compte/{path}", {}).status_code in {302, 404}
    assert User.objects.count() == 0


def test_the_account_pages_want_a_session(client: Client) -> None:
    for path in ("securite/", "sessions/", "password/change/", "securite/totp/activate/"):
        assert "/compte/login/" in client.get(f"/compte/{path}").headers["Location"]


def test_the_second_factor_from_end_to_end(client: Client, user: User) -> None:
    sign_in(client)
    assert "Inactif" in client.get("/compte/securite/").content.decode()
    assert client.get("/compte/securite/totp/activate/").status_code == 302
    confirm(client)
    assert "six chiffres" in client.get("/compte/securite/totp/activate/").content.decode()
    wrong = client.post("/compte/securite/totp/activate/", {"code": "000000"})
    assert "form-errors" in wrong.content.decode()
    secret = activate(client)
    kept = Authenticator.objects.get(user=user, type="totp")
    assert kept.data["secret"] != secret, "the secret is kept encrypted"
    assert "Actif" in client.get("/compte/securite/").content.decode()
    client.post("/compte/logout/")
    answer = sign_in(client)
    assert answer.headers["Location"].startswith("/compte/securite/authenticate/")
    assert "Une dernière étape" in client.get(answer.headers["Location"]).content.decode()
    assert client.get("/").status_code == 302, "the password alone opens nothing"


def test_recovery_codes_are_made_and_serve(client: Client, user: User) -> None:
    sign_in(client)
    confirm(client)
    activate(client)
    page = client.get("/compte/securite/recovery-codes/")
    if page.status_code == 404:
        client.post("/compte/securite/recovery-codes/generate/")
        page = client.get("/compte/securite/recovery-codes/")
    codes = page.context["unused_codes"]
    assert len(codes) == 10
    assert codes[0] in page.content.decode()
    assert (
        "ne serviront plus"
        in client.get("/compte/securite/recovery-codes/generate/").content.decode()
    )
    assert client.get("/compte/securite/totp/deactivate/").status_code == 200
    client.post("/compte/logout/")
    sign_in(client)
    assert client.post("/compte/securite/authenticate/", {"code": codes[0]}).status_code == 302
    assert client.get("/").status_code == 200


def test_the_password_is_changed_under_the_policy(client: Client, user: User) -> None:
    sign_in(client)
    assert client.get("/compte/password/change/").status_code == 200
    short = {"oldpassword": PASSWORD, "password1": "court", "password2": "court"}
    assert "form-errors" in client.post("/compte/password/change/", short).content.decode()
    new = "une autre phrase plus longue"
    client.post(
        "/compte/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    client.post("/compte/logout/")
    assert sign_in(client).status_code == 200
    assert sign_in(client, password=new).status_code == 302


def test_other_sessions_are_seen_and_closed(client: Client, user: User) -> None:
    other = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    sign_in(other)
    sign_in(client)
    page = client.get("/compte/sessions/").content.decode()
    assert "Firefox, Windows" in page
    assert "Cette session" in page
    client.post("/compte/sessions/")
    assert other.get("/").status_code == 302
    assert client.get("/").status_code == 200


def test_to_sign_in_costs_the_same_with_twenty_sessions_open(user: User) -> None:
    counts = []
    for _ in range(20):
        with CaptureQueriesContext(connection) as asked:
            sign_in(Client())
        counts.append(len(asked))
    assert max(counts[1:]) == min(counts[1:]), counts
    assert UserSession.objects.filter(user=user).count() == 20


def test_a_session_that_ended_by_its_hour_is_forgotten(client: Client, user: User) -> None:
    old = Client()
    sign_in(old)
    sign_in(client)
    Session.objects.filter(session_key=old.session.session_key).update(expire_date=timezone.now())
    assert purge_ended() == 2
    assert purge_ended() == 0
    assert [one.session_key for one in UserSession.objects.all()] == [client.session.session_key]
    assert not Session.objects.filter(session_key=old.session.session_key).exists()
    assert client.get("/compte/sessions/").status_code == 200


def test_leaving_asks_once_by_address_and_not_by_button(client: Client, user: User) -> None:
    sign_in(client)
    assert "Se déconnecter" in client.get("/compte/logout/").content.decode()
    assert client.post("/compte/logout/").headers["Location"] == "/compte/login/"
    assert client.get("/").status_code == 302


def test_no_page_carries_style_or_script_inside(client: Client, user: User) -> None:
    paths = ("securite/", "sessions/", "password/change/", "securite/totp/activate/", "logout/")
    pages = [client.get("/compte/login/").content.decode()]
    sign_in(client)
    pages += [client.get(f"/compte/{path}", follow=True).content.decode() for path in paths]
    for page in pages:
        assert " style=" not in page
        assert "<style" not in page
        assert not re.search(r"\son[a-z]+=", page)
        assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_a_key_that_is_not_one_is_not_added(client: Client, user: User) -> None:
    sign_in(client)
    confirm(client)
    page = client.get("/compte/securite/webauthn/add/").content.decode()
    assert "creation_options" in page
    for credential in ("", "{}", '{"id": "x", "type": "public-key", "response": {}}'):
        asked = {"name": "x", "passwordless": "on", "credential": credential}
        answer = client.post("/compte/securite/webauthn/add/", asked)
        assert answer.status_code == 200
    assert not Authenticator.objects.filter(user=user).exists()
