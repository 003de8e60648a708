"""What makes a table sound, and the pure decisions on tasks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.workflow import rules
from enrs.core.workflow.registry import Board, Column, register, register_board
from enrs.core.workflow.rules import (
    ADDRESSEE,
    REQUESTER,
    SYSTEM,
    Limit,
    State,
    Transition,
    Workflow,
    WorkflowError,
)
from enrs.core.working_time import WorkCalendar
from tests.core.workflow.given import WORKFLOW

MOMENT = datetime(2026, 3, 12, 13, 5, tzinfo=UTC)
A, B, C = State("a", "A"), State("b", "B"), State("c", "C", is_final=True)
TO_B = Transition("go", "Aller", ("a",), "b")
TO_C = Transition("end", "Finir", ("b",), "c")


def table(
    *transitions: Transition, states: tuple[State, ...] = (A, B, C), **fields: object
) -> Workflow:
    return Workflow(
        name="essai.petit", label="Essai", category=str(fields.pop("category", "request")),
        states=states, transitions=transitions or (TO_B, TO_C), **fields,  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_small_workflow_is_sound():
    assert rules.faults(WORKFLOW) == []
    assert rules.faults(table()) == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (table(states=()), "no state"),
        (table(states=(A, A, B, C)), "state a twice"),
        (table(TO_B, TO_B, TO_C), "transition go twice"),
        (table(category="secrets"), "unknown category secrets"),
        (table(TO_B, TO_C, Transition("x", "X", ("z",), "b")), "x: unknown source z"),
        (table(TO_B, TO_C, Transition("x", "X", ("a",), "z")), "x: unknown target z"),
        (table(TO_B, TO_C, Transition("x", "X", (), "b")), "x: no source"),
        (table(Transition("x", "X", ("a",), "c")), "state b is unreachable"),
        (table(TO_B, Transition("x", "X", ("a",), "c")), "no end is reached from b"),
        (table(states=(A, B)), "end: unknown target c"),
        (table(TO_B, states=(A, B)), "no final state"),
        (table(replace(TO_B, who=("wizard",)), TO_C), "go: unknown role or part wizard"),
        (table(replace(TO_B, tells=("everybody",)), TO_C), "go: tells unknown everybody"),
        (table(replace(TO_B, closes="some"), TO_C), "go: closes unknown some"),
        (table(replace(TO_B, undo_minutes=-1), TO_C), "go: undo in negative time"),
        (table(openers=("wizard",)), "unknown role or part wizard"),
        (table(agreed="nothing"), "unknown transition nothing"),
        (table(states=(replace(A, tone="pink"), B, C)), "a: unknown tone pink"),
        (table(states=(replace(A, fhir="happy"), B, C)), "a: unknown FHIR status happy"),
        (table(limit=Limit("l", "L", 0)), "limit l: either hours or working days"),
        (table(limit=Limit("l", "L", 2, working_days=2)), "limit l: either hours or working days"),
        (table(limit=Limit("l", "L", working_days=-1)), "limit l: either hours or working days"),
        (table(limit=Limit("l", "L", 1, holds_in=("z",))), "limit l: unknown state z"),
        (table(limit=Limit("l", "L", 1, then="end")), "limit l: end does not leave a"),
        (table(limit=Limit("l", "L", 1, then="go")), "limit l: go is not for @system"),
        (
            table(replace(TO_B, deadline=Limit("l", "L", 2)), TO_C, limit=Limit("l", "L", 1)),
            "limit l declared in two ways",
        ),
    ],
)  # fmt: skip
def test_an_unsound_table_is_refused(bad, fault):
    assert fault in rules.faults(bad)
    with pytest.raises(WorkflowError):
        register(bad)


def test_a_board_names_what_exists():
    column = Column("title", "Objet", lambda row: row.task.title)
    for bad in (
        Board("b", "essai.inconnu", (column,)),
        Board("b", WORKFLOW.name, (column, column)),
        Board("b", WORKFLOW.name, (column,), bulk=("fly",)),
    ):
        with pytest.raises(WorkflowError):
            register_board(bad)


@pytest.mark.parametrize(
    ("who", "role", "parts", "allowed"),
    [
        ((), "nurse", set(), True),
        (("nurse",), "nurse", set(), True),
        (("nurse",), "secretary", set(), False),
        ((ADDRESSEE,), "nurse", {ADDRESSEE}, True),
        ((ADDRESSEE,), "nurse", {REQUESTER}, False),
        ((ADDRESSEE, "nurse"), "nurse", {ADDRESSEE}, True),
        ((ADDRESSEE, "nurse"), "secretary", {ADDRESSEE}, False),
        ((ADDRESSEE, "nurse"), "nurse", set(), False),
        ((SYSTEM,), "nurse", {ADDRESSEE}, False),
        ((SYSTEM,), "system", {SYSTEM}, True),
        ((ADDRESSEE, SYSTEM), "nurse", {ADDRESSEE}, True),
        ((ADDRESSEE,), "system", {SYSTEM}, False),
    ],
)
def test_who_may(who, role, parts, allowed):
    assert rules.is_among(who, role, parts) is allowed


OFFICE = WorkCalendar(ZoneInfo("Europe/Paris"))


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("limit", "start", "due"),
    [
        (Limit("l", "L", hours=48), "2026-11-27T16:00", "2026-11-29T16:00"),
        (Limit("l", "L", working_days=2), "2026-11-27T16:00", "2026-12-01T16:00"),
        (Limit("l", "L", working_days=2), "2026-11-28T11:00", "2026-12-01T18:00"),
        (Limit("l", "L", working_days=0.5), "2026-11-23T09:00", "2026-11-23T13:30"),
        (Limit("l", "L", working_days=3), "2026-12-23T10:00", "2026-12-29T10:00"),
    ],
)
def test_a_limit_ends_by_the_clock_or_in_working_days(limit, start, due):
    assert limit.due(paris(start), OFFICE) == paris(due)


def test_marks_of_a_limit_in_working_days_fall_in_working_hours():
    limit = Limit("l", "L", working_days=2, remind_before=(9,), escalate_after=(0, 9))
    found = [(one.kind, one.at) for one in rules.marks(limit, paris("2026-11-30T10:00"), OFFICE)]
    assert found == [
        ("reminder", paris("2026-11-27T10:00")), ("escalation", paris("2026-11-30T10:00")),
        ("escalation", paris("2026-12-01T10:00")),
    ]  # fmt: skip


def test_marks_of_a_limit_in_time_order():
    limit = Limit("l", "L", 48, remind_before=(2, 24), escalate_after=(0, 24), then="go")
    kinds = [
        (one.rank, one.kind, one.at - MOMENT, one.step)
        for one in rules.marks(limit, MOMENT, OFFICE)
    ]
    assert kinds == [
        (1, "reminder", timedelta(hours=-24), 0),
        (2, "reminder", timedelta(hours=-2), 0),
        (3, "end", timedelta(0), 0),
        (4, "escalation", timedelta(0), 1),
        (5, "escalation", timedelta(hours=24), 2),
    ]


def test_places_in_a_list():
    urgent = rules.place("urgent", MOMENT, None)
    late = rules.place("routine", MOMENT, None)
    later = rules.place("routine", MOMENT + timedelta(hours=1), None)
    never = rules.place("routine", None, None)
    closed = rules.place("stat", MOMENT, MOMENT)
    closed_since = rules.place("stat", MOMENT, MOMENT + timedelta(hours=1))
    assert urgent < late < later < never < closed_since < closed


@given(st.text())
def test_a_csv_line_stays_one_line_of_its_cells(text):
    line = rules.csv_lines([[text, "fin"]])
    assert line.endswith(';"fin"\r\n')
    assert line.count('"') % 2 == 0


def test_a_table_may_order_its_boards_by_a_moment_of_its_own():
    class Given:
        due_at = MOMENT

    assert table().turn_of(Given) == MOMENT
    later = MOMENT + timedelta(days=3)
    assert table(turn=lambda _: later).turn_of(Given) == later
    assert table(turn=lambda _: None).turn_of(Given) == MOMENT
