"""Plain values that pages hand to the components; every field that may be missing has a default."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

IDENTITY_STATUSES: dict[str, tuple[str, str, str]] = {
    "qualified": ("Identité qualifiée", "sur", "patch-check-fill"),
    "validated": ("Identité validée", "information", "check-circle"),
    "retrieved": ("Identité récupérée", "attention", "arrow-down-circle"),
    "provisional": ("Identité provisoire", "attention", "hourglass-split"),
    "doubtful": ("Identité douteuse", "alerte", "question-diamond-fill"),
    "fictive": ("Identité fictive", "alerte", "mask"),
    "emergency": ("Identité d’urgence", "alerte", "exclamation-octagon-fill"),
}
SEXES = {"F": "Femme", "M": "Homme", "I": "Sexe indéterminé", "U": "Sexe inconnu"}
STEP_STATES = ("done", "current", "todo")


@dataclass(frozen=True)
class Service:
    """One service in the rail."""

    label: str
    url: str
    icon: str = "grid"
    is_current: bool = False


@dataclass(frozen=True)
class KioskEntry:
    """A service or an application of the kiosk; `key` is what a favourite names."""

    key: str
    label: str
    icon: str
    url: str
    summary: str = ""
    is_external: bool = False
    is_favourite: bool = False
    help_url: str = ""


@dataclass(frozen=True)
class Kiosk:
    """What somebody may open: what they keep first, their other services, the applications of others."""

    favourites: Sequence[KioskEntry] = ()
    services: Sequence[KioskEntry] = ()
    applications: Sequence[KioskEntry] = ()
    url: str = ""
    favourite_url: str = ""


@dataclass(frozen=True)
class Announcement:
    """A maintenance or an incident, as pages tell of it; `dismiss_url` puts it away for the session."""

    id: str
    title: str
    text: str
    starts_at: datetime
    ends_at: datetime
    tone: str = "information"
    is_now: bool = True
    dismiss_url: str = ""


@dataclass(frozen=True)
class Choice:
    """One option of a menu, a filter or a saved view."""

    value: str
    label: str
    is_current: bool = False
    url: str = ""


@dataclass(frozen=True)
class Frame:
    """Addresses and words of the top bar; what is empty is not shown.

    `operating_…` are the exploitation's: where its session is (or is opened), until when, where it is ended.
    """

    region_name: str = "Espace régional"
    home_url: str = "/"
    search_url: str = ""
    sign_in_url: str = ""
    sign_out_url: str = ""
    sessions_url: str = ""
    accesses_url: str = ""
    switch_url: str = ""
    places: Sequence[Choice] = ()
    person_name: str = ""
    person_role: str = ""
    notifications_url: str = ""
    notifications_count: int = 0
    bell_url: str = ""
    help_url: str = ""
    kiosk_url: str = ""
    enrol_url: str = ""
    rescue_url: str = ""
    lock_url: str = ""
    lock_seconds: int = 0
    operating_url: str = ""
    operating_until: datetime | None = None
    operating_end_url: str = ""

    @property
    def notifications_words(self) -> str:
        """The figure on the bell: the count stops at a hundred."""
        return str(self.notifications_count) if self.notifications_count < 100 else "99+"

    @property
    def place(self) -> Choice | None:
        """The place one works in now."""
        return next((place for place in self.places if place.is_current), None)


@dataclass(frozen=True)
class Live:
    """What a page needs to hear about changes: its ticket, where to listen, where to renew it."""

    ticket: str
    url: str
    ticket_url: str
    topics: Sequence[str] = ()


@dataclass(frozen=True)
class Alert:
    """A line of the banner that a reader must not miss."""

    label: str
    tone: str = "alerte"
    url: str = ""


@dataclass(frozen=True)
class Banner:
    """Identity of the patient whose data the page shows.

    `allergies` is None when nobody asked, empty when none is known; a reader who may not know them is
    shown nothing (`shows_allergies`). `identity_status` is a key of
    IDENTITY_STATUSES; `ins` is shown only for a qualified identity. Dates may be partial ISO text.
    """

    birth_name: str
    first_given_name: str
    birth_date: date | str = ""
    sex: str = "U"
    used_name: str = ""
    used_given_name: str = ""
    identity_status: str = "provisional"
    ins: str = ""
    ins_kind: str = "NIR"
    ins_is_test: bool = False
    allergies: Sequence[str] | None = None
    shows_allergies: bool = True
    alerts: Sequence[Alert] = ()
    deceased_on: date | None = None
    url: str = ""

    @property
    def status_words(self) -> str:
        return IDENTITY_STATUSES[self.identity_status][0]

    @property
    def status_tone(self) -> str:
        return IDENTITY_STATUSES[self.identity_status][1]

    @property
    def status_icon(self) -> str:
        return IDENTITY_STATUSES[self.identity_status][2]

    @property
    def sex_words(self) -> str:
        return SEXES.get(self.sex, SEXES["U"])

    @property
    def shows_ins(self) -> bool:
        return bool(self.ins) and self.identity_status == "qualified"


@dataclass(frozen=True)
class Professional:
    """Identity line of a professional."""

    name: str
    profession: str = ""
    place: str = ""
    phone: str = ""
    message_url: str = ""
    url: str = ""
    identifier: str = ""

    @property
    def initials(self) -> str:
        words = [word for word in self.name.replace("-", " ").split() if word.lower() != "dr"]
        return "".join(word[0] for word in (words[:1] + words[-1:] if words[1:] else words)).upper()


@dataclass(frozen=True)
class Entry:
    """One event of a timeline; `key` (an id) lets a live refresh mark it as new."""

    at: datetime | date | str
    title: str
    text: str = ""
    author: str = ""
    icon: str = "circle"
    tone: str = "neutre"
    state: str = ""
    url: str = ""
    key: str = ""
    is_new: bool = False


@dataclass(frozen=True)
class Filter:
    """One drop-down of a filter bar."""

    name: str
    label: str
    options: Sequence[Choice]

    @property
    def is_active(self) -> bool:
        return any(option.is_current and option.value for option in self.options)


@dataclass(frozen=True)
class Step:
    """One step of a long form; `state` is one of STEP_STATES."""

    label: str
    state: str = "todo"
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Document:
    """What the frame of the document viewer says about a document."""

    title: str
    kind: str = ""
    at: datetime | date | str = ""
    author: str = ""
    place: str = ""
    state: str = ""
    state_tone: str = "neutre"
    src: str = ""
    download_url: str = ""
    print_url: str = ""
    notice: str = ""


@dataclass(frozen=True)
class Conflict:
    """A stale save: what the person typed and what someone else saved meanwhile, for each field."""

    mine: Sequence[tuple[str, str]]
    theirs: Sequence[tuple[str, str]]
    theirs_by: str = ""
    theirs_at: datetime | None = None
    reload_url: str = ""
    save_url: str = ""
    version: str = ""
    hidden: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> list[tuple[str, str, str, bool]]:
        """(label, mine, theirs, differs) in the order of `mine`."""
        theirs = dict(self.theirs)
        return [
            (label, text, theirs.get(label, ""), text != theirs.get(label, ""))
            for label, text in self.mine
        ]
