"""A message on its way into the record, and what it did there."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Received:
    """A message read from the inbox by a worker (columns of `worker.READ_LANE`, in their order)."""

    id: UUID
    received_at: datetime
    sender: str
    control_id: str
    message_type: str
    patient_key: str
    other_key: str
    other_lane: int | None
    body: bytes = field(repr=False)
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message did: ids and short French words for the screen, and whom it was about."""

    effects: dict[str, Any] = field(default_factory=dict)
    patient_id: UUID | None = None
