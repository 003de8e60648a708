"""The review of accounts: who answers for a structure is asked again each month."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.notifications.models import Notice
from enrs.services.portal import commands
from enrs.services.portal.models import Referent
from tests.factories import UserFactory
from tests.services.portal import factories

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=200)


@pytest.fixture
def place():
    return factories.hospital("Hôpital des Érables")


@pytest.fixture
def nurse(place):
    """A nurse whose account opened two hundred days ago."""
    user = factories.worker(place, "c.roche")
    User.objects.filter(pk=user.pk).update(created_at=timezone.now() - LONG_AGO)
    return user


def remind():
    with acting(SYSTEM):
        return commands.remind_reviews()


def told(user):
    return [(one.kind, one.details) for one in Notice.objects.filter(user=user).order_by("id")]


def test_who_answers_is_told_once_a_month_until_everybody_is_confirmed(place, nurse, monkeypatch):
    start = timezone.now()
    head = factories.referent(place)
    for _ in range(2):
        assert not remind()
    assert told(head) == [("portal.review.late", {"place": "Hôpital des Érables", "count": 1})]
    assert not told(nurse)
    monkeypatch.setattr(timezone, "now", lambda: start + timedelta(days=32))
    remind()
    assert len(told(head)) == 2
    with acting(actor_of(head)):
        commands.confirm_person(organisation_id=place.id, user_id=nurse.pk)
    monkeypatch.setattr(timezone, "now", lambda: start + timedelta(days=64))
    remind()
    assert len(told(head)) == 2


def test_the_exploitation_is_told_once_of_the_structures_for_which_nobody_answers(place, nurse):
    operator = UserFactory(role="operator")
    ended = factories.referent(place)
    Referent.objects.filter(user_id=ended.pk).update(valid_until=timezone.now())
    for _ in range(2):
        assert not remind()
    assert told(operator) == [("portal.review.unheld", {"count": 1})]
    assert not told(ended)


def test_where_nobody_answers_and_nobody_runs_the_region_nobody_is_told(place, nurse):
    assert not remind()
    assert not Notice.objects.exists()
