"""Authlib's client against our provider, over a real server: what succeeds, and each refusal."""

import base64
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from allauth.idp.oidc.models import Token
from authlib.integrations.base_client.errors import OAuthError
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts import commands
from enrs.core.accounts.commands import Sheet
from enrs.core.accounts.models import Application as Registered
from enrs.core.accounts.models import ApplicationSession, LogoutNotice, User
from tests.conformance.openid import (
    BACK,
    GONE,
    PASSWORD,
    PLAIN,
    Application,
    Browser,
    asked,
    close_all,
    onward,
)
from tests.factories import PositionFactory, UserFactory, set_password
from tests.running import Region

SCOPES = ("openid", "profile", "professional", "fhirUser", "offline_access", "user/Practitioner.rs")
ALL = " ".join(SCOPES)


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker: Any, region: Region) -> Iterator[None]:
    """The region's own database, outside of any transaction of the test's."""
    with django_db_blocker.unblock():
        yield
    close_all()


@pytest.fixture
def user(region: Region) -> User:
    made = UserFactory(name="Camille ROCHE")
    set_password(made, PASSWORD)
    PositionFactory(user=made, organisation_name="CH d’essai de Brie", label="Infirmière")
    return made


def register(region: Region, **more: Any) -> tuple[Registered, str]:
    values: dict[str, Any] = {
        "name": "Réservation d’essai", "description": "Réserver du matériel.", "organisation_name": "GIP d’essai",
        "contact": "technique@essai.example", "redirect_uris": (BACK,), "post_logout_uris": (GONE,), "scopes": SCOPES,
    } | more  # fmt: skip
    with acting(SYSTEM):
        return commands.register_application(sheet=Sheet(**values))


@pytest.fixture
def app(region: Region) -> Application:
    made, secret = register(region)
    return Application(region.url, made.pk, secret, scope=ALL)


@pytest.fixture
def browser(region: Region, user: User) -> Iterator[Browser]:
    opened = Browser(region.url)
    opened.sign_in(user.login)
    yield opened
    opened.close()


def test_an_application_signs_a_person_in_and_reads_with_their_rights(
    app: Application, browser: Browser, user: User, region: Region
) -> None:
    tokens = app.fetch(browser.go(app.ask()))
    claims = app.claims(tokens["id_token"])
    assert claims["sub"] == str(user.id)
    assert claims["nonce"] == app.nonce
    assert claims["name"] == "Camille ROCHE"
    assert claims["SubjectOrganization"] == "CH d’essai de Brie"
    assert claims["amr"] == ["pwd"]
    assert abs(claims["auth_time"] - time.time()) < 60
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    about = httpx.get(app.about["userinfo_endpoint"], headers=bearer, verify=PLAIN).json()
    assert about["sub"] == claims["sub"]
    assert about["fhirUser"] == f"{region.url}/fhir/R4/Practitioner/{user.grantee_id}"
    assert (
        httpx.get(f"{region.url}/fhir/R4/Practitioner", headers=bearer, verify=PLAIN).status_code
        == 200
    )
    refused = httpx.get(f"{region.url}/fhir/R4/Observation", headers=bearer, verify=PLAIN)
    assert refused.status_code == 403


def test_consent_is_asked_once(app: Application, browser: Browser) -> None:
    assert "Accepter et continuer" in browser.http.get(app.ask()).text
    assert browser.go(app.ask()).startswith(f"{BACK}?code=")
    assert browser.http.get(app.ask()).headers["Location"].startswith(f"{BACK}?code=")
    assert "Accepter et continuer" in browser.http.get(app.ask(prompt="consent")).text


def test_a_refusal_to_agree_goes_back_to_the_application(
    app: Application, browser: Browser
) -> None:
    assert asked(browser.go(app.ask(), agrees=False))["error"] == "access_denied"


def test_an_application_of_the_region_asks_nothing(region: Region, browser: Browser) -> None:
    made, secret = register(region, is_first_party=True)
    app = Application(region.url, made.pk, secret, scope=ALL)
    assert browser.http.get(app.ask()).headers["Location"].startswith(f"{BACK}?code=")


def test_a_public_application_needs_no_secret(region: Region, browser: Browser) -> None:
    local = "http://127.0.0.1/retour"
    made, secret = register(region, is_public=True, redirect_uris=(local,))
    assert secret == ""
    app = Application(region.url, made.pk, redirect_uri="http://127.0.0.1:51234/retour", scope=ALL)
    assert "id_token" in app.fetch(browser.go(app.ask()))


def test_a_stranger_is_told_silently_that_nobody_is_signed_in(
    app: Application, region: Region
) -> None:
    stranger = Browser(region.url)
    assert asked(stranger.go(app.ask(prompt="none")))["error"] == "login_required"
    assert stranger.go(app.ask()).startswith("/compte/login/?next=/openid/authorize")
    stranger.close()


def test_signing_in_leads_back_to_the_application(
    app: Application, region: Region, user: User
) -> None:
    browser = Browser(region.url)
    address = app.ask().removeprefix(region.url)
    answer = browser.sign_in(user.login, address)
    assert answer.status_code == 200  # by our page in between: a form may not redirect elsewhere
    assert browser.go(address).startswith(f"{BACK}?code=")
    browser.close()


def test_tokens_are_refreshed_each_time_by_another(app: Application, browser: Browser) -> None:
    first = app.fetch(browser.go(app.ask()))
    second = app.post(
        "token_endpoint", grant_type="refresh_token", refresh_token=first["refresh_token"]
    ).json()
    assert second["refresh_token"] != first["refresh_token"]
    third = app.post(
        "token_endpoint", grant_type="refresh_token", refresh_token=second["refresh_token"]
    )
    assert third.status_code == 200


def test_a_refresh_token_that_comes_twice_ends_all_that_followed(
    app: Application, browser: Browser
) -> None:
    first = app.fetch(browser.go(app.ask()))
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = app.post("token_endpoint", **again).json()
    assert app.post("token_endpoint", **again).json() == {"error": "invalid_grant"}
    assert not is_active(app, second["access_token"])
    later = app.post(
        "token_endpoint", grant_type="refresh_token", refresh_token=second["refresh_token"]
    )
    assert later.status_code == 400


def is_active(app: Application, token: str) -> bool:
    return bool(app.post("introspection_endpoint", token=token).json()["active"])


def test_a_token_is_introspected_by_the_application_it_was_issued_to(
    app: Application, browser: Browser, region: Region, user: User
) -> None:
    tokens = app.fetch(browser.go(app.ask()))
    about = app.post("introspection_endpoint", token=tokens["access_token"]).json()
    assert about["active"] is True
    assert about["username"] == user.login
    assert about["client_id"] == app.client_id
    assert set(about["scope"].split()) == set(SCOPES)
    made, secret = register(region, name="Autre")
    assert not is_active(Application(region.url, made.pk, secret), tokens["access_token"])
    wrong = httpx.post(
        app.about["introspection_endpoint"],
        data={"token": "x"},
        auth=(app.client_id, "faux"),
        verify=PLAIN,
    )
    assert wrong.status_code == 401


def test_introspection_is_not_held_back_at_thirty_a_minute(
    app: Application, browser: Browser
) -> None:
    token = app.fetch(browser.go(app.ask()))["access_token"]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: is_active(app, token), range(80)))
    assert all(answers)


def test_a_token_is_revoked_with_its_family(app: Application, browser: Browser) -> None:
    tokens = app.fetch(browser.go(app.ask()))
    assert app.post("revocation_endpoint", token=tokens["refresh_token"]).status_code == 200
    assert not is_active(app, tokens["access_token"])


def test_another_application_cannot_revoke_it(
    app: Application, browser: Browser, region: Region
) -> None:
    tokens = app.fetch(browser.go(app.ask()))
    made, secret = register(region, name="Autre")
    Application(region.url, made.pk, secret).post(
        "revocation_endpoint", token=tokens["access_token"]
    )
    assert is_active(app, tokens["access_token"])


@pytest.mark.parametrize(
    "wrong",
    [
        "https://voleur.example/retour", f"{BACK}/", f"{BACK}?suite=1", "http://application.example/retour",
        "https://application.example.voleur.example/retour",
    ],
    ids=["another-site", "slash", "query", "http", "longer-host"],
)  # fmt: skip
def test_a_wrong_redirect_goes_nowhere(app: Application, browser: Browser, wrong: str) -> None:
    app.client.redirect_uri = wrong
    answer = browser.http.get(app.ask())
    assert answer.status_code == 200
    assert "Connexion impossible" in answer.text
    assert wrong not in answer.text


def test_the_redirect_of_the_code_is_asked_again(app: Application, browser: Browser) -> None:
    back = browser.go(app.ask())
    with pytest.raises(OAuthError, match="Mismatching redirect URI"):
        app.fetch(back, redirect_uri="https://voleur.example/retour")


@pytest.mark.parametrize("is_public", [False, True], ids=["confidential", "public"])
@pytest.mark.parametrize(
    "challenge",
    [{}, {"code_challenge": "a" * 43}, {"code_challenge": "a" * 43, "code_challenge_method": "plain"},
     {"code_challenge": "court", "code_challenge_method": "S256"}],
    ids=["missing", "no-method", "plain", "too-short"],
)  # fmt: skip
def test_every_application_must_use_pkce(
    region: Region, browser: Browser, is_public: bool, challenge: dict[str, str]
) -> None:
    made, secret = register(region, is_public=is_public)
    app = Application(region.url, made.pk, secret)
    query = {
        "response_type": "code",
        "client_id": made.pk,
        "redirect_uri": BACK,
        "scope": "openid",
        "state": "é",
    }
    address = httpx.URL(app.about["authorization_endpoint"], params=query | challenge)
    assert asked(browser.go(str(address)))["error"] == "invalid_request"


@pytest.mark.parametrize("verifier", ["", "b" * 48], ids=["missing", "another"])
def test_a_code_without_its_verifier_is_worth_nothing(
    app: Application, browser: Browser, verifier: str
) -> None:
    code = asked(browser.go(app.ask()))["code"]
    data = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    answer = app.post("token_endpoint", **data, **({"code_verifier": verifier} if verifier else {}))
    assert answer.status_code == 400


def test_a_code_is_used_once_and_its_replay_ends_the_tokens(
    app: Application, browser: Browser
) -> None:
    back = browser.go(app.ask())
    tokens = app.fetch(back)
    with pytest.raises(OAuthError, match="invalid_grant"):
        app.fetch(back)
    assert not is_active(app, tokens["access_token"])


def test_a_code_used_by_two_at_once_serves_one(app: Application, browser: Browser) -> None:
    code = asked(browser.go(app.ask()))["code"]
    data = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": app.verifier,
    }  # fmt: skip
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(lambda _: app.post("token_endpoint", **data).status_code, range(4))
        )
    assert sorted(answers) == [200, 400, 400, 400]


def test_a_code_of_another_application_is_worth_nothing(
    app: Application, browser: Browser, region: Region
) -> None:
    made, secret = register(region, name="Autre")
    other = Application(region.url, made.pk, secret)
    code = asked(browser.go(app.ask()))["code"]
    answer = other.post(
        "token_endpoint", grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=app.verifier
    )  # fmt: skip
    assert answer.json()["error"] == "invalid_grant"


def test_expired_tokens_are_refused(
    app: Application, browser: Browser, region: Region, rows: Any
) -> None:
    tokens = app.fetch(browser.go(app.ask()))
    expire(app)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (
        httpx.get(app.about["userinfo_endpoint"], headers=bearer, verify=PLAIN).status_code == 401
    )
    assert (
        httpx.get(f"{region.url}/fhir/R4/Practitioner", headers=bearer, verify=PLAIN).status_code
        == 401
    )
    assert not is_active(app, tokens["access_token"])
    late = app.post(
        "token_endpoint", grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )
    assert late.status_code == 400


def expire(app: Application) -> None:
    Token.objects.filter(client_id=app.client_id).update(expires_at=timezone.now())


def test_forged_tokens_are_refused(app: Application, browser: Browser, region: Region) -> None:
    tokens = app.fetch(browser.go(app.ask()))
    head, body, signature = tokens["id_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["sub"] = "0" * 32
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for token in (
        f"{head}.{forged}.{signature}",
        f"{none}.{forged}.",
        tokens["access_token"][:-1] + "_",
        "x",
    ):
        bearer = {"Authorization": f"Bearer {token}"}
        assert (
            httpx.get(app.about["userinfo_endpoint"], headers=bearer, verify=PLAIN).status_code
            == 401
        )
        assert (
            httpx.get(
                f"{region.url}/fhir/R4/Practitioner", headers=bearer, verify=PLAIN
            ).status_code
            == 401
        )


def test_an_application_out_of_service_holds_nothing(
    app: Application, browser: Browser, region: Region
) -> None:
    tokens = app.fetch(browser.go(app.ask()))
    code = asked(browser.go(app.ask()))["code"]
    with acting(SYSTEM):
        kept = Registered.objects.get(pk=app.client_id)
        commands.retire_application(application=kept, reason="Fin du marché")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (
        httpx.get(app.about["userinfo_endpoint"], headers=bearer, verify=PLAIN).status_code == 401
    )
    assert (
        httpx.get(f"{region.url}/fhir/R4/Practitioner", headers=bearer, verify=PLAIN).status_code
        == 401
    )
    assert "Connexion impossible" in browser.http.get(app.ask()).text
    answer = app.post(
        "token_endpoint", grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=app.verifier
    )  # fmt: skip
    assert answer.status_code == 401


def test_a_closed_account_gives_nothing_more(
    app: Application, browser: Browser, region: Region, user: User
) -> None:
    tokens = app.fetch(browser.go(app.ask()))
    code = asked(browser.go(app.ask()))["code"]
    User.objects.filter(pk=user.pk).update(is_active=False)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (
        httpx.get(app.about["userinfo_endpoint"], headers=bearer, verify=PLAIN).status_code == 401
    )
    assert (
        httpx.get(f"{region.url}/fhir/R4/Practitioner", headers=bearer, verify=PLAIN).status_code
        == 401
    )
    assert not is_active(app, tokens["access_token"])
    late = app.post(
        "token_endpoint", grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )
    assert late.status_code == 400
    answer = app.post(
        "token_endpoint", grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=app.verifier
    )  # fmt: skip
    assert answer.status_code == 400


def test_a_scope_that_is_not_registered_is_refused(app: Application, browser: Browser) -> None:
    app.client.scope = "openid user/Observation.rs"
    assert asked(browser.go(app.ask()))["error"] == "invalid_scope"


def test_a_former_secret_no_longer_opens(app: Application, browser: Browser) -> None:
    back = browser.go(app.ask())
    with acting(SYSTEM):
        commands.change_secret(application=Registered.objects.get(pk=app.client_id))
    with pytest.raises(OAuthError, match="invalid_client"):
        app.fetch(back)


def test_logging_out_of_the_application_logs_out_of_us(
    app: Application, browser: Browser, region: Region
) -> None:
    app.client.scope = "openid profile online_access"
    with acting(SYSTEM):
        kept = Registered.objects.get(pk=app.client_id)
        kept.set_scopes([*SCOPES, "online_access"])
        kept.save()
    tokens = app.fetch(browser.go(app.ask()))
    query = {
        "id_token_hint": tokens["id_token"],
        "post_logout_redirect_uri": GONE,
        "state": "au-revoir",
    }
    answer = browser.http.get(str(httpx.URL(app.about["end_session_endpoint"], params=query)))
    assert answer.headers["Location"] == f"{GONE}?state=au-revoir"
    assert browser.go("/compte/sessions/").startswith("/compte/login/")
    assert not is_active(app, tokens["access_token"])
    late = app.post(
        "token_endpoint", grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )
    assert late.status_code == 400


def test_logging_out_without_a_proof_is_asked_first(app: Application, browser: Browser) -> None:
    browser.go(app.ask())
    query = {"client_id": app.client_id, "post_logout_redirect_uri": GONE}
    page = browser.http.get(str(httpx.URL(app.about["end_session_endpoint"], params=query)))
    assert "Se déconnecter aussi" in page.text
    assert browser.go("/compte/sessions/") == ""


def test_logging_out_goes_back_to_registered_addresses_alone(
    app: Application, browser: Browser
) -> None:
    tokens = app.fetch(browser.go(app.ask()))
    query = {
        "id_token_hint": tokens["id_token"],
        "post_logout_redirect_uri": "https://voleur.example/",
    }
    page = browser.http.get(str(httpx.URL(app.about["end_session_endpoint"], params=query)))
    assert page.status_code == 200
    assert "voleur" not in page.text


def end_session(app: Application, browser: Browser, **query: str) -> httpx.Response:
    return browser.http.get(str(httpx.URL(app.about["end_session_endpoint"], params=query)))


def test_a_token_of_another_session_or_of_nobody_s_making_is_no_proof(
    app: Application, browser: Browser, user: User, region: Region
) -> None:
    elsewhere = Browser(region.url)
    elsewhere.sign_in(user.login)
    theirs = app.fetch(elsewhere.go(app.ask()))["id_token"]
    elsewhere.close()
    app.fetch(browser.go(app.ask()))
    forged = theirs.rpartition(".")[0] + "." + "A" * 342
    for hint in (theirs, forged, "pas-un-jeton"):
        page = end_session(app, browser, id_token_hint=hint, client_id=app.client_id)
        assert "Se déconnecter aussi" in page.text
    assert browser.go("/compte/sessions/") == ""


def test_whoever_agrees_leaves_the_other_applications_too(
    app: Application, browser: Browser, region: Region
) -> None:
    made, secret = register(
        region, name="Autre application", backchannel_logout_uri="https://autre.example/sortie"
    )
    other = Application(region.url, made.pk, secret)
    other.fetch(browser.go(other.ask()))
    app.fetch(browser.go(app.ask()))
    page = end_session(app, browser, client_id=app.client_id, post_logout_redirect_uri=GONE)
    assert "Se déconnecter de tout" in page.text
    given = {"client_id": app.client_id, "post_logout_redirect_uri": GONE, "action": "logout"}
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]  # type: ignore[index]
    address = str(httpx.URL(app.about["end_session_endpoint"]))
    answer = browser.post(address, given | {"csrfmiddlewaretoken": token})
    assert onward(answer) == GONE
    assert browser.go("/compte/sessions/").startswith("/compte/login/")
    assert not ApplicationSession.objects.filter(application_id=made.pk, ended_at=None).exists()
    assert LogoutNotice.objects.filter(session__application_id=made.pk).exists()


def test_keys_turn_over_without_anybody_noticing(app: Application, browser: Browser) -> None:
    before = app.fetch(browser.go(app.ask()))["id_token"]
    with acting(SYSTEM):
        commands.renew_key()
    assert len(httpx.get(app.about["jwks_uri"], verify=PLAIN).json()["keys"]) >= 2
    app.claims(before)
    app.claims(app.fetch(browser.go(app.ask()))["id_token"])
    with acting(SYSTEM):
        commands.renew_key(is_compromised=True)
    assert len(httpx.get(app.about["jwks_uri"], verify=PLAIN).json()["keys"]) == 1
    app.claims(app.fetch(browser.go(app.ask()))["id_token"])
    with pytest.raises(Exception, match="key"):
        app.claims(before)


def test_discovery_says_what_is_done(app: Application, region: Region) -> None:
    assert app.about["issuer"] == region.url
    assert app.about["code_challenge_methods_supported"] == ["S256"]
    assert app.about["response_types_supported"] == ["code"]
    smart = httpx.get(f"{region.url}/fhir/R4/.well-known/smart-configuration", verify=PLAIN).json()
    assert smart["token_endpoint"] == app.about["token_endpoint"]
    assert "launch-standalone" in smart["capabilities"]
