"""The exploitation names who answers for a structure."""

from typing import Any

import pytest
from django.urls import reverse

from enrs.core.audit.models import AuditLine
from enrs.services.portal.models import Referent
from tests.factories import UserFactory
from tests.services.portal import factories

pytestmark = pytest.mark.django_db
REASON = "Demandé par la directrice, rappelée au standard"


@pytest.fixture
def desk(signed_in: Any) -> Any:
    """The exploitation's browser."""
    return signed_in(UserFactory(operator=True, role="operator"))


@pytest.fixture
def place() -> Any:
    return factories.hospital("Hôpital des Glycines")


def address(place: Any) -> str:
    return reverse("portal:first_referents", args=[place.id])


def test_a_structure_is_found_by_its_name_or_its_number(desk: Any, place: Any) -> None:
    for text in ("glycines", place.finess_eg):
        page = desk.get(reverse("portal:referent_places"), {"q": text}).content.decode()
        assert address(place) in page
        assert "Aucun" in page
    factories.referent(place)
    page = desk.get(reverse("portal:referent_places"), {"q": "glycines"}).content.decode()
    assert "Nommé" in page


def test_somebody_who_works_there_is_named_with_a_reason(desk: Any, place: Any) -> None:
    nurse = factories.worker(place, "c.roche", family="ROCHE")
    assert nurse.name in desk.get(address(place)).content.decode()
    assert desk.post(address(place), {"user": nurse.id, "reason": REASON}).status_code == 302
    made = Referent.objects.get()
    assert (made.user_id, made.kind, made.valid_until) == (nurse.id, "referent", None)
    line = AuditLine.objects.get(action="portal.referent.named")
    assert line.reason == REASON
    assert "Personne à nommer" in desk.get(address(place)).content.decode()


@pytest.mark.parametrize("reason", ["", "   "])
def test_no_reason_no_referent(desk: Any, place: Any, reason: str) -> None:
    nurse = factories.worker(place)
    assert desk.post(address(place), {"user": nurse.id, "reason": reason}).status_code == 422
    assert not Referent.objects.exists()


def test_who_works_elsewhere_or_answers_already_is_not_named(desk: Any, place: Any) -> None:
    stranger = factories.worker(factories.hospital("Ailleurs"))
    answer = desk.post(address(place), {"user": stranger.id, "reason": REASON})
    assert answer.status_code == 422
    held = factories.referent(place)
    assert desk.post(address(place), {"user": held.id, "reason": REASON}).status_code == 422
    assert Referent.objects.count() == 1


def test_nobody_else_sees_the_page(signed_in: Any, place: Any) -> None:
    for user in (
        factories.referent(place),
        UserFactory(role="physician"),
        UserFactory(patient=True),
    ):
        browser = signed_in(user)
        assert browser.get(address(place)).status_code == 404
        assert browser.get(reverse("portal:referent_places")).status_code == 404
        answer = browser.post(address(place), {"user": user.id, "reason": REASON})
        assert answer.status_code == 404
