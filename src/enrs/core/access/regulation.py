"""Whose present place of work regulates the calls of the centre 15: the offer of care knows, access asks it."""

from collections.abc import Callable
from uuid import UUID

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.rules import may_regulate

_known_by: list[Callable[[UUID], bool]] = []


def know_regulation_by(regulates: Callable[[UUID], bool]) -> None:
    """Name who knows whether a place of work regulates these calls."""
    _known_by[:] = [regulates]


def is_regulator(actor: Actor | None = None) -> bool:
    """Whether the actor regulates the calls of the centre 15 in the position that they work in now.

    Nobody does while no referential says where it is done.
    """
    by = actor or current_actor()
    place = by.organisation_id
    if not may_regulate(by.role) or place is None:
        return False
    return any(regulates(place) for regulates in _known_by)
