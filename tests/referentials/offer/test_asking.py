"""« Toujours exact ? »: who is asked, how often, and the signed link that answers without signing in."""

import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import signing
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.core.jobs.registry import declared
from enrs.core.notifications.models import Notice, Preference, Sending
from enrs.referentials.offer import commands, links
from enrs.referentials.offer.models import HealthcareService, Referent, ServiceChange
from enrs.referentials.offer.queries.asking import together
from tests.factories import PositionFactory, UserFactory
from tests.referentials.offer.factories import make_site, make_unit
from tests.services.portal.factories import worker as listed_worker

pytestmark = pytest.mark.django_db
NOW = timezone.now
OLD = {"verified_at": NOW() - timedelta(days=100), "published_at": NOW() - timedelta(days=400)}


def referent(*sites, **fields):
    user = UserFactory(email=f"{uuid7().hex}@enrs.example", **fields)
    for site in sites:
        PositionFactory(
            user=user, organisation_id=site.pk, organisation_name=site.name, role="secretary"
        )
        Referent.objects.create(
            id=uuid7(), site=site, grantee_id=user.grantee_id, display=user.name
        )
    return user


def ask():
    with acting(SYSTEM):
        while commands.ask_referents():
            pass


def link_of(user):
    """The path of the link in the mail that somebody was sent."""
    sent = Sending.objects.get(user_id=user.pk, kind="offer.exact.asked", channel="mail")
    assert sent.content["link"].startswith(settings.PUBLIC_URL)
    return urlsplit(sent.content["link"]).path


@pytest.fixture
def site():
    return make_site()


def test_each_referent_is_told_once_of_all_their_units(site):
    other = make_site(2)
    units = [
        make_unit(site, **OLD),
        make_unit(site, name="Scanner", **OLD),
        make_unit(other, **OLD),
    ]
    make_unit(site, verified_at=NOW() - timedelta(days=80), name="Récente")
    make_unit(site, state="draft", name="Brouillon", **(OLD | {"published_at": None}))
    one, both, nobody = referent(site), referent(site, other), UserFactory()
    ask()
    told = {row.user_id: row.details for row in Notice.objects.all()}
    assert {user: details["count"] for user, details in told.items()} == {one.pk: 2, both.pk: 3}
    assert nobody.pk not in told
    assert {unit["name"] for unit in told[one.pk]["units"]} == {"Hémodialyse en centre", "Scanner"}
    assert HealthcareService.objects.exclude(asked_at=None).count() == len(units)
    assert AuditLine.objects.filter(action="offer.exact.asked").count() == 1
    ask()
    assert Notice.objects.count() == 2
    assert Sending.objects.count() == 2


def test_asked_again_after_thirty_days_and_no_more_once_verified(site):
    unit = make_unit(site, **OLD)
    user = referent(site)
    for days, count in ((0, 1), (29, 1), (31, 2)):
        HealthcareService.objects.exclude(asked_at=None).update(
            asked_at=NOW() - timedelta(days=days)
        )
        ask()
        assert Notice.objects.filter(user_id=user.pk).count() == count, days
    unit.refresh_from_db()
    with acting(SYSTEM):
        commands.verify_unit(service=unit)
    HealthcareService.objects.update(asked_at=NOW() - timedelta(days=60))
    ask()
    assert Notice.objects.count() == 2


@pytest.mark.parametrize("why", ["ended", "left", "closed", "position"])
def test_who_is_referent_no_more_is_not_asked(why, site):
    make_unit(site, **OLD)
    user = referent(site)
    if why == "ended":
        Referent.objects.update(ended_at=NOW())
    elif why == "closed":
        user.is_active = False
        user.save()
    elif why == "left":
        user.positions.update(organisation_id=make_site(2).pk)
    else:
        user.positions.update(valid_until=NOW() - timedelta(days=1))
    ask()
    assert not Notice.objects.exists()
    assert not HealthcareService.objects.exclude(asked_at=None).exists()
    path = links.address(user.pk)
    assert "Hémodialyse" not in Client().get(path).content.decode()


def test_a_professional_of_the_city_is_asked_about_their_own_offer(site):
    user = listed_worker(site, family="N'DIAYE", given="Lou")
    role = user_role(user)
    other = listed_worker(site, family="ÇELIK", given="Max")
    offer = make_unit(site, kind="city", role=role, name="Lou N'DIAYE", verified_at=None,
                      published_at=NOW() - timedelta(days=91))  # fmt: skip
    ask()
    assert [row.user_id for row in Notice.objects.all()] == [user.pk]
    page = Client().get(links.address(user.pk))
    assert "Lou N&#x27;DIAYE" in page.content.decode()
    assert "DIAYE" not in Client().get(links.address(other.pk)).content.decode()
    Client().post(links.address(user.pk) + "oui/", {"unite": str(offer.pk)})
    offer.refresh_from_db()
    assert offer.verified_by == user.name


def user_role(user):
    from enrs.referentials.directory.models import PractitionerRole  # noqa: PLC0415  beside its one use

    return PractitionerRole.objects.get(practitioner_id=user.grantee_id)


def test_an_offer_just_derived_waits_its_ninety_days(site):
    user = listed_worker(site, family="N'DIAYE", given="Lou")
    make_unit(site, kind="city", role=user_role(user), verified_at=None, published_at=NOW())
    ask()
    assert not Notice.objects.exists()


def test_who_wants_no_mail_is_told_in_the_space_alone(site):
    make_unit(site, **OLD)
    user = referent(site)
    Preference.objects.create(user=user, kind="offer.exact.asked", channel="mail", mode="off")
    ask()
    assert Notice.objects.count() == 1
    assert not Sending.objects.exists()


def test_the_notice_names_the_units_and_leads_to_them(site, signed_in):
    for rank in range(12):
        make_unit(site, name=f"Unité {rank}", **OLD)
    user = referent(site)
    ask()
    page = signed_in(user).get(reverse("notifications:list")).content.decode()
    assert "12 unités que vous décrivez" in page
    assert "et 2\xa0autres" in page
    assert reverse("offer:mine") in page


def test_the_link_of_the_mail_confirms_each_unit_once_without_signing_in(site):
    first, second = make_unit(site, **OLD), make_unit(site, name="Scanner", **OLD)
    user = referent(site)
    ask()
    path, browser = link_of(user), Client()
    page = browser.get(path)
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert page.content.decode().count("Oui, toujours exact") == 2
    assert not ServiceChange.objects.exists(), "opening the page confirms nothing"
    answer = browser.post(path + "oui/", {"unite": str(first.pk)}).content.decode()
    assert "confirmée aujourd’hui" in answer
    assert answer.count("Oui, toujours exact") == 1
    again = browser.post(path + "oui/", {"unite": str(first.pk)})
    assert again.status_code == 410
    change = ServiceChange.objects.get()
    assert (change.act, change.channel, change.by_name) == ("verified", "link", user.name)
    line = AuditLine.objects.get(action="offer.unit.verified")
    assert (line.object_id, line.actor_name, line.channel) == (str(first.pk), user.name, "link")
    browser.post(path + "oui/", {"unite": str(second.pk)})
    assert "Tout est à jour" in browser.get(path).content.decode()


def test_a_link_confirms_no_unit_of_another(site):
    other = make_unit(make_site(2), **OLD)
    make_unit(site, **OLD)
    path = links.address(referent(site).pk)
    for given in (str(other.pk), "", "x", str(uuid7())):
        assert Client().post(path + "oui/", {"unite": given}).status_code == 410
    assert not ServiceChange.objects.exists()


def test_a_forged_or_old_link_opens_nothing(site, monkeypatch):
    unit = make_unit(site, **OLD)
    user = referent(site)
    good = links.write(user.pk)
    with monkeypatch.context() as patched:
        long_ago = NOW() - timedelta(days=31)
        patched.setattr(signing.time, "time", long_ago.timestamp)
        old = links.write(user.pk)
    elsewhere = signing.TimestampSigner(salt="autre").sign(user.pk.hex)
    for token in (good[:-2] + "xx", good[1:], "x", old, elsewhere, uuid7().hex, "é:é:é"):
        for answer in (
            Client().get(reverse("offer:verify_link", args=[token])),
            Client().post(reverse("offer:verify_by_link", args=[token]), {"unite": str(unit.pk)}),
        ):
            assert answer.status_code == 410
            assert "Ce lien ne vaut plus" in answer.content.decode()
    assert links.read(links.write(UserFactory(patient=True).pk)) is None
    assert not ServiceChange.objects.exists()


def test_sites_that_share_a_person_are_asked_about_together():
    a, b, c, d = (uuid7() for _ in range(4))
    people = {a: {1}, b: {1, 2}, c: {2}, d: {3}}
    assert together([a], people) == {a, b, c}
    assert together([d], people) == {d}
    assert together([], people) == set()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_ask_once(emptied_journals):
    site = make_site()
    make_unit(site, **OLD)
    user = referent(site)
    barrier, faults = threading.Barrier(2), []

    def work() -> None:
        try:
            with acting(SYSTEM):
                barrier.wait(10)
                commands.ask_referents()
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not faults
    assert [row.user_id for row in Notice.objects.all()] == [user.pk]
    assert Sending.objects.count() == 1


def test_the_workers_ask_once_a_week():
    job = next(one for one in declared() if one.name == "offer.exact")
    assert (job.minutes, job.run) == (7 * 24 * 60, commands.ask_referents)
