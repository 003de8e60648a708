"""Periodic work: who is in each unit is told to the beds; changes of numbers are told to partners."""

from django.conf import settings

from enrs.core.jobs.registry import beside, every
from enrs.interop.gateway import telling  # noqa: F401  it subscribes
from enrs.interop.gateway.outgoing import run_round
from enrs.services.beds.commands import Presence, receive_presence
from enrs.services.record.queries.presence import last_movements, present_by_unit


def tell_presence() -> None:
    """Bring the occupied beds of the units to who is there; asked for 30 minutes at most, done each minute."""
    # Read before the counts: what moves in between makes no count newer than it is.
    moved_at = last_movements()
    told = [Presence(one.finess, one.code, one.name, one.count) for one in present_by_unit()]
    receive_presence(told=told, moved_at=moved_at)


if settings.MODE != "test":  # A test sends by itself, on its own connection.
    every("gateway.numbers", minutes=0.1, run=beside("numbers", run_round))
every("gateway.presence", minutes=1, run=tell_presence)
