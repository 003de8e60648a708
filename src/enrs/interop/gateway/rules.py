"""Lanes, keys and waiting times of the gateway (pure)."""

import hashlib
from datetime import timedelta
from uuid import UUID

LANES = 64
BATCH = 50
"""Messages of one lane in one transaction, at most."""

MAX_BYTES = 50 * 1024 * 1024
HEAVY_BYTES = 64 * 1024
"""From this size on a message is checked in a thread, so that other connections go on."""

CONFLICT_TRIES = 6
"""A row that keeps colliding after so many tries is a real contradiction, not a race."""

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)


def sender_key(application: str, facility: str) -> str:
    """The key of a partner: MSH-3 and MSH-4."""
    return f"{application.strip()}|{facility.strip()}"[:300]


def lane_of(sender: str, patient_key: str) -> int:
    """The lane (0 to 63) in which the messages of one patient of one sender keep their order."""
    digest = hashlib.blake2b(f"{sender}\x1f{patient_key}".encode(), digest_size=2).digest()
    return int.from_bytes(digest) % LANES


def wait_after(attempts: int) -> timedelta:
    """How long a patient's messages wait after the given number of failed tries: 1 s, 2 s … 5 min."""
    factor: int = 2 ** min(attempts - 1, 12)
    return min(FIRST_WAIT * factor, LONGEST_WAIT)


def masked(patient_key: str) -> str:
    """A patient key as lists show it: its last three characters only."""
    value = patient_key.rpartition("|")[2]
    return f"•••{value[-3:]}" if value else ""


class OrderedIds:
    """UUIDv7 that grow strictly, also within a millisecond (RFC 9562, method 1: 12-bit counter).

    The order of arrival of one patient's messages is the order of their ids.
    """

    def __init__(self) -> None:
        """Start before any moment."""
        self._last = (0, 0)

    def next(self, milliseconds: int, random_62: int) -> UUID:
        """The next id at a moment in Unix milliseconds; a clock that steps back does not undo order."""
        last, counter = self._last
        if milliseconds > last:
            last, counter = milliseconds, 0
        elif counter < 0xFFF:
            counter += 1
        else:
            last, counter = last + 1, 0
        self._last = (last, counter)
        value = (last & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | counter << 64
        return UUID(int=value | 0b10 << 62 | (random_62 & (1 << 62) - 1))


def milliseconds_of(identifier: UUID) -> int:
    """The Unix milliseconds inside a UUIDv7."""
    return identifier.int >> 80
