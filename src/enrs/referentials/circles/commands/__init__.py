"""Every write on a circle."""

from enrs.referentials.circles.commands.consents import (
    lift_opposition,
    oppose,
    record_consent,
    withdraw_consent,
)
from enrs.referentials.circles.commands.mandates import (
    close_to_representative,
    end_mandate,
    open_to_representative,
    renew_mandate,
    sweep_mandates,
)
from enrs.referentials.circles.commands.members import (
    CircleError,
    add_member,
    end_member,
    remove_member,
)
from enrs.referentials.circles.commands.requests import answer_request, request_access
from enrs.referentials.circles.commands.stays import open_for_stay
from enrs.referentials.circles.commands.traces import publish_circles

__all__ = [
    "CircleError",
    "add_member",
    "answer_request",
    "close_to_representative",
    "end_mandate",
    "end_member",
    "lift_opposition",
    "open_for_stay",
    "open_to_representative",
    "oppose",
    "publish_circles",
    "record_consent",
    "remove_member",
    "renew_mandate",
    "request_access",
    "sweep_mandates",
    "withdraw_consent",
]
