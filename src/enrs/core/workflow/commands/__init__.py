"""Every write on a task; docs/mechanisms/workflow.md has the list."""

from enrs.core.workflow.commands.deadlines import remind_due
from enrs.core.workflow.commands.errors import StaleMoveError, TakenError, TaskRefusedError
from enrs.core.workflow.commands.filters import choose_columns, forget_filter, save_filter
from enrs.core.workflow.commands.hands import (
    PRIORITY_LABELS,
    assign_task,
    comment_task,
    delegate_task,
    set_answer,
    set_details,
    set_due,
    set_priority,
)
from enrs.core.workflow.commands.moves import move_task
from enrs.core.workflow.commands.opening import add_addressees, open_task
from enrs.core.workflow.commands.outside import name_task
from enrs.core.workflow.commands.sendings import answer_sending, mark_seen, withdraw_sending
from enrs.core.workflow.commands.undo import undo_step
from enrs.core.workflow.rules import To

__all__ = [
    "PRIORITY_LABELS",
    "StaleMoveError",
    "TakenError",
    "TaskRefusedError",
    "To",
    "add_addressees",
    "answer_sending",
    "assign_task",
    "choose_columns",
    "comment_task",
    "delegate_task",
    "forget_filter",
    "mark_seen",
    "move_task",
    "name_task",
    "open_task",
    "remind_due",
    "save_filter",
    "set_answer",
    "set_details",
    "set_due",
    "set_priority",
    "undo_step",
    "withdraw_sending",
]
