"""Telling what happened, in the transaction of the act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

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


def insert_events(events: Sequence[NewEvent]) -> None:
    """Insert events in one statement; the database stamps their transaction."""
    now = datetime.now(UTC)
    one = "(%s, %s, %s, %s, %s::text[], %s::jsonb)"
    values: list[Any] = []
    for event in events:
        values += [uuid7(), now, event.kind, event.patient_id, list(event.topics)]
        values.append(orjson.dumps(event.payload).decode())
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into event (id, at, kind, patient_id, topics, payload) values "
            + ", ".join([one] * len(events)),
            values,
        )
