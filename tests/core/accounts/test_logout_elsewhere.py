"""Somebody leaves Pro Santé Connect: their sessions from there end here, and nobody else's."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import requests
from django.core.cache import cache
from django.test import Client

from enrs.config.demo.stand_in.identity_provider import Provider, sid_of
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts import commands
from enrs.core.accounts.commands import Sheet
from enrs.core.accounts.models import (
    ApplicationSession,
    HeardLogout,
    LogoutNotice,
    ProviderSession,
    User,
)
from enrs.core.accounts.provider import limits
from enrs.core.accounts.rules.logouts import (
    EVENT,
    FRESH,
    LogoutRefusedError,
    check_shape,
    logout_of,
)
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.referentials.directory.commands.accounts import enrol
from enrs.referentials.directory.models import Practitioner
from tests.core.accounts.test_federation import go

pytestmark = pytest.mark.django_db
TOLD = "/compte/par/psc/deconnexion/"


@pytest.fixture(autouse=True)
def empty_counts() -> None:
    cache.clear()


@pytest.fixture
def user(person: Practitioner) -> User:
    return enrol(login="roche", password="une phrase bien longue", practitioner=person)


@pytest.fixture
def away(client: Client, provider: Provider, person: Practitioner, user: User) -> Client:
    """A browser whose session came from Pro Santé Connect."""
    go(client, provider, person.idnat)
    return client


def is_in(browser: Client) -> bool:
    return browser.get("/mes-acces/").status_code == 200


def tell(token: str, path: str = TOLD) -> Any:
    return Client(enforce_csrf_checks=True).post(path, {"logout_token": token})


def last_reason() -> str:
    line = AuditLine.objects.filter(action="account.federation.logout.refused").latest("at")
    return str(line.reason)


def test_leaving_there_ends_the_session_that_came_from_there(
    away: Client,
    provider: Provider,
    person: Practitioner,
    user: User,
) -> None:
    held = ProviderSession.objects.get()
    assert (held.user, held.provider) == (user, "psc")
    assert is_in(away)
    answer = tell(provider.logout_token(held.sid, person.idnat))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.content
    assert not is_in(away)
    assert not ProviderSession.objects.exists()
    line = AuditLine.objects.get(action="account.federation.ended")
    assert (line.object_id, line.actor_id) == (str(user.id), None)


def test_another_session_of_the_same_person_goes_on(
    away: Client,
    provider: Provider,
    person: Practitioner,
    user: User,
) -> None:
    by_password, elsewhere = Client(), Client()
    by_password.post("/compte/login/", {"login": "roche", "password": "une phrase bien longue"})
    go(elsewhere, provider, person.idnat)
    first = ProviderSession.objects.order_by("started_at")[0]
    tell(provider.logout_token(first.sid, person.idnat))
    assert not is_in(away)
    assert is_in(by_password)
    assert is_in(elsewhere)
    # Without a session named: whatever came from there, and nothing else.
    tell(provider.logout_token("", person.idnat, sid=None))
    assert not is_in(elsewhere)
    assert is_in(by_password)


def test_a_session_of_somebody_else_is_not_ended_by_a_subject(
    away: Client,
    provider: Provider,
    person: Practitioner,
) -> None:
    held = ProviderSession.objects.get()
    assert tell(provider.logout_token(held.sid, person.idnat, sub="f:x:autre")).status_code == 200
    assert is_in(away)


def test_the_applications_are_told_in_their_turn(
    away: Client,
    provider: Provider,
    person: Practitioner,
    user: User,
) -> None:
    sheet = Sheet(
        name="Réservation d’essai", description="Réserver.", organisation_name="GIP", contact="t@essai.example",
        redirect_uris=("https://application.example/retour",), scopes=("openid",),
        backchannel_logout_uri="https://application.example/sortie",
    )  # fmt: skip
    with acting(SYSTEM):
        app, _ = commands.register_application(sheet=sheet)
    held = ProviderSession.objects.get()
    commands.open_to_application(
        application_id=app.pk, user=user, sid=uuid7(), session_key=held.session_key
    )
    tell(provider.logout_token(held.sid, person.idnat))
    assert ApplicationSession.objects.get().ended_at is not None
    assert LogoutNotice.objects.get().done_at is None


def test_a_changed_password_does_not_lose_where_the_session_came_from(
    away: Client,
    provider: Provider,
    person: Practitioner,
    user: User,
) -> None:
    given = {
        "oldpassword": "une phrase bien longue", "password1": "une autre phrase longue",
        "password2": "une autre phrase longue",
    }  # fmt: skip
    assert away.post("/compte/password/change/", given).status_code == 302
    assert is_in(away)
    sid = away.session["federation"]["sid"]
    tell(provider.logout_token(sid, person.idnat))
    assert not is_in(away)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"iss": "https://autre.example"}, "signature"), ({"aud": "autre"}, "signature"),
        ({"iss": None}, "signature"), ({"aud": None}, "signature"), ({"iat": None}, "signature"),
        ({"jti": None}, "signature"), ({"exp": 1}, "signature"), ({"iat": 1_000_000_000}, "iat"),
        ({"nonce": "x"}, "nonce"), ({"events": {}}, "events"), ({"events": None}, "events"),
        ({"sub": None, "sid": None}, "nobody"), ({"sid": 12}, "sid"),
    ],
)  # fmt: skip
def test_what_is_odd_is_refused_in_one_word_and_ends_nothing(
    away: Client,
    provider: Provider,
    person: Practitioner,
    more: dict[str, Any],
    reason: str,
) -> None:
    held = ProviderSession.objects.get()
    answer = tell(provider.logout_token(held.sid, person.idnat, **more))
    assert (answer.status_code, answer.content) == (400, b"")
    assert last_reason() == reason
    assert is_in(away)


def test_a_forged_an_unsigned_and_an_unreadable_token_are_refused(
    away: Client,
    provider: Provider,
    person: Practitioner,
) -> None:
    held = ProviderSession.objects.get()
    forger = Provider(provider.base, provider.people, provider.client_id, "", kid=provider.kid)
    claims = jwt.decode(
        provider.logout_token(held.sid, person.idnat), options={"verify_signature": False}
    )
    public = provider.certs()["keys"][0]["n"]
    for token, reason in (
        (forger.logout_token(held.sid, person.idnat), "signature"),
        (jwt.encode(claims, "", algorithm="none"), "algorithm"),
        (jwt.encode(claims, public, algorithm="HS256", headers={"kid": provider.kid}), "algorithm"),
        ("pas-un-jeton", "signature"),
        ("", "signature"),
    ):
        answer = tell(token)
        assert (answer.status_code, answer.content) == (400, b"")
        assert last_reason() == reason
    assert is_in(away)


def test_a_token_that_comes_twice_is_refused_the_second_time(
    away: Client,
    provider: Provider,
    person: Practitioner,
) -> None:
    token = provider.logout_token("", person.idnat, sid=None)
    assert tell(token).status_code == 200
    go(away, provider, person.idnat)
    assert tell(token).status_code == 400
    assert last_reason() == "replayed"
    assert is_in(away)


def test_a_token_of_identity_logs_nobody_out(
    away: Client,
    provider: Provider,
    person: Practitioner,
) -> None:
    assert tell(away.session["federation"]["id_token"]).status_code == 400
    assert is_in(away)


def test_an_unknown_provider_and_another_method_say_nothing(client: Client) -> None:
    answer = tell("x", "/compte/par/inconnu/deconnexion/")
    assert (answer.status_code, answer.content) == (400, b"")
    assert client.get("/compte/par/inconnu/deconnexion/").status_code == 405


def test_forged_keys_do_not_make_us_knock_at_the_provider_s_door(
    provider: Provider,
    person: Practitioner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    plain = requests.Session.get

    def counted(self: Any, url: str, **more: Any) -> Any:
        asked.append(url)
        return plain(self, url, **more)

    monkeypatch.setattr(requests.Session, "get", counted)
    for number in range(5):
        forger = Provider(provider.base, provider.people, provider.client_id, "", kid=f"k{number}")
        assert tell(forger.logout_token("x", person.idnat)).status_code == 400
    assert len(asked) == 2  # where its keys are, and its keys, once
    assert tell(provider.logout_token("x", person.idnat)).status_code == 200


def test_a_provider_that_publishes_no_keys_may_tell_again(
    away: Client, provider: Provider, person: Practitioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = provider.logout_token("", person.idnat, sid=None)
    with monkeypatch.context() as broken:
        broken.setattr(Provider, "certs", lambda _: {})
        assert tell(token).status_code == 503
    assert is_in(away)
    assert tell(token).status_code == 200
    assert not is_in(away)


def test_whoever_guesses_is_slowed(
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MOST_FAILURES", 2)
    assert [tell("x").status_code for _ in range(3)] == [400, 400, 429]


def test_what_ended_is_forgotten(
    away: Client,
    provider: Provider,
    person: Practitioner,
) -> None:
    held = ProviderSession.objects.get()
    tell(provider.logout_token("autre", person.idnat, sub=None))
    HeardLogout.objects.update(expires_at="2020-01-01T00:00Z")
    away.post("/compte/logout/")
    commands.purge_ended()
    assert not HeardLogout.objects.exists()
    assert not ProviderSession.objects.filter(pk=held.pk).exists()


@pytest.fixture
def ear() -> Iterator[tuple[str, list[str]]]:
    """An address that keeps what it is told."""
    heard: list[str] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            heard.append(parse_qs(self.rfile.read(size).decode())["logout_token"][0])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", heard
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_stand_in_says_that_somebody_left_it(
    away: Client,
    provider: Provider,
    ear: tuple[str, list[str]],
) -> None:
    provider.logout_url, heard = ear
    (key,) = provider.sessions
    assert ProviderSession.objects.get().sid == sid_of(key)
    browser = {"Cookie": f"stand_in_psc={key}"}
    assert "Se déconnecter d’ici" in requests.get(provider.base, headers=browser, timeout=5).text
    address = f"{provider.base}/protocol/openid-connect/logout"
    requests.get(address, headers=browser, timeout=5)
    for _ in range(100):
        if heard:
            break
        time.sleep(0.02)
    assert tell(heard[0]).status_code == 200
    assert not is_in(away)


def test_the_rules_alone() -> None:
    good = {"events": {EVENT: {}}, "iat": 1000, "jti": "1", "sid": "a", "sub": "b"}
    assert logout_of(good, now=1000).sid == "a"
    assert logout_of(good, now=1000 + FRESH).subject == "b"
    for bad in (
        {"iat": True},
        {"iat": "1000"},
        {"jti": "x" * 300},
        {"sub": "a\0"},
        {"events": []},
        {"iat": float("nan")},
        {"iat": float("inf")},
        {"exp": "x"},
    ):
        with pytest.raises(LogoutRefusedError):
            logout_of(good | bad, now=1000)
    with pytest.raises(LogoutRefusedError, match="iat"):
        logout_of(good, now=1001 + FRESH)
    check_shape({"alg": "RS256", "typ": "logout+jwt"}, ("RS256",))
    with pytest.raises(LogoutRefusedError, match="type"):
        check_shape({"alg": "RS256", "typ": "at+jwt"}, ("RS256",))
