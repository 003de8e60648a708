"""Each is told as they prefer: kinds, channels, quiet hours, digest; each sees their own choices alone."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.ids import uuid7
from enrs.core.notifications.commands import leaving, notify, save_preferences
from enrs.core.notifications.commands.digests import send_digests
from enrs.core.notifications.models import (
    Delivery,
    DigestItem,
    Notice,
    Preference,
    Sending,
    StandInMessage,
)
from tests.factories import UserFactory, actor

pytestmark = pytest.mark.django_db
ADDRESS = "/notifications/preferences/"
AT = "2026-03-12T13:05:00+00:00"


@pytest.fixture
def nurse():
    return UserFactory(role="nurse", email="infirmiere@enrs.example")


def tell(user, kind="essai.normal", event_id=None, **details):
    notify(
        users={user.id}, kind=kind, patient_id=None, event_id=event_id or uuid7(),
        details={"at": AT, "by": "Dr N'DIAYE", "title": "Visite à domicile"} | details,
    )  # fmt: skip


def choose(user, modes=None, mobile="06 12 34 56 78", quiet=(time(0), time(0)), digest_at=time(8)):
    with acting(actor(user)):
        save_preferences(
            modes=modes or {}, mobile=mobile, quiet_from=quiet[0], quiet_until=quiet[1],
            digest_at=digest_at,
        )  # fmt: skip
    Delivery.objects.filter(user=user).update(confirmed_at=datetime.now(UTC))
    Sending.objects.filter(kind="account.mobile.code").delete()


def channels():
    return sorted(Sending.objects.values_list("channel", flat=True))


def test_by_default_mail_at_once_and_sms_only_when_urgent(nurse):
    tell(nurse)
    assert channels() == ["mail"]
    choose(nurse)
    tell(nurse, "essai.urgent")
    assert channels() == ["mail", "mail", "sms"]


def test_told_again_nothing_more_leaves(nurse):
    choose(nurse)
    event = uuid7()
    for _ in range(3):
        tell(nurse, "essai.urgent", event)
    assert channels() == ["mail", "sms"]
    assert Notice.objects.count() == 1


def test_without_address_the_space_alone_says_it():
    tell(UserFactory(role="nurse", email=""), "essai.urgent")
    assert channels() == []
    assert Notice.objects.count() == 1


def test_nothing_that_leaves_names_anybody(nurse):
    choose(nurse, {("essai.normal", "sms"): "now"})
    tell(nurse, patient="DUBREUIL Marie", region="faux")
    for one in Sending.objects.all():
        said = str(one.content)
        assert "N'DIAYE" not in said
        assert "Visite" not in said
        assert "DUBREUIL" not in said
        assert "faux" not in said


def test_choices_are_kept(nurse):
    choose(nurse, {("essai.normal", "mail"): "off", ("essai.normal", "sms"): "now"})
    tell(nurse)
    assert channels() == ["sms"]
    choose(nurse, {("essai.normal", "sms"): "off"})
    tell(nurse)
    assert channels() == ["sms"]


@pytest.mark.parametrize(
    "modes",
    [{("essai.normal", "fax"): "now"}, {("inconnu", "mail"): "now"},
     {("essai.normal", "sms"): "digest"}, {("essai.normal", "mail"): "jamais"}],
)  # fmt: skip
def test_forged_choices_are_refused(nurse, modes):
    with pytest.raises(ValueError, match=":"):
        choose(nurse, modes)


def test_quiet_hours_hold_what_is_not_urgent(nurse):
    now = timezone.localtime()
    start = (now - timedelta(hours=1)).time()
    end = (now + timedelta(hours=2)).time()
    choose(nurse, quiet=(start, end))
    tell(nurse)
    tell(nurse, "essai.urgent")
    due = dict(Sending.objects.filter(channel="mail").values_list("kind", "next_at"))
    assert due["essai.urgent"] <= timezone.now()
    assert timedelta(hours=1) < due["essai.normal"] - timezone.now() < timedelta(hours=4)


def test_digest_is_one_mail_a_day(nurse):
    choose(nurse, {("essai.normal", "mail"): "digest"})
    other = UserFactory(role="nurse", email="autre@enrs.example")
    for _ in range(3):
        tell(nurse)
    tell(nurse, "essai.low")
    tell(other, "essai.low")
    assert channels() == []
    assert send_digests() == 0
    later = timezone.now() + timedelta(days=1, hours=2)
    assert send_digests(later) == 2
    assert send_digests(later) == 0
    mine = Sending.objects.get(user_id=nurse.id)
    assert "Essai normal : 3" in mine.content["text"]
    assert "4 à voir" in mine.content["subject"]
    Sending.objects.update(next_at=timezone.now())
    assert leaving.send_due() == 2
    assert StandInMessage.objects.count() == 2
    assert not DigestItem.objects.filter(sending_id=None).exists()


def test_digest_of_somebody_who_left_is_dropped(nurse):
    tell(nurse, "essai.low")
    nurse.is_active = False
    nurse.save()
    later = timezone.now() + timedelta(days=2)
    assert send_digests(later) == 0
    assert not DigestItem.objects.filter(sending_id=None).exists()


def test_digest_waits_for_the_legal_hour(nurse):
    choose(nurse, digest_at=time(18, 30))
    tell(nurse, "essai.low")
    due = DigestItem.objects.get().due_at.astimezone(timezone.get_default_timezone())
    assert (due.hour, due.minute) == (18, 30)
    assert due > datetime.now(UTC)


def form(nurse_page, **changed):
    given = {name: field.initial for name, field in nurse_page.fields.items() if ":" in name}
    hours = {"mobile": "", "quiet_from": "21:00", "quiet_until": "07:30", "digest_at": "08:00"}
    return given | hours | changed


def test_page_saves_and_shows_again(nurse, signed_in):
    browser = signed_in(nurse)
    first = browser.get(ADDRESS)
    given = form(first.context["form"], mobile="06.12.34.56.78", **{"mail:essai.normal": "digest"})
    answer = browser.post(ADDRESS, given, follow=True)
    assert "enregistrées" in answer.content.decode()
    assert Delivery.objects.get().mobile == "+33612345678"
    assert Preference.objects.get(kind="essai.normal", channel="mail").mode == "digest"
    assert answer.context["form"].initial["mobile"] == "+33612345678"


def test_page_refuses_what_is_wrong(nurse, signed_in):
    browser = signed_in(nurse)
    page = browser.get(ADDRESS).context["form"]
    for changed, words in (
        ({"mobile": "01 99 00 12 34"}, "mobile français"),
        ({"mobile": "<script>alert(1)</script>"}, "chiffres"),
        ({"quiet_from": "25:00"}, "heure"),
        ({"mail:essai.normal": "toujours"}, "choix"),
    ):
        said = browser.post(ADDRESS, form(page, **changed)).content.decode()
        assert words in said
        assert "<script>alert" not in said
    assert not Delivery.objects.exists()


def test_choices_of_others_are_neither_read_nor_written(nurse, as_actor):
    choose(nurse)
    stranger = UserFactory(role="physician")
    with as_actor(actor(stranger)):
        assert not Delivery.objects.exists()
        assert not Preference.objects.exists()
        assert Delivery.objects.update(mobile="") == 0
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            Preference.objects.create(
                user_id=nurse.id, kind="essai.low", channel="mail", mode="off"
            )
    with as_actor(actor(nurse)):
        assert Delivery.objects.get().mobile == "+33612345678"


def test_person_and_menu_lead_to_the_page(nurse, signed_in):
    browser = signed_in(nurse)
    assert browser.get(reverse("notifications:list")).content.decode().count(ADDRESS) >= 2


def test_nobody_is_asked_about_what_never_concerns_them(nurse, signed_in):
    page = signed_in(nurse).get(ADDRESS).content.decode()
    assert "Demande d’appui\u00a0: délai dépassé" in page
    page = signed_in(UserFactory(patient=True)).get(ADDRESS).content.decode()
    assert "Demande d’appui" not in page
    assert "On vous nomme dans un message" in page


def test_sentence_of_a_kind_is_escaped_and_linked(nurse, signed_in):
    tell(nurse, title="<script>alert(1)</script>", url="/demandes/42/")
    page = signed_in(nurse).get(reverse("notifications:list")).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert 'href="/demandes/42/"' in page


def test_page_is_for_who_is_signed_in(client):
    assert client.get(ADDRESS).status_code == 302
