"""SMART `launch/patient`: who is chosen, by whom, and what the token then opens; the level told with the identity."""

import base64
import hashlib
import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from allauth.idp.oidc.models import Token
from django.core.cache import cache
from django.test import Client, RequestFactory

from enrs.config.demo.stand_in.identity_provider import Provider
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.models import Denial
from enrs.core.accounts import commands
from enrs.core.accounts.commands import Sheet
from enrs.core.accounts.models import Application, User
from enrs.core.accounts.proof import shows_two_factors
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from enrs.referentials.directory.commands.accounts import enrol
from enrs.referentials.directory.models import Practitioner
from tests.core.access.test_operating_pages import KEY, OWNER
from tests.core.accounts.test_federation import go
from tests.factories import (
    GrantFactory,
    UserFactory,
    known_patient,
    member,
    person_of,
    proxy_of,
)

pytestmark = pytest.mark.django_db
BACK = "https://application.example/retour"
VERIFIER = "v" * 64
SCOPES = ("openid", "profile", "launch/patient", "patient/*.rs", "user/Patient.rs")


@pytest.fixture(autouse=True)
def empty_counts() -> None:
    cache.clear()


@pytest.fixture
def application() -> tuple[Application, str]:
    sheet = Sheet(
        name="Courbes d’essai", description="Voir les courbes d’une personne.", organisation_name="GIP d’essai",
        contact="technique@essai.example", redirect_uris=(BACK,), scopes=SCOPES,
    )  # fmt: skip
    with acting(SYSTEM):
        return commands.register_application(sheet=sheet)


@pytest.fixture
def patient() -> Patient:
    return known_patient(birth_name="ZAOUI", first_given_name="AMIR")


@pytest.fixture
def nurse(patient: Patient) -> User:
    return member(patient, "nurse")


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def asked(application: tuple[Application, str], scope: str = " ".join(SCOPES), **more: str) -> str:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    query = {
        "response_type": "code", "client_id": application[0].pk, "redirect_uri": BACK, "scope": scope,
        "state": "s", "nonce": "n", "code_challenge_method": "S256",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    } | more  # fmt: skip
    return f"/openid/authorize?{urlencode(query)}"


def agree(browser: Client, address: str, page: Any = None, **more: str) -> Any:
    """Answer the page of consent."""
    text = (page or browser.get(address)).content.decode()
    given = {
        "request": html.unescape(re.search(r'name="request" value="([^"]+)"', text)[1]),  # type: ignore[index]
        "scopes": re.findall(r'name="scopes" value="([^"]+)"', text), "action": "grant",
    }  # fmt: skip
    browser.get("/aide/")
    return browser.post(address, given | more)


def led_to(answer: Any) -> dict[str, str]:
    """The parameters of the application's address, by a redirection or by our page in between."""
    where = answer.headers.get("Location") or (answer.context or {}).get("onward", "")
    assert where.startswith(BACK), (answer.status_code, answer.content[:500])
    return {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}


def tokens(application: tuple[Application, str], answer: Any) -> dict[str, Any]:
    given = {
        "grant_type": "authorization_code", "code": led_to(answer)["code"], "redirect_uri": BACK,
        "code_verifier": VERIFIER, "client_id": application[0].pk, "client_secret": application[1],
    }  # fmt: skip
    return dict(json.loads(Client().post("/openid/token", given).content))


def claims(given: dict[str, Any]) -> dict[str, Any]:
    return dict(jwt.decode(given["id_token"], options={"verify_signature": False}))


def test_a_professional_chooses_among_those_they_follow(
    application: tuple[Application, str], nurse: User, patient: Patient
) -> None:
    known_patient(birth_name="ZAOUI", first_given_name="INCONNUE")
    browser, address = signed_in(nurse), asked(application)
    page = browser.get(address).content.decode()
    assert page.count('name="patient"') == 1
    assert "ZAOUI AMIR" in page
    given = tokens(application, agree(browser, address, patient=str(patient.pk)))
    assert given["patient"] == str(patient.pk)
    kept = Token.objects.get(type=Token.Type.ACCESS_TOKEN)
    assert (kept.data or {})["patient"] == str(patient.pk)
    assert "patient" not in claims(given)
    line = AuditLine.objects.get(action="application.entered")
    assert line.patient_id == patient.pk


def test_the_token_opens_that_record_alone(
    application: tuple[Application, str], nurse: User, patient: Patient
) -> None:
    other = known_patient(birth_name="AUBRY")
    GrantFactory(patient=other, grantee_id=nurse.grantee_id)
    scope = "openid launch/patient patient/*.rs"
    browser, address = signed_in(nurse), asked(application, scope)
    given = tokens(application, agree(browser, address, patient=str(patient.pk)))
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    api = Client()
    assert api.get(f"/fhir/R4/Patient/{patient.pk}", headers=bearer).status_code == 200
    assert api.get(f"/fhir/R4/Patient/{other.pk}", headers=bearer).status_code == 404
    found = json.loads(api.get("/fhir/R4/Patient", headers=bearer).content)
    assert [one["resource"]["id"] for one in found.get("entry", ())] == [str(patient.pk)]


def test_a_search_begins_a_name_and_keeps_the_question(
    application: tuple[Application, str], nurse: User
) -> None:
    for name in ("AUBRY", "BERNIER"):
        GrantFactory(patient=known_patient(birth_name=name), grantee_id=nurse.grantee_id)
    browser = signed_in(nurse)
    page = browser.get(asked(application, personne="aub")).content.decode()
    assert "AUBRY" in page
    assert "BERNIER" not in page
    assert f'name="redirect_uri" value="{BACK}"' in page
    page = browser.get(asked(application, personne="zzz")).content.decode()
    assert "Aucun nom ne commence ainsi" in page
    assert "Accepter et continuer" not in page


def test_somebody_who_is_not_followed_or_opposed_is_not_opened(
    application: tuple[Application, str], nurse: User, patient: Patient
) -> None:
    stranger, opposed = known_patient(birth_name="AUBRY"), known_patient(birth_name="BERNIER")
    GrantFactory(patient=opposed, grantee_id=nurse.grantee_id)
    Denial.objects.create(
        patient=opposed, grantee_id=nurse.grantee_id, source_id=uuid7(), valid_from="2026-01-01T00:00Z"
    )  # fmt: skip
    browser, address = signed_in(nurse), asked(application)
    for wanted in (str(stranger.pk), str(opposed.pk), str(uuid7()), "x", ""):
        answer = agree(browser, address, patient=wanted)
        assert answer.status_code == 422
        assert "Choisissez le dossier" in answer.content.decode()
    assert not Token.objects.exists()
    assert AuditLine.objects.filter(action="access.refused", patient_id=stranger.pk).exists()


def test_the_choice_is_asked_each_time_and_never_in_silence(
    application: tuple[Application, str], nurse: User, patient: Patient
) -> None:
    browser, address = signed_in(nurse), asked(application)
    agree(browser, address, patient=str(patient.pk))
    assert 'name="patient"' in browser.get(address).content.decode()
    Application.objects.update(skip_consent=True)
    assert 'name="patient"' in browser.get(address).content.decode()
    silent = led_to(browser.get(asked(application, prompt="none")))
    assert silent["error"] in ("consent_required", "interaction_required")


def test_without_the_scope_nobody_is_chosen(
    application: tuple[Application, str], nurse: User
) -> None:
    browser, address = signed_in(nurse), asked(application, "openid profile")
    page = browser.get(address)
    assert 'name="patient"' not in page.content.decode()
    assert "patient" not in tokens(application, agree(browser, address))


def test_who_follows_nobody_is_told_so(application: tuple[Application, str]) -> None:
    browser = signed_in(UserFactory(role="nurse"))
    assert "Vous ne suivez personne" in browser.get(asked(application)).content.decode()


def test_a_patient_and_a_relative_of_one_person_are_asked_nothing(
    application: tuple[Application, str], patient: Patient
) -> None:
    for user in (person_of(patient), proxy_of(patient)):
        browser, address = signed_in(user), asked(application)
        page = browser.get(address)
        assert 'name="patient"' not in page.content.decode()
        given = tokens(application, agree(browser, address, page))
        assert given["patient"] == str(patient.pk)
        # Agreed to before: the second time goes straight back, with the same person.
        assert tokens(application, browser.get(address))["patient"] == str(patient.pk)


def test_a_relative_of_two_people_chooses(
    application: tuple[Application, str], patient: Patient
) -> None:
    user = proxy_of(patient)
    other = known_patient(birth_name="AUBRY")
    GrantFactory(patient=other, grantee_id=user.grantee_id, proxy=True)
    browser, address = signed_in(user), asked(application)
    assert browser.get(address).content.decode().count('name="patient"') == 2
    given = tokens(application, agree(browser, address, patient=str(other.pk)))
    assert given["patient"] == str(other.pk)


def test_pro_sante_connect_is_told_as_two_factors_and_a_password_is_not(
    client: Client, provider: Provider, person: Practitioner, application: tuple[Application, str]
) -> None:
    enrol(login="roche", password="une phrase bien longue", practitioner=person)
    go(client, provider, person.idnat)
    address = asked(application, "openid profile")
    given = claims(tokens(application, agree(client, address)))
    assert (given["acr"], given["amr"]) == ("eidas1", ["ext"])
    alone = Client()
    alone.post("/compte/login/", {"login": "roche", "password": "une phrase bien longue"})
    given = claims(tokens(application, alone.get(address)))
    assert (given.get("acr"), given["amr"]) == (None, ["pwd"])
    about = json.loads(client.get("/.well-known/openid-configuration").content)
    assert about["acr_values_supported"] == ["eidas1"]


@pytest.mark.parametrize(
    ("records", "federation", "expected"),
    [
        ([{"method": "password"}], {}, False),
        ([{"method": "password"}, {"method": "mfa", "type": "totp"}], {}, True),
        ([{"method": "mfa", "type": "webauthn"}], {}, True),
        ([{"method": "password"}, {"method": "mfa", "type": "post"}], {}, False),
        ([{"method": "password"}, {"method": "mfa", "type": "referent"}], {}, False),
        ([{"method": "socialaccount"}], {"is_strong": True}, True),
        ([{"method": "socialaccount"}], {"is_strong": False}, False),
    ],
)
def test_what_is_told_as_two_factors(
    records: list[dict[str, str]], federation: dict[str, bool], expected: bool
) -> None:
    request, user = RequestFactory().get("/"), UserFactory()
    request.session = {  # type: ignore[assignment]
        KEY: records, OWNER: str(user.pk), "federation": federation,
    }  # fmt: skip
    assert shows_two_factors(request, user) is expected
