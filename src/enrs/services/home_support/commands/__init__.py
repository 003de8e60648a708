"""What people do in a return home, and what the worker does for them."""

from enrs.services.home_support.commands.answers import (
    accept_ask,
    adjust_ask,
    give_back,
    question_ask,
    refuse_ask,
    report_missed,
    report_start,
)
from enrs.services.home_support.commands.asks import (
    ask_agencies,
    release,
    reply_ask,
    retain,
    withdraw_ask,
)
from enrs.services.home_support.commands.returns import (
    Facts,
    arrive_home,
    change_return,
    close_return,
    hand_on,
    not_home,
    open_return,
)
from enrs.services.home_support.commands.shared import SupportRefusedError
from enrs.services.home_support.commands.visits import (
    Line,
    add_visit,
    begin_needs,
    cover_until,
    remove_visit,
    take_needs,
)

__all__ = [
    "Facts",
    "Line",
    "SupportRefusedError",
    "accept_ask",
    "add_visit",
    "adjust_ask",
    "arrive_home",
    "ask_agencies",
    "begin_needs",
    "change_return",
    "close_return",
    "cover_until",
    "give_back",
    "hand_on",
    "not_home",
    "open_return",
    "question_ask",
    "refuse_ask",
    "release",
    "remove_visit",
    "reply_ask",
    "report_missed",
    "report_start",
    "retain",
    "take_needs",
    "withdraw_ask",
]
