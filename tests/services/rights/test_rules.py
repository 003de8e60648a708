"""When an opening must have been read again, and what may be said of it next."""

from datetime import UTC, datetime, timedelta

import pytest

from enrs.services.rights.rules import glasses as rules

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
