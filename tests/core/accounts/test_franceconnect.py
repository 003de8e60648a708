"""FranceConnect by its stand-in, over real sockets: what is asked, what is refused, linking and leaving."""

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from enrs.config.demo.stand_in.citizens import PATH, Citizens, serve, text_of
from enrs.config.demo.stand_in.identity_provider import Provider
from enrs.config.federation import STAND_IN, providers
from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts import commands
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.models import AuditLine
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
FC = "franceconnect"
SYLVIE = text_of(
    {"family_name": "RIVOAL", "given_name": "Sylvie Anne", "gender": "female", "birthdate": "1968-03-14",
     "birthplace": "29019"}
)  # fmt: skip


@pytest.fixture(autouse=True)
def empty_counts() -> None:
    cache.clear()


@pytest.fixture
def provider(settings: Any) -> Iterator[Citizens]:
    made = Citizens("", [], **STAND_IN)
    server = serve(Provider("", [], **STAND_IN), made, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.server_port}"
    made.base = f"{base}{PATH}"
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"APPS": providers({"ENRS_STAND_IN_URL": base}, [], "test")}
    }
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def asked_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def answer_to(asked: dict[str, str], provider: Citizens, number: str = SYLVIE) -> str:
    """The address by which the provider sends the browser back."""
    found = requests.post(
        f"{provider.base}/authorize",
        data=asked | {"number": number},
        allow_redirects=False,
        timeout=5,
    ).headers["Location"]
    return f"{urlsplit(found).path}?{urlsplit(found).query}"


def go(client: Client, provider: Citizens, number: str = SYLVIE) -> Any:
    out = client.get(f"/compte/par/{FC}/").headers["Location"]
    return client.get(answer_to(asked_of(out), provider, number))


def posted(client: Client, name: str) -> Any:
    """Post to link or unlink; the library asks first who is there."""
    page = client.post(reverse(name, args=[FC]))
    assert page.headers["Location"].startswith("/compte/reauthenticate/")
    return client.post(page.headers["Location"], {"password": "une phrase bien longue"})


def link(client: Client, provider: Citizens, number: str = SYLVIE) -> Any:
    page = posted(client, "openid_connect_link")
    assert page.status_code == 200  # the page in between: a form may not lead to another site
    return client.get(answer_to(asked_of(page.context["onward"]), provider, number))


def subject(provider: Citizens, number: str = SYLVIE) -> str:
    return str(provider.claims_of(number)["sub"])  # type: ignore[index]


def linked(user: User, provider: Citizens, number: str = SYLVIE) -> User:
    SocialAccount.objects.create(user=user, provider=FC, uid=subject(provider, number))
    return user


def is_refused(client: Client, page: Any) -> bool:
    return (
        "Connexion impossible" in page.content.decode()
        and "_auth_user_id" not in client.session
        and "arrival" not in client.session
    )


def told(page: Any) -> str:
    return " ".join(str(one) for one in get_messages(page.wsgi_request))


@pytest.fixture
def person() -> User:
    user: User = UserFactory(patient=True)
    user.set_password("une phrase bien longue")
    user.save()
    return user


def test_the_question_is_franceconnect_s(client: Client, provider: Citizens) -> None:
    out = client.get(f"/compte/par/{FC}/?auth_params=acr_values%3Dnone&scope=email").headers[
        "Location"
    ]
    asked = asked_of(out)
    assert asked["acr_values"] == "eidas1"
    assert set(asked["scope"].split()) == {
        "openid", "given_name", "family_name", "preferred_username", "birthdate", "gender", "birthplace",
        "birthcountry",
    }  # fmt: skip
    assert min(len(asked["state"]), len(asked["nonce"])) >= 22
    assert "FranceConnect de démonstration" in requests.get(out, timeout=5).text


def test_the_sign_in_page_offers_it_in_the_state_s_words(
    client: Client, provider: Citizens
) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert "S’identifier avec FranceConnect" in page
    assert "Qu’est-ce que FranceConnect" in page
    assert "FranceConnect de démonstration" in page


def test_a_linked_identity_opens_its_account_and_nothing_else_is_kept(
    client: Client, provider: Citizens, person: User
) -> None:
    linked(person, provider)
    assert go(client, provider).headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.session["federation"]["is_strong"] is False
    assert SocialAccount.objects.get().extra_data == {}
    line = AuditLine.objects.filter(action="account.signed_in").latest("at")
    assert '"provider": "franceconnect"' in line.details


def test_leaving_us_leaves_franceconnect(client: Client, provider: Citizens, person: User) -> None:
    linked(person, provider)
    go(client, provider)
    page = client.post("/compte/logout/")
    asked = asked_of(page.context["onward"])
    assert page.context["onward"].startswith(f"{provider.base}/session/end?")
    assert len(asked["state"]) >= 22
    assert asked["id_token_hint"]
    back = requests.get(page.context["onward"], allow_redirects=False, timeout=5)
    assert back.headers["Location"].startswith(asked["post_logout_redirect_uri"])


def test_an_unknown_identity_is_held_and_opens_nothing(client: Client, provider: Citizens) -> None:
    page = go(client, provider)
    assert page.headers["Location"] == reverse("portal:arrival")
    assert "_auth_user_id" not in client.session
    assert not User.objects.exists()


def test_an_address_or_a_name_opens_no_account(client: Client, provider: Citizens) -> None:
    UserFactory(patient=True, name="Sylvie RIVOAL", email="sylvie@courriel.example")
    number = SYLVIE.replace("}", ', "email": "sylvie@courriel.example"}')
    assert go(client, provider, number).headers["Location"] == reverse("portal:arrival")


def test_a_closed_account_stays_closed(client: Client, provider: Citizens, person: User) -> None:
    linked(person, provider)
    User.objects.filter(pk=person.pk).update(is_active=False)
    go(client, provider)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("acr", ["eidas0", "eidas2", "", "1"])
def test_another_level_is_refused(
    client: Client, provider: Citizens, person: User, acr: str
) -> None:
    linked(person, provider)
    provider.acr = acr
    assert is_refused(client, go(client, provider))


def test_another_nonce_is_refused(client: Client, provider: Citizens, person: User) -> None:
    linked(person, provider)
    out = client.get(f"/compte/par/{FC}/").headers["Location"]
    asked = asked_of(out) | {"nonce": "autre-question-que-la-notre"}
    assert is_refused(client, client.get(answer_to(asked, provider)))


def test_another_state_is_refused(client: Client, provider: Citizens, person: User) -> None:
    linked(person, provider)
    out = client.get(f"/compte/par/{FC}/").headers["Location"]
    asked = asked_of(out) | {"state": "une-autre-fenetre-que-celle-ci"}
    assert is_refused(client, client.get(answer_to(asked, provider)))


def test_an_answer_serves_once(client: Client, provider: Citizens, person: User) -> None:
    linked(person, provider)
    out = client.get(f"/compte/par/{FC}/").headers["Location"]
    back = answer_to(asked_of(out), provider)
    assert client.get(back).headers["Location"] == "/"
    for thief in (Client(), client):
        thief.post("/compte/logout/")
        assert is_refused(thief, thief.get(back))


@pytest.mark.parametrize("fault", ["forger", "plain", "keys"])
def test_what_franceconnect_did_not_sign_is_refused(
    client: Client, provider: Citizens, person: User, fault: str
) -> None:
    linked(person, provider)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if fault == "forger":
        provider.forger = other
    elif fault == "plain":
        provider.is_plain = True
    else:
        stranger = Citizens("", [], **STAND_IN, kid=provider.kid)
        provider.certs = stranger.certs  # type: ignore[method-assign]
    assert is_refused(client, go(client, provider))


def test_a_professional_s_account_is_never_opened_nor_linked(
    client: Client, provider: Citizens
) -> None:
    nurse = linked(UserFactory(), provider)
    assert is_refused(client, go(client, provider))
    with acting(actor_of(nurse)), pytest.raises(AccessRefusedError):
        commands.link_identity(user=nurse, provider=FC, subject="autre")
    client.force_login(nurse)
    assert client.post(reverse("openid_connect_link", args=[FC])).status_code == 404
    assert client.post(reverse("openid_connect_unlink", args=[FC])).status_code == 404
    assert "Relier FranceConnect" not in client.get(reverse("mfa_index")).content.decode()


def signed_in(person: User) -> Client:
    browser = Client()
    browser.post("/compte/login/", {"login": person.login, "password": "une phrase bien longue"})
    return browser


def test_a_person_links_their_account_then_enters_by_it(provider: Citizens, person: User) -> None:
    browser = signed_in(person)
    assert "Relier FranceConnect" in browser.get(reverse("mfa_index")).content.decode()
    page = link(browser, provider)
    assert page.headers["Location"] == reverse("mfa_index")
    assert "Délier FranceConnect" in browser.get(reverse("mfa_index")).content.decode()
    other = Client()
    go(other, provider)
    assert other.session["_auth_user_id"] == str(person.pk)
    assert AuditLine.objects.filter(action="account.identity.linked").count() == 1


def test_an_identity_of_another_account_is_not_taken(provider: Citizens, person: User) -> None:
    linked(UserFactory(relative=True), provider)
    page = link(signed_in(person), provider)
    assert "ouvre déjà un autre compte" in told(page)
    assert not SocialAccount.objects.filter(user=person).exists()


def test_an_account_has_one_identity(provider: Citizens, person: User) -> None:
    linked(person, provider)
    page = link(signed_in(person), provider, SYLVIE.replace("Sylvie", "Solène"))
    assert "déjà relié" in told(page)
    assert SocialAccount.objects.get(user=person).uid == subject(provider)


def test_linking_in_another_s_session_is_refused(provider: Citizens, person: User) -> None:
    """The browser changed hands between the question and the answer."""
    browser = signed_in(person)
    out = posted(browser, "openid_connect_link").context["onward"]
    back = answer_to(asked_of(out), provider)
    states = browser.session["socialaccount_states"]
    browser.force_login(UserFactory(relative=True))
    session = browser.session
    session["socialaccount_states"] = states
    session.save()
    assert browser.get(back).status_code == 403
    assert not SocialAccount.objects.exists()


def test_unlinking_leaves_a_way_in(provider: Citizens, person: User) -> None:
    linked(person, provider)
    browser = signed_in(person)
    assert "n’ouvre plus" in told(posted(browser, "openid_connect_unlink"))
    assert not SocialAccount.objects.exists()
    assert AuditLine.objects.filter(action="account.identity.unlinked").count() == 1


def test_the_last_way_in_is_not_taken_away(provider: Citizens, person: User) -> None:
    person.set_unusable_password()
    person.save()
    linked(person, provider)
    browser = Client()
    go(browser, provider)
    page = browser.post(reverse("openid_connect_unlink", args=[FC]))
    assert "seule façon d’entrer" in told(page)
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    assert SocialAccount.objects.exists()
    with acting(actor_of(person)):
        with pytest.raises(commands.IdentityLinkError, match="seule façon"):
            commands.unlink_identity(user=person, provider=FC)
        Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={})
        commands.unlink_identity(user=person, provider=FC)
    assert not SocialAccount.objects.exists()


def test_the_stand_in_is_refused_in_production() -> None:
    with pytest.raises(ValueError, match="démonstration"):
        providers({"ENRS_STAND_IN_URL": "http://localhost:1"}, [], "production", {"client_id": "x"})


def test_the_real_one_is_configured_by_the_region() -> None:
    table = {"client_id": "espace", "secret_variable": "FC", "environment": "integration"}
    (found,) = providers({"FC": "secret"}, [], "production", table)
    assert found["settings"]["server_url"] == (
        "https://fcp-low.integ01.dev-franceconnect.fr/api/v2/.well-known/openid-configuration"
    )
    assert found["settings"]["note"] == ""


@pytest.mark.parametrize("missing", ["client_id", "secret_variable", "environment"])
def test_a_table_that_lacks_something_is_refused(missing: str) -> None:
    table = {"client_id": "espace", "secret_variable": "FC", "environment": "production"}
    with pytest.raises(ValueError, match="franceconnect"):
        providers(
            {"FC": "secret"},
            [],
            "production",
            table | {missing: "?" if missing != "client_id" else ""},
        )
