"""What the desk does by itself: what was opened comes on its list, copies of data are made, and erased.

Records whose time of keeping is over are listed, and those of which a person approved it are erased.
"""

from uuid import UUID

from django.conf import settings

from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.subscribers import subscribe
from enrs.core.jobs.registry import beside, every
from enrs.core.jobs.upkeep import Upkeep, keep_up
from enrs.services.rights.commands import (
    end_copies_of_others,
    erase_next,
    expire_copies,
    make_copies,
    receive_openings,
    sweep_retention,
)
from enrs.services.rights.queries.copies import weigh_copies_over


def _received(event: OutboxEvent) -> None:
    receive_openings(ids=[UUID(event.payload["ids"][0])])


def _sweep() -> bool:
    return receive_openings() > 0


def follow_secret(event: OutboxEvent) -> None:
    """End the copies that hold what is hidden since from whom they are for."""
    if event.patient_id is not None:
        end_copies_of_others(
            patient_id=event.patient_id, own_too=event.kind == "record.disclosure.awaited"
        )


subscribe("rights.copies", {"record.secret.kept", "record.disclosure.awaited"}, follow_secret)
subscribe("rights.glasses", {"access.glass.broken"}, _received)
every("rights.glasses", minutes=60, run=_sweep)
keep_up(
    Upkeep(
        "rights.copies_over",
        "Copies de données à télécharger",
        "7 jours",
        weigh_copies_over,
        expire_copies,
        is_quiet=True,
    ),
    minutes=60,
)
every("rights.retention", minutes=24 * 60, run=sweep_retention)
every("rights.eliminations", minutes=10, run=erase_next)
if settings.MODE != "test":  # A test makes them by itself, on its own connection.
    every("rights.copies", minutes=0.5, run=beside("copies", make_copies))
