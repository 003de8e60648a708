"""The week and its gaps, in days and in words."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrs.services.home_support import needs
from enrs.services.home_support.rules import sentences, week, words
from enrs.services.home_support.rules.week import AWAITED, COVERED, LATE, NOBODY, TAKEN, Passage

THURSDAY = date(2026, 3, 12)
LEAVING = datetime(2026, 3, 12, 10, tzinfo=UTC)
LONG_BEFORE = datetime(2026, 3, 2, 10, tzinfo=UTC)


def slots(
    days: tuple[int, ...] = tuple(range(7)), at: time = time(8), **more: Any
) -> list[Passage]:
    visit = uuid4()
    return [
        Passage(
            uuid4(),
            visit,
            more.get("label", "Toilette"),
            day,
            at,
            30,
            **{k: v for k, v in more.items() if k != "label"},
        )
        for day in days
    ]


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, NOBODY),
        ({"awaited": ("ADMR",)}, AWAITED),
        ({"agency": "ADMR", "from_on": THURSDAY}, TAKEN),
        ({"agency": "ADMR", "from_on": THURSDAY, "is_retained": True}, COVERED),
        ({"agency": "ADMR", "from_on": THURSDAY + timedelta(days=1)}, LATE),
        (
            {"agency": "ADMR", "from_on": THURSDAY + timedelta(days=1), "awaited": ("SSIAD",)},
            LATE,
        ),
    ],
)
def test_where_a_visit_stands_on_a_day(more: dict[str, Any], state: str) -> None:
    one = slots(**more)[0]
    assert one.state_on(THURSDAY) == state


def test_a_visit_before_the_discharge_on_its_day_is_the_hospital_s() -> None:
    found = week.cells(slots(), leaving=LEAVING, first=date(2026, 3, 9), days=7)
    assert [one.day.day for one in found] == [13, 14, 15]
    noon = week.cells(slots(at=time(12)), leaving=LEAVING, first=date(2026, 3, 9), days=7)
    assert [one.day.day for one in noon] == [12, 13, 14, 15]


def test_what_comes_once_comes_on_its_day_alone() -> None:
    once = slots((3,), once_on=THURSDAY)
    found = week.cells(once, leaving=LEAVING, first=date(2026, 3, 9), days=21)
    assert [one.day for one in found] == [THURSDAY]


def test_a_gap_before_the_beginning_is_said_with_who_begins() -> None:
    found = week.gaps(
        slots(at=time(12), agency="ADMR", from_on=date(2026, 3, 15), is_retained=True),
        leaving=LEAVING,
        now=LONG_BEFORE,
    )
    assert [sentences.gap(one) for one in found] == [
        "Toilette, 12 h\u00a0: personne du jeudi 12 mars au samedi 14 mars, ADMR commence le dimanche 15 mars."
    ]


def test_a_gap_of_some_days_is_counted() -> None:
    found = week.gaps(slots((5, 6), at=time(12, 30)), leaving=LEAVING, now=LONG_BEFORE)
    assert sentences.gap(found[0]) == (
        "Toilette, 12 h 30\u00a0: personne 4 fois, du samedi 14 mars au dimanche 22 mars, aucune structure ne l’a pris."
    )


def test_another_discharge_changes_the_gaps() -> None:
    held = slots(at=time(12), agency="ADMR", from_on=date(2026, 3, 15))
    assert week.gaps(held, leaving=LEAVING, now=LONG_BEFORE)
    assert not week.gaps(held, leaving=datetime(2026, 3, 15, 10, tzinfo=UTC), now=LONG_BEFORE)


def test_an_answer_still_awaited_two_days_before_covers_nothing() -> None:
    asked = slots(at=time(12), awaited=("ADMR",))
    assert not week.gaps(asked, leaving=LEAVING, now=LONG_BEFORE)
    found = week.gaps(asked, leaving=LEAVING, now=LEAVING - timedelta(hours=30))
    assert [sentences.gap(one) for one in found] == [
        "Toilette, 12 h\u00a0: personne le jeudi 12 mars, réponse toujours attendue de ADMR."
    ]


def test_what_must_be_there_before_the_discharge_is_a_gap_too() -> None:
    bed = slots((2,), once_on=THURSDAY - timedelta(days=1))
    assert week.gaps(bed, leaving=LEAVING, now=LONG_BEFORE)[0].days == (date(2026, 3, 11),)
    found = week.cells(bed, leaving=LEAVING, first=date(2026, 3, 9), days=7)
    assert [one.day for one in found] == [date(2026, 3, 11)]
    assert not week.gaps(bed, leaving=LEAVING, now=LEAVING)


def test_once_home_gaps_are_those_to_come() -> None:
    held = slots(at=time(12), agency="ADMR", from_on=date(2026, 3, 15))
    assert not week.gaps(held, leaving=LEAVING, now=datetime(2026, 3, 20, 8, tzinfo=UTC))
    found = week.gaps(slots(), leaving=LEAVING, now=datetime(2026, 4, 2, 8, tzinfo=UTC))
    assert (found[0].days[0], len(found[0].days)) == (date(2026, 4, 2), week.HORIZON)


def test_days_written_apart_stand_for_those_before_an_agency_begins() -> None:
    held = slots(at=time(12), agency="ADMR", from_on=date(2026, 3, 14))
    apart = [
        one
        for day in (12, 13)
        for one in slots((day - 9,), at=time(12), once_on=date(2026, 3, day))
    ]
    found = week.gaps([*held, *apart], leaving=LEAVING, now=LONG_BEFORE)
    assert [(one.state, one.days) for one in found] == [
        (NOBODY, (date(2026, 3, 12),)),
        (NOBODY, (date(2026, 3, 13),)),
    ]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sets(st.integers(0, 6), min_size=1), st.integers(0, 20))
def test_every_day_without_anybody_is_in_one_gap(days: set[int], start: int) -> None:
    leaving = LEAVING + timedelta(days=start)
    found = week.gaps(slots(tuple(days), at=time(23)), leaving=leaving, now=LONG_BEFORE)
    said = [day for one in found for day in one.days]
    assert len(said) == len(set(said))
    wanted = [
        day
        for day in (leaving.date() + timedelta(days=rank) for rank in range(week.HORIZON))
        if day.weekday() in days
    ]
    assert said == wanted


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (tuple(range(7)), "tous les jours"),
        ((0, 1, 2, 3, 4), "du lundi au vendredi"),
        ((0, 3), "lundi et jeudi"),
        ((5,), "samedi"),
        ((0, 2, 4), "lundi, mercredi et vendredi"),
    ],
)
def test_days_as_one_says_them(days: tuple[int, ...], said: str) -> None:
    assert words.days_words(days) == said


@pytest.mark.parametrize(("minutes", "said"), [(30, "30 min"), (60, "1 h"), (90, "1 h 30")])
def test_minutes_as_one_says_them(minutes: int, said: str) -> None:
    assert words.minutes_words(minutes) == said


def test_every_need_of_the_form_has_its_lines_and_every_line_is_of_a_known_kind() -> None:
    assert set(needs.table()) == set(needs.labels())
    for lines in needs.table().values():
        for one in lines:
            assert one["kind"] in dict(words.KINDS)
            assert one["provider"] in dict(words.PROVIDERS)
