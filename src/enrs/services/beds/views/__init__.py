"""Pages of the beds: entry on the phone, the region, files, crises, the cell."""

from enrs.services.beds.views.cell import (
    accept,
    arrived,
    ask,
    asked,
    cancel,
    cell,
    hold,
    release,
)
from enrs.services.beds.views.crises import answer, close_crisis, crises, open_crisis
from enrs.services.beds.views.entry import (
    code,
    confirm,
    enter,
    home,
    kind,
    mine,
    undo,
    unit,
    word,
)
from enrs.services.beds.views.files import files, replay
from enrs.services.beds.views.region import export, region
from enrs.services.beds.views.software import attach, software

__all__ = [
    "accept",
    "answer",
    "arrived",
    "ask",
    "asked",
    "attach",
    "cancel",
    "cell",
    "close_crisis",
    "code",
    "confirm",
    "crises",
    "enter",
    "export",
    "files",
    "hold",
    "home",
    "kind",
    "mine",
    "open_crisis",
    "region",
    "release",
    "replay",
    "software",
    "undo",
    "unit",
    "word",
]
