"""Every read of tasks; docs/mechanisms/workflow.md has the list."""

from enrs.core.workflow.queries.boards import (
    COUNTED,
    PAGE,
    After,
    counts,
    hidden_columns,
    saved_filters,
    tasks,
)
from enrs.core.workflow.queries.details import (
    acts_for,
    deadlines,
    find,
    is_party,
    lost_to,
    parts_of,
    people_of,
    reminders,
    sendings,
    steps,
    task,
    tasks_about,
    tasks_of,
    undoable,
)
from enrs.core.workflow.queries.parts import parts_among
from enrs.core.workflow.queries.people import team_users, users_behind, users_of

__all__ = [
    "COUNTED",
    "PAGE",
    "After",
    "acts_for",
    "counts",
    "deadlines",
    "find",
    "hidden_columns",
    "is_party",
    "lost_to",
    "parts_among",
    "parts_of",
    "people_of",
    "reminders",
    "saved_filters",
    "sendings",
    "steps",
    "task",
    "tasks",
    "tasks_about",
    "tasks_of",
    "team_users",
    "undoable",
    "users_behind",
    "users_of",
]
