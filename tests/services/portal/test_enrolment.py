"""Opening one's own account, by each way, and what a stranger never learns."""

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.models import User
from enrs.core.notifications.models import Sending
from enrs.services.portal import commands
from enrs.services.portal.models import Enrolment, OneTimeCode
from tests.factories import UserFactory
from tests.services.portal import factories
from tests.services.portal.factories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_counts():
    cache.clear()


@pytest.fixture
def place():
    return factories.hospital()


@pytest.fixture
def nurse(place):
    return factories.professional(place)


def begin(client, person, family=""):
    url = reverse("portal:number")
    return client.post(url, {"number": person.rpps, "family": family or person.family})


def ask(client, way):
    page = client.get(reverse("portal:identity")).content.decode()
    value = re.search(rf'value="({way}:[^"]+)"', page)
    return client.post(reverse("portal:identity"), {"moyen": value[1] if value else way})


def type_code(client, code):
    return client.post(reverse("portal:code"), {"code": code})


def choose(client, **more):
    given = {"login": "c.roche", "email": "", "password": PASSWORD, "again": PASSWORD} | more
    return client.post(reverse("portal:password"), given)


def enrolled(client, person):
    begin(client, person)
    ask(client, "mail")
    type_code(client, factories.mailed_code())


def test_a_nurse_opens_her_account_by_her_mailbox(client, nurse, place):
    assert begin(client, nurse, "ndiaye roche").url == reverse("portal:identity")
    page = client.get(reverse("portal:identity")).content.decode()
    assert place.name in page
    assert f"{nurse.rpps}@" not in page
    assert ask(client, "mail").url == reverse("portal:code")
    assert type_code(client, factories.mailed_code()).url == reverse("portal:password")
    assert choose(client).url == reverse("mfa_activate_totp")
    user = User.objects.get(login="c.roche")
    assert (user.grantee_id, user.check_password(PASSWORD)) == (nurse.id, True)
    assert [one.organisation_id for one in user.positions.all()] == [place.id]
    assert client.get("/").status_code == 200
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert Sending.objects.filter(kind="portal.account.opened", user_id=user.id).exists()


def test_a_wrong_name_and_an_unknown_number_have_one_answer(client, nurse):
    wrong = begin(client, nurse, "Autre").content.decode()
    nurse.rpps = "99799999999"
    unknown = begin(client, nurse).content.decode()
    said = [re.search(r"L’annuaire ne connaît pas[^<]*", one)[0] for one in (wrong, unknown)]
    assert said[0] == said[1]
    assert not Enrolment.objects.exists()


def test_somebody_whose_activity_gives_no_right_does_not_begin(client, place):
    person = factories.professional(place, profession_code="31")
    assert begin(client, person).status_code == 422


def test_a_stranger_sees_the_same_pages_whether_an_account_exists_or_not(client, nurse, place):
    other = factories.professional(place)
    UserFactory(grantee_id=other.id)
    seen = []
    for person in (nurse, other):
        begin(client, person)
        page = client.get(reverse("portal:identity")).content.decode()
        seen.append(
            re.sub(rf'{person.rpps}|value="mail:\w+"|nonce="[^"]+"|value="\w{{64}}"', "", page)
        )
        assert ask(client, "mail").url == reverse("portal:code")
        assert client.get(reverse("portal:password")).url == reverse("portal:number")
    strip = [re.sub(r'content="\w{64}"', "", one) for one in seen]
    assert strip[0] == strip[1]


def test_who_already_has_an_account_is_told_their_login_once_confirmed(client, nurse):
    user = UserFactory(grantee_id=nurse.id, login="deja.la")
    enrolled(client, nurse)
    assert "deja.la" in client.get(reverse("portal:password")).content.decode()
    choose(client)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert User.objects.filter(grantee_id=nurse.id).count() == 1


def test_a_new_password_over_a_session_of_the_same_person_opens_another(client, nurse):
    """The library empties a session that the former password opened: its key is not there yet."""
    user = UserFactory(grantee_id=nurse.id, login="deja.la")
    client.force_login(user)
    former = client.session.session_key
    enrolled(client, nurse)
    assert choose(client).url == reverse("mfa_activate_totp")
    assert client.session.session_key != former
    assert UserSession.objects.get(session_key=client.session.session_key).user_id == user.pk


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"password": "court", "again": "court"}, "password"),
        ({"again": "une autre phrase longue"}, "again"),
        ({"login": "Prise Ici"}, "login"),
        ({"login": "prise"}, "login"),
    ],
)
def test_a_refused_choice_opens_nothing_and_says_where(client, nurse, given, field):
    UserFactory(login="prise")
    enrolled(client, nurse)
    answer = choose(client, **given)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not User.objects.filter(grantee_id=nurse.id).exists()


def test_a_code_is_worth_five_tries_and_a_quarter_of_an_hour(client, nurse):
    begin(client, nurse)
    ask(client, "mail")
    right = factories.mailed_code()
    wrong = "000 000" if right != "000 000" else "111 111"
    for _ in range(5):
        assert type_code(client, wrong).status_code == 422
    assert "Trop d’essais" in type_code(client, right).content.decode()
    ask(client, "mail")
    OneTimeCode.objects.filter(used_at=None).update(
        valid_until=timezone.now() - timedelta(seconds=1)
    )
    assert "expiré" in type_code(client, factories.mailed_code()).content.decode()


def test_a_mailbox_is_not_bothered(client, nurse):
    begin(client, nurse)
    for _ in range(5):
        assert ask(client, "mail").status_code == 302
    assert "assez de codes" in ask(client, "mail").content.decode()


def test_a_code_serves_once_and_the_former_one_no_more(client, nurse):
    begin(client, nurse)
    ask(client, "mail")
    first = factories.mailed_code()
    ask(client, "mail")
    second = factories.mailed_code()
    if first != second:
        assert type_code(client, first).status_code == 422
    assert type_code(client, second).status_code == 302
    assert type_code(client, second).status_code == 422


def test_a_proof_is_of_one_browser_and_half_an_hour(client, nurse, browser_of_another):
    enrolled(client, nurse)
    begin(browser_of_another, nurse)
    assert browser_of_another.get(reverse("portal:password")).url == reverse("portal:number")
    Enrolment.objects.update(proved_at=timezone.now() - timedelta(minutes=31))
    assert "recommencez" in choose(client).content.decode()


@pytest.fixture
def browser_of_another():
    from django.test import Client  # noqa: PLC0415

    return Client()


def test_a_letter_brings_a_code_to_any_browser(client, nurse, signed_in, browser_of_another):
    begin(client, nurse)
    assert ask(client, "letter").status_code == 302
    held = Enrolment.objects.get()
    assert held.address == "12 RUE DES ÉRABLES, 77000 MELUN"
    agent = signed_in(UserFactory(kind="operator", role="operator"))
    assert "À imprimer" in agent.get(reverse("portal:letters")).content.decode()
    paper = agent.post(reverse("portal:letter", args=[held.id]))
    assert paper.content.startswith(b"%PDF")
    with acting(SYSTEM):
        code = commands.print_letter(enrolment=held)
    given = {"number": nurse.rpps, "family": nurse.family, "code": code.lower()}
    answer = browser_of_another.post(reverse("portal:resume"), given)
    assert answer.url == reverse("portal:password")
    assert choose(browser_of_another).status_code == 302


def test_five_wrong_short_codes_do_not_burn_the_letter(client, nurse):
    begin(client, nurse)
    ask(client, "letter")
    with acting(SYSTEM):
        code = commands.print_letter(enrolment=Enrolment.objects.get())
    for _ in range(6):
        type_code(client, "000000")
    assert type_code(client, code).status_code == 302


def test_a_place_where_one_does_not_work_receives_no_letter(client, nurse):
    elsewhere = factories.hospital("Autre hôpital")
    begin(client, nurse)
    for way in (f"letter:{elsewhere.id}", f"referent:{elsewhere.id}", "letter:x", "mail:x", ""):
        assert client.post(reverse("portal:identity"), {"moyen": way}).status_code == 422
    assert not Enrolment.objects.exclude(state="begun").exists()


def test_the_referent_s_code_opens_the_account_not_their_answer(client, nurse, place, signed_in):
    desk = signed_in(factories.referent(place))
    begin(client, nurse)
    assert ask(client, "referent").status_code == 302
    held = Enrolment.objects.get()
    url = reverse("portal:answer", args=[place.id, held.id])
    shown = desk.post(url, {"acte": "vouch"}).content.decode()
    assert client.get(reverse("portal:password")).status_code == 302
    code = factories.told_code(shown)
    assert type_code(client, code).url == reverse("portal:password")


def test_a_refused_request_is_over(client, nurse, place, signed_in):
    desk = signed_in(factories.referent(place))
    begin(client, nurse)
    ask(client, "referent")
    held = Enrolment.objects.get()
    url = reverse("portal:answer", args=[place.id, held.id])
    assert desk.post(url, {"acte": "refuse", "reason": "Inconnue"}).status_code == 302
    assert client.get(reverse("portal:code")).url == reverse("portal:resume")
    assert desk.get(url).status_code == 404


def test_who_knocks_too_often_waits(client, nurse):
    for _ in range(20):
        begin(client, nurse, "Autre")
    assert "Trop d’essais" in begin(client, nurse).content.decode()


@pytest.mark.parametrize("act", ["", "approve", "VOUCH", "refuser"])
def test_an_act_that_the_desk_does_not_know_gives_no_code(client, nurse, place, signed_in, act):
    desk = signed_in(factories.referent(place))
    begin(client, nurse)
    ask(client, "referent")
    held = Enrolment.objects.get()
    refused = desk.post(reverse("portal:answer", args=[place.id, held.id]), {"acte": act})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "dites si vous connaissez cette personne" in page
    assert not re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", page)
    held.refresh_from_db()
    assert (held.state, held.answered_by) == ("asked", "")
