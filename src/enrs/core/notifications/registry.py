"""The kinds of notices: which event is told, to whom, the sentences that say it, how urgently.

An app declares its own when it is loaded; the app of identity says how patients are named.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.rules import texts

OUTSIDE = ("mail", "sms")
EVERYBODY = ("professional", "person", "operator")
URGENCIES = ("urgent", "normal", "low")
PLAIN_SUBJECT = "Une notification vous attend"
PLAIN_MAIL = "Une notification vous attend dans votre espace {region}."
PLAIN_SMS = "{region} : une notification vous attend. {link}"


@dataclass(frozen=True, slots=True)
class Telling:
    """To whom an event is told, and what the sentence needs (`by`, `reason`…)."""

    users: Collection[UUID]
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind of thing that people are told about.

    `template` (or the sentence `text`, filled with the details) is what the space says. `address` is
    where it leads, for who may read `category` of the patient's record; `link`, made from the details,
    wins over it. `mail_text` and `sms` are what leaves: checked, so that they name nobody. `urgency` is
    `urgent` (any hour), `normal` (outside quiet hours) or `low` (in the daily digest). `audience` holds the
    kinds of actors who may be told: the others are not asked how. `entrance` is the path to which what
    leaves leads, for the user who receives it, instead of the list of notices. `is_apart` is for who is told
    without any right on the record (an agency): the notice names no patient, and its sentence must not either.
    """

    kind: str
    tell: Callable[[OutboxEvent], Telling] | None
    template: str
    icon: str
    category: str
    link_label: str
    address: Callable[[UUID], str] | None
    label: str = ""
    text: str = ""
    link: Callable[[Mapping[str, Any]], str] | None = None
    urgency: str = "normal"
    channels: tuple[str, ...] = ()
    mail_subject: str = PLAIN_SUBJECT
    mail_text: str = PLAIN_MAIL
    sms: str = PLAIN_SMS
    audience: tuple[str, ...] = EVERYBODY
    entrance: Callable[[UUID], str] | None = None
    is_apart: bool = False

    def __post_init__(self) -> None:
        """Refuse, when it is declared, a kind whose sentences may not leave.

        Raises:
            UnsafeTextError: a variable or a word that would say too much outside.
            ValueError: an unknown urgency or channel.
        """
        if self.urgency not in URGENCIES or not set(self.channels) <= set(OUTSIDE):
            raise ValueError(f"{self.kind}: {self.urgency}, {self.channels}")
        for sentence in (self.mail_subject, self.mail_text, self.sms):
            texts.check_template(sentence)

    def default_mode(self, channel: str) -> str:
        """What holds for a channel until the person chooses: `now`, `digest` or `off`."""
        if channel == "sms":
            return "now" if self.urgency == "urgent" else "off"
        return "digest" if self.urgency == "low" else "now"


KINDS: dict[str, NoticeKind] = {}
TOLD: dict[str, NoticeKind] = {}
"""The kinds that answer an event by themselves."""

Namer = Callable[[Collection[UUID]], dict[UUID, str]]
_namers: list[Namer] = []


def declare(kind: NoticeKind) -> None:
    """Have one kind known, and told when it answers an event."""
    KINDS[kind.kind] = kind
    if kind.tell is not None:
        TOLD[kind.kind] = kind


def register_kind(
    kind: str,
    *,
    label: str,
    text: str = "",
    template: str = "notifications/_sentence.html",
    icon: str = "bell",
    category: str = "",
    link_label: str = "Ouvrir",
    address: Callable[[UUID], str] | None = None,
    link: Callable[[Mapping[str, Any]], str] | None = None,
    tell: Callable[[OutboxEvent], Telling] | None = None,
    urgency: str = "normal",
    channels: tuple[str, ...] = OUTSIDE,
    mail_subject: str = "",
    mail_text: str = PLAIN_MAIL,
    sms: str = PLAIN_SMS,
    audience: tuple[str, ...] = EVERYBODY,
    entrance: Callable[[UUID], str] | None = None,
    is_apart: bool = False,
) -> NoticeKind:
    """Declare a kind of notice (see NoticeKind); the subject of its mail is its label when that may leave.

    Raises:
        UnsafeTextError: a sentence that leaves names a person or says something of their health.
    """
    subject = mail_subject or (PLAIN_SUBJECT if texts.health_data(label) else label)
    if not mail_subject and "{" in subject:
        subject = PLAIN_SUBJECT
    made = NoticeKind(
        kind, tell, template, icon, category, link_label, address, label, text, link,
        urgency, channels, subject, mail_text, sms, audience, entrance, is_apart,
    )  # fmt: skip
    declare(made)
    return made


def name_patients_by(namer: Namer) -> None:
    """Say how patients are named to whoever may see them."""
    _namers[:] = [namer]


def patient_names(patient_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of the patients whom the current actor may see."""
    return _namers[0](patient_ids) if _namers and patient_ids else {}
