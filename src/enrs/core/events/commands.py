"""Telling what happened, in the transaction of the act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from enrs.core import prepared
from enrs.core.effects import defer
from enrs.core.ids import uuid7


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that waits for the end of its act."""

    kind: str
    patient_id: UUID | None
    topics: tuple[str, ...]
    payload: dict[str, Any]


def emit(
    kind: str,
    *,
    patient_id: UUID | None = None,
    topics: Sequence[str] = (),
    payload: dict[str, Any] | None = None,
) -> None:
    """Tell that something happened. `topics` name the open pages to hint; `payload` holds ids only."""
    defer(insert_events, NewEvent(kind, patient_id, tuple(topics), payload or {}))


INSERT = """
insert into event (id, at, kind, patient_id, topics, payload)
select * from json_to_recordset(%s::json)
    as g (id uuid, at timestamptz, kind text, patient_id uuid, topics text[], payload jsonb)
"""


def insert_events(events: Sequence[NewEvent]) -> None:
    """Insert events in one statement; the database stamps their transaction."""
    now = datetime.now(UTC)
    rows = [
        {
            "id": uuid7(),
            "at": now,
            "kind": event.kind,
            "patient_id": event.patient_id,
            "topics": event.topics,
            "payload": event.payload,
        }
        for event in events
    ]
    prepared.insert_beside(INSERT, [orjson.dumps(rows).decode()])
