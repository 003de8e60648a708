"""The API of the members' software: keys, quotas, receipts, STOP, and what a hostile client tries."""

import json
import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.core.notifications.channels.callback import callback_secret
from enrs.core.notifications.commands import create_key, leaving, revoke_key
from enrs.core.notifications.commands.members import (
    AskedSms,
    RefusedSmsError,
    open_account,
    record_sms,
)
from enrs.core.notifications.models import Sending, SmsAccount, SmsKey, SmsStop, SmsUsage
from enrs.core.notifications.rules.signing import is_signed, sign

pytestmark = pytest.mark.django_db
ADDRESS = "/notifications/api/v1/sms"
SMS = {"to": "06 12 34 56 78", "text": "Rendez-vous demain à 9 h.", "reference": "RDV-42"}


@pytest.fixture
def key(account):
    return create_key(account=account, label="Agenda")


def post(key, given=SMS, *, address=ADDRESS, **headers):
    body = given if isinstance(given, bytes) else json.dumps(given)
    return Client().post(
        address, body, content_type="application/json",
        headers={"Authorization": f"Bearer {key}"} | headers,
    )  # fmt: skip


def test_sms_is_taken_under_the_account_s_name(key, account):
    answer = post(key)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["state"], told["segments"], told["reference"]) == ("waiting", 1, "RDV-42")
    one = Sending.objects.get()
    assert (one.recipient, one.sender_name, one.account_id) == (
        "+33612345678",
        "CHEssai",
        account.id,
    )
    read = Client().get(answer["Location"], headers={"Authorization": f"Bearer {key}"})
    assert read.json() == told
    line = AuditLine.objects.get(action="sending.recorded")
    assert "Agenda" in line.actor_name
    assert SmsUsage.objects.get().count == 1


def test_same_idempotency_key_gives_the_same_sms(key):
    first = post(key, **{"Idempotency-Key": "a"})
    again = post(key, **{"Idempotency-Key": "a"})
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    other = post(key, SMS | {"text": "Autre texte."}, **{"Idempotency-Key": "a"})
    assert other.status_code == 409
    assert Sending.objects.count() == SmsUsage.objects.get().count == 1


@pytest.mark.parametrize("wrong", ["", "enrs_faux", "é", "x" * 5_000])
def test_unknown_key_opens_nothing(account, wrong):
    assert post(wrong.encode("latin-1").decode("latin-1")).status_code == 401
    assert not Sending.objects.exists()


def test_no_key_and_another_scheme_are_refused(key):
    assert Client().post(ADDRESS, SMS, content_type="application/json").status_code == 401
    answer = Client().post(
        ADDRESS, SMS, content_type="application/json", headers={"Authorization": f"Basic {key}"}
    )
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_revoked_key_and_closed_account_open_nothing(key, account):
    revoke_key(key_id=SmsKey.objects.get().id)
    assert post(key).status_code == 401
    other = create_key(account=account, label="Autre")
    assert post(other).status_code == 202
    SmsAccount.objects.update(is_active=False)
    assert post(other).status_code == 401
    assert AuditLine.objects.filter(action="sms.key.refused").count() == 2


def test_key_is_kept_as_a_hash_alone(key):
    kept = SmsKey.objects.get()
    assert key not in (kept.hash, kept.head)
    assert key.startswith(kept.head)


def test_sms_of_another_organisation_is_unknown(key):
    number = post(key).json()["id"]
    other = open_account(
        organisation_id=uuid7(), organisation_name="Clinique d'essai", sender_name="Clinique"
    )
    stranger = create_key(account=other, label="Agenda")
    address = f"{ADDRESS}/{number}"
    assert Client().get(address, headers={"Authorization": f"Bearer {stranger}"}).status_code == 404
    assert Client().get(address, headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert post(stranger, **{"Idempotency-Key": number}).status_code == 202


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"to": "01 99 00 12 34"}, 422, "recipient"),
        ({"to": "+32 470 12 34 56"}, 422, "recipient"),
        ({"to": ["0612345678"]}, 422, "type"),
        ({"text": ""}, 422, "text"),
        ({"text": "a" * 800}, 422, "text"),
        ({"text": {"a": 1}}, 422, "type"),
        ({"text": "bon\0jour"}, 422, "type"),
        ({"text": "Votre chimiothérapie est à 9 h"}, 422, "health_data"),
        ({"text": "Dossier 2 79 03 51 215 189"}, 422, "health_data"),
        ({"sender": "AutreNom"}, 422, "sender"),
        ({"reference": "x" * 101}, 422, "too_long"),
    ],
)
def test_what_is_wrong_is_said(key, given, status, code):
    answer = post(key, SMS | given)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert not Sending.objects.exists()
    assert not SmsUsage.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 15_000, b"null"])
def test_body_that_is_no_object_is_refused(key, body):
    assert post(key, body).status_code == 400


def test_hundred_megabytes_are_refused_unread(key):
    class Never:
        def read(self, *_):
            raise AssertionError("the body was read")

        readline = read

    answer = Client().generic(
        "POST", ADDRESS, b"", content_type="application/json", CONTENT_LENGTH=str(100 << 20),
        HTTP_AUTHORIZATION=f"Bearer {key}", **{"wsgi.input": Never()},
    )  # fmt: skip
    assert answer.status_code == 413


def test_minute_quota(key):
    SmsAccount.objects.update(minute_quota=2)
    answers = [post(key) for _ in range(3)]
    codes = [one.status_code for one in answers]
    if codes == [202, 202, 202]:  # The minute turned while the test ran.
        codes = [post(key).status_code for _ in range(3)]
    assert codes[-1] == 429
    assert Sending.objects.count() < len(codes) * 2


def test_month_quota_counts_segments(key):
    SmsAccount.objects.update(month_quota=3)
    assert post(key, SMS | {"text": "a" * 300}).json()["segments"] == 2
    refused = post(key, SMS | {"text": "a" * 300})
    assert (refused.status_code, refused.json()["error"]) == (429, "month_quota")
    assert refused["Retry-After"]
    assert post(key).status_code == 202
    assert post(key).status_code == 429
    assert SmsUsage.objects.get().count == 3


@pytest.mark.django_db(transaction=True)
def test_quota_holds_when_two_come_at_once(account):
    SmsAccount.objects.update(month_quota=5, minute_quota=100)
    outcomes = []

    def work():
        for _ in range(5):
            try:
                record_sms(account_id=account.id, asked=AskedSms(SMS["to"], SMS["text"]))
                outcomes.append(202)
            except RefusedSmsError as error:
                outcomes.append(error.status)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [202] * 5 + [429] * 5
    assert Sending.objects.count() == SmsUsage.objects.get().count == 5


def signed(name, given, secret=b"secret-commun", at=None):
    body = json.dumps(given).encode()
    header = sign(secret, body, int(at or time.time()))
    return Client().post(
        reverse(f"notifications:{name}"), body, content_type="application/json",
        headers={"X-Enrs-Signature": header},
    )  # fmt: skip


@pytest.fixture
def sent(key, gateway, settings):
    """An SMS of the member that the gateway took."""
    settings.SMS_SECRET = "secret-commun"
    post(key)
    leaving.send_due()
    return Sending.objects.get()


def test_receipt_delivers_once_and_failure_does_not_undo_it(sent, key):
    told = {
        "id": sent.provider_id,
        "event": "e1",
        "state": "delivered",
        "at": "2026-03-12T09:00:00Z",
    }
    for _ in range(2):
        assert signed("api_receipt", told).status_code == 200
    late = {"id": sent.provider_id, "event": "e2", "state": "failed", "detail": "perdu"}
    assert signed("api_receipt", late).status_code == 200
    one = Sending.objects.get()
    assert one.state == "delivered"
    assert one.receipts.count() == 1
    read = Client().get(f"{ADDRESS}/{one.id}", headers={"Authorization": f"Bearer {key}"})
    assert read.json()["state"] == "delivered"


def test_receipt_of_a_failure_says_why(sent):
    told = {
        "id": sent.provider_id,
        "event": "e1",
        "state": "failed",
        "detail": "<script>numéro éteint",
    }
    signed("api_receipt", told)
    one = Sending.objects.get()
    assert (one.state, one.error) == ("failed", "<script>numéro éteint")


def test_receipt_that_is_not_the_gateway_s_is_refused(sent, settings):
    told = {"id": sent.provider_id, "event": "e1", "state": "delivered"}
    assert signed("api_receipt", told, b"faux").status_code == 401
    assert signed("api_receipt", told, at=time.time() - 400).status_code == 401
    assert signed("api_receipt", told | {"id": "op-inconnu"}).status_code == 404
    assert signed("api_receipt", told | {"state": "waiting"}).status_code == 422
    settings.SMS_SECRET = ""
    assert signed("api_receipt", told, b"").status_code == 401
    assert Sending.objects.get().state == "sent"


def test_member_is_told_by_a_signed_callback(sent, gateway):
    SmsAccount.objects.update(callback_url=f"http://127.0.0.1:{gateway.server_address[1]}/accuse")
    signed("api_receipt", {"id": sent.provider_id, "event": "e1", "state": "delivered"})
    assert leaving.send_due() == 1
    path, headers, body = gateway.calls[-1]
    assert path == "/accuse"
    told = json.loads(body)
    assert (told["id"], told["state"], told["reference"]) == (str(sent.id), "delivered", "RDV-42")
    secret = callback_secret(sent.account_id).encode()
    assert is_signed(secret, body, headers["X-Enrs-Signature"], time.time())


def test_stop_is_obeyed_and_lifted(sent, key):
    answer = {"from": "+33612345678", "text": " stop svp", "to": "CHEssai"}
    for _ in range(2):
        assert signed("api_reply", answer).json() == {"done": "stopped"}
    assert SmsStop.objects.get().account_id == sent.account_id
    refused = post(key)
    assert (refused.status_code, refused.json()["error"]) == (422, "stopped")
    assert signed("api_reply", answer | {"text": "Merci"}).json() == {"done": "ignored"}
    assert signed("api_reply", answer | {"text": "START"}).json() == {"done": "resumed"}
    assert post(key).status_code == 202
    assert signed("api_reply", answer | {"from": "x"}).status_code == 422


def test_stop_to_an_unknown_name_stops_everybody(sent, key):
    signed("api_reply", {"from": "0612345678", "text": "STOP", "to": "36777"})
    assert SmsStop.objects.get().account_id is None
    assert post(key).status_code == 422


def test_starting_again_lifts_what_that_sender_s_answer_had_stopped_and_no_more(sent, key):
    twin = SmsAccount.objects.get(pk=sent.account_id)
    SmsAccount.objects.create(
        organisation_id=uuid7(), organisation_name="CH", sender_name="CHESSAI"
    )
    other = SmsAccount.objects.create(
        organisation_id=uuid7(), organisation_name="DAC", sender_name="DacEssai"
    )
    phone = "+33612345678"
    signed("api_reply", {"from": phone, "text": "STOP", "to": "CHEssai"})
    assert SmsStop.objects.count() == 2, "two accounts bear this name"
    SmsStop.objects.create(phone=phone, account=other, source="sms")
    by_hand = SmsStop.objects.create(phone=phone, account=None, source="desk")
    signed("api_reply", {"from": phone, "text": "START", "to": "CHEssai"})
    held = SmsStop.objects.filter(lifted_at=None)
    assert {one.account_id for one in held} == {other.pk, None}
    assert held.get(account=None) == by_hand
    assert twin.sender_name == "CHEssai"


def test_other_methods_are_refused(key):
    assert Client().get(ADDRESS).status_code == 405
    assert Client().delete(f"{ADDRESS}/{uuid7()}").status_code == 405


def test_old_minute_does_not_count(key, account):
    SmsAccount.objects.update(
        minute_quota=1, minute_count=1, minute_at=timezone.now() - timedelta(minutes=2)
    )
    assert post(key).status_code == 202
