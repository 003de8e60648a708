"""What a line of equipment may say: how many, and the weight that it holds."""

from collections.abc import Sequence
from typing import Any

MOST_LINES, MOST_COUNT = 40, 1000
LIGHTEST, HEAVIEST = 20, 1000
"""Kilograms of a limit that is told: below or past, it is a slip of the finger."""


def fault_of(lines: Sequence[dict[str, Any]]) -> str:
    """Why they cannot be kept (a key of the refusals); empty when they can."""
    if len(lines) > MOST_LINES:
        return "equipment"
    for one in lines:
        weight = one["max_weight"]
        if not 1 <= one["count"] <= MOST_COUNT:
            return "equipment_count"
        if weight is not None and not LIGHTEST <= weight <= HEAVIEST:
            return "equipment_weight"
    return ""
