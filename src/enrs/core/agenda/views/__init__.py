"""Pages of the agenda."""

from enrs.core.agenda.views.appointments import appointment, book_for, new, of_patient, panel
from enrs.core.agenda.views.feeds import feed
from enrs.core.agenda.views.settings import open_agenda, settings, slots
from enrs.core.agenda.views.weeks import week

__all__ = [
    "appointment",
    "book_for",
    "feed",
    "new",
    "of_patient",
    "open_agenda",
    "panel",
    "settings",
    "slots",
    "week",
]
