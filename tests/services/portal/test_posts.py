"""A ward's shared post: registered, taken over in a moment, locked by itself; each act is its person's."""

import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.audit.models import AuditLine
from enrs.services.portal.models import Post, PostShift
from enrs.services.portal.views.posts import COOKIE
from tests.services.portal import factories

pytestmark = pytest.mark.django_db
PIN = {"aya": "4827", "yann": "73105"}


@pytest.fixture(autouse=True)
def empty_counts():
    cache.clear()


@pytest.fixture
def place():
    return factories.hospital()


@pytest.fixture
def browser(place):
    """The browser of a computer of the ward, which a referent made a post."""
    client = Client()
    client.force_login(factories.referent(place))
    url = reverse("portal:posts", args=[place.id])
    assert client.post(url, {"unit": "Médecine B"}).url == reverse("portal:post")
    assert "_auth_user_id" not in client.session
    return client


@pytest.fixture
def people(place):
    return {
        login: factories.worker(place, login, given=login.title(), family="ROCHE") for login in PIN
    }


def on_shift(browser, user, pin):
    """A whole sign-in, then the personal code; the post is locked behind them."""
    browser.force_login(user)
    answer = browser.post(reverse("portal:shift"), {"pin": pin})
    assert answer.url == "/"
    browser.post(reverse("portal:lock"))
    return PostShift.objects.get(user_id=user.id, ended_at=None)


def take(browser, shift, pin):
    return browser.post(reverse("portal:take_over", args=[shift.id]), {"pin": pin})


def signed_in_as(browser):
    key = browser.session.get("_auth_user_id")
    return User.objects.get(pk=key).login if key else ""


def test_two_nurses_pass_a_post_to_one_another(browser, people):
    shifts = {login: on_shift(browser, user, PIN[login]) for login, user in people.items()}
    page = browser.get(reverse("portal:post")).content.decode()
    assert all(user.name in page for user in people.values())
    for login in ("aya", "yann", "aya"):
        assert take(browser, shifts[login], PIN[login]).url == "/"
        assert signed_in_as(browser) == login
        assert "Verrouiller" in browser.get("/").content.decode()
        assert browser.post(reverse("portal:lock")).url == reverse("portal:post")
        assert signed_in_as(browser) == ""
    lines = AuditLine.objects.filter(action="portal.shift.taken_over")
    assert {one.actor_id for one in lines} == {user.id for user in people.values()}


def test_five_wrong_codes_end_the_shift(browser, people):
    shift = on_shift(browser, people["aya"], PIN["aya"])
    for _ in range(5):
        assert take(browser, shift, "0000").status_code == 422
    assert take(browser, shift, PIN["aya"]).url == reverse("portal:post")
    assert signed_in_as(browser) == ""


def test_a_right_code_forgives_the_wrong_ones(browser, people):
    shift = on_shift(browser, people["aya"], PIN["aya"])
    for pin in ("0000", "0001", PIN["aya"], "0000", "0001", "0002"):
        take(browser, shift, pin)
        browser.post(reverse("portal:lock"))
    assert take(browser, shift, PIN["aya"]).url == "/"


def test_the_code_serves_on_that_post_alone(browser, people):
    shift = on_shift(browser, people["aya"], PIN["aya"])
    post = Post.objects.get()
    for cookie in ("", "x", f"{post.id}.", f"{post.id}.forged"):
        other = Client()
        other.cookies[COOKIE] = cookie
        assert take(other, shift, PIN["aya"]).url == reverse("account_login")
        assert other.get(reverse("portal:post")).url == reverse("account_login")


def test_a_left_post_locks_itself(browser, people):
    take(browser, on_shift(browser, people["aya"], PIN["aya"]), PIN["aya"])
    session = browser.session
    session["post_seen"] = time.time() - 301
    session.save()
    assert browser.get("/").url == reverse("portal:post")
    assert signed_in_as(browser) == ""


def test_what_a_page_asks_by_itself_does_not_keep_the_post_open(browser, people):
    take(browser, on_shift(browser, people["aya"], PIN["aya"]), PIN["aya"])
    for path, is_touched in ((reverse("notifications:bell"), False), ("/", True)):
        session = browser.session
        session["post_seen"] = before = time.time() - 100
        session.save()
        browser.get(path)
        assert (browser.session["post_seen"] > before) is is_touched


def test_a_fragment_asked_on_a_locked_post_leads_to_the_lock(browser, people):
    take(browser, on_shift(browser, people["aya"], PIN["aya"]), PIN["aya"])
    session = browser.session
    session["post_seen"] = 0
    session.save()
    answer = browser.get("/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == reverse("portal:post")


@pytest.mark.parametrize("why", ["time", "place", "account", "post"])
def test_a_shift_ends_with_its_time_its_place_its_account_or_its_post(browser, people, why):
    shift = on_shift(browser, people["aya"], PIN["aya"])
    if why == "time":
        PostShift.objects.update(closes_at=timezone.now())
    elif why == "place":
        people["aya"].positions.update(valid_until=timezone.now())
    elif why == "account":
        User.objects.filter(login="aya").update(is_active=False)
    else:
        Post.objects.update(revoked_at=timezone.now())
    take(browser, shift, PIN["aya"])
    assert signed_in_as(browser) == ""


def test_somebody_of_another_place_opens_no_shift(browser):
    browser.force_login(factories.worker(factories.hospital("Autre hôpital")))
    assert browser.post(reverse("portal:shift"), {"pin": "4827"}).status_code == 404


def test_a_code_too_plain_is_refused_in_words(browser, people):
    browser.force_login(people["aya"])
    answer = browser.post(reverse("portal:shift"), {"pin": "1234"})
    assert "Trop simple" in answer.content.decode()


def test_a_post_s_session_is_asked_for_the_password_before_a_second_factor_changes(browser, people):
    take(browser, on_shift(browser, people["aya"], PIN["aya"]), PIN["aya"])
    assert "reauthenticate" in browser.get(reverse("mfa_activate_totp")).url
