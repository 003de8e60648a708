"""The pages of a circle, by who asks: anonymous, wrong circle, right one, the person."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.models import Grant
from enrs.core.ids import uuid7
from enrs.referentials.circles import commands
from enrs.referentials.circles.models import AccessRequest, Consent, Member, Opposition
from enrs.referentials.directory.commands.load import load_rpps
from enrs.referentials.directory.models import Practitioner
from enrs.referentials.identity.queries import exact_search
from tests.factories import UserFactory, actor, known_patient, member, person_of
from tests.referentials.directory.factories import activity, rpps_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    with acting(SYSTEM):
        return known_patient()


@pytest.fixture
def colleague():
    with acting(SYSTEM):
        load_rpps(rpps_file(activity(7)), file_name="ps.txt", publish=False)
    return Practitioner.objects.get()


@pytest.fixture
def placed(patient):
    with acting(SYSTEM):
        return commands.add_member(
            patient_id=patient.id,
            block="care_team",
            grantee_id=uuid7(),
            display="Dr Giulia MARCHETTI",
            role_label="Médecin",
            basis="care_team",
        )


def pages(patient, placed):
    return [
        reverse("circles:panel", args=[patient.id]),
        reverse("circles:find", args=[patient.id]),
        reverse("circles:consents", args=[patient.id]),
        reverse("circles:why", args=[patient.id]),
        reverse("circles:oppose", args=[patient.id, placed.id]),
    ]


def test_a_stranger_is_sent_to_sign_in(patient, placed, client):
    for address in pages(patient, placed):
        assert client.get(address).status_code == 302


def test_the_wrong_circle_gets_404(patient, placed, signed_in):
    browser = signed_in(UserFactory(role="physician"))
    for address in pages(patient, placed):
        assert browser.get(address).status_code == 404


def test_the_circle_and_the_person_read_every_page(patient, placed, signed_in):
    for user in (member(patient, "physician"), person_of(patient)):
        browser = signed_in(user)
        for address in pages(patient, placed):
            assert browser.get(address).status_code == 200
        shown = browser.get(pages(patient, placed)[0]).content.decode()
        assert "Dr Giulia MARCHETTI" in shown
        assert "Équipe de soins" in shown


def test_the_fragment_alone_answers_htmx(patient, placed, signed_in):
    browser = signed_in(member(patient, "nurse"))
    answer = browser.get(pages(patient, placed)[0], headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith("<section")


def test_adding_a_colleague_from_the_directory(patient, colleague, signed_in):
    browser = signed_in(member(patient, "physician"))
    found = browser.get(reverse("circles:find", args=[patient.id]), {"q": "dubreuil7"})
    address = reverse("circles:join", args=[patient.id, "professionnel", colleague.id])
    assert address in found.content.decode()
    refused = browser.post(address, {"basis": "care_team", "ground": "recognised"})
    assert refused.status_code == 422
    assert not Member.objects.exists()
    given = {"basis": "care_team", "ground": "recognised", "is_informed": "on"}
    assert browser.post(address, given).status_code == 302
    assert Member.objects.get().practitioner_id == colleague.id


def test_outside_the_care_team_the_form_wants_the_consent(patient, colleague, signed_in):
    browser = signed_in(person_of(patient))
    address = reverse("circles:join", args=[patient.id, "professionnel", colleague.id])
    assert browser.post(address, {"basis": "consent"}).status_code == 422
    given = {
        "basis": "consent",
        "given_on": "2026-03-12",
        "means": "written",
        "leaflet_version": "2026-01",
    }
    assert browser.post(address, given).status_code == 302
    consent = Consent.objects.get()
    assert Member.objects.get().consent_id == consent.id
    closing = reverse("circles:withdraw", args=[patient.id, consent.id])
    assert browser.post(closing, {}).status_code == 302
    assert Member.objects.get().ended_at is not None


def test_removing_by_the_page_asks_the_rules(patient, placed, signed_in):
    address = reverse("circles:remove", args=[patient.id, placed.id])
    signed_in(member(patient, "nurse")).post(address, {})
    assert Member.objects.get().ended_at is None
    signed_in(person_of(patient)).post(address, {})
    assert Member.objects.get().ended_at is not None


def test_opposing_by_the_page_closes_the_place(patient, placed, signed_in):
    address = reverse("circles:oppose", args=[patient.id, placed.id])
    given = {"informed_on": "2026-03-12", "means": "oral"}
    browser = signed_in(person_of(patient))
    assert browser.post(address, given).status_code == 302
    assert Member.objects.get().ended_at is not None
    lift = reverse("circles:lift", args=[patient.id, Opposition.objects.get().id])
    browser.post(lift)
    assert Opposition.objects.get().lifted_at is not None


def test_the_person_opposes_without_saying_how_they_said_it(patient, placed, signed_in):
    address = reverse("circles:oppose", args=[patient.id, placed.id])
    browser = signed_in(person_of(patient))
    assert "Opposition exprimée par" not in browser.get(address).content.decode()
    assert browser.post(address, {"reason": "Un différend."}).status_code == 302
    opposition = Opposition.objects.get()
    assert (opposition.means, opposition.reason) == ("electronic", "Un différend.")
    with acting(SYSTEM):
        other = commands.add_member(
            patient_id=patient.id, block="care_team", grantee_id=uuid7(), display="Yann LE GOFF",
            role_label="Infirmier", basis="care_team", informed_on=date(2026, 3, 12),
        )  # fmt: skip
    by_doctor = reverse("circles:oppose", args=[patient.id, other.id])
    page = signed_in(member(patient, "physician")).get(by_doctor).content.decode()
    assert "Opposition exprimée par" in page


def test_a_request_is_answered_from_the_inbox(patient, signed_in):
    asker = UserFactory(role="physician")
    AccessRequest.objects.create(
        patient_id=patient.id,
        user_id=asker.id,
        grantee_id=asker.grantee_id,
        asker_name=asker.name,
        asker_role="physician",
        reason="Je remplace son médecin traitant.",
    )
    address = reverse("circles:answer", args=[patient.id, AccessRequest.objects.get().id])
    assert signed_in(UserFactory(role="physician")).get(address).status_code == 404
    browser = signed_in(member(patient, "physician"))
    inbox = browser.get(reverse("circles:requests")).content.decode()
    assert address in inbox
    assert browser.get(address).status_code == 200
    given = {"act": "accept", "basis": "care_team", "ground": "recognised", "is_informed": "on"}
    assert browser.post(address, given).status_code == 302
    Grant.objects.update(valid_from=timezone.now() - timedelta(minutes=5))
    panel = reverse("circles:panel", args=[patient.id])
    assert signed_in(asker).get(panel).status_code == 200


def test_asking_after_an_exact_search_waits_for_the_circle(patient, signed_in, as_actor):
    asker = UserFactory(role="physician", name="Ousmane N'DIAYE")
    with as_actor(actor(asker)):
        found = exact_search(
            birth_name="DUBREUIL",
            first_given_name="MARIE-BERNADETTE",
            birth_date="1944-03-12",
            sex="F",
        )
    address = reverse("circles:ask", args=[found.token])
    browser = signed_in(asker)
    assert "DUBREUIL" not in browser.get(address).content.decode()
    assert browser.post(address, {"reason": "court"}).status_code == 422
    assert browser.post(address, {"reason": "Je remplace son médecin."}).status_code == 302
    assert AccessRequest.objects.get().patient_id == patient.id
    assert signed_in(UserFactory(role="physician")).get(address).status_code == 404


def test_asking_by_the_page_wants_the_token_of_an_exact_search(signed_in):
    browser = signed_in(UserFactory(role="physician"))
    assert browser.get(reverse("circles:ask", args=["n-importe-quoi"])).status_code == 404


def test_the_queries_of_the_circle_do_not_grow(patient, placed, signed_in):
    browser = signed_in(member(patient, "physician"))
    address = reverse("circles:panel", args=[patient.id])

    def cost():
        with CaptureQueriesContext(connection) as queries:
            browser.get(address)
        return len(queries)

    cost()
    with_one = cost()
    with acting(SYSTEM):
        for rank in range(50):
            commands.add_member(
                patient_id=patient.id,
                block="care_team",
                grantee_id=uuid7(),
                display=f"Dr ESSAI {rank}",
                role_label="Médecin",
                basis="care_team",
            )
    assert cost() == with_one
