"""The desk of a structure: lost factors, reviews, closings, the local register; and what closes by itself."""

from datetime import timedelta
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.models import Grant
from enrs.core.accounts.models import User
from enrs.core.audit.models import AuditLine
from enrs.referentials.directory.commands.accounts import sync_positions
from enrs.referentials.directory.models import PractitionerRole
from enrs.services.portal import commands, notices
from enrs.services.portal.models import Closing, FactorHelp, LocalPerson, Referent
from tests.factories import GrantFactory, UserFactory, actor
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
def head(place):
    return factories.referent(place)


@pytest.fixture
def nurse(place):
    return factories.worker(place, "c.roche")


@pytest.fixture
def desk(head, signed_in):
    return signed_in(head)


def helped(desk, place, nurse, **more):
    url = reverse("portal:person", args=[place.id, nurse.id])
    page = desk.post(url, {"recognised": "call_back"} | more).content.decode()
    return factories.told_code(page)


def rescued(code, password=PASSWORD, login="c.roche"):
    browser = Client()
    given = {"login": login, "password": password, "code": code}
    return browser, browser.post(reverse("portal:rescue"), given)


def methods(browser):
    return [one["method"] for one in browser.session["account_authentication_methods"]]


def totp(user):
    return Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})


def test_a_forgotten_telephone_is_solved_for_one_session(desk, place, nurse):
    totp(nurse)
    browser, answer = rescued(helped(desk, place, nurse))
    assert answer.url == "/"
    assert methods(browser) == ["password", "mfa"]
    assert Authenticator.objects.filter(user=nurse).exists()
    assert FactorHelp.objects.get().used_at is not None
    assert AuditLine.objects.filter(action="portal.factor.helped", object_id=str(nurse.id)).exists()


def test_the_code_is_read_where_it_is_told_whatever_identifiers_the_page_holds(signed_in):
    place = factories.hospital(id=UUID("01932345-6789-7345-8345-234567890123"))
    nurse = factories.worker(place, "c.roche")
    code = helped(signed_in(factories.referent(place)), place, nurse)
    assert rescued(code)[1].status_code == 302


def test_a_lost_telephone_no_longer_serves(desk, place, nurse):
    totp(nurse)
    _, answer = rescued(helped(desk, place, nurse, is_lost="on"))
    assert answer.url == reverse("mfa_activate_totp")
    assert not Authenticator.objects.filter(user=nurse).exists()


def test_the_code_alone_or_the_password_alone_opens_nothing(desk, place, nurse):
    code = helped(desk, place, nurse)
    for given in ((code, "un autre mot de passe"), ("ABCD-EFGH-JKMN", PASSWORD)):
        browser, answer = rescued(*given)
        assert answer.status_code == 422
        assert "_auth_user_id" not in browser.session
    assert rescued(code)[1].status_code == 302
    assert rescued(code)[1].status_code == 422


def test_the_code_dies_after_half_an_hour(desk, place, nurse, monkeypatch):
    code = helped(desk, place, nurse)
    later = timezone.now() + timedelta(minutes=31)
    monkeypatch.setattr("enrs.services.portal.commands.codes.timezone.now", lambda: later)
    assert rescued(code)[1].status_code == 422


def test_both_are_told_of_a_help(desk, place, nurse, head):
    helped(desk, place, nurse)
    made = FactorHelp.objects.get()
    event = type("Event", (), {"payload": {"ids": [str(made.id)]}})()
    assert set(notices._helped(event).users) == {nurse.id, head.id}


def test_one_does_not_help_oneself(desk, place, head):
    url = reverse("portal:person", args=[place.id, head.id])
    answer = desk.post(url, {"recognised": "face"})
    assert answer.status_code == 422
    assert not FactorHelp.objects.exists()


def test_a_referent_who_left_the_place_has_no_desk(desk, place, head):
    head.positions.update(valid_until=timezone.now())
    assert desk.get(reverse("portal:people", args=[place.id])).status_code == 404
    assert desk.get(reverse("portal:desk")).status_code == 404


def test_presence_is_asked_again_after_six_months(desk, place, nurse):
    User.objects.filter(pk=nurse.pk).update(created_at=timezone.now() - timedelta(days=200))
    page = desk.get(reverse("portal:people", args=[place.id])).content.decode()
    assert "Toujours là" in page
    desk.post(reverse("portal:confirm", args=[place.id, nurse.id]))
    assert "Toujours là" not in desk.get(reverse("portal:people", args=[place.id])).content.decode()


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_of_people_asks_the_database_as_often_for_many(
    desk, place, count, django_assert_max_num_queries
):
    for _ in range(count):
        user = UserFactory()
        user.positions.create(
            organisation_id=place.id, organisation_name=place.name, role="nurse", label="Infirmière"
        )
    with django_assert_max_num_queries(20):
        assert desk.get(reverse("portal:people", args=[place.id])).status_code == 200


def test_a_closed_access_holds_whatever_the_directory_says(desk, place, nurse):
    inside = Client()
    inside.login(username="c.roche", password=PASSWORD)
    UserSession.objects.create(
        user=nurse, ip="127.0.0.1", session_key=inside.session.session_key, user_agent=""
    )
    desk.post(reverse("portal:close", args=[place.id, nurse.id]), {"reason": "Partie en mars"})
    nurse.refresh_from_db()
    assert not nurse.is_active
    assert inside.get("/").status_code == 302
    with acting(SYSTEM):
        sync_positions(practitioner_of(nurse))
        commands.follow_positions(nurse.id)
    assert not nurse.positions.filter(valid_until=None).exists()
    held = Closing.objects.get(organisation_id=place.id)
    desk.post(reverse("portal:reopen", args=[place.id, held.id]))
    nurse.refresh_from_db()
    assert nurse.is_active
    assert nurse.positions.filter(valid_until=None).exists()


def test_another_place_of_the_person_stays_open(desk, place, nurse):
    other = factories.hospital("Autre hôpital")
    factories.activity(practitioner_of(nurse), other)
    with acting(SYSTEM):
        sync_positions(practitioner_of(nurse))
    desk.post(reverse("portal:close", args=[place.id, nurse.id]), {"reason": ""})
    nurse.refresh_from_db()
    assert nurse.is_active
    held = nurse.positions.filter(valid_until=None)
    assert [one.organisation_id for one in held] == [other.id]


def test_who_left_by_the_directory_is_closed_then_opened_when_they_return(nurse):
    roles = PractitionerRole.objects.filter(practitioner_id=nurse.grantee_id)
    roles.update(is_active=False)
    with acting(SYSTEM):
        sync_positions(practitioner_of(nurse))
        commands.follow_positions(nurse.id)
        nurse.refresh_from_db()
        assert not nurse.is_active
        assert Closing.objects.get().cause == "directory"
        roles.update(is_active=True)
        sync_positions(practitioner_of(nurse))
        commands.follow_positions(nurse.id)
    nurse.refresh_from_db()
    assert nurse.is_active
    assert Closing.objects.get().reopened_at is not None


def test_the_sweep_closes_who_was_left_behind_and_spares_the_newcomer(nurse, place):
    fresh = UserFactory()
    old = timezone.now() - timedelta(hours=2)
    nurse.positions.update(valid_until=timezone.now())
    User.objects.filter(pk=nurse.pk).update(created_at=old)
    with acting(SYSTEM):
        commands.sweep_accounts()
    assert set(User.objects.filter(is_active=False)) == {nurse}
    assert fresh.is_active


def test_the_sweep_closes_nobody_when_the_directory_is_empty():
    for _ in range(21):
        UserFactory()
    User.objects.update(created_at=timezone.now() - timedelta(hours=2))
    with acting(SYSTEM):
        commands.sweep_accounts()
    assert not User.objects.filter(is_active=False).exists()


def test_an_account_that_the_exploitation_closed_stays_closed(nurse, signed_in):
    operator = UserFactory(kind="operator", role="operator")
    with acting(actor(operator)):
        held = commands.close_account(user_id=nurse.id, reason="Compte ouvert par erreur")
    with acting(SYSTEM):
        commands.follow_positions(nurse.id)
    nurse.refresh_from_db()
    assert not nurse.is_active
    with acting(actor(operator)):
        commands.reopen_access(closing=held)
    nurse.refresh_from_db()
    assert nurse.is_active


def test_a_delegate_helps_and_does_not_delegate(place, head, nurse, desk, signed_in):
    until = (timezone.localdate() + timedelta(days=30)).isoformat()
    url = reverse("portal:referents", args=[place.id])
    given = {"user": str(nurse.id), "kind": "on_call", "until": until}
    assert desk.post(url, given).status_code == 302
    theirs, other = signed_in(nurse), factories.worker(place)
    assert factories.told_code(
        theirs.post(
            reverse("portal:person", args=[place.id, other.id]), {"recognised": "voice"}
        ).content.decode()
    )
    assert theirs.post(url, given | {"user": str(other.id)}).status_code == 404
    held = Referent.objects.get(user_id=nurse.id)
    assert theirs.post(reverse("portal:end_referent", args=[place.id, held.id])).status_code == 302
    assert theirs.get(reverse("portal:desk")).status_code == 404


def test_the_last_referent_does_not_leave(desk, place, head):
    held = Referent.objects.get(user_id=head.id)
    desk.post(reverse("portal:end_referent", args=[place.id, held.id]))
    held.refresh_from_db()
    assert held.valid_until is None


def registered(desk, place):
    given = {"given": "Nawel", "family": "Haddad", "function_code": "social_worker", "proof": "CNI"}
    paper = desk.post(reverse("portal:register", args=[place.id]), given)
    assert paper.content.startswith(b"%PDF")
    return LocalPerson.objects.get()


def opened(person, login="n.haddad"):
    """The account of somebody of the register, by the code of their sheet."""
    with acting(SYSTEM):
        code = commands.locals._code(person)
    browser = Client()
    given = {"number": person.number, "family": "haddad", "code": code}
    assert browser.post(reverse("portal:resume"), given).status_code == 302
    browser.post(
        reverse("portal:password"),
        {"login": login, "email": "", "password": PASSWORD, "again": PASSWORD},
    )
    return User.objects.get(login=login)


def test_a_social_worker_without_a_number_enrols_then_becomes_the_national_one(desk, place):
    person = registered(desk, place)
    user = opened(person)
    assert (user.grantee_id, user.positions.get().role) == (person.id, "social_worker")
    grant = GrantFactory(grantee_id=person.id)
    nationally = factories.professional(place, family="HADDAD", given="Nawel")
    url = reverse("portal:merge", args=[place.id, person.id])
    assert desk.post(url, {"number": nationally.rpps}).status_code == 302
    user.refresh_from_db()
    assert user.grantee_id == nationally.id
    assert [one.role for one in user.positions.filter(valid_until=None)] == ["nurse"]
    held = Grant.objects.filter(patient_id=grant.patient_id, valid_until__gt=timezone.now())
    assert [one.grantee_id for one in held] == [nationally.id]


def test_two_accounts_become_one(desk, place):
    person = registered(desk, place)
    user = opened(person)
    kept = factories.worker(place, "nawel", family="HADDAD", given="Nawel")
    number = practitioner_of(kept).rpps
    desk.post(reverse("portal:merge", args=[place.id, person.id]), {"number": number})
    user.refresh_from_db()
    kept.refresh_from_db()
    assert (user.is_active, kept.is_active) == (False, True)


def test_somebody_else_s_number_is_refused(desk, place):
    person = registered(desk, place)
    other = factories.professional(place, family="LEGRAND", given="Odile")
    url = reverse("portal:merge", args=[place.id, person.id])
    assert desk.post(url, {"number": other.rpps}).status_code == 422
    assert LocalPerson.objects.get().merged_into is None


def practitioner_of(user):
    from enrs.referentials.directory.models import Practitioner  # noqa: PLC0415

    return Practitioner.objects.get(pk=user.grantee_id)
