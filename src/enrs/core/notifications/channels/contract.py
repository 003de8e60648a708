"""What a channel is: it takes one thing and says what became of it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to send. `key` is the idempotency key of this sending."""

    key: str
    recipient: str
    sender: str = ""
    subject: str = ""
    text: str = ""
    link: str = ""
    account: str = ""


class TemporaryError(Exception):
    """Nothing left: it may be tried again."""


class PermanentError(Exception):
    """Nothing left, and nothing ever will."""


class UncertainError(Exception):
    """It may have left: only the other end knows."""


class Channel(Protocol):
    """A way out. With `is_idempotent`, the other end takes our key and sends the same thing once."""

    is_idempotent: bool

    def send(self, outgoing: Outgoing) -> str:
        """Send; returns the other end's number for it, or "".

        Raises:
            TemporaryError, PermanentError, UncertainError: see each.
        """
        ...
