"""Every write of the agenda, by subject."""

from enrs.core.agenda.commands.agendas import (
    close_slot,
    create_feed,
    end_share,
    ensure_agenda,
    open_slots,
    revoke_feed,
    share,
)
from enrs.core.agenda.commands.appointments import answer, book, cancel, change, move_status
from enrs.core.agenda.commands.following import follow, refresh_due, unfollow
from enrs.core.agenda.commands.imports import import_busy
from enrs.core.agenda.commands.refusals import (
    AgendaRefusedError,
    PeriodTakenError,
    demand_appointment,
)
from enrs.core.agenda.commands.series import book_series

__all__ = [
    "AgendaRefusedError",
    "PeriodTakenError",
    "answer",
    "book",
    "book_series",
    "cancel",
    "change",
    "close_slot",
    "create_feed",
    "demand_appointment",
    "end_share",
    "ensure_agenda",
    "follow",
    "import_busy",
    "move_status",
    "open_slots",
    "refresh_due",
    "revoke_feed",
    "share",
    "unfollow",
]
