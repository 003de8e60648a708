"""To which professions, in which departments a service is shown: decided on a page, the region's file by default."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.registry import offers_for
from enrs.services.portal import commands
from enrs.services.portal.models import ServiceOpening, ServiceOpeningChange
from enrs.services.portal.queries import openings as queries
from tests.factories import actor
from tests.services.portal.test_kiosk import limit, somebody

pytestmark = pytest.mark.django_db
BEDS = "beds"


def decided(roles: Any = (), departments: Any = (), version: int = 0) -> ServiceOpening:
    with acting(SYSTEM):
        return commands.set_opening(
            key=BEDS, roles=roles, departments=departments, expected_version=version
        )


def is_shown(user: Any) -> bool:
    return BEDS in [one.key for one in offers_for(actor(user))]


def operator() -> Any:
    """Somebody of the exploitation, in a session."""
    return somebody("operator")


@pytest.fixture(autouse=True)
def two_departments(settings: Any) -> None:
    settings.REGION = replace(settings.REGION, departments=("77", "93"))


def test_a_service_is_shown_to_the_professions_chosen() -> None:
    nurse, doctor = somebody("nurse"), somebody("physician")
    assert is_shown(nurse)
    decided(roles=["physician"])
    assert (is_shown(nurse), is_shown(doctor)) == (False, True)


def test_a_service_is_shown_in_the_departments_chosen() -> None:
    here, there = somebody("nurse", "77"), somebody("nurse", "93")
    decided(departments=["93"])
    assert (is_shown(here), is_shown(there)) == (False, True)


def test_the_page_decides_over_the_region_s_file_until_it_is_reset(settings: Any) -> None:
    limit(settings, beds=["93"])
    here = somebody("nurse", "77")
    assert not is_shown(here)
    made = decided()
    assert is_shown(here)
    with acting(SYSTEM):
        commands.reset_opening(key=BEDS, expected_version=made.version)
    assert not is_shown(here)
    assert [one.is_default for one in ServiceOpeningChange.objects.all()] == [True, False]
    assert AuditLine.objects.filter(action="portal.service.opened", object_id=BEDS).count() == 2


def test_opening_a_card_gives_no_right() -> None:
    person = somebody("auditor")
    before = [one.key for one in offers_for(actor(person))]
    decided(roles=["auditor"])
    assert [one.key for one in offers_for(actor(person))] == before


def test_the_exploitation_is_shown_all() -> None:
    user = operator()
    with acting(SYSTEM):
        commands.set_opening(
            key="portal_letters", roles=["nurse"], departments=["93"], expected_version=0
        )
    assert "portal_letters" in [one.key for one in offers_for(actor(user))]


def test_what_does_not_exist_is_refused() -> None:
    for more in ({"key": "rien"}, {"roles": ["magicien"]}, {"departments": ["99"]}):
        given: Any = {"key": BEDS, "roles": [], "departments": [], "expected_version": 0} | more
        with acting(SYSTEM), pytest.raises(commands.OpeningChoiceError):
            commands.set_opening(**given)


def test_two_people_do_not_decide_over_each_other() -> None:
    decided(roles=["nurse"])
    with pytest.raises(StaleSaveError):
        decided(roles=["physician"])
    assert ServiceOpening.objects.get().roles == ["nurse"]


def test_nobody_else_decides() -> None:
    for role in ("nurse", "auditor"):
        with acting(actor(somebody(role))), pytest.raises(AccessRefusedError):
            commands.set_opening(key=BEDS, roles=[], departments=[], expected_version=0)


def test_the_database_refuses_who_does_not_run_the_region() -> None:
    decided(roles=["nurse"])
    change = ServiceOpeningChange.objects.get()
    with acting(actor(somebody("nurse"))), connection.cursor() as cursor:
        cursor.execute("set local role enrs_app")
        cursor.execute("update portal_service_opening set roles = '[]'")
        assert cursor.rowcount == 0
        cursor.execute("select count(*) from portal_service_opening_change")
        assert cursor.fetchone() == (0,)
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("delete from portal_service_opening_change where id = %s", [change.pk])
        cursor.execute("reset role")


def test_the_pages_decide_and_keep_the_history() -> None:
    browser = Client()
    browser.force_login(operator())
    assert "Ouverture des services" in browser.get(reverse("portal:openings")).content.decode()
    url = reverse("portal:opening", args=[BEDS])
    assert "Rien n’a été décidé" in browser.get(url).content.decode()
    given = {"roles": ["nurse", "physician"], "departments": ["77"], "version": "0"}
    assert browser.post(url, given).status_code == 302
    page = browser.get(url).content.decode()
    assert "Médecins, Infirmiers" in page
    assert browser.post(url, given).status_code == 422
    assert browser.post(url, given | {"roles": ["magicien"], "version": "1"}).status_code == 422
    assert browser.post(url, {"version": "1", "acte": "defaut"}).status_code == 302
    assert "Rendu au fichier de la région" in browser.get(url).content.decode()
    assert browser.get(reverse("portal:opening", args=["rien"])).status_code == 404


def test_the_pages_are_the_exploitation_s(client: Client) -> None:
    url = reverse("portal:opening", args=[BEDS])
    assert client.get(url).status_code == 302
    client.force_login(somebody("nurse"))
    assert client.get(url).status_code == 404
    assert client.get(reverse("portal:openings")).status_code == 404


def test_a_process_asks_once_in_fifteen_seconds() -> None:
    queries.forget_openings()
    nurse = actor(somebody("nurse"))
    offers_for(nurse)
    with CaptureQueriesContext(connection) as counted:
        offers_for(nurse)
    assert not [one for one in counted if "portal_service_opening" in one["sql"]]
