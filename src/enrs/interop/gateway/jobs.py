"""Periodic work: the patients who are in each unit, by the movements received, are told to the beds."""

from enrs.core.jobs.registry import every
from enrs.services.beds.commands import Presence, receive_presence
from enrs.services.record.queries.presence import last_movements, present_by_unit


def tell_presence() -> None:
    """Bring the occupied beds of the units to who is there; asked for 30 minutes at most, done each minute."""
    # Read before the counts: what moves in between makes no count newer than it is.
    moved_at = last_movements()
    told = [Presence(one.finess, one.code, one.name, one.count) for one in present_by_unit()]
    receive_presence(told=told, moved_at=moved_at)


every("gateway.presence", minutes=1, run=tell_presence)
