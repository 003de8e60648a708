"""Signing in by Pro Santé Connect's stand-in, over real sockets: who is recognised, and what is refused."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as django_settings
from django.test import Client
from typer.testing import CliRunner

from enrs.config.cli import app
from enrs.config.demo.stand_in.identity_provider import Provider
from enrs.config.demo.stand_in.people import NOBODY, claims_of
from enrs.config.federation import STAND_IN, providers
from enrs.core.accounts.models import User
from enrs.core.accounts.rules.identities import (
    AnswerRefusedError,
    identity_of,
    national_id,
    proves_two_factors,
)
from enrs.core.audit.models import AuditLine
from enrs.referentials.directory.commands.accounts import enrol
from enrs.referentials.directory.models import Practitioner
from tests.core.access.test_operating_pages import FORM, shown
from tests.core.accounts.test_sign_in_pages import code_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def go(client: Client, provider: Provider, number: str, path: str = "/compte/par/psc/") -> Any:
    """To the stand-in, where one chooses who one is, and back; the last answer of ours."""
    out = client.get(path).headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(out).query).items()}
    back = requests.post(
        f"{provider.base}/auth", data=asked | {"number": number}, allow_redirects=False, timeout=5
    ).headers["Location"]
    return client.get(f"{urlsplit(back).path}?{urlsplit(back).query}")


def test_the_question_is_pro_sante_connect_s(client: Client, provider: Provider) -> None:
    out = client.get("/compte/par/psc/?auth_params=acr_values%3Dnone&scope=email").headers[
        "Location"
    ]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(out).query).items()}
    assert asked["acr_values"] == "eidas1"
    assert sorted(asked["scope"].split()) == ["openid", "scope_all"]
    assert asked["code_challenge_method"] == "S256"
    assert asked["nonce"]
    assert "scope_all" in requests.get(out, timeout=5).text


def test_a_professional_is_known_by_their_number_and_chooses_where_they_are(
    client: Client, provider: Provider, person: Practitioner
) -> None:
    user = enrol(login="roche", password=None, practitioner=person)
    answer = go(client, provider, person.idnat)
    assert answer.headers["Location"] == "/compte/lieu/?next=%2F"
    page = client.get(answer.headers["Location"]).content.decode()
    assert page.count('name="place"') == 2
    assert page.count("Confirmé") == 2
    chosen = user.positions.last()
    done = client.post("/compte/lieu/", {"place": str(chosen.pk), "next": "/"})
    assert done.headers["Location"] == "/"
    assert client.session["position"] == str(chosen.pk)
    line = AuditLine.objects.filter(action="account.signed_in").latest("at")
    assert '"provider": "psc"' in line.details


def test_leaving_us_leaves_the_provider(
    client: Client, provider: Provider, person: Practitioner
) -> None:
    enrol(login="roche", password=None, practitioner=person)
    go(client, provider, person.idnat)
    page = client.post("/compte/logout/").content.decode()
    assert f"{provider.base}/protocol/openid-connect/logout?id_token_hint=" in page
    assert "_auth_user_id" not in client.session


def test_an_unknown_number_is_told_that_no_account_is_open(
    client: Client, provider: Provider
) -> None:
    page = go(client, provider, NOBODY["SubjectNameID"])
    assert page.status_code == 403
    assert "pas encore ouvert" in page.content.decode()
    assert "_auth_user_id" not in client.session
    assert client.session["enrolment"]["national_id"] == NOBODY["SubjectNameID"]


def test_an_e_mail_address_opens_no_account(client: Client, provider: Provider) -> None:
    User.objects.create_user(
        "autre", "x", name="Autre", kind="professional", email="roche@courriel.example"
    )
    known = dict(NOBODY, email="roche@courriel.example", email_verified=True)
    provider.people = [known]
    assert go(client, provider, NOBODY["SubjectNameID"]).status_code == 403
    assert "_auth_user_id" not in client.session


def test_a_closed_account_stays_closed(
    client: Client, provider: Provider, person: Practitioner
) -> None:
    user = enrol(login="roche", password=None, practitioner=person)
    User.objects.filter(pk=user.pk).update(is_active=False)
    go(client, provider, person.idnat)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("acr", ["eidas2", "eidas0", "", "1"])
def test_another_level_of_authentication_is_refused(
    client: Client, provider: Provider, person: Practitioner, acr: str
) -> None:
    enrol(login="roche", password=None, practitioner=person)
    provider.acr = acr
    page = go(client, provider, person.idnat)
    assert page.status_code == 403
    assert "e-CPS" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_answer_signed_by_another_is_refused(
    client: Client, provider: Provider, person: Practitioner
) -> None:
    enrol(login="roche", password=None, practitioner=person)
    honest, forged = Provider("", (), "", ""), provider.certs
    provider.certs = lambda: (
        honest.certs() | {"keys": [honest.certs()["keys"][0] | {"kid": provider.kid}]}
    )  # type: ignore[method-assign]
    page = go(client, provider, person.idnat)
    assert forged
    assert "Connexion impossible" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_answer_to_another_s_question_is_refused(
    client: Client, provider: Provider, person: Practitioner
) -> None:
    enrol(login="roche", password=None, practitioner=person)
    code = provider.code_for(person.idnat, {"redirect_uri": "x"})
    page = client.get(f"/compte/par/psc/retour/?code={code}&state=autre")
    assert "Connexion impossible" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_provider_that_does_not_answer_is_said_so(client: Client, provider: Provider) -> None:
    django_settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"][
        "server_url"
    ] = "http://127.0.0.1:9/.well-known/wallet-openid-configuration"
    page = client.get("/compte/par/psc/")
    assert page.status_code == 503
    assert "Il ne répond pas" in page.content.decode()


def test_a_hospital_s_provider_recognises_by_the_claim_that_it_states(
    client: Client, provider: Provider, person: Practitioner
) -> None:
    user = enrol(login="roche", password=None, practitioner=person)
    table = {
        "id": "chu", "name": "CHU d’essai", "server_url": f"{provider.base}/.well-known/wallet-openid-configuration",
        "client_id": STAND_IN["client_id"], "secret_variable": "CHU", "claim": "matricule", "link": "rpps",
        "scope": ["openid", "scope_all"], "acr": "eidas1",
    }  # fmt: skip
    django_settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = providers(
        {"CHU": STAND_IN["secret"]}, [table], "production"
    )
    provider.people = [claims_of(person) | {"matricule": person.rpps}]
    go(client, provider, person.idnat, "/compte/par/chu/")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.session["federation"]["is_strong"] is False


def with_totp(user: User) -> str:
    """The secret of a second factor of their own."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def as_hospital(provider: Provider, person: Practitioner, **more: Any) -> None:
    table = {
        "id": "chu", "name": "CHU d’essai", "server_url": f"{provider.base}/.well-known/wallet-openid-configuration",
        "client_id": STAND_IN["client_id"], "secret_variable": "CHU", "claim": "matricule", "link": "rpps",
        "scope": ["openid", "scope_all"],
    } | more  # fmt: skip
    django_settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = providers(
        {"CHU": STAND_IN["secret"]}, [table], "production"
    )
    provider.people = [claims_of(person) | {"matricule": person.rpps}]


def test_after_pro_sante_connect_one_s_own_second_factor_is_not_asked(
    client: Client, provider: Provider, person: Practitioner, settings: Any
) -> None:
    settings.DEMANDS_SECOND_FACTOR = True
    user = enrol(login="roche", password=None, practitioner=person)
    with_totp(user)
    answer = go(client, provider, person.idnat)
    assert answer.headers["Location"].startswith("/compte/lieu/")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.get("/mes-acces/").status_code == 200


@pytest.mark.parametrize(
    "more",
    [{}, {"acr": "eidas1"}, {"is_strong": True}],
    ids=["says nothing", "a level alone", "strong, unproved"],
)
def test_a_provider_that_does_not_prove_two_factors_is_followed_by_one_s_own(
    client: Client, provider: Provider, person: Practitioner, settings: Any, more: dict[str, Any]
) -> None:
    settings.DEMANDS_SECOND_FACTOR = True
    user = enrol(login="roche", password=None, practitioner=person)
    secret = with_totp(user)
    as_hospital(provider, person, **more)
    answer = go(client, provider, person.idnat, "/compte/par/chu/")
    assert answer.headers["Location"] == "/compte/securite/authenticate/"
    assert "_auth_user_id" not in client.session
    done = client.post("/compte/securite/authenticate/", {"code": code_of(secret)})
    assert done.headers["Location"].startswith("/compte/lieu/")
    assert client.session["federation"]["provider"] == "chu"
    assert client.get("/mes-acces/").status_code == 200


def test_a_hospital_that_proves_its_level_is_enough(
    client: Client, provider: Provider, person: Practitioner, settings: Any
) -> None:
    settings.DEMANDS_SECOND_FACTOR = True
    user = enrol(login="roche", password=None, practitioner=person)
    with_totp(user)
    as_hospital(provider, person, is_strong=True, acr="eidas1")
    go(client, provider, person.idnat, "/compte/par/chu/")
    assert client.get("/mes-acces/").status_code == 200


def test_a_password_after_a_provider_is_asked_its_second_factor(
    client: Client, provider: Provider, person: Practitioner, settings: Any
) -> None:
    settings.DEMANDS_SECOND_FACTOR = True
    user = enrol(login="roche", password="une phrase bien longue", practitioner=person)
    with_totp(user)
    go(client, provider, person.idnat)
    client.post("/compte/logout/")
    answer = client.post("/compte/login/", {"login": "roche", "password": "une phrase bien longue"})
    assert answer.headers["Location"] == "/compte/securite/authenticate/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"is_strong": True, "acr": "eidas1"}, True), ({"is_strong": True, "acr": ""}, False),
        ({"is_strong": False, "acr": "eidas1"}, False), ({}, False),
    ],
)  # fmt: skip
def test_what_proves_two_factors(options: dict[str, Any], expected: bool) -> None:
    assert proves_two_factors(options) is expected


def test_the_stand_in_is_refused_in_production() -> None:
    with pytest.raises(ValueError, match="démonstration"):
        providers({"ENRS_STAND_IN_URL": "http://localhost:1"}, [], "production")


@pytest.mark.parametrize("part", ["stand-in", "third-party"])
def test_the_parts_of_a_demonstration_do_not_start_in_production(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENRS_MODE", "production")
    answer = CliRunner().invoke(app, [part])
    assert answer.exit_code == 1
    assert "démonstration en production" in answer.output


@pytest.mark.parametrize(
    ("value", "link", "expected"),
    [
        ("899700366240", "idnps", "899700366240"), ("99700366240", "rpps", "899700366240"),
        ("899700366240", "rpps", ""), ("", "idnps", ""), (None, "idnps", ""), ("x@y", "idnps", ""),
    ],
)  # fmt: skip
def test_national_numbers(value: object, link: str, expected: str) -> None:
    assert national_id(value, link) == expected


@pytest.mark.parametrize(
    "reference",
    [None, "", {}, {"exercices": None}, {"exercices": [None, {"activities": [None, {}]}]}],
    ids=str,
)
def test_empty_fields_are_borne(reference: Any) -> None:
    claims = {
        "SubjectNameID": "899700366240",
        "SubjectRefPro": reference,
        "otherIDs": None,
        "otherIds": [{}, 1],
    }
    found = identity_of(claims, claim="SubjectNameID", link="idnps", names={})
    assert all(one.place == "" for one in found.activities)


def test_nobody_without_a_number_is_recognised() -> None:
    with pytest.raises(AnswerRefusedError, match="identifier"):
        identity_of({"sub": "f:x:y"}, claim="SubjectNameID", link="idnps", names={})


def test_who_comes_by_a_provider_shows_it_again_there(
    person: Practitioner, provider: Provider, client: Client
) -> None:
    user = UserFactory(role="standby", kind="operator")
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    shown(client, user, {"method": "socialaccount", "at": 0, "provider": "psc", "uid": "1"})
    address = client.get(FORM).headers["Location"]
    assert address.startswith("/compte/par/psc/?")
    assert "next=" in address
