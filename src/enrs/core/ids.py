"""Identifiers made in Python: UUIDv7 (RFC 9562), so that keys sort by time in every PostgreSQL."""

import os
import time
import uuid

TICKS = 4096
"""Parts of a millisecond that the twelve bits after the version count (RFC 9562, 6.2, method 3)."""
TOGETHER = 1000 * TICKS
"""A clock that went back by less than a second is held; one that was set anew is followed."""

_last = 0


def uuid7() -> uuid.UUID:
    """A new UUIDv7: those that one process makes sort in the order in which they were made."""
    global _last  # noqa: PLW0603  the last one of this process
    now = time.time_ns() * TICKS // 1_000_000
    if 0 <= _last - now < TOGETHER:
        now = _last + 1
    _last = now
    milliseconds, ticks = divmod(now, TICKS)
    low = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | ticks << 64 | 0x2 << 62 | low)


def uuid7_at(milliseconds: int) -> uuid.UUID:
    """A UUIDv7 for a given moment, in milliseconds since 1970 (used when history is loaded)."""
    value = (milliseconds & 0xFFFFFFFFFFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)
