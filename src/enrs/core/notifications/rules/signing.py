"""Keys of the members' software, and the signature of what is told by callback."""

import hashlib
import hmac
import secrets

KEY_PREFIX = "enrs_"
PATIENCE = 300
"""Seconds between the clocks of the two ends that a signature allows."""


def new_key() -> str:
    """A key of 256 random bits, shown once."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def key_hash(key: str) -> str:
    """What is kept of a key: its SHA-256 (the key is random, so it needs no slow hash)."""
    return hashlib.sha256(key.encode()).hexdigest()


def sign(secret: bytes, body: bytes, at: int) -> str:
    """`t=<Unix seconds>,v1=<HMAC-SHA-256 of "seconds.body">`, the header of a signed body."""
    digest = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def is_signed(secret: bytes, body: bytes, header: str, now: float) -> bool:
    """Whether the header signs this body, less than five minutes ago."""
    stamp = header.partition("t=")[2].partition(",")[0]
    if not secret or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return False
    at = int(stamp)
    return abs(now - at) <= PATIENCE and hmac.compare_digest(
        sign(secret, body, at).encode(), header.encode()
    )
