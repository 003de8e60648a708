"""The builders of rosters and of journal lines write what the commands would have written."""

from datetime import date, timedelta

import pytest

from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.commands import note
from enrs.core.audit.demo import keep_lines, past_line
from enrs.core.demo import Rows, Someone
from enrs.core.rosters import commands as rosters
from enrs.core.rosters.demo import Duty, wall
from enrs.core.rosters.models import Roster
from enrs.core.rosters.rules import Person
from enrs.core.subjects.models import Patient
from tests.config.demo.twice import NOW, ago, assert_same, by, in_bulk, somebody, someone
from tests.factories import known_patient

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 23)
"""The week that ends with the day of 23 hours."""
LINE = {
    "label": "Astreinte de gériatrie",
    "coverage": "nights",
    "ranks": 2,
    "note": "Par le standard.",
}


@pytest.fixture
def chief(db: None) -> User:
    return somebody("coordinator")


@pytest.fixture
def team(db: None) -> list[Someone]:
    return [someone(somebody("physician"), f"06 39 98 00 0{rank}") for rank in range(3)]


def person(who: Someone) -> Person:
    return Person(who.grantee_id, who.name, who.phone)


def created(chief: User) -> Roster:
    place = someone(chief)
    assert place.place_id is not None
    return rosters.create_roster(
        organisation_id=place.place_id, organisation_name=place.place_name, **LINE
    )


def opened(rows: Rows, chief: User) -> Duty:
    place = someone(chief)
    assert place.place_id is not None
    return Duty.open(rows, place=Someone(place.place_id, place.place_name, ""), by=place, **LINE)


def test_weeks_on_call_by_bulk_are_those_of_the_commands(chief, team):
    """Each in turn, over the change of hour; and days, in the first rank."""

    def by_hand() -> None:
        with by(chief, NOW):
            roster = created(chief)
            for week in range(4):
                monday = MONDAY + timedelta(weeks=week)
                rosters.add_shift(
                    roster=roster, person=person(team[week % 3]), rank=2,
                    start=wall(monday, 8), end=wall(monday + timedelta(weeks=1), 8),
                )  # fmt: skip
            for rank in range(5):
                day = MONDAY + timedelta(days=rank)
                rosters.add_shift(
                    roster=roster,
                    person=person(team[rank % 3]),
                    start=wall(day, 9),
                    end=wall(day, 18),
                )

    def build(rows: Rows) -> None:
        duty = opened(rows, chief)
        duty.weeks(team, MONDAY, 4, rank=2)
        duty.days(team, MONDAY, 1, hours=(9, 18))

    told = assert_same(by_hand, in_bulk(build), "rosters")
    assert len(told["roster_shift"]) == 9


def test_a_replacement_by_bulk_is_that_of_the_command(chief, team):
    """For the middle of a week: what is left before and after is given again to who had it."""
    start, end = wall(MONDAY + timedelta(days=2), 8), wall(MONDAY + timedelta(days=4), 8)
    said_at = start - timedelta(days=3)

    def by_hand() -> None:
        with by(chief, NOW):
            (shift,) = rosters.add_shift(
                roster=created(chief), person=person(team[0]), start=wall(MONDAY, 8),
                end=wall(MONDAY + timedelta(weeks=1), 8),
            )  # fmt: skip
        with by(chief, said_at):
            rosters.replace_shift(
                shift=shift, person=person(team[1]), start=start, end=end, reason="Formation"
            )

    def build(rows: Rows) -> None:
        duty = opened(rows, chief)
        (shift,) = duty.weeks(team, MONDAY, 1)
        duty.replace(shift, team[1], start, end, "Formation")

    told = assert_same(by_hand, in_bulk(build), "rosters")
    assert len(told["roster_shift"]) == 4


def test_an_absence_by_bulk_is_that_of_the_command(chief, team):
    start, end = wall(MONDAY, 8), wall(MONDAY + timedelta(days=5), 8)
    place_id = someone(chief).place_id

    def by_hand() -> None:
        with by(chief, NOW):
            created(chief)
            rosters.declare_absence(
                organisation_id=place_id,
                person=person(team[0]),
                start=start,
                end=end,
                reason="Congés",
            )

    def build(rows: Rows) -> None:
        opened(rows, chief).absence(team[0], start, end, "Congés")

    assert_same(by_hand, in_bulk(build), "rosters")


# --- the journal ----------------------------------------------------------------------------------


def test_a_line_by_bulk_is_that_of_the_act(chief):
    """Its key is another: it is made from the line's identifier."""
    patient: Patient = known_patient()
    what = {
        "patient_id": patient.pk, "object_kind": "document", "object_id": patient.pk,
        "purpose": "emergency", "reason": "Urgence vitale",
    }  # fmt: skip

    def by_hand() -> None:
        with by(chief, NOW):
            note("access.glass.broken", **what)

    def build(rows: Rows) -> None:
        line = past_line("access.glass.broken", actor=actor_of(chief), at=ago(30), **what)
        keep_lines(rows, [line])

    but = {
        "audit_line.at": "the act takes the system's clock, which no test moves",
        "audit_line.mac": "likewise: it covers the moment and the identifier of the line",
    }
    told = assert_same(by_hand, in_bulk(build), "audit", but=but)
    assert len(told["audit_line"]) == 1
