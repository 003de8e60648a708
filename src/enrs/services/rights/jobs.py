"""What the desk does by itself: whatever was opened comes on its list, even what an event missed."""

from uuid import UUID

from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.subscribers import subscribe
from enrs.core.jobs.registry import every
from enrs.services.rights.commands import receive_openings


def _received(event: OutboxEvent) -> None:
    receive_openings(ids=[UUID(event.payload["ids"][0])])


def _sweep() -> bool:
    return receive_openings() > 0


subscribe("rights.glasses", {"access.glass.broken"}, _received)
every("rights.glasses", minutes=60, run=_sweep)
