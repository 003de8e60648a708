"""A mobile receives nothing before its code has come back; guessing, waiting and bothering are bounded."""

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.core.notifications.commands import (
    MobileCodeError,
    ask_code,
    confirm_mobile,
    notify,
    save_preferences,
)
from enrs.core.notifications.models import Delivery, Sending
from tests.factories import UserFactory, actor

pytestmark = pytest.mark.django_db
PREFERENCES, MOBILE = reverse("notifications:preferences"), reverse("notifications:mobile")


@pytest.fixture
def nurse():
    return UserFactory(role="nurse", email="infirmiere@enrs.example")


def choose(mobile="06 12 34 56 78"):
    night = time(0)
    save_preferences(
        modes={}, mobile=mobile, quiet_from=night, quiet_until=night, digest_at=time(8)
    )


def codes() -> list[str]:
    rows = Sending.objects.filter(kind="account.mobile.code").order_by("id")
    return [re.search(r"code est (\d{6})", one.content["text"]).group(1) for one in rows]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def tell(user):
    notify(users={user.id}, kind="essai.urgent", patient_id=None, event_id=uuid7(),
           details={"at": timezone.now().isoformat(), "by": "x", "title": "x"})  # fmt: skip


def sms() -> int:
    return Sending.objects.filter(channel="sms", kind="essai.urgent").count()


def refused(code: str = "") -> str:
    with pytest.raises(MobileCodeError) as error:
        confirm_mobile(code=code) if code else ask_code()
    return error.value.reason


def test_nothing_goes_there_before_its_code(nurse, as_actor):
    with as_actor(actor(nurse)):
        choose()
    tell(nurse)
    assert sms() == 0
    (code,) = codes()
    sent = Sending.objects.get(kind="account.mobile.code")
    assert (sent.recipient, sent.channel) == ("+33612345678", "sms")
    assert code not in Delivery.objects.get().code_hash
    with as_actor(actor(nurse)):
        confirm_mobile(code=f"{code[:3]} {code[3:]}")
    tell(nurse)
    assert sms() == 1
    assert AuditLine.objects.filter(action="notice.mobile.confirmed", actor_id=nurse.id).exists()
    with acting(actor(nurse)):
        assert refused(code) == "none"
        assert refused() == "none"


def test_another_number_is_confirmed_again_and_the_same_is_not(nurse):
    with acting(actor(nurse)):
        choose()
        confirm_mobile(code=codes()[0])
        choose("+33 6 12 34 56 78")
        assert Delivery.objects.get().confirmed_at
        choose("07 11 22 33 44")
        assert not Delivery.objects.get().confirmed_at
        assert refused(codes()[0]) == "wrong", "a code is worth its own number alone"
        choose("")
        assert refused(codes()[1]) == refused() == "none"
    assert len(codes()) == 2


def test_a_code_is_worth_a_quarter_of_an_hour_and_five_tries(nurse):
    with acting(actor(nurse)):
        choose()
        code = codes()[0]
        Delivery.objects.update(code_until=timezone.now() - timedelta(seconds=1))
        assert refused(code) == "late"
        ask_code()
        assert refused(code) == "wrong"
        fresh = codes()[1]
        assert [refused(wrong(fresh)) for _ in range(5)] == ["wrong"] * 4 + ["tries"]
        assert refused(fresh) == "tries"
        assert not Delivery.objects.get().confirmed_at


def test_an_account_sends_five_codes_a_day(nurse):
    with acting(actor(nurse)):
        choose()
        for _ in range(4):
            ask_code()
        assert refused() == "many"
        with pytest.raises(MobileCodeError):
            choose("07 11 22 33 44")
        assert Delivery.objects.get().mobile == "+33612345678"
        Delivery.objects.update(codes_since=timezone.now() - timedelta(hours=25))
        ask_code()
    assert len(codes()) == 6


def test_the_page_asks_for_the_code(nurse, signed_in):
    with acting(actor(nurse)):
        choose()
    browser = signed_in(nurse)
    assert "Confirmez votre mobile" in browser.get(PREFERENCES).content.decode()
    answer = browser.post(MOBILE, {"code": wrong(codes()[0])}, follow=True).content.decode()
    assert "vérifiez les 6 chiffres" in answer
    assert (
        "Un autre code part" in browser.post(MOBILE, {"encore": "1"}, follow=True).content.decode()
    )
    answer = browser.post(MOBILE, {"code": codes()[1]}, follow=True).content.decode()
    assert "Votre mobile est confirmé" in answer
    assert "Confirmez votre mobile" not in answer


def test_the_code_of_somebody_else_is_worth_nothing(nurse, signed_in):
    with acting(actor(nurse)):
        choose()
    stranger = UserFactory(role="physician")
    answer = signed_in(stranger).post(MOBILE, {"code": codes()[0]}, follow=True).content.decode()
    assert "Aucun code" in answer
    assert not Delivery.objects.get().confirmed_at


def test_who_is_not_signed_in(client):
    assert client.post(MOBILE, {"code": "123456"}).status_code == 302
