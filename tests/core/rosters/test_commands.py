"""Putting on call, replacing, being away: by whom, and what the database refuses."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.ids import uuid7
from enrs.core.rosters import commands, queries
from enrs.core.rosters.commands import RosterRefusedError
from enrs.core.rosters.models import Roster, Shift
from enrs.core.subjects.commands import StaleSaveError
from tests.core.rosters.factories import MONDAY, moment, person, place_with, roster, shift
from tests.factories import actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def secretary():
    return place_with("secretary")


def test_the_order_of_the_ranks_is_that_of_the_calls(secretary):
    _, place = secretary
    one = roster(place)
    shift(one, moment(20, 8), 12, rank=2, display="Second")
    shift(one, moment(20, 8), 12, rank=1, display="Premier")
    shift(one, moment(20, 20), 12, rank=3, display="Plus tard")
    found = queries.on_call(one.id, moment(20, 9))
    assert [(call.rank, call.display) for call in found] == [(1, "Premier"), (2, "Second")]
    assert found[0].until == moment(20, 20)


def test_the_end_of_a_shift_is_the_start_of_the_next(secretary):
    one = roster(secretary[1])
    shift(one, moment(20, 8), 12, display="Jour")
    shift(one, moment(20, 20), 12, display="Nuit")
    names = [queries.on_call(one.id, moment(20, hour))[0].display for hour in (19, 20)]
    assert names == ["Jour", "Nuit"]


def test_the_doubled_hour_belongs_to_one_shift(secretary):
    """25 October 2026: 2 h comes twice on the wall clock, at 0 h and 1 h UTC."""
    one = roster(secretary[1])
    with acting(actor(secretary[0])):
        commands.add_shift(
            roster=one, person=person("Nuit"), start=moment(24, 17), end=moment(25, 7)
        )
    for hour in (0, 1):
        assert [call.display for call in queries.on_call(one.id, moment(25, hour))] == ["Nuit"]
    night = Shift.objects.get(roster=one)
    assert night.period.upper - night.period.lower == timedelta(hours=14)


def test_weeks_repeat_on_the_wall_clock(secretary):
    """From 19 h to 8 h, the week before and the week after the change of hour."""
    one = roster(secretary[1])
    with acting(actor(secretary[0])):
        shifts = commands.add_shift(
            roster=one, person=person(), start=moment(20, 17), end=moment(21, 6), weeks=2
        )
    stored = [Shift.objects.get(pk=each.pk).period for each in shifts]
    assert stored[1].lower == moment(27, 18)
    assert stored[1].upper == moment(28, 7)


def test_the_absent_are_passed_over_and_their_hours_show_as_holes(secretary):
    user, place = secretary
    one = roster(place)
    away, second = person("Absente"), person("Seconde")
    with acting(actor(user)):
        commands.add_shift(roster=one, person=away, start=moment(20, 8), end=moment(20, 20))
        commands.add_shift(
            roster=one, person=second, start=moment(20, 8), end=moment(20, 20), rank=2
        )
        absence = commands.declare_absence(
            organisation_id=place, person=away, start=moment(20, 10), end=moment(20, 12)
        )
    assert [c.display for c in queries.on_call(one.id, moment(20, 11))] == ["Seconde"]
    first = queries.on_call(one.id, moment(20, 9))[0]
    assert (first.display, first.until) == ("Absente", moment(20, 10))
    holes = queries.gaps(one, MONDAY)
    assert any(hole.start <= moment(20, 10) and hole.end == moment(20, 12) for hole in holes)
    with acting(actor(user)):
        commands.end_absence(absence=absence)
    assert len(queries.on_call(one.id, moment(20, 11))) == 2


def test_a_replacement_leaves_the_rest_to_the_first(secretary):
    user, place = secretary
    one = roster(place)
    first = shift(one, moment(20, 8), 12, display="Première")
    with acting(actor(user)):
        commands.replace_shift(
            shift=first, person=person("Remplaçant"), start=moment(20, 10), end=moment(20, 12)
        )
    names = [queries.on_call(one.id, moment(20, hour))[0].display for hour in (9, 11, 13)]
    assert names == ["Première", "Remplaçant", "Première"]
    first.refresh_from_db()
    assert first.ended_at
    assert Shift.objects.filter(replaces=first).count() == 3


def test_what_was_replaced_is_not_replaced_twice(secretary):
    user, place = secretary
    first = shift(roster(place), moment(20, 8), 12)
    with acting(actor(user)):
        commands.replace_shift(shift=first, person=person())
        with pytest.raises(RosterRefusedError, match="ended"):
            commands.replace_shift(shift=first, person=person())


def test_one_person_a_rank_at_a_time(secretary):
    user, place = secretary
    one = roster(place)
    shift(one, moment(20, 8), 12)
    with acting(actor(user)), pytest.raises(RosterRefusedError, match="taken"):
        commands.add_shift(roster=one, person=person(), start=moment(20, 19), end=moment(21, 1))


def test_the_same_person_in_two_places_is_a_warning(secretary):
    one, other = roster(secretary[1]), roster(secretary[1], label="Autre")
    first = shift(one, moment(20, 8), 12)
    second = shift(other, moment(20, 12), 12, grantee_id=first.grantee_id)
    assert queries.doubled(first) == [second]


@pytest.mark.parametrize("role", ["physician", "nurse", "social_worker", "pharmacist", "auditor"])
def test_other_roles_write_nothing(role):
    user, place = place_with(role)
    one = roster(place)
    held = shift(one, moment(20, 8), 12)
    with acting(actor(user)):
        for attempt in (
            lambda: commands.create_roster(
                organisation_id=place, organisation_name="x", label="Essai"
            ),
            lambda: commands.add_shift(
                roster=one, person=person(), start=moment(22, 8), end=moment(22, 9)
            ),
            lambda: commands.replace_shift(shift=held, person=person()),
            lambda: commands.remove_shift(shift=held, reason="Un motif"),
            lambda: commands.change_roster(roster=one, expected_version=1, label="Autre"),
            lambda: commands.declare_absence(
                organisation_id=place, person=person(), start=moment(1, 1), end=moment(2, 1)
            ),
        ):
            with pytest.raises(AccessRefusedError):
                attempt()


def test_nobody_writes_the_roster_of_another_place(secretary):
    one = roster(place_with("secretary")[1])
    with acting(actor(secretary[0])), pytest.raises(AccessRefusedError):
        commands.add_shift(roster=one, person=person(), start=moment(20, 8), end=moment(20, 9))


def test_the_database_refuses_it_too(secretary, as_actor):
    one = roster(place_with("secretary")[1])
    with as_actor(actor(secretary[0])):
        assert Roster.objects.filter(pk=one.pk).update(label="Pris") == 0
        assert Roster.objects.get(pk=one.pk).label == one.label


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"rank": 4}, "rank"),
        ({"rank": 0}, "rank"),
        ({"weeks": 1000}, "rank"),
        ({"end": moment(20, 8)}, "order"),
        ({"end": moment(20, 8) + timedelta(days=40)}, "length"),
        ({"person": person(" ")}, "person"),
        ({"person": person("a\x00b")}, "person"),
    ],
)
def test_hostile_shifts(secretary, fields, reason):
    user, place = secretary
    given = {
        "roster": roster(place),
        "person": person(),
        "start": moment(20, 8),
        "end": moment(20, 9),
    } | fields
    with acting(actor(user)), pytest.raises(RosterRefusedError, match=reason):
        commands.add_shift(**given)


def test_a_stale_save_is_refused(secretary):
    user, place = secretary
    one = roster(place)
    with acting(actor(user)):
        commands.change_roster(roster=Roster.objects.get(pk=one.pk), expected_version=1, label="Un")
        with pytest.raises(StaleSaveError):
            commands.change_roster(roster=one, expected_version=1, label="Deux")


@pytest.mark.django_db(transaction=True)
def test_two_secretaries_at_once_put_one_person_on_call():
    user, place = place_with("secretary")
    one, by = roster(place), actor(user)
    barrier, outcomes = threading.Barrier(2), []

    def attempt(name: str) -> None:
        try:
            with transaction.atomic(), acting(by):
                barrier.wait(10)
                commands.add_shift(
                    roster=one, person=person(name), start=moment(20, 8), end=moment(20, 9)
                )
            outcomes.append("kept")
        except RosterRefusedError as error:
            outcomes.append(error.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(name,)) for name in ("Un", "Deux")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["kept", "taken"]
    assert Shift.objects.filter(roster=one).count() == 1


def test_on_duty_gives_the_rosters_that_somebody_holds(secretary):
    place, other = secretary[1], uuid7()
    first = roster(place, label="Astreinte de jour")
    roster(place, label="Vide")
    second = roster(other, organisation_name="SSIAD")
    shift(first, moment(20, 8), 12, display="Aya KOUASSI")
    shift(first, moment(20, 8), 12, display="Yann LE GOFF", rank=2)
    shift(second, moment(20, 8), 4, display="Ousmane N'DIAYE")
    at = moment(20, 10)
    found = queries.on_duty([place, other], at)
    assert [(one.roster.label, [call.display for call in one.now]) for one in found] == [
        ("Astreinte de jour", ["Aya KOUASSI", "Yann LE GOFF"]), ("Astreinte d'essai", ["Ousmane N'DIAYE"]),
    ]  # fmt: skip
    assert len(queries.on_duty([place, other], moment(20, 13))) == 1
    assert queries.on_duty([], at) == queries.on_duty([uuid7()], at) == []
