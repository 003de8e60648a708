"""Pages and fragments of the circles."""

from enrs.referentials.circles.views.changes import change_on_record
from enrs.referentials.circles.views.consents import consents, lift, oppose, withdraw
from enrs.referentials.circles.views.mandates import (
    close_mandate,
    end_mandate,
    mandates,
    open_mandate,
    renew_mandate,
)
from enrs.referentials.circles.views.members import find, join, panel, remove, why
from enrs.referentials.circles.views.requests import answer, ask, requests
from enrs.referentials.circles.views.sight import sight

__all__ = [
    "answer",
    "ask",
    "change_on_record",
    "close_mandate",
    "consents",
    "end_mandate",
    "find",
    "join",
    "lift",
    "mandates",
    "open_mandate",
    "oppose",
    "panel",
    "remove",
    "renew_mandate",
    "requests",
    "sight",
    "why",
    "withdraw",
]
