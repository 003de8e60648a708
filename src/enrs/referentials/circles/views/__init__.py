"""Pages and fragments of the circles."""

from enrs.referentials.circles.views.consents import consents, lift, oppose, withdraw
from enrs.referentials.circles.views.members import find, join, panel, remove, why
from enrs.referentials.circles.views.requests import answer, ask, requests
from enrs.referentials.circles.views.sight import sight

__all__ = [
    "answer",
    "ask",
    "consents",
    "find",
    "join",
    "lift",
    "oppose",
    "panel",
    "remove",
    "requests",
    "sight",
    "why",
    "withdraw",
]
