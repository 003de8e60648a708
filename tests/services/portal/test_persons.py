"""Patients and relatives let in at a desk: rights first, then a code on paper."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.access.models import Grant
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.services.portal import commands
from enrs.services.portal.models import Invitation
from tests.factories import actor, known_patient, member, person_of
from tests.services.portal.factories import PASSWORD

pytestmark = pytest.mark.django_db
FATOU = {"kind": "relative", "given": "Fatou", "family": "Diallo", "proof": "Livret de famille"}


@pytest.fixture(autouse=True)
def empty_counts():
    cache.clear()


@pytest.fixture
def patient():
    return known_patient()


@pytest.fixture
def child():
    born = timezone.localdate() - timedelta(days=365 * 9)
    return known_patient(birth_name="DIALLO", first_given_name="AMI", birth_date=born.isoformat())


def invite(user, patient, **values):
    with acting(actor(user)):
        return commands.invite_person(patient_id=patient.pk, **FATOU | values)


def opened(made, login):
    """The account that somebody opens at home, with the sheet."""
    invited, code = made
    browser = Client()
    given = {"number": invited.number, "family": invited.family, "code": code}
    assert browser.post(reverse("portal:resume"), given).status_code == 302
    choice = {"login": login, "email": "", "password": PASSWORD, "again": PASSWORD}
    assert browser.post(reverse("portal:password"), choice).status_code == 302
    return User.objects.get(login=login), browser


def reads(user, patient):
    found = Grant.objects.filter(
        patient=patient, grantee_id=actor_of(user).grantee_id, valid_until__gt=timezone.now()
    )
    return [one.purpose for one in found]


def test_a_patient_is_let_in_by_the_admissions_and_reads_their_own_record(patient, signed_in):
    desk = signed_in(member(patient, "secretary"))
    url = reverse("portal:persons", args=[patient.pk])
    given = {"kind": "patient", "given": "Marie", "family": "Dubreuil", "proof": "CNI"}
    paper = desk.post(url, given)
    assert paper.content.startswith(b"%PDF")
    assert str(patient.pk).encode() not in paper.content
    invited = Invitation.objects.get()
    with acting(actor(member(patient, "physician"))):
        made = commands.invite_person(patient_id=patient.pk, **given)
    user, browser = opened(made, "m.dubreuil")
    assert (user.kind, user.grantee_id) == ("patient", patient.pk)
    assert set(reads(user, patient)) == {"self"}
    assert invited.number != made[0].number
    assert browser.get(f"/dossier/{patient.pk}/").status_code == 200


def test_the_admissions_do_not_name_relatives(patient):
    with pytest.raises(Exception, match="profession"):
        invite(member(patient, "secretary"), patient, proxy_kind="mandate")
    assert not Invitation.objects.exists()


def test_a_mother_looks_after_two_children_with_one_account(child):
    doctor = member(child, "physician")
    user, _ = opened(invite(doctor, child, proxy_kind="parental_authority"), "f.diallo")
    assert (user.kind, user.grantee_id) == ("relative", user.id)
    other = known_patient(birth_name="DIALLO", first_given_name="IBA", birth_date="2020-05-01")
    doctor = member(other, "physician")
    assert invite(doctor, other, proxy_kind="parental_authority", login="f.diallo") is None
    assert [reads(user, one) for one in (child, other)] == [["proxy"], ["proxy"]]
    until = Grant.objects.get(patient=child, grantee_id=user.grantee_id).valid_until
    assert 8 * 365 < (until - timezone.now()).days < 9 * 366


def test_a_patient_looks_after_her_child_with_her_own_account(patient, child):
    own = {"kind": "patient", "given": "Marie", "family": "Dubreuil", "proxy_kind": ""}
    user, browser = opened(invite(member(patient, "physician"), patient, **own), "m.dubreuil")
    mother = {"given": "Marie", "family": "Dubreuil", "proxy_kind": "parental_authority"}
    assert invite(member(child, "physician"), child, login="m.dubreuil", **mother) is None
    assert (reads(user, patient), reads(user, child)) == (["self"], ["proxy"])
    for one in (patient, child):
        assert browser.get(f"/dossier/{one.pk}/").status_code == 200


def test_a_relative_reads_their_own_record_with_the_account_that_they_have(patient, child):
    father = FATOU | {"given": "Marie", "family": "Dubreuil", "proxy_kind": "parental_authority"}
    user, browser = opened(invite(member(child, "physician"), child, **father), "m.dubreuil")
    own = {"kind": "patient", "given": "Marie", "family": "Dubreuil", "proxy_kind": ""}
    assert invite(member(patient, "physician"), patient, login="m.dubreuil", **own) is None
    assert (reads(user, patient), reads(user, child)) == (["self"], ["proxy"])
    assert browser.get(f"/dossier/{patient.pk}/").status_code == 200
    other = known_patient(birth_name="DUBREUIL", first_given_name="MARIE", birth_date="1999-01-01")
    with pytest.raises(commands.InvitationError):
        invite(member(other, "physician"), other, login="m.dubreuil", **own)
    assert reads(user, other) == []


def test_nobody_is_given_two_records_of_their_own(patient):
    own = {"kind": "patient", "given": "Marie", "family": "Dubreuil", "proxy_kind": ""}
    opened(invite(member(patient, "physician"), patient, **own), "m.dubreuil")
    other = known_patient(birth_name="DUBREUIL", first_given_name="MARIE", birth_date="1999-01-01")
    doctor = member(other, "physician")
    for more in ({}, {"given": "Odile"}):
        with pytest.raises(commands.InvitationError):
            invite(doctor, other, login="m.dubreuil", **own | more)
    assert not Grant.objects.filter(patient=other, purpose="self").exists()


def test_a_parent_of_an_adult_is_refused_in_words(patient, signed_in):
    desk = signed_in(member(patient, "physician"))
    url = reverse("portal:persons", args=[patient.pk])
    answer = desk.post(url, FATOU | {"proxy_kind": "parental_authority"})
    assert "majeure" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_a_mandate_ends_at_its_date(patient):
    end = timezone.now() + timedelta(days=30)
    user, _ = opened(
        invite(member(patient, "physician"), patient, proxy_kind="mandate", until=end), "f.diallo"
    )
    assert Grant.objects.get(patient=patient, grantee_id=user.grantee_id).valid_until == end


def test_the_desk_never_says_inscribed_when_nothing_was_kept(patient, signed_in):
    doctor = member(patient, "physician")
    user, _ = opened(invite(doctor, patient, proxy_kind="mandate"), "f.diallo")
    today = timezone.localdate()
    given = FATOU | {
        "proxy_kind": "tutelle", "account": "f.diallo", "authority": "TJ Lens", "term": "plain",
        "decided_on": today.isoformat(), "until": (today + timedelta(days=900)).isoformat(),
    }  # fmt: skip
    url = reverse("portal:persons", args=[patient.pk])
    desk = signed_in(doctor)
    answer = desk.post(url, given)
    assert answer.status_code == 422
    assert "Rien n’a été enregistré" in answer.content.decode()
    assert "la décision s’y enregistre" in answer.content.decode()
    answer = desk.post(url, given | {"proxy_kind": "curatelle_simple"})
    assert "Le patient la retire" in answer.content.decode()
    assert Invitation.objects.count() == 1
    assert (
        desk.post(url, FATOU | {"proxy_kind": "mandate", "account": "f.diallo"}).status_code == 302
    )
    assert reads(user, patient) == ["proxy"]


def test_another_s_login_is_not_taken_for_the_relative(patient, signed_in):
    User.objects.create_user("f.diallo", PASSWORD, name="Odile LEGRAND", kind="relative")
    desk = signed_in(member(patient, "physician"))
    url = reverse("portal:persons", args=[patient.pk])
    given = FATOU | {"proxy_kind": "mandate", "account": "f.diallo"}
    assert "account" in desk.post(url, given).context["form"].errors


def test_the_person_s_own_pages_offer_no_desk(patient, signed_in):
    url = reverse("portal:persons", args=[patient.pk])
    page = signed_in(person_of(patient)).get(url).content.decode()
    assert "imprimer la feuille" not in page
