"""What the desk of rights does."""

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
    extend_right,
    refuse_right,
    register_right,
)

__all__ = [
    "RightsError",
    "answer_right",
    "ask_explanation",
    "ask_right",
    "check_identity",
    "explain_glass",
    "extend_right",
    "judge_glass",
    "receive_openings",
    "refuse_right",
    "register_right",
]
