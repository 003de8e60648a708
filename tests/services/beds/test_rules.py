"""Which figures may be kept, which come late, which are old."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.services.beds import rules, tables
from enrs.services.beds.rules import Figures

NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("figures", "fault"),
    [
        (Figures(12, 3, 9, 0, 0, 0), ""),
        (Figures(12, 3, 9, 0, 0, 2), ""),
        (Figures(12, 4, 9, 1, 0, 2), ""),
        (Figures(12, 4, 9, 0, 0, 0), "sum"),
        (Figures(12, 0, 9, 0, 4, 0), "sum"),
        (Figures(12, -1, 9, 0, 0, 0), "number"),
        (Figures(10_000, 0, 0, 0, 0, 0), "number"),
        (Figures(0, 0, 0, 0, 0, 0), ""),
    ],
)
def test_the_sum_holds(figures, fault):
    assert rules.fault_of(figures) == fault


def test_operational_is_computed():
    assert Figures(12, 3, 5, 0, 4, 2).operational == 10
    assert rules.OPERATIONAL not in rules.STATUS_CODES


@given(
    st.integers(0, 40), st.integers(0, 40), st.integers(0, 10), st.integers(0, 10), st.integers(0, 10)
)  # fmt: skip
def test_whoever_is_in_no_other_bed_is_in_an_occupied_one(installed, free, reserved, closed, more):
    held = Figures(installed, 0, installed, 0, 0, 0)
    new = rules.entered_by_hand(
        held, {"available": free, "reserved": reserved, "closed": closed, "additional": more}
    )
    assert new.available + new.occupied + new.reserved + new.closed == installed + more
    assert (rules.fault_of(new) == "") == (new.occupied >= 0)


def test_an_older_figure_is_left_aside():
    moments = [NOW] * 6
    merged = rules.merge(
        Figures(12, 3, 9, 0, 0, 0), moments, {"available": 5}, NOW - timedelta(minutes=1)
    )
    assert (merged.figures.available, merged.applied, merged.late) == (3, (), ("available",))
    assert merged.moments == tuple(moments)


def test_each_figure_keeps_its_own_age():
    merged = rules.merge(
        Figures(12, 3, 9, 0, 0, 0), [NOW - timedelta(hours=2)] * 6, {"available": 2}, NOW
    )
    assert merged.figures.available == 2
    assert [one == NOW for one in merged.moments] == [False, True, False, False, False, False]


@pytest.mark.parametrize(
    ("at", "fault"),
    [
        (None, "undated"),
        (datetime(2026, 11, 3, 2, 0), "zone"),  # noqa: DTZ001  without a zone on purpose
        (NOW + timedelta(minutes=6), "future"),
        (NOW + timedelta(minutes=4), ""),
        (NOW - timedelta(days=400), ""),
    ],
)
def test_the_date_of_a_figure(at, fault):
    assert rules.fault_of_moment(at, NOW) == fault


@pytest.mark.parametrize(
    ("hours", "state"), [(None, "never"), (6, "fresh"), (6.1, "old"), (12, "old"), (12.1, "silent")]
)
def test_freshness(hours, state):
    at = None if hours is None else NOW - timedelta(hours=hours)
    assert rules.freshness(at, NOW, 6) == state


@pytest.mark.parametrize("role", ["pharmacist", "social_worker", "patient", "auditor", "anonymous"])
def test_other_professions_enter_nothing(role):
    assert not rules.may_enter(role, is_of_the_site=True)
    assert not rules.sits_in_cell(role, is_of_the_cell=True)


def test_nobody_enters_for_another_site():
    assert not any(rules.may_enter(role, is_of_the_site=False) for role in rules.ENTRY_ROLES)


def test_the_tables_agree():
    assert all(tables.kind_of("", field) for field in ("01", "smr", "sld", "psychiatrie"))
    assert tables.kind_of("reanimation-adultes", "urgences") == "rea"
    assert tables.kind_of("scanner", "") == ""
    assert {"rea", "usc", "usi"} == set(tables.critical_kinds())
    assert all(one.questions for one in tables.crisis_kinds().values())


@pytest.mark.parametrize(
    ("held", "present", "additional", "expected"),
    [
        (Figures(10, 10, 0), 3, 0, (7, 3, 0)),
        (Figures(10, 0, 12, 0, 0, 2), 13, 2, (0, 13, 3)),
        (Figures(10, 0, 13, 0, 0, 3), 10, 2, (2, 10, 2)),
        (Figures(10, 0, 13, 0, 0, 3), 10, 0, (0, 10, 0)),
        (Figures(10, 0, 8, 1, 1, 0), 9, 0, (0, 9, 1)),
    ],
)
def test_patients_beyond_the_beds_add_to_those_that_somebody_gave(
    held, present, additional, expected
):
    found = rules.occupied_by(held, present, additional=additional)
    assert (found.available, found.occupied, found.additional) == expected
    assert rules.fault_of(found) == ""
