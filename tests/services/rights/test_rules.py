"""When an opening must have been read again, and what may be said of it next."""

from datetime import UTC, date, datetime, timedelta

import pytest

from enrs.services.rights.models import RightsRequest
from enrs.services.rights.rules import glasses as rules
from enrs.services.rights.rules import requests

OPENED = datetime(2026, 3, 1, 2, 40, tzinfo=UTC)


def test_fifteen_days_are_given():
    assert rules.due_at(OPENED) == datetime(2026, 3, 16, 2, 40, tzinfo=UTC)


@pytest.mark.parametrize("state", rules.OPEN_STATES)
def test_what_nobody_judged_is_late_after_its_moment_and_not_at_it(state):
    due = rules.due_at(OPENED)
    assert not rules.is_late(state, due, due)
    assert rules.is_late(state, due, due + timedelta(seconds=1))


@pytest.mark.parametrize("state", rules.CLOSED_STATES)
def test_what_was_judged_is_never_late(state):
    assert not rules.is_late(state, OPENED, OPENED + timedelta(days=400))


@pytest.mark.parametrize(
    ("state", "ask", "explain", "judge"),
    [
        ("pending", True, False, True),
        ("asked", False, True, True),
        ("explained", True, False, True),
        ("justified", False, False, False),
        ("unjustified", False, False, False),
    ],
)
def test_what_may_follow_each_state(state, ask, explain, judge):
    may = rules.may_ask(state), rules.may_explain(state), rules.may_judge(state)
    assert may == (ask, explain, judge)


@pytest.mark.parametrize(
    ("text", "says"), [("", False), ("  court   ", False), ("0123456789", True)]
)
def test_a_comment_says_something(text, says):
    assert rules.is_text(text) is says


@pytest.mark.parametrize(
    ("code", "kind"),
    [("samu", "centre_15"), ("emergency", "break_glass"), ("continuity", "break_glass")],
)
def test_the_regulation_is_a_kind_of_its_own(code, kind):
    assert rules.kind_of(code) == kind


DAY = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("kind", "is_old", "due"),
    [
        ("access", False, date(2026, 2, 8)),
        ("copy", False, date(2026, 2, 8)),
        ("access", True, date(2026, 3, 31)),
        ("copy", True, date(2026, 3, 31)),
        ("rectification", False, date(2026, 2, 28)),
        ("rectification", True, date(2026, 2, 28)),
        ("restriction", False, date(2026, 2, 28)),
        ("opposition", False, date(2026, 2, 28)),
    ],
)
def test_each_right_has_its_term(kind, is_old, due):
    assert requests.due_on(kind=kind, received_on=DAY, is_old=is_old) == due


def test_a_term_of_a_month_ends_on_the_same_day_or_the_last_one():
    assert requests.months_later(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert requests.months_later(date(2026, 11, 15), 2) == date(2027, 1, 15)
    assert requests.months_later(date(2026, 12, 31), 2) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("kind", "state", "days", "may"),
    [
        ("rectification", "received", 0, True),
        ("rectification", "received", 1, False),
        ("rectification", "extended", 0, False),
        ("rectification", "answered", 0, False),
        ("access", "received", 0, False),
        ("copy", "received", 0, False),
    ],
)
def test_a_term_is_extended_once_in_time_and_never_for_an_access(kind, state, days, may):
    today = DAY + timedelta(days=days)
    assert requests.may_extend(kind=kind, state=state, due=DAY, today=today) is may


@pytest.mark.parametrize(
    ("state", "days", "late"),
    [("received", 0, False), ("received", 1, True), ("extended", 1, True), ("answered", 1, False)],
)
def test_a_request_is_late_the_day_after_its_term(state, days, late):
    assert requests.is_late(state, DAY, DAY + timedelta(days=days)) is late


def test_every_kind_that_is_kept_has_its_text_of_law():
    assert set(requests.RIGHTS) == set(RightsRequest.Kind.values)
    assert all(one.source for one in requests.RIGHTS.values())
    assert {*requests.OPEN_STATES, *requests.CLOSED_STATES} == set(RightsRequest.State.values)
