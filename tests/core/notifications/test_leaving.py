"""What is recorded leaves once its act has committed: states, attempts, crashes, gateways that break."""

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.effects import act
from enrs.core.jobs.registry import beside
from enrs.core.notifications import jobs
from enrs.core.notifications.channels import stand_in
from enrs.core.notifications.commands import (
    RecipientError,
    SendingStateError,
    cancel_sending,
    leaving,
    resend,
    send_mail,
    send_sms,
    stop_number,
)
from enrs.core.notifications.jobs import run_sender
from enrs.core.notifications.models import Sending, StandInMessage
from enrs.core.notifications.rules.phones import PhoneError
from enrs.core.notifications.rules.texts import UnsafeTextError

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
MOBILE = "06 12 34 56 78"


def mail(key="invitation:1", **fields):
    return send_mail(kind="essai.normal", to="essai@enrs.example", key=key, **fields)


def sms(key="rappel:1", **fields):
    return send_sms(kind="essai.normal", to=MOBILE, key=key, values={"time": "9 h"}, **fields)


def come_due():
    Sending.objects.filter(state="waiting").update(next_at=timezone.now())


def test_the_same_key_is_recorded_once():
    first = mail()
    assert first is not None
    assert mail() is None
    assert Sending.objects.count() == 1


def test_what_cannot_leave_is_not_recorded():
    for address in ("", "essai", "a@b\nBcc: c@d.example", "a@b.example, c@d.example"):
        with pytest.raises(RecipientError):
            send_mail(kind="essai.normal", to=address, key="x")
    with pytest.raises(PhoneError):
        send_sms(kind="essai.normal", to="01 99 00 12 34", key="x")
    with pytest.raises(UnsafeTextError):
        send_sms(kind="essai.normal", to=MOBILE, key="x", values={"time": "9 h, chimiothérapie"})
    assert not Sending.objects.exists()


def test_an_act_that_fails_sends_nothing():
    def fail():
        with act():
            mail()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert leaving.send_due() == 0
    assert not Sending.objects.exists()


def test_stand_in_keeps_what_would_have_left():
    mail(values={"at": "12 mars"})
    sms()
    assert leaving.send_due() == 2
    assert leaving.send_due() == 0
    kept = {one.channel: one for one in StandInMessage.objects.all()}
    assert "12 mars" in kept["mail"].text
    assert kept["sms"].recipient == "+33612345678"
    assert "9 h" in kept["sms"].text
    assert set(Sending.objects.values_list("state", flat=True)) == {"sent"}


def test_production_without_a_gateway_keeps_waiting(settings):
    settings.MODE = "production"
    sms()
    assert leaving.send_due() == 0
    assert Sending.objects.get().state == "waiting"


def test_gateway_gets_number_name_text_token_and_key(gateway, account):
    made = sms()
    leaving.send_due()
    (path, headers, body), sent = gateway.calls[0], Sending.objects.get()
    assert path == "/v1/messages"
    assert headers["Authorization"] == "Bearer jeton-d-essai"
    assert headers["Idempotency-Key"] == f"{made.id}-0"
    assert json.loads(body)["to"] == "+33612345678"
    assert (sent.state, sent.provider_id) == ("sent", f"op-{made.id}-0")


@pytest.mark.parametrize(
    ("status", "state"), [(400, "failed"), (422, "failed"), (429, "waiting"), (401, "waiting"),
                          (503, "waiting"), (500, "waiting"), (302, "failed")],
)  # fmt: skip
def test_refusals_of_the_gateway(gateway, status, state):
    gateway.status = status
    sms()
    leaving.send_due()
    one = Sending.objects.get()
    assert (one.state, one.attempts) == (state, 1)
    assert str(status) in one.error
    assert len(gateway.calls) == 1


def test_broken_answer_is_asked_again_with_the_same_key(gateway):
    gateway.breaks = True
    sms()
    leaving.send_due()
    assert Sending.objects.get().state == "waiting"
    gateway.breaks = False
    come_due()
    leaving.send_due()
    assert Sending.objects.get().state == "sent"
    assert len(gateway.calls) == 2
    assert len(gateway.sent) == 1


def test_broken_answer_without_keys_is_uncertain_until_somebody_decides(gateway, settings):
    settings.SMS_TAKES_KEYS = False
    gateway.breaks = True
    made = sms()
    leaving.send_due()
    come_due()
    assert leaving.send_due() == 0
    assert Sending.objects.get().state == "uncertain"
    gateway.breaks = False
    resend(sending_id=made.id)
    leaving.send_due()
    one = Sending.objects.get()
    assert (one.state, one.resendings) == ("sent", 1)
    with pytest.raises(SendingStateError):
        resend(sending_id=made.id)


def test_no_gateway_there_is_tried_eight_times_then_failed(settings):
    settings.SMS_URL = "http://127.0.0.1:9"
    sms()
    for _ in range(8):
        come_due()
        assert leaving.send_due() == 1
    one = Sending.objects.get()
    assert (one.state, one.attempts) == ("failed", 8)
    assert one.content


def test_waiting_time_grows(gateway):
    gateway.status = 503
    sms()
    leaving.send_due()
    one = Sending.objects.get()
    assert timedelta(seconds=20) < one.next_at - timezone.now() <= timedelta(seconds=30)


def test_mail_leaves_in_text_and_html(smtp):
    mail(values={"at": "12 mars <script>"})
    leaving.send_due()
    assert Sending.objects.get().state == "sent"
    recipient, text = smtp.mails[0]
    assert recipient == "essai@enrs.example"
    assert "Subject: Essai normal" in text
    assert "text/plain" in text
    assert "text/html" in text
    assert "&lt;script&gt;" in text


def test_no_header_comes_in_by_the_subject(smtp):
    made = mail()
    made.content["subject"] = "Bonjour\r\nBcc: autre@enrs.example"
    made.save()
    leaving.send_due()
    assert Sending.objects.get().state == "failed"
    assert smtp.mails == []


@pytest.mark.parametrize(
    ("word", "answer", "state"),
    [("RCPT", "550 unknown", "failed"), ("RCPT", "451 later", "waiting"),
     ("DATA", "452 full", "waiting"), ("DATA", "554 no", "failed"), ("MAIL", "530 no", "failed")],
)  # fmt: skip
def test_refusals_of_the_mail_server(smtp, word, answer, state):
    smtp.answers[word] = answer
    mail()
    leaving.send_due()
    assert Sending.objects.get().state == state


@pytest.mark.parametrize(
    ("word", "state"), [("EHLO", "waiting"), ("MAIL", "waiting"), ("RCPT", "waiting"), ("TEXT", "uncertain")]
)  # fmt: skip
def test_mail_server_that_breaks_off(smtp, word, state):
    smtp.breaks = word
    if word == "EHLO":
        smtp.answers["HELO"] = "421 bye"
    mail()
    leaving.send_due()
    assert Sending.objects.get().state == state


def test_a_number_that_said_stop_meanwhile_gets_nothing(gateway):
    sms()
    assert stop_number(phone="+33 6 12 34 56 78") == "+33612345678"
    leaving.send_due()
    assert Sending.objects.get().state == "cancelled"
    assert gateway.calls == []


def test_cancelled_does_not_leave_and_sent_is_not_cancelled(gateway):
    made = sms()
    cancel_sending(sending_id=made.id, reason="Erreur")
    assert leaving.send_due() == 0
    other = sms("rappel:2")
    leaving.send_due()
    with pytest.raises(SendingStateError):
        cancel_sending(sending_id=other.id)


def test_a_fault_of_ours_is_not_sent_twice(smtp, monkeypatch, caplog):
    mail()
    monkeypatch.setattr(
        "enrs.core.notifications.channels.mail.SmtpChannel._data",
        staticmethod(lambda *_: 1 / 0),
    )
    leaving.send_due()
    assert Sending.objects.get().state == "uncertain"
    assert "essai@enrs.example" not in caplog.text


def test_contents_are_emptied_after_a_week():
    made = mail()
    leaving.send_due()
    leaving.empty_contents()
    assert Sending.objects.get().content
    Sending.objects.update(ended_at=timezone.now() - timedelta(days=8))
    leaving.empty_contents()
    one = Sending.objects.get()
    assert one.content == {}
    assert one.body_hash == made.body_hash


def test_pages_cannot_read_what_leaves_but_may_add_to_it(as_actor):
    from tests.factories import UserFactory, actor  # noqa: PLC0415  only here

    with as_actor(actor(UserFactory(role="nurse"))):
        assert mail() is not None
        assert mail() is None
        assert not Sending.objects.exists()
    with as_actor(actor(UserFactory(role="operator", operator=True))):
        assert Sending.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_leaves_before_the_commit():
    done = []

    def other():
        done.append(leaving.send_due())
        connections.close_all()

    with act():
        sms()
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert done == [0]
    assert run_sender() == 1


@pytest.mark.django_db(transaction=True)
def test_two_senders_send_each_once(gateway):
    for rank in range(20):
        sms(f"rappel:{rank}")

    def work():
        leaving.send_due()
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(gateway.calls) == len(gateway.sent) == 20
    assert set(Sending.objects.values_list("state", flat=True)) == {"sent"}


SENDER = """
import os, signal, sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from enrs.core.notifications.commands import leaving
leaving._settle = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
leaving.send_due()
"""


def killed_while_sending(**environment):
    """Run a sender in a process of its own, which dies between « leaving » and « sent »."""
    given = os.environ | environment
    given |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": "src:."}
    name = connection.settings_dict["NAME"]
    ended = subprocess.run(
        [sys.executable, "-c", SENDER, name], env=given, cwd=ROOT, timeout=60, check=False
    )
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_killed_sender_leaves_a_mail_uncertain(smtp, settings):
    made = mail()
    killed_while_sending(ENRS_MAIL_URL=settings.MAIL_URL)
    assert len(smtp.mails) == 1
    assert Sending.objects.get().state == "leaving"
    assert run_sender() == 0
    assert leaving.recover_lost(timezone.now() + timedelta(minutes=6)) == 1
    assert run_sender() == 0
    assert Sending.objects.get().state == "uncertain"
    assert len(smtp.mails) == 1
    resend(sending_id=made.id)
    assert run_sender() == 1
    assert len(smtp.mails) == 2


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_killed_sender_has_an_sms_sent_again_under_its_key(gateway, settings):
    sms()
    killed_while_sending(ENRS_SMS_URL=settings.SMS_URL, ENRS_SMS_TOKEN=settings.SMS_TOKEN)
    assert len(gateway.sent) == 1
    leaving.recover_lost(timezone.now() + timedelta(minutes=6))
    come_due()
    assert run_sender() == 1
    assert len(gateway.calls) == 2
    assert len(gateway.sent) == 1
    assert Sending.objects.get().state == "sent"


def test_late_outcome_is_not_written_over_a_new_attempt(gateway):
    sms()
    with acting(SYSTEM):
        claimed = leaving.claim(["sms"])
    leaving.recover_lost(timezone.now() + timedelta(minutes=6))
    come_due()
    again = leaving.claim(["sms"])
    leaving._settle(claimed, "failed", error="trop tard")
    assert Sending.objects.get().state == "leaving"
    leaving._settle(again, "sent", provider_id="op-1")
    assert Sending.objects.get().state == "sent"


def test_stand_in_sends_a_key_once():
    channel = stand_in.StandInChannel("sms")
    one = leaving.Outgoing(key="a-0", recipient="+33612345678", text="Bonjour")
    assert channel.send(one) == channel.send(one)
    assert StandInMessage.objects.count() == 1
    with transaction.atomic():
        assert leaving.empty_contents() == 0


@pytest.mark.django_db(transaction=True)
def test_job_starts_a_sender_outside_of_its_own_transaction(gateway):
    sms()
    with transaction.atomic():
        assert beside("sender", jobs.run_sender)() is False
        for thread in threading.enumerate():
            if thread.name == "sender":
                thread.join()
        assert len(gateway.calls) == 1
        transaction.set_rollback(True)
    assert Sending.objects.get().state == "sent"
