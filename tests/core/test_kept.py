"""Kept querysets: the rows of the queryset itself, composed once."""

from datetime import UTC, datetime
from gc import collect
from threading import Thread
from uuid import uuid4
from weakref import ref

import pytest
from django.db import connection, connections
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from enrs.core.accounts.models import Position, User
from enrs.core.kept import Kept
from tests.factories import PositionFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 12, 13, 5, tzinfo=UTC)

HELD = Kept(
    lambda user_id, now: Position.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now), user_id=user_id
    ).order_by("organisation_name")
)


def test_a_kept_queryset_gives_the_rows_of_the_queryset():
    one, other = UserFactory(), UserFactory()
    PositionFactory(user=one, organisation_name="B")
    PositionFactory(user=one, organisation_name="A", valid_until=NOW.replace(year=2027))
    PositionFactory(user=one, organisation_name="C", valid_until=NOW.replace(year=2025))
    PositionFactory(user=other, organisation_name="D")
    for _ in range(3):
        found = HELD(one.pk, NOW)
        assert [row.organisation_name for row in found] == ["A", "B"]
        assert all(isinstance(row, Position) and row.user_id == one.pk for row in found)
        assert not found[0]._state.adding
        assert found[0]._state.db == "default"
    assert [row.organisation_name for row in HELD(other.pk, NOW)] == ["D"]
    assert HELD(uuid4(), NOW) == []
    assert HELD.first(uuid4(), NOW) is None
    assert HELD.first(other.pk, NOW).organisation_name == "D"


def test_it_costs_one_statement_with_what_it_joins():
    held = Kept(lambda user_id: Position.objects.filter(user_id=user_id).select_related("user"))
    position = PositionFactory(user=UserFactory(name="Yann LE GOFF"))
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert held.first(position.user_id).user.name == "Yann LE GOFF"
    assert len(counted) == 1


def test_values_and_lists_of_values_are_read_as_django_reads_them():
    user = UserFactory(login="essai-kept")
    values = Kept(lambda login: User.objects.filter(login=login).values("id", "kind"))
    assert values(user.login) == [{"id": user.pk, "kind": "professional"}]
    listed = Kept(lambda login: User.objects.filter(login=login).values_list("id", "kind"))
    assert listed(user.login) == [(user.pk, "professional")]
    flat = Kept(lambda login: User.objects.filter(login=login).values_list("id", flat=True))
    assert flat(user.login) == [user.pk]
    named = Kept(lambda login: User.objects.filter(login=login).values_list("id", named=True))
    assert named(user.login)[0].id == user.pk


def test_a_value_that_the_statement_does_not_hold_as_it_is_is_refused():
    with pytest.raises(ValueError, match="not in its statement"):
        Kept(lambda text: User.objects.filter(name__icontains=text))("Yann")
    with pytest.raises(TypeError, match="identifiers, moments and texts"):
        Kept(lambda rank: User.objects.filter(pk=rank))(3)
    with pytest.raises(TypeError, match="prefetches"):
        Kept(lambda login: User.objects.filter(login=login).prefetch_related("positions"))("x")


def test_it_lets_go_of_the_connection_that_it_was_composed_on():
    held, kept = [], Kept(lambda login: User.objects.filter(login=login))

    def compose() -> None:
        assert kept("personne") == []
        held.append(ref(connections["default"]))
        connections["default"].close()

    thread = Thread(target=compose)
    thread.start()
    thread.join()
    del thread
    collect()
    assert held[0]() is None
    assert kept("personne") == []
