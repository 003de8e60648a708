"""Signed tickets that name what an open page may hear about (no Django: `live` verifies them)."""

import base64
import binascii
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

LIFETIME = 120
"""Seconds: a ticket only opens a stream; the page asks for a fresh one before each opening."""


class TicketError(Exception):
    """The ticket is not ours, was altered, or is too old."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose stream it opens (their grantee ids too, to close it on a revocation), and its topics.

    `since` (seconds) is when it was issued: what its page shows may be older than anything told after it.
    """

    user: str
    grantees: tuple[str, ...]
    topics: tuple[str, ...]
    since: float = field(default=0, compare=False)


def issue(
    key: bytes,
    *,
    user: str,
    grantees: Sequence[str],
    topics: Sequence[str],
    now: float | None = None,
) -> str:
    """A ticket valid two minutes."""
    until = round(time.time() if now is None else now, 3) + LIFETIME
    body = json.dumps([user, list(grantees), list(topics), until])
    text = base64.urlsafe_b64encode(body.encode()).decode()
    return f"{text}.{_sign(key, text)}"


def read(key: bytes, ticket: str, *, now: float | None = None) -> Ticket:
    """The content of a valid ticket; `now=0` takes one of any age, to renew it.

    Raises:
        TicketError: altered, not ours, or older than two minutes.
    """
    text, _, signature = ticket.partition(".")
    if not hmac.compare_digest(_sign(key, text).encode(), signature.encode()):
        raise TicketError("signature")
    try:
        user, grantees, topics, until = json.loads(base64.urlsafe_b64decode(text))
    except (ValueError, binascii.Error) as error:
        raise TicketError("content") from error
    if until < (time.time() if now is None else now):
        raise TicketError("expired")
    return Ticket(user, tuple(grantees), tuple(topics), until - LIFETIME)


def _sign(key: bytes, text: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).decode().rstrip("=")
