"""What is unusual in the accesses of a place, and what may be said of a line (pure).

Sources: GDPR art. 5(2) and 32(4) (who answers for people sees that they act within their task); CNIL,
« Journalisation », 2021 (traces are read at regular intervals, for what is abnormal). Night: Code du travail
L3122-20 and, for public hospitals, décret 2002-9 art. 7 (from nine in the evening to six).
"""

import base64
import hmac
from dataclasses import dataclass
from typing import Final
from uuid import UUID

NIGHT_FROM: Final = 21
NIGHT_UNTIL: Final = 6
"""Hours of the region's clock."""

MANY_A_DAY: Final = 50
"""Records that one person opened in a day, from which it is said: above a full list of consultations or of a unit."""

MOST_LINES: Final = 20_000
"""Lines of the journal that one page reads at most, the newest of the period."""

PERIODS: Final[dict[str, tuple[str, int, int]]] = {
    "": ("30 derniers jours", 30, 0),
    "7": ("7 derniers jours", 7, 0),
    "1": ("24 dernières heures", 1, 0),
    "60": ("Les 30 jours d’avant", 60, 30),
}
"""Label, then days before now from which, and until which."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What may be unusual: how much it weighs in the order of the list, its words, its tone and icon."""

    weight: int
    label: str
    tone: str
    icon: str


SIGNS: Final[dict[str, Sign]] = {
    "glass": Sign(8, "Bris de glace", "alerte", "shield-exclamation"),
    "night": Sign(4, "La nuit", "attention", "moon"),
    "alone": Sign(2, "Seul à l’ouvrir", "information", "person"),
    "many": Sign(1, "Beaucoup ce jour-là", "information", "collection"),
}
"""Each weighs more than all those after it: the order is that of the gravest sign. A sign is no fault: it says what
to look at first."""

TEXT_LENGTH: Final = 10


def reference(key: bytes, organisation_id: UUID, patient_id: UUID) -> str:
    """What a place calls a record that its referent may not name: the same on each page, another one elsewhere.

    Nobody without the key can tell whose it is, even who knows the record's identifier.
    """
    told = hmac.digest(key, b"openings " + organisation_id.bytes + patient_id.bytes, "sha256")
    return "D-" + base64.b32encode(told[:5]).decode()


def may_mark(state: str) -> bool:
    """A line is marked when nobody waits for an answer about it."""
    return state not in {"asked", "explained"}


def may_explain(state: str) -> bool:
    """The opener answers what was asked."""
    return state == "asked"


def may_close(state: str) -> bool:
    """What was asked is closed with or without an answer."""
    return state in {"asked", "explained"}


def is_text(text: str) -> bool:
    """Whether a word says something."""
    return len(text.strip()) >= TEXT_LENGTH
