"""The kiosk: services by role and territory, favourites, applications; announcements; the help."""

from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.commands import ApplicationError, register_application
from enrs.core.accounts.models import Application
from enrs.core.audit.models import AuditLine
from enrs.core.ui.registry import help_pages
from enrs.services.portal import commands, rules
from enrs.services.portal.commands import AnnouncementError, Words
from enrs.services.portal.kiosk import kiosk_of
from enrs.services.portal.models import Announcement, AnnouncementChange, Favourite
from enrs.services.portal.queries import kiosk as queries
from tests.factories import PositionFactory, UserFactory, actor, organisation
from tests.hostile.cases.accounts import SHEET

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def somebody(role: str = "nurse", department: str = "77") -> Any:
    """Somebody of this role who works in a department."""
    place = organisation("Hôpital des Tilleuls", department=department)
    user = UserFactory(kind="operator" if role == "operator" else "professional")
    PositionFactory(user=user, role=role, organisation_id=place.id, organisation_name=place.name)
    return user


def labels(entries: Any) -> list[str]:
    return [one.label for one in entries]


def limit(settings: Any, **departments: Any) -> None:
    settings.REGION = replace(settings.REGION, service_departments=departments)


def enter(**more: Any) -> Application:
    """An application with an address of entry."""
    sheet = replace(SHEET, **{"home_url": "https://application.example/"} | more)
    with acting(SYSTEM):
        return register_application(sheet=sheet)[0]


def words(**more: Any) -> Words:
    now = timezone.now()
    given = {
        "title": "Maintenance de la messagerie", "text": "Téléphonez pendant ce temps.",
        "starts_at": now - timedelta(minutes=5), "ends_at": now + timedelta(hours=2),
        "tone": "attention",
    }  # fmt: skip
    return Words(**given | more)


def announced(**more: Any) -> Announcement:
    with acting(SYSTEM):
        return commands.publish_announcement(words=words(**more))


# --- services by role and territory ---------------------------------------------------------------


def test_everybody_is_shown_what_their_role_offers(signed_in: Any) -> None:
    assert "Annuaire" in labels(kiosk_of(actor(somebody("nurse"))).services)
    shown = labels(kiosk_of(actor(somebody("operator"))).services)
    assert {"Applications", "Annonces", "Référents"} <= set(shown)
    assert "Annuaire" not in labels(kiosk_of(actor(UserFactory(patient=True))).services)


@pytest.mark.parametrize(
    ("role", "department", "shown"),
    [("nurse", "77", True), ("nurse", "93", False), ("nurse", "", False), ("operator", "93", True)],
)
def test_a_service_limited_to_departments_is_shown_to_who_works_there(
    settings: Any, role: str, department: str, shown: bool
) -> None:
    limit(settings, beds=["77"])
    user = somebody(role, department)
    assert ("Lits" in labels(kiosk_of(actor(user)).services)) is shown


def test_the_rail_has_the_same_limits_as_the_kiosk(settings: Any, signed_in: Any) -> None:
    limit(settings, beds=["77"])
    assert (
        reverse("beds:home") not in signed_in(somebody(department="93")).get("/").content.decode()
    )


# --- favourites ------------------------------------------------------------------------------------


def test_a_star_puts_a_service_first_and_a_second_one_puts_it_back(signed_in: Any) -> None:
    user = somebody()
    browser = signed_in(user)
    for first in (True, False):
        answer = browser.post(
            reverse("portal:favourite"), {"key": "offer:directory", "next": "/services/"}
        )
        assert answer.url == "/services/"
        assert (labels(kiosk_of(actor(user)).favourites) == ["Annuaire"]) is first
        assert ("Annuaire" in labels(kiosk_of(actor(user)).services)) is not first
    assert AuditLine.objects.filter(action="portal.favourite.left", actor_id=user.id).exists()


def test_the_star_answers_with_the_kiosk_alone_to_a_page_that_stays(signed_in: Any) -> None:
    answer = signed_in(somebody()).post(
        reverse("portal:favourite"), {"key": "offer:directory"}, headers={"HX-Request": "true"}
    )
    page = answer.content.decode()
    assert page.strip().startswith('<div id="kiosk"')
    assert "Mes favoris" in page


def test_the_way_back_after_a_star_leads_nowhere_else(signed_in: Any) -> None:
    browser = signed_in(somebody())
    for onward in ("https://ailleurs.example/", "//ailleurs.example/", "annuaire", ""):
        given = {"key": "offer:directory", "next": onward}
        assert browser.post(reverse("portal:favourite"), given).url == "/"


def test_nobody_keeps_what_is_not_offered_to_them(as_actor: Any) -> None:
    made = enter(roles=("physician",))
    for key in ("offer:applications", "offer:x", "x", f"application:{made.pk}", "application:x"):
        with as_actor(actor(somebody())), pytest.raises(AccessRefusedError):
            commands.keep_favourite(key=key)
    assert not Favourite.objects.exists()


def test_the_favourites_of_another_are_neither_seen_nor_written(as_actor: Any) -> None:
    mine, other = somebody(), somebody()
    with as_actor(actor(mine)):
        commands.keep_favourite(key="offer:directory")
    with as_actor(actor(other)):
        assert not Favourite.objects.exists()
        with pytest.raises(DatabaseError):
            Favourite.objects.create(user_id=mine.id, key="offer:threads")


def test_the_oldest_favourite_makes_room(as_actor: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("enrs.services.portal.commands.kiosk.MOST_FAVOURITES", 2)
    user = somebody()
    with as_actor(actor(user)):
        for key in ("offer:directory", "offer:threads", "offer:beds"):
            commands.keep_favourite(key=key)
    assert labels(kiosk_of(actor(user)).favourites) == ["Messagerie", "Lits"]


# --- third-party applications ----------------------------------------------------------------------


def test_an_application_with_an_address_of_entry_opens_in_a_new_tab(signed_in: Any) -> None:
    enter()
    enter(name="Sans entrée", home_url="")
    page = signed_in(somebody()).get("/services/").content.decode()
    assert 'href="https://application.example/" target="_blank" rel="noopener noreferrer"' in page
    assert "Sans entrée" not in page


@pytest.mark.parametrize(
    ("limits", "shown"),
    [
        ({}, True), ({"roles": ("nurse",)}, True), ({"roles": ("physician",)}, False),
        ({"departments": ("77",)}, True), ({"departments": ("93",)}, False),
        ({"roles": ("nurse",), "departments": ("93", "77")}, True),
    ],
)  # fmt: skip
def test_an_application_is_shown_to_its_roles_where_they_work(
    limits: dict[str, Any], shown: bool
) -> None:
    enter(**limits)
    assert bool(kiosk_of(actor(somebody())).applications) is shown


def test_a_retired_application_leaves_the_kiosk() -> None:
    made = enter()
    Application.objects.filter(pk=made.pk).update(retired_at=timezone.now())
    assert not kiosk_of(actor(somebody())).applications


@pytest.mark.parametrize(
    "wrong", [{"roles": ("chief",)}, {"departments": ("2A",)}, {"home_url": "http://x.example/"}]
)
def test_an_audience_or_an_entry_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ApplicationError):
        enter(**wrong)


def test_the_machine_s_own_address_is_an_entry_outside_of_production_alone(settings: Any) -> None:
    enter(home_url="http://127.0.0.1:8014/")
    settings.MODE = "production"
    with pytest.raises(ApplicationError, match="https"):
        enter(home_url="http://127.0.0.1:8014/")


def test_the_form_of_an_application_keeps_its_audience(signed_in: Any) -> None:
    made = enter()
    page = signed_in(somebody("operator"))
    form = {
        "name": made.name, "description": made.description, "organisation_name": made.organisation_name,
        "contact": made.contact, "type": "confidential", "redirect_uris": SHEET.redirect_uris[0],
        "scopes": "openid\nprofile", "home_url": made.home_url, "roles": ["nurse", "midwife"],
        "departments": ["77"], "version": made.version,
    }  # fmt: skip
    address = reverse("accounts:application", args=[made.pk])
    assert page.post(address, form).status_code == 302
    made.refresh_from_db()
    assert (made.roles, made.departments) == (["nurse", "midwife"], ["77"])
    assert page.get(address).content.decode().count(" checked") >= 3


# --- the first page --------------------------------------------------------------------------------


def test_who_follows_nobody_has_the_kiosk_for_first_page(signed_in: Any) -> None:
    page = signed_in(somebody("operator")).get("/").content.decode()
    assert 'id="kiosk"' in page
    assert "Applications" in page


@pytest.mark.parametrize("kind", ["professional", "patient", "relative"])
def test_the_kiosk_is_one_tap_away_for_everybody(signed_in: Any, kind: str) -> None:
    user = somebody() if kind == "professional" else UserFactory(kind=kind)
    browser = signed_in(user)
    assert 'href="/services/"' in browser.get("/").content.decode()
    assert browser.get("/services/").status_code == 200


def test_nobody_without_an_account_has_a_kiosk() -> None:
    assert Client().get("/services/").status_code == 302
    assert Client().post(reverse("portal:favourite"), {"key": "offer:directory"}).status_code == 302


def test_the_kiosk_asks_as_little_for_thirty_applications_as_for_one(signed_in: Any) -> None:
    browser = signed_in(somebody())
    counts = []
    for rank in range(30):
        enter(name=f"Application {rank}", departments=("77",))
        if rank in (0, 29):
            with CaptureQueriesContext(connection) as asked:
                browser.get("/services/")
            counts.append(len(asked))
    assert counts[0] == counts[1]


# --- announcements ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "ends", "fault"),
    [
        (0, 2, ""), (-5, 1, ""), (24, 48, ""), (2, 1, "fin"), (1, 1, "fin"), (-3, -1, "passée"),
        (0, 24 * 32, "31 jours"),
    ],
)  # fmt: skip
def test_when_an_announcement_may_run(starts: int, ends: int, fault: str) -> None:
    def at(hours: int) -> Any:
        return NOW + timedelta(hours=hours)

    found = rules.announcement_fault(at(starts), at(ends), NOW)
    assert fault in found
    assert bool(found) is bool(fault)


def test_a_running_announcement_is_on_every_page_of_those_whom_it_concerns(signed_in: Any) -> None:
    announced(roles=("nurse",))
    for address in ("/", "/services/", "/annuaire/", "/mes-acces/"):
        assert "Maintenance de la messagerie" in signed_in(somebody()).get(address).content.decode()
    other = signed_in(somebody("physician")).get("/annuaire/").content.decode()
    assert "Maintenance de la messagerie" not in other
    assert "Maintenance" not in Client().get("/compte/login/").content.decode()


def test_one_to_come_is_on_the_kiosk_alone_and_one_that_is_far_nowhere(signed_in: Any) -> None:
    announced(starts_at=NOW + timedelta(days=2), ends_at=NOW + timedelta(days=2, hours=1))
    announced(
        title="Bien plus tard", starts_at=NOW + timedelta(days=20),
        ends_at=NOW + timedelta(days=20, hours=1),
    )  # fmt: skip
    browser = signed_in(somebody())
    assert "À venir" in browser.get("/services/").content.decode()
    assert "Maintenance" not in browser.get("/annuaire/").content.decode()
    assert "Bien plus tard" not in browser.get("/services/").content.decode()


def test_it_leaves_by_itself_at_its_end(signed_in: Any, monkeypatch: Any) -> None:
    announced()
    browser = signed_in(somebody())
    assert "Maintenance" in browser.get("/annuaire/").content.decode()
    later = timezone.now() + timedelta(hours=3)
    monkeypatch.setattr("enrs.services.portal.queries.kiosk.timezone.now", lambda: later)
    assert queries.announcements_for(actor(somebody())) == []


def test_put_away_it_stays_away_for_the_session_until_its_words_change(signed_in: Any) -> None:
    made = announced()
    user = somebody()
    browser = signed_in(user)
    away = reverse("portal:put_away", args=[made.id, made.version])
    assert browser.post(away, {"next": "/annuaire/"}).url == "/annuaire/"
    assert "Maintenance" not in browser.get("/annuaire/").content.decode()
    assert "Maintenance" in signed_in(user).get("/annuaire/").content.decode()
    with acting(SYSTEM):
        commands.change_announcement(
            announcement=made, words=words(title="Maintenance prolongée"), expected_version=1
        )
    assert "Maintenance prolongée" in browser.get("/annuaire/").content.decode()


def posted(**more: Any) -> dict[str, Any]:
    now = timezone.localtime()
    return {
        "title": "Coupure du réseau", "text": "Notez sur papier.", "tone": "alerte",
        "starts_at": f"{now:%Y-%m-%dT%H:%M}", "roles": ["nurse"],
        "ends_at": f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M}",
    } | more  # fmt: skip


def test_the_exploitation_writes_changes_and_ends_an_announcement(signed_in: Any) -> None:
    user = somebody("operator")
    browser = signed_in(user)
    listing = reverse("portal:announcements")
    assert browser.post(listing, posted()).status_code == 302
    made = Announcement.objects.get()
    one = reverse("portal:announcement", args=[made.id])
    assert browser.post(one, posted(title="Coupure levée", version=1)).status_code == 302
    assert browser.post(one, posted(title="Trop tard", version=1)).status_code == 422
    assert browser.post(reverse("portal:end_announcement", args=[made.id])).status_code == 302
    page = browser.get(one).content.decode()
    assert "Annonce terminée" in page
    assert [one.act for one in AnnouncementChange.objects.all()] == [
        "ended",
        "changed",
        "published",
    ]
    assert unescape(page).count(f"par {user.name}") == 3
    lines = AuditLine.objects.filter(action__startswith="portal.announcement.", actor_id=user.id)
    assert lines.count() == 3
    assert queries.announcements_for(actor(somebody())) == []
    assert "Coupure levée" in browser.get(listing).content.decode()


def test_what_is_wrong_is_said_beside_the_form(signed_in: Any) -> None:
    browser = signed_in(somebody("operator"))
    for wrong in (
        {"ends_at": "2020-01-01T10:00"},
        {"title": ""},
        {"tone": "rose"},
        {"roles": ["x"]},
    ):
        assert browser.post(reverse("portal:announcements"), posted(**wrong)).status_code == 422
    assert not Announcement.objects.exists()


@pytest.mark.parametrize("role", ["nurse", "physician", "auditor"])
def test_the_page_of_announcements_is_the_exploitation_s(signed_in: Any, role: str) -> None:
    made = announced()
    browser = signed_in(somebody(role))
    assert browser.get(reverse("portal:announcements")).status_code == 404
    assert browser.post(reverse("portal:announcements"), posted()).status_code == 404
    assert browser.get(reverse("portal:announcement", args=[made.id])).status_code == 404


def test_what_ended_is_ended(as_actor: Any) -> None:
    made = announced()
    with acting(SYSTEM):
        commands.end_announcement(announcement=made)
        with pytest.raises(AnnouncementError, match="terminée"):
            commands.end_announcement(announcement=made)


def test_the_history_is_never_rewritten(as_actor: Any) -> None:
    announced()
    with as_actor(actor(somebody("operator"))), pytest.raises(DatabaseError):
        AnnouncementChange.objects.update(title="Autre chose")


def test_who_is_not_of_the_exploitation_writes_no_row(as_actor: Any) -> None:
    announced()
    with as_actor(actor(somebody())):
        assert Announcement.objects.update(title="Faux") == 0
        assert not AnnouncementChange.objects.exists()


# --- help ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        "connexion", "patients", "agenda", "demandes", "acces", "plans",
        "annuaire", "offre", "lits", "messagerie", "astreintes",
    ],
)  # fmt: skip
def test_each_page_of_help_is_read_signed_in_or_not(signed_in: Any, key: str) -> None:
    assert key in {one.key for one in help_pages()}
    for browser in (Client(), signed_in(somebody())):
        page = browser.get(f"/aide/{key}/").content.decode()
        assert "data-print" in page
        assert page.count("<h2>") >= 3


def test_the_help_is_found_from_the_top_bar_the_kiosk_and_the_sign_in_page(signed_in: Any) -> None:
    browser = signed_in(somebody())
    assert 'href="/aide/"' in browser.get("/").content.decode()
    assert 'href="/aide/annuaire/"' in browser.get("/services/").content.decode()
    assert 'href="/aide/"' in Client().get("/compte/login/").content.decode()
    assert "Annuaire" in Client().get("/aide/").content.decode()


def test_a_help_that_is_not_there_is_not_found() -> None:
    assert Client().get("/aide/autre/").status_code == 404


def test_offers_that_help_and_limits_name_exist() -> None:
    from enrs.core.ui import registry  # noqa: PLC0415  its table is the registry's own

    assert {key for one in help_pages() for key in one.offers} <= registry._offers.keys()
    assert django_settings.REGION.service_departments.keys() <= registry._offers.keys()


def test_who_has_not_signed_in_reads_what_runs_and_is_for_everybody(client: Client) -> None:
    now = timezone.now()
    announced(title="Coupure en cours")
    announced(title="Pour les médecins", roles=("physician",))
    announced(title="Demain", starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=2))
    made = announced(title="Terminée")
    with acting(SYSTEM):
        commands.end_announcement(announcement=made)
    page = client.get(reverse("account_login")).content.decode()
    assert "Coupure en cours" in page
    assert "Téléphonez pendant ce temps." in page
    assert not [title for title in ("Pour les médecins", "Demain", "Terminée") if title in page]
    assert "Ne plus montrer" not in page


def test_the_sign_in_page_asks_nothing_while_the_process_keeps_the_announcements(
    client: Client,
) -> None:
    url = reverse("account_login")
    client.get(url)
    with CaptureQueriesContext(connection) as without:
        client.get(url)
    announced()
    client.get(url)
    with CaptureQueriesContext(connection) as with_one:
        assert "Maintenance de la messagerie" in client.get(url).content.decode()
    assert len(with_one) == len(without)
