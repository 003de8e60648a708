"""Writing beds: figures by hand and by feeds, units, crises, and the beds that the cell gives."""

from enrs.services.beds.commands.cell import (
    arrive,
    ask_bed,
    cancel_ask,
    confirm_hold,
    expire_holds,
    hold_bed,
    release_hold,
)
from enrs.services.beds.commands.crises import answer_crisis, close_crisis, open_crisis
from enrs.services.beds.commands.entry import (
    confirm_figures,
    enter_figures,
    open_capacity,
    set_code,
    undo_entry,
    write_word,
)
from enrs.services.beds.commands.feeds import (
    read_folder,
    receive_figures,
    receive_file,
    replay_line,
)
from enrs.services.beds.commands.presence import (
    Presence,
    attach_software_unit,
    receive_presence,
)
from enrs.services.beds.commands.shared import BedsRefusedError
from enrs.services.beds.commands.units import add_units, warn_silent

__all__ = [
    "BedsRefusedError",
    "Presence",
    "add_units",
    "answer_crisis",
    "arrive",
    "ask_bed",
    "attach_software_unit",
    "cancel_ask",
    "close_crisis",
    "confirm_figures",
    "confirm_hold",
    "enter_figures",
    "expire_holds",
    "hold_bed",
    "open_capacity",
    "open_crisis",
    "read_folder",
    "receive_figures",
    "receive_file",
    "receive_presence",
    "release_hold",
    "replay_line",
    "set_code",
    "undo_entry",
    "warn_silent",
    "write_word",
]
