"""Pure decisions of the agenda: statuses, recurrence, iCalendar."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from enrs.core.agenda.rules.recurrence import NEWEST, OLDEST

BUSY, READ, WRITE = 1, 2, 3
"""What an agenda lets do: see its occupied hours, read it, write in it."""

MAX_LENGTH = timedelta(days=7)
"""The longest appointment: readers of a week need look no further back."""

KINDS: dict[str, tuple[str, str]] = {
    "consultation": ("Consultation", "chat-square-text"),
    "home_visit": ("Visite à domicile", "house-heart"),
    "call": ("Appel téléphonique", "telephone"),
    "remote": ("Téléconsultation", "camera-video"),
    "meeting": ("Réunion", "people"),
    "exam": ("Examen", "clipboard2-pulse"),
    "absence": ("Absence", "airplane"),
    "busy": ("Occupé", "dash-circle"),
    "other": ("Autre", "calendar-event"),
}
"""Kinds of appointments, with their French word and icon."""

HOLDS_TIME = ("booked", "arrived", "fulfilled")
"""Statuses that occupy an agenda: the exclusion constraint names the same."""

TRANSITIONS: dict[str, tuple[str, ...]] = {
    "proposed": ("booked", "cancelled"),
    "booked": ("arrived", "fulfilled", "noshow", "cancelled"),
    "arrived": ("fulfilled", "booked", "cancelled"),
    "fulfilled": ("booked",),
    "noshow": ("booked",),
    "cancelled": (),
}
"""Where an appointment may go; what is marked by mistake comes back to « prévu »."""

TONES = {
    "proposed": "attention",
    "booked": "information",
    "arrived": "action",
    "fulfilled": "sur",
    "noshow": "alerte",
    "cancelled": "neutre",
}


@dataclass(frozen=True, slots=True)
class Person:
    """A grantee with the name that is shown."""

    id: UUID
    display: str


def fault_of_period(start: datetime, end: datetime) -> str:
    """What is wrong with a period, as a code: `naive`, `years`, `order`, `length`, or nothing."""
    if start.tzinfo is None or end.tzinfo is None:
        return "naive"
    if start.year < OLDEST or end.year > NEWEST:
        return "years"
    if end <= start:
        return "order"
    return "length" if end - start > MAX_LENGTH else ""


def may_move(status: str, target: str) -> bool:
    """Whether an appointment may go from one status to another."""
    return target in TRANSITIONS.get(status, ())


def initials(name: str) -> str:
    """« D M-B » for « DUBREUIL Marie-Bernadette »: all that a calendar outside may show of a person.

    What stands between brackets, the name in use, is left out.
    """
    bare = name.partition("(")[0]
    words = ["-".join(part[:1] for part in word.split("-") if part) for word in bare.split()]
    return " ".join(word for word in words if word).upper()


FEED_STATUSES = {
    "proposed": "TENTATIVE",
    "booked": "CONFIRMED",
    "arrived": "CONFIRMED",
    "fulfilled": "CONFIRMED",
    "noshow": "CONFIRMED",
    "cancelled": "CANCELLED",
}
"""Statuses of an appointment as those of an iCalendar event."""


def feed_title(kind: str, *, has_person: bool, name: str) -> str:
    """The title of an event that leaves for a calendar outside: no word of health, no name."""
    if has_person:
        return f"RDV {initials(name)}".strip()
    return KINDS.get(kind, KINDS["other"])[0]
