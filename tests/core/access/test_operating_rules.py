"""The rules of the exploitation's sessions: what may be asked, what role is left without one."""

from datetime import UTC, datetime, timedelta

import pytest

from enrs.core.access import rules
from enrs.core.access.audiences import is_meant_for
from enrs.core.access.permissions import ACCOUNT, role_permission
from enrs.core.access.rules import operating
from enrs.core.ui.french import left_words

NOW = datetime(2026, 3, 12, 13, 5, tzinfo=UTC)
REASON = "Message HL7 mis de côté, ticket 2041"


@pytest.mark.parametrize("role", rules.ROLES)
def test_the_exploitation_alone_loses_its_role_without_a_session(role):
    assert operating.role_now(role, is_open=True) == role
    left = operating.role_now(role, is_open=False)
    assert left == (rules.STANDBY if role == rules.OPERATOR else role)
    assert operating.office_of(left) == operating.office_of(role)


def test_who_waits_for_a_session_has_nothing_in_the_matrix():
    assert rules.MATRIX[rules.STANDBY] == {}
    assert rules.STANDBY in rules.FIXED


@pytest.mark.parametrize("minutes", operating.DURATIONS)
def test_each_duration_that_is_offered_is_within_the_longest(minutes):
    text, duration = operating.checked(f"  {REASON}\n ", minutes)
    assert text == REASON
    assert duration == timedelta(minutes=minutes) <= operating.LONGEST


@pytest.mark.parametrize(
    ("reason", "minutes", "code"),
    [
        ("", 30, "reason"),
        ("trop peu", 30, "reason"),
        (" a  b  c  d ", 30, "reason"),
        (REASON, 0, "duration"),
        (REASON, -30, "duration"),
        (REASON, 45, "duration"),
        (REASON, 480, "duration"),
    ],
)
def test_a_session_without_a_reason_or_longer_than_may_be_is_refused(reason, minutes, code):
    with pytest.raises(operating.OperatingError) as refused:
        operating.checked(reason, minutes)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("ago", "within", "proven"),
    [(0, 5, True), (5, 5, True), (6, 5, False), (6, 15, True), (16, 15, False)],
)
def test_a_proof_counts_for_a_time(ago, within, proven):
    shown = NOW - timedelta(minutes=ago)
    assert operating.is_proven(shown, NOW, timedelta(minutes=within)) is proven


def test_what_is_meant_for_the_exploitation_reaches_it_at_rest_too():
    assert is_meant_for(rules.STANDBY, ("operator",))
    assert is_meant_for(rules.STANDBY, ())
    assert not is_meant_for(rules.STANDBY, ("auditor", "nurse"))


def test_a_door_wants_a_session_when_it_is_the_exploitation_s():
    assert role_permission("operator").wants_session
    assert role_permission("operator", "auditor", reads_at_rest=True).wants_session
    assert not role_permission("auditor").wants_session
    assert not ACCOUNT.wants_session


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "terminée"), (0, "terminée"), (59, "moins d’une minute"), (60, "encore 1 min"),
        (3599, "encore 59 min"), (3900, "encore 1 h 05"), (14400, "encore 4 h 00"),
    ],
)  # fmt: skip
def test_the_time_left_in_words(seconds, words):
    assert left_words(NOW + timedelta(seconds=seconds), NOW).replace("\u00a0", " ") == words
