"""What the desk of rights does."""

from enrs.services.rights.commands.copies import (
    ask_copy,
    end_copies_of_others,
    expire_copies,
    make_copies,
    open_copy,
    send_copy,
)
from enrs.services.rights.commands.glasses import (
    RightsError,
    ask_explanation,
    explain_glass,
    judge_glass,
    receive_openings,
)
from enrs.services.rights.commands.requests import (
    answer_right,
    ask_right,
    check_identity,
    check_wish,
    extend_right,
    refuse_right,
    register_right,
)
from enrs.services.rights.commands.restrictions import lift, restrict
from enrs.services.rights.commands.retention import (
    approve,
    erase_next,
    keep_back,
    release,
    sweep_retention,
    take_back,
)
from enrs.services.rights.commands.reviews import close_line, explain_line, mark_line

__all__ = [
    "RightsError",
    "answer_right",
    "approve",
    "ask_copy",
    "ask_explanation",
    "ask_right",
    "check_identity",
    "check_wish",
    "close_line",
    "end_copies_of_others",
    "erase_next",
    "expire_copies",
    "explain_glass",
    "explain_line",
    "extend_right",
    "judge_glass",
    "keep_back",
    "lift",
    "make_copies",
    "mark_line",
    "open_copy",
    "receive_openings",
    "refuse_right",
    "register_right",
    "release",
    "restrict",
    "send_copy",
    "sweep_retention",
    "take_back",
]
