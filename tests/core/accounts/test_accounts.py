"""Accounts: tokens told once, positions, second-factor secrets under encryption."""

from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.idp.oidc.models import Token
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from cryptography.fernet import InvalidToken
from django.test import Client
from django.utils import timezone

from enrs.core.accounts.adapters import AccountAdapter
from enrs.core.accounts.commands import UnknownAccountError, issue_token
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of, positions_of
from enrs.core.audit.models import AuditLine
from tests.factories import PatientFactory, PositionFactory, UserFactory, person_of, proxy_of

pytestmark = pytest.mark.django_db


def test_token_is_told_once_and_kept_as_a_hash():
    user = UserFactory(login="le.goff")
    value = issue_token(login="LE.GOFF", scopes=["fhir"], lifetime=timedelta(hours=1))
    token = Token.objects.get()
    assert value not in str(token.__dict__)
    assert len(value) >= 43
    assert token.user == user
    assert token.get_scopes() == ["fhir"]
    assert timedelta(minutes=59) < token.expires_at - timezone.now() <= timedelta(hours=1)
    assert Token.objects.lookup(Token.Type.ACCESS_TOKEN, value) == token
    assert Token.objects.lookup(Token.Type.ACCESS_TOKEN, value + "x") is None
    line = AuditLine.objects.get()
    assert (line.action, line.object_id) == ("account.token.issued", str(user.id))
    assert value not in line.details


def test_expired_token_is_not_found():
    UserFactory(login="le.goff")
    value = issue_token(login="le.goff", scopes=["fhir"], lifetime=timedelta(seconds=-1))
    assert Token.objects.lookup(Token.Type.ACCESS_TOKEN, value) is None


@pytest.mark.parametrize("login", ["nobody", "", "parti"])
def test_no_token_for_nobody(login):
    UserFactory(login="parti", is_active=False)
    with pytest.raises(UnknownAccountError):
        issue_token(login=login, scopes=["fhir"], lifetime=timedelta(hours=1))
    assert not Token.objects.exists()
    assert not AuditLine.objects.exists()


def test_actor_of_a_professional_is_in_their_usual_place():
    user = UserFactory()
    second = PositionFactory(user=user, role="coordinator", is_default=False)
    usual = PositionFactory(user=user, role="nurse", label="Infirmière")
    found = actor_of(user)
    assert (found.kind, found.role, found.label) == ("professional", "nurse", "Infirmière")
    assert found.grantees == (user.grantee_id, usual.organisation_id)
    assert found.organisation_name == usual.organisation_name
    chosen = actor_of(user, str(second.id), channel="fhir")
    assert (chosen.role, chosen.organisation_id) == ("coordinator", second.organisation_id)
    assert chosen.channel == "fhir"


def test_position_of_somebody_else_or_ended_is_not_taken():
    user = UserFactory(role="nurse")
    foreign = PositionFactory(role="physician")
    ended = PositionFactory(
        user=user, role="physician", valid_until=timezone.now() - timedelta(seconds=1)
    )
    for other in (str(foreign.id), str(ended.id), "", "abc", None):
        assert actor_of(user, other).role == "nurse"
    assert ended not in positions_of(user)


def test_professional_without_a_position_has_no_right():
    found = actor_of(UserFactory())
    assert (found.role, found.organisation_id) == ("anonymous", None)


def test_actor_of_a_patient_and_of_a_relative():
    patient = PatientFactory()
    self_, proxy = person_of(patient), proxy_of(patient)
    assert (actor_of(self_).kind, actor_of(self_).role) == ("person", "person")
    assert actor_of(self_).grantees == (patient.pk,)
    assert actor_of(proxy).grantees == (proxy.grantee_id,)
    assert actor_of(proxy).label == "Proche ou représentant"


def test_position_gives_no_role_to_a_patient():
    user = UserFactory(patient=True, role="physician")
    assert actor_of(user).role == "person"


def test_logins_are_kept_in_lower_case():
    user = User.objects.create_user("Le.Goff", None, name="Yann LE GOFF", kind="professional")
    assert user.login == "le.goff"
    assert not user.has_usable_password()
    assert User.objects.get_by_natural_key("LE.GOFF") == user
    assert not hasattr(user, "is_superuser")


def test_accounts_are_not_opened_by_a_public_form(rf):
    assert not AccountAdapter().is_open_for_signup(rf.get("/"))


def test_second_factor_secret_is_encrypted_at_rest():
    user, secret = UserFactory(), generate_totp_secret()
    TOTP.activate(user, secret)
    row = Authenticator.objects.get(user=user)
    assert secret not in str(row.data)
    assert get_adapter().decrypt(row.data["secret"]) == secret
    code = TOTP(row)
    assert row.data["secret"] != get_adapter().encrypt(secret)
    assert code.instance == row
    assert hotp_value(secret, 1) != hotp_value(generate_totp_secret(), 1)


def test_second_factor_secret_of_another_installation_is_refused(settings):
    kept = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
    settings.SECRETS = replace(settings.SECRETS, mfa_key=b"z" * 32)
    with pytest.raises(InvalidToken):
        get_adapter().decrypt(kept)


@pytest.mark.parametrize(
    "credential", ["", "{", "{}", "[]", "1", '{"id": "x", "type": "public-key", "response": {}}']
)
def test_a_passkey_that_is_not_one_opens_nothing(client: Client, credential: str) -> None:
    asked = client.get("/compte/securite/webauthn/login/", headers={"Accept": "application/json"})
    assert asked.json()["request_options"]["publicKey"]["rpId"] == "testserver"
    answer = client.post("/compte/securite/webauthn/login/", {"credential": credential})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/compte/login/")
    assert "_auth_user_id" not in client.session
