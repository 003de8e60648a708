"""« Sessions d'exploitation » in a browser: led to the form, back where one was going, ended, read by others."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrs.core.access.gate import declared_permission
from enrs.core.access.models import OperatingSession
from enrs.core.accounts.models import User
from enrs.core.audit.models import AuditLine
from tests.codebase.addresses import addresses
from tests.core.accounts.test_sign_in_pages import PASSWORD, activate, code_of, confirm, sign_in
from tests.factories import PositionFactory, UserFactory, operating_session

pytestmark = pytest.mark.django_db
FORM = "/habilitations/sessions/ouvrir/"
ASKED = {"reason": "Message HL7 mis de côté, à corriger", "minutes": "60", "ticket": "INC-2041"}


@pytest.fixture
def operator() -> User:
    made = User.objects.create_user("roche", PASSWORD, name="Julien ROCHE", kind="operator")
    PositionFactory(user=made, role="standby", label="Exploitation régionale")
    return made


def browser(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(role=role, kind="operator"))
    return client


def given(client: Client, **more: str) -> Any:
    return client.post(FORM, ASKED | more)


def test_every_door_of_the_exploitation_leads_to_the_form_but_what_is_read_at_rest(
    operator: User, client: Client
) -> None:
    client.force_login(operator)
    wanting = [one for one in addresses() if one.is_plain and _wants(one.view)]
    patient = {"patient_id": "0190a000-0000-7000-8000-000000000001"}
    assert len(wanting) > 60
    read = []
    for one in wanting:
        path = one.path(patient)
        if one.permission.reads_at_rest:
            read.append(one.name)
            assert client.get(path).status_code in (200, 302, 404, 405), path
        else:
            answer = client.get(path)
            assert answer.headers["Location"] == f"{FORM}?next={path}", path
        answer = client.post(path)
        assert answer.headers["Location"].startswith(f"{FORM}?next="), path
    assert {"portal:announcements", "operations:ready", "access:matrix"} <= set(read)


def _wants(view: Any) -> bool:
    declared = declared_permission(view)
    return bool(declared and declared.wants_session and "standby" not in declared.roles)


def test_one_opens_a_session_and_comes_back_where_one_was_going(
    operator: User, client: Client
) -> None:
    sign_in(client)
    asked = client.get("/notifications/envois/?etat=uncertain")
    assert asked.headers["Location"] == f"{FORM}?next=/notifications/envois/%3Fetat%3Duncertain"
    page = client.get(asked.headers["Location"]).content.decode()
    assert 'name="next" value="/notifications/envois/?etat=uncertain"' in page
    done = given(client, next="/notifications/envois/?etat=uncertain")
    assert done.headers["Location"] == "/notifications/envois/?etat=uncertain"
    made = OperatingSession.objects.get()
    assert (made.user_id, made.ticket, made.proof) == (operator.id, "INC-2041", "password")
    shown = client.get("/notifications/envois/").content.decode()
    assert "Session d’exploitation ouverte" in shown
    assert "encore\u00a059\u00a0min" in shown
    ended = client.post(f"/habilitations/sessions/{made.pk}/terminer/", follow=True)
    assert "La session d’exploitation est terminée." in ended.content.decode()
    assert client.get("/notifications/envois/").status_code == 302
    assert "Ouvrir une session" in client.get("/compte/annonces/").content.decode()


@pytest.mark.parametrize(
    "onward", ["https://ailleurs.example/", "//ailleurs.example", "javascript:x()"]
)
def test_a_return_address_elsewhere_is_ignored(operator: User, client: Client, onward: str) -> None:
    sign_in(client)
    assert given(client, next=onward).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"reason": "court"}, "dix caractères au moins"),
        ({"reason": ""}, "dix caractères au moins"),
        ({"reason": "a    b    c    d"}, "dix caractères au moins"),
        ({"minutes": "480"}, "une des durées proposées"),
        ({"minutes": ""}, "une des durées proposées"),
    ],
)
def test_what_is_missing_is_said(
    operator: User, client: Client, wrong: dict[str, str], words: str
) -> None:
    sign_in(client)
    answer = given(client, **wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not OperatingSession.objects.exists()


def test_a_second_one_is_refused_in_words(operator: User, client: Client) -> None:
    sign_in(client)
    page = client.get(FORM)
    assert page.status_code == 200
    given(client)
    again = given(client, minutes="240")
    assert again.status_code == 422
    assert "ne se prolonge pas" in again.content.decode()
    assert client.get(f"{FORM}?next=/compte/annonces/").headers["Location"] == "/compte/annonces/"


def test_who_has_not_shown_lately_who_they_are_shows_it_first(
    operator: User, client: Client
) -> None:
    client.force_login(operator)
    asked = client.get(f"{FORM}?next=/compte/courriers/")
    assert asked.headers["Location"].startswith("/compte/reauthenticate/?next=/habilitations/")
    late = given(client)
    assert late.status_code == 422
    assert "confirmez-le de nouveau" in late.content.decode()
    assert not OperatingSession.objects.exists()
    back = client.post(asked.headers["Location"], {"password": PASSWORD})
    assert back.headers["Location"] == f"{FORM}?next=/compte/courriers/"
    assert client.get(back.headers["Location"]).status_code == 200
    assert given(client).status_code == 302


def test_who_has_a_second_factor_shows_it(operator: User, client: Client) -> None:
    sign_in(client)
    confirm(client)
    secret = activate(client)
    client.logout()
    client.force_login(operator)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": timezone.now().timestamp(), "username": "roche"},
        {"method": "mfa", "at": timezone.now().timestamp(), "type": "post"},
    ]
    session.save()
    asked = client.get(FORM)
    assert asked.headers["Location"].startswith("/compte/securite/reauthenticate/")
    assert given(client).status_code == 422
    client.post(asked.headers["Location"], {"code": code_of(secret)})
    assert given(client).status_code == 302
    assert OperatingSession.objects.get().proof == "mfa"


def test_signing_out_ends_it(operator: User, client: Client) -> None:
    sign_in(client)
    given(client)
    client.post("/compte/logout/")
    assert OperatingSession.objects.get().ended_how == "sign_out"
    assert AuditLine.objects.filter(action="access.session.ended", actor_id=operator.id).exists()


def test_a_part_of_a_page_goes_to_the_form_too(operator: User, client: Client) -> None:
    client.force_login(operator)
    answer = client.get("/notifications/envois/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["Enrs-Onward"]) == (
        401,
        f"{FORM}?next=/notifications/envois/",
    )
    posted = client.post(
        "/notifications/envois/stop/", headers={"Referer": "http://testserver/compte/annonces/"}
    )
    assert posted.headers["Location"] == f"{FORM}?next=/compte/annonces/"
    elsewhere = client.post(
        "/notifications/envois/stop/", headers={"Referer": "https://a.example//b"}
    )
    assert elsewhere.headers["Location"] == f"{FORM}?next=/"


def test_colleagues_and_the_control_read_what_was_done_and_nobody_else(
    operator: User, client: Client
) -> None:
    sign_in(client)
    given(client)
    client.post("/notifications/envois/stop/", {"numero": "06 39 98 00 01"})
    made = OperatingSession.objects.get()
    one = f"/habilitations/sessions/{made.pk}/"
    for role in ("auditor", "standby", "operator"):
        reader = browser(role)
        assert ASKED["reason"] in reader.get("/habilitations/sessions/").content.decode()
        page = reader.get(one).content.decode()
        assert "A ouvert une session d’exploitation" in page
        assert "sms.stopped" in page
        assert ("Terminer la session" in page) is (role == "operator")
    assert AuditLine.objects.filter(action="access.session.read").count() == 3
    for role in ("nurse", "physician"):
        stranger = Client()
        stranger.force_login(UserFactory(role=role))
        assert stranger.get("/habilitations/sessions/").status_code == 404
        assert stranger.get(one).status_code == 404
        assert stranger.get(FORM).status_code == 404
        assert given(stranger).status_code == 404
    assert browser("auditor").get(FORM).status_code == 404
    assert browser("auditor").post(f"{one}terminer/").status_code == 404
    assert browser("standby").post(f"{one}terminer/").status_code == 404
    assert browser("operator").post(f"{one}terminer/").status_code == 302
    made.refresh_from_db()
    assert made.ended_how == "colleague"


def test_the_announcements_are_read_at_rest_and_written_in_a_session() -> None:
    page = browser("standby").get("/compte/annonces/").content.decode()
    assert "Publier" not in page
    assert "Lecture seule" in page
    assert "Publier" in browser("operator").get("/compte/annonces/").content.decode()


def test_others_are_shown_nothing_of_it() -> None:
    client = Client()
    client.force_login(UserFactory(role="nurse"))
    page = client.get("/services/").content.decode()
    assert "exploitation" not in page
    assert 'class="operating' not in browser("auditor").get("/services/").content.decode()


def test_a_list_of_many_costs_no_more(operator: User, client: Client) -> None:
    client.force_login(operator)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/habilitations/sessions/").status_code == 200
        return len(seen)

    def past(count: int) -> None:
        at = timezone.now() - timedelta(hours=5)
        for _ in range(count):
            operating_session(
                operator, opened_at=at, valid_until=at + timedelta(hours=1),
                ended_at=at + timedelta(hours=1), ended_how="time",
            )  # fmt: skip

    past(1)
    client.get("/habilitations/sessions/")
    first = cost()
    past(49)
    assert cost() == first
    page = client.get("/habilitations/sessions/").content.decode()
    assert page.count("à l’heure prévue") == 30
    assert "avant=" in page


KEY = "account_authentication_methods"
OWNER = "account_authentication_methods_user"


def shown(client: Client, user: User, *records: dict[str, Any]) -> None:
    """Say in the session of this browser how its holder came in."""
    session = client.session
    session[KEY] = list(records)
    session[OWNER] = str(user.pk)
    session.save()


def now_by(method: str, **more: Any) -> dict[str, Any]:
    return {"method": method, "at": timezone.now().timestamp(), **more}


@pytest.mark.parametrize(
    ("records", "leads"),
    [
        ([now_by("mfa", type="post")], "/compte/login/"),
        ([], "/compte/login/"),
        ([now_by("socialaccount", provider="psc", uid="1") | {"at": 0}], "/compte/login/"),
    ],
)
def test_who_has_nothing_of_ours_to_show_is_sent_to_their_provider(
    client: Client, records: list[dict[str, Any]], leads: str
) -> None:
    """A shared post's code proves nothing, nor does a browser left open since the morning."""
    user = UserFactory(role="standby", kind="operator", password="!")
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    shown(client, user, *records)
    assert client.get(FORM).headers["Location"].startswith(leads)
    refused = given(client)
    assert refused.status_code == 422
    assert not OperatingSession.objects.exists()


def test_who_came_in_by_a_referents_help_makes_a_second_factor_first(
    operator: User, client: Client
) -> None:
    client.force_login(operator)
    shown(client, operator, now_by("password"), now_by("mfa", type="referent"))
    assert "totp" in client.get(FORM).headers["Location"]
    assert given(client).status_code == 422
    assert not OperatingSession.objects.exists()


def test_a_shared_post_has_no_power_even_while_a_session_runs_elsewhere(client: Client) -> None:
    user = UserFactory(role="operator", kind="operator")
    client.force_login(user)
    assert client.get("/notifications/envois/").status_code == 200
    shown(client, user, now_by("mfa", type="post"))
    assert client.get("/notifications/envois/").headers["Location"].startswith(FORM)


def test_an_empty_or_crooked_request_is_answered(operator: User, client: Client) -> None:
    client.force_login(operator)
    assert client.post(FORM).status_code == 422
    answer = client.post("/notifications/envois/", headers={"referer": "http://["})
    assert answer.headers["Location"] == f"{FORM}?next=/"


def test_a_new_password_ends_the_session(operator: User, client: Client) -> None:
    sign_in(client)
    assert given(client).status_code == 302
    fresh = "une autre phrase de passe"
    client.post(
        "/compte/password/change/",
        {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh},
    )
    assert OperatingSession.objects.get().ended_how == OperatingSession.End.SIGN_OUT
