"""The identifiers that other software gives what it writes: kept as FHIR `Identifier`, found again by their keys."""

from collections.abc import Iterable
from typing import Any


def identifier_keys(identifiers: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """The search keys of identifiers: each value, alone and with its system; what has no value has no key."""
    found = []
    for one in identifiers:
        if value := one.get("value"):
            found += [("identifier", value), ("identifier", f"{one.get('system', '')}|{value}")]
    return found
