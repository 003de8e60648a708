"""The builders of sendings and notices write what the commands and the sender would have written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

from enrs.core.accounts.models import User
from enrs.core.demo import Rows
from enrs.core.events.outbox import OutboxEvent
from enrs.core.ids import uuid7
from enrs.core.notifications import demo
from enrs.core.notifications.channels.contract import (
    Outgoing,
    PermanentError,
    TemporaryError,
    UncertainError,
)
from enrs.core.notifications.commands import leaving, open_account, send_mail
from enrs.core.notifications.commands.desk import cancel_sending
from enrs.core.notifications.commands.members import AskedSms, record_sms
from enrs.core.notifications.commands.notices import mark_read, notify, tell
from enrs.core.notifications.commands.receipts import take_receipt
from enrs.core.notifications.demo import ARRIVED, TAKEN, Sent, tell_notice, tell_sending
from enrs.core.notifications.models import Sending, SmsAccount
from enrs.core.notifications.registry import KINDS, TOLD, Telling, register_kind
from tests.config.demo.twice import NOW, ago, assert_same, by, in_bulk, somebody
from tests.factories import known_patient

pytestmark = pytest.mark.django_db

KIND, EVENT, TO, MOBILE = "essai.normal", "essai.told", "essai@enrs.example", "+33612345678"
TEXT = "Rappel : rendez-vous demain, porte B."
OTHERWISE = {
    "sending.key": "it names the invitation or the call for which a sending leaves: the demo has none",
    "sending_receipt.event_key": "the gateway's own number of a receipt",
}
COUNTED = {
    # The scene counts what an account sent in a month, once for all its sendings.
    "sms_usage": lambda _: False,
}


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    register_kind(KIND, label="Essai", text="Essai", urgency="normal", link=lambda _: "", mail_text="Une demande.",
                  sms="Rendez-vous.")  # fmt: skip
    register_kind(EVENT, label="Essai", text="Essai", urgency="normal", link=lambda _: "", mail_text="Du nouveau.",
                  tell=lambda event: Telling([UUID(event.payload["to"])], {"by": "Yann LE GOFF"}))  # fmt: skip
    yield
    for one in (KIND, EVENT):
        KINDS.pop(one)
        TOLD.pop(one, None)


@pytest.fixture
def account(db: None) -> SmsAccount:
    with by(None, ago(9000)):
        return open_account(
            organisation_id=uuid7(), organisation_name="Centre hospitalier", sender_name="CHEssai"
        )


def sms(account: SmsAccount, moment: Any) -> Sending:
    """Recorded by a member's software, then left three seconds later."""
    with by(None, moment):
        made, _ = record_sms(account_id=account.pk, asked=AskedSms(MOBILE, TEXT, "RDV-1"))
    return made


def leave(moment: Any) -> None:
    with by(None, moment + TAKEN):
        leaving.send_due()


def told_sms(account: SmsAccount, moment: Any, state: str) -> Any:
    sent = Sent("sms", "member.sms", MOBILE, {"text": TEXT}, moment, state, "RDV-1")
    return in_bulk(lambda rows: tell_sending(rows, sent, now=NOW, number=1, account=account))


@pytest.mark.parametrize("state", ["sent", "delivered", "failed"])
def test_an_sms_by_bulk_is_that_of_the_commands(account, state):
    error = "Numéro non attribué" if state == "failed" else ""

    def by_hand() -> None:
        made = sms(account, ago(30))
        leave(ago(30))
        made.refresh_from_db()
        if state == "sent":
            return
        told_at = ago(30) + (ARRIVED if state == "delivered" else TAKEN)
        with by(None, told_at):
            take_receipt(
                provider_id=made.provider_id, state=state, event_key="1", at=told_at, detail=error
            )

    told = assert_same(
        by_hand, told_sms(account, ago(30), state), "notifications", but=OTHERWISE, only=COUNTED
    )
    assert len(told["stand_in_message"]) == 1


def test_an_sms_given_up_by_bulk_is_that_of_the_command(account):
    def by_hand() -> None:
        made = sms(account, ago(30))
        with by(None, ago(30) + TAKEN):
            cancel_sending(sending_id=made.pk)

    assert_same(
        by_hand, told_sms(account, ago(30), "cancelled"), "notifications", but=OTHERWISE, only=COUNTED
    )  # fmt: skip


def test_an_old_sms_by_bulk_is_emptied_as_by_the_job(account):
    moment = ago(24 * 9)

    def by_hand() -> None:
        sms(account, moment)
        leave(moment)
        with by(None, NOW):
            leaving.empty_contents()

    told = assert_same(
        by_hand, told_sms(account, moment, "sent"), "notifications", but=OTHERWISE, only=COUNTED
    )
    assert told["sending"][0]["content"] == "{}"


@contextmanager
def gateway(error: Exception | None) -> Iterator[None]:
    """Every mail meets this at the other end, which takes no key of ours."""

    class Broken:
        is_idempotent = False

        def send(self, outgoing: Outgoing) -> str:
            raise error or AssertionError(outgoing)

    with patch.object(leaving, "channel_for", lambda _: Broken()):
        yield


MAILS = {
    "failed": (30, PermanentError("550 5.1.1 Boîte inconnue")),
    "uncertain": (30, UncertainError(leaving.UNSURE)),
    "waiting": (1, TemporaryError("421 Service indisponible")),
}


@pytest.mark.parametrize("state", MAILS)
def test_a_mail_that_does_not_leave_by_bulk_is_that_of_the_sender(db, state):
    """What may be tried again is, each time it is due."""
    hours, error = MAILS[state]
    user = somebody("physician")
    content = {"subject": "", "text": "", "link": ""}

    def by_hand() -> None:
        with by(None, ago(hours)):
            made = send_mail(kind=KIND, to=TO, key="essai:1", user_id=user.pk)
        assert made is not None
        content.update(made.content)
        moment = ago(hours) + TAKEN
        while moment <= NOW and made.state == "waiting":
            with by(None, moment), gateway(error):
                leaving.send_due()
            made.refresh_from_db()
            moment = made.next_at

    def build(rows: Rows) -> None:
        sent = Sent("mail", KIND, TO, content, ago(hours), state, error=str(error), user_id=user.pk)
        tell_sending(rows, sent, now=NOW, number=1)

    told = assert_same(by_hand, in_bulk(build), "notifications", but=OTHERWISE)
    assert told["sending"][0]["attempts"] == {"waiting": "5"}.get(state, "1")


@pytest.mark.parametrize("state", ["leaving", "waiting", "sent"])
def test_a_mail_under_way_by_bulk_is_that_of_the_sender(db, state):
    """Just claimed, held by the night, or left."""
    content = {"subject": "", "text": "", "link": ""}

    def by_hand() -> None:
        night = NOW + timedelta(hours=10) if state == "waiting" else None
        with by(None, ago(0.1)):
            made = send_mail(kind=KIND, to=TO, key="essai:1", due_at=night)
        assert made is not None
        content.update(made.content)
        if state == "leaving":
            with by(None, NOW):
                leaving.claim(["mail"])
        else:
            leave(ago(0.1))

    def build(rows: Rows) -> None:
        sent = Sent("mail", KIND, TO, content, ago(0.1), state)
        tell_sending(rows, sent, now=NOW, number=1)

    told = assert_same(by_hand, in_bulk(build), "notifications", but=OTHERWISE)
    assert told["sending"][0]["state"] == state


@pytest.mark.parametrize("is_read", [True, False])
def test_a_notice_by_bulk_is_that_of_the_command(db, is_read):
    user: User = somebody("physician")
    patient = known_patient()
    details = {"by": "Yann LE GOFF", "title": "Retour à domicile"}

    def by_hand() -> None:
        with by(None, ago(5)):
            notify(
                users=[user.pk], kind=KIND, patient_id=patient.pk, event_id=uuid7(),
                details={"at": ago(5).isoformat()} | details,
            )  # fmt: skip
        if is_read:
            with by(user, ago(3)):
                mark_read(until=ago(4))

    def build(rows: Rows) -> None:
        tell_notice(
            rows, user_id=user.pk, kind=KIND, at=ago(5), details=details, patient_id=patient.pk,
            is_read=is_read,
        )  # fmt: skip

    but = {"notice.event_id": "no event stands behind a told notice"}
    assert_same(by_hand, in_bulk(build), "notifications", but=but)


@pytest.mark.parametrize("is_read", [True, False])
def test_an_event_told_by_bulk_is_that_of_its_reader(db, monkeypatch, is_read):
    """A notice and a mail, as if they had come when the event did."""
    user, moment = somebody("physician"), ago(20)
    User.objects.filter(pk=user.pk).update(email=TO)
    event = OutboxEvent(uuid7(), 1, 1, moment, EVENT, None, [], {"to": str(user.pk)})
    monkeypatch.setattr(demo, "events_after_mark", lambda *_: [event])
    monkeypatch.setattr(demo, "move_mark", lambda *_: None)

    def by_hand() -> None:
        with by(None, moment):
            tell(event)
        leave(moment)
        if is_read:
            with by(user, moment + timedelta(hours=2)):
                mark_read(until=moment)

    told = assert_same(
        by_hand,
        in_bulk(lambda _: demo.tell_events(moment, is_read=is_read)),
        "notifications",
    )
    assert len(told["stand_in_message"]) == 1
