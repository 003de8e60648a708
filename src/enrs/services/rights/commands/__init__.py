"""What the desk of rights does."""

from enrs.services.rights.commands.glasses import (
    RightsError,
    ask_explanation,
    explain_glass,
    judge_glass,
    receive_openings,
)

__all__ = [
    "RightsError",
    "ask_explanation",
    "explain_glass",
    "judge_glass",
    "receive_openings",
]
