"""Periodic work: the patients who are in each unit, by the movements received, are told to the beds."""

from enrs.core.jobs.registry import every
from enrs.services.beds.commands import Presence, receive_presence
from enrs.services.record.queries.presence import present_by_unit


def tell_presence() -> None:
    """Bring the occupied beds of the units to who is there; asked for 30 minutes at most, done each minute."""
    told = [
        Presence(one.finess, one.code, one.name, one.count, one.moved_at)
        for one in present_by_unit()
    ]
    receive_presence(told=told)


every("gateway.presence", minutes=1, run=tell_presence)
