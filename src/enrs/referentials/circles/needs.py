"""Who still needs a place in a circle: a service that brings an organisation in says how long its own work lasts.

Whoever ends a place that they brought asks first whether another work stands on it.
"""

from collections.abc import Callable
from uuid import UUID

Need = Callable[[UUID, UUID], bool]
"""Whether an organisation (second) works for a patient (first) now, as one service knows it."""

_needs: dict[str, Need] = {}


def need_places(service: str, need: Need) -> None:
    """Declare when a service needs the place of an organisation; called when its application loads."""
    _needs[service] = need


def is_needed(patient_id: UUID, organisation_id: UUID) -> bool:
    """Whether some service still needs the place of this organisation in this person's circle."""
    return any(need(patient_id, organisation_id) for need in _needs.values())
