"""When an opening in an emergency must have been read again, and what may be said of it next (pure).

Sources: Code de la santé publique L1110-4 and L1111-17 (the emergency must be real); GDPR art. 5(2) and 32
(who opened a record answers for it); CNIL, « Journalisation », 2021 (traces are read, not only kept).
"""

from datetime import datetime, timedelta

from enrs.core.access.rules import purpose_of_glass

REVIEW_DAYS = 15
"""The desk's own rule: while the opener and the colleagues of that day still remember."""

OPEN_STATES = ("pending", "asked", "explained")
CLOSED_STATES = ("justified", "unjustified")
VERDICTS = CLOSED_STATES

TEXT_LENGTH = 10
"""Signs of a comment or an explanation, at least: as for the reason of the opening itself."""


def due_at(opened_at: datetime) -> datetime:
    """Until when the opening is to be judged."""
    return opened_at + timedelta(days=REVIEW_DAYS)


def is_late(state: str, due: datetime, now: datetime) -> bool:
    """Whether an opening that nobody judged has waited too long."""
    return state in OPEN_STATES and due < now


def may_ask(state: str) -> bool:
    """An explanation is asked of what nobody judged, and once at a time."""
    return state in {"pending", "explained"}


def may_judge(state: str) -> bool:
    """A judgement stands: the person may have been told of it."""
    return state in OPEN_STATES


def may_explain(state: str) -> bool:
    """The opener answers what was asked."""
    return state == "asked"


def is_text(text: str) -> bool:
    """Whether a comment says something."""
    return len(text.strip()) >= TEXT_LENGTH


def kind_of(reason_code: str) -> str:
    """The kind of an opening by its coded reason (`access.rules.BREAK_GLASS_REASONS`)."""
    return purpose_of_glass(reason_code)
