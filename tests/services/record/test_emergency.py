"""The form of a broken glass: the regulation of the centre 15 is offered to those who regulate, and to them alone."""

import pytest
from django.urls import reverse

from enrs.core.access.models import BreakGlass, Grant
from enrs.core.audit.models import AuditLine
from enrs.referentials.identity.queries import _seal
from tests.factories import PositionFactory, UserFactory, known_patient, organisation
from tests.referentials.offer.factories import make_unit

pytestmark = pytest.mark.django_db
REASON = "Appel du domicile, perte de connaissance, traitement inconnu."
WORDS = "Régulation médicale (centre 15)"


@pytest.fixture
def patient():
    return known_patient()


def working_at(place, role="physician"):
    user = UserFactory()
    PositionFactory(user=user, role=role, organisation_id=place.id, organisation_name=place.name)
    return user


@pytest.fixture
def regulation():
    place = organisation("SAMU d’essai")
    make_unit(place, name="Régulation", activity_code="regulation-samu")
    return place


def address(patient, user):
    return reverse("record:break_glass", args=[_seal(patient.pk, user.pk)])


def test_a_regulator_is_offered_it_and_the_record_opens_for_it(signed_in, patient, regulation):
    user = working_at(regulation)
    browser, page = signed_in(user), address(patient, user)
    assert WORDS in browser.get(page).content.decode()
    answer = browser.post(page, {"reason_code": "samu", "reason_text": REASON})
    assert answer.headers["Location"] == reverse("record:summary", args=[patient.pk])
    assert Grant.objects.get(grantee_id=user.grantee_id).purpose == "centre_15"
    assert AuditLine.objects.get(action="access.glass.broken").purpose == "centre_15"
    browser.get(reverse("record:summary", args=[patient.pk]))
    assert AuditLine.objects.get(action="record.summary.read").purpose == "centre_15"


@pytest.mark.parametrize("role", ["physician", "nurse"])
def test_nobody_else_is_offered_it_and_a_forged_one_is_refused_in_words(
    signed_in, patient, regulation, role
):
    user = working_at(organisation() if role == "physician" else regulation, role)
    browser, page = signed_in(user), address(patient, user)
    assert WORDS not in browser.get(page).content.decode()
    answer = browser.post(page, {"reason_code": "samu", "reason_text": REASON})
    assert "réservée aux médecins qui régulent les appels du centre 15" in answer.content.decode()
    assert not BreakGlass.objects.exists()
    assert not Grant.objects.filter(grantee_id=user.grantee_id).exists()
    browser.post(page, {"reason_code": "emergency", "reason_text": REASON})
    assert Grant.objects.get(grantee_id=user.grantee_id).purpose == "break_glass"
