"""The screens of the end of keeping: lists, one record, the elimination log."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM
from enrs.core.moments import legal_day
from enrs.services.rights import commands
from enrs.services.rights.models import Approval, Elimination, Retention
from tests.factories import actor, user_of_role
from tests.services.rights.factories import at_its_term

pytestmark = pytest.mark.django_db
TODAY = legal_day(timezone.now())
DECISION = "Décision du directeur du 3 mars, avis favorable du médecin DIM."
REASON = "Recours devant la commission de conciliation."


@pytest.fixture
def officer():
    return user_of_role("auditor")


LIST = reverse("rights:retention")


def test_an_officer_decides_on_the_screens(signed_in, officer, as_actor):
    row = at_its_term(birth_name="PERRAULT")
    browser = signed_in(officer)
    page = browser.get(LIST).content.decode()
    assert "PERRAULT" in page.upper()
    assert "20 ans après le dernier passage" in page
    assert "Journal des accès" in page
    empty = browser.post(LIST, {"decision": DECISION})
    assert (empty.status_code, "Cochez au moins un dossier" in empty.content.decode()) == (
        422,
        True,
    )
    browser.post(LIST, {"decision": DECISION, "visa": "AD77/12", "dossier": [str(row.pk)]})
    made = Approval.objects.get()
    assert made.number in browser.get(f"{LIST}?vue=approuves").content.decode()
    Approval.objects.update(at=timezone.now() - timedelta(hours=49))
    with as_actor(SYSTEM, role="enrs_feed"):
        assert commands.erase_next()
    assert made.number in browser.get(f"{LIST}?vue=elimines").content.decode()
    slip = browser.get(reverse("rights:slip", args=[made.pk])).content.decode()
    assert Elimination.objects.get().pseudonym[:12] in slip
    assert "PERRAULT" not in slip.upper()
    paper = browser.get(reverse("rights:slip_pdf", args=[made.pk]))
    assert paper.content.startswith(b"%PDF")


def test_an_officer_keeps_back_and_lets_go_on_the_screens(signed_in, officer):
    row = at_its_term()
    browser, address = signed_in(officer), reverse("rights:retained", args=[row.pk])
    bad = browser.post(address, {"acte": "keep", "hold_code": "dispute", "hold_text": REASON})
    assert (bad.status_code, "recours a été introduit" in bad.content.decode()) == (422, True)
    day = (TODAY - timedelta(days=9)).isoformat()
    browser.post(
        address,
        {"acte": "keep", "hold_code": "dispute", "hold_text": REASON, "hold_from": day},
    )
    assert REASON in browser.get(address).content.decode()
    assert "Recours gracieux" in browser.get(f"{LIST}?vue=prolonges").content.decode()
    browser.post(address, {"acte": "release", "ended_on": TODAY.isoformat()})
    assert Retention.objects.get(pk=row.pk).state == "due"


def test_what_an_appeal_put_off_stays_in_sight(signed_in, as_actor, officer):
    row = at_its_term()
    with as_actor(actor(officer)):
        begun = TODAY - timedelta(days=800)
        commands.keep_back(record=row, hold_code="dispute", hold_text=REASON, hold_from=begun)
        commands.release(record=row, ended_on=TODAY)
    browser = signed_in(officer)
    assert "Terme reporté" in browser.get(f"{LIST}?vue=prolonges").content.decode()
    page = browser.get(reverse("rights:retained", args=[row.pk])).content.decode()
    assert "Délai suspendu" in page


@pytest.mark.parametrize("role", ["physician", "operator", "patient"])
def test_the_screens_are_the_officers_alone(signed_in, role):
    row = at_its_term()
    browser = signed_in(user_of_role(role))
    assert browser.get(LIST).status_code in {403, 404}
    assert browser.get(reverse("rights:retained", args=[row.pk])).status_code in {403, 404}


@pytest.mark.parametrize("view", ["", "prolonges", "approuves", "elimines"])
def test_an_empty_list_says_what_will_be_there(signed_in, officer, view):
    page = signed_in(officer).get(LIST, {"vue": view}).content.decode()
    assert "empty-state" in page or "Aucun" in page


def test_the_list_costs_the_same_with_many(signed_in, officer):
    browser = signed_in(officer)
    at_its_term()
    with CaptureQueriesContext(connection) as one:
        browser.get(LIST)
    for rank in range(12):
        at_its_term(birth_date=f"19{rank + 40}-01-01")
    with CaptureQueriesContext(connection) as many:
        browser.get(LIST)
    assert len(many) <= len(one)
