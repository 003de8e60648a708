"""Who reads a contact of a unit, by its level of confidentiality (TRE_R283)."""

from collections.abc import Iterable
from typing import Any

FREE, PROFESSIONALS, SAMU = "1", "professionnels", "samu"
MOST = 20
"""Contacts of a unit, of every level."""
RANKS = {FREE: 0, PROFESSIONALS: 1, SAMU: 2}
"""How much is asked of the reader; an unknown level is read by nobody but who describes the unit."""


def rank_of(*, is_professional: bool, is_regulator: bool, describes: bool) -> int:
    """The highest level that somebody reads. Who describes the unit reads all that it says."""
    if describes:
        return 3
    if is_regulator:
        return RANKS[SAMU]
    return RANKS[PROFESSIONALS] if is_professional else RANKS[FREE]


def readable(contacts: Iterable[dict[str, Any]], rank: int) -> list[dict[str, Any]]:
    """The contacts of these levels, in their order."""
    return [one for one in contacts if RANKS.get(one.get("level", ""), 3) <= rank]
