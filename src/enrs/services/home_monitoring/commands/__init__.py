"""What people do in home monitoring, and what the worker does for them."""

from enrs.services.home_monitoring.commands.follow_ups import (
    Beginning,
    end_follow_up,
    hand_over,
    start_follow_up,
    write_note,
)
from enrs.services.home_monitoring.commands.protocols import (
    draft_protocol,
    publish_protocol,
    retire_protocol,
    revise_draft,
)
from enrs.services.home_monitoring.commands.readings import Entered, answer_alert, enter_reading
from enrs.services.home_monitoring.commands.shared import MonitoringRefusedError
from enrs.services.home_monitoring.commands.teams import close_team, declare_team

__all__ = [
    "Beginning",
    "Entered",
    "MonitoringRefusedError",
    "answer_alert",
    "close_team",
    "declare_team",
    "draft_protocol",
    "end_follow_up",
    "enter_reading",
    "hand_over",
    "publish_protocol",
    "retire_protocol",
    "revise_draft",
    "start_follow_up",
    "write_note",
]
