"""Reading the outbox in the order of commits: each reader's mark, and what comes after it."""

import json
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

READ = """
select id, epoch, xid::text::bigint, at, kind, patient_id, topics, payload from event
where (epoch, xid, id) > (%s, %s::text::xid8, %s)
  and (epoch < enrs_epoch() or xid < (select enrs_horizon()))
order by epoch, xid, id limit %s
"""
MOVE = """
update event_cursor set epoch = %s, xid = %s, event_id = %s
where subscriber = %s and (epoch, xid, coalesce(event_id, %s)) < (%s, %s, %s)
"""
ZERO = UUID(int=0)


class OutboxEvent(NamedTuple):
    """A committed event, with its place in the order of delivery."""

    id: UUID
    epoch: int
    xid: int
    at: datetime
    kind: str
    patient_id: UUID | None
    topics: list[str]
    payload: dict[str, Any]


def events_after_mark(subscriber: str, limit: int) -> list[OutboxEvent]:
    """What has committed since the mark of a reader (a new one begins with the outbox).

    The mark stays locked until the caller's transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into event_cursor (subscriber, epoch, xid) values (%s, 0, 0) on conflict do nothing",
            [subscriber],
        )
        cursor.execute(
            "select epoch, xid, event_id from event_cursor where subscriber = %s for update",
            [subscriber],
        )
        epoch, xid, event_id = cursor.fetchone()
        cursor.execute(READ, [epoch, xid, event_id or ZERO, limit])
        return [_event(row) for row in cursor.fetchall()]


def _event(row: tuple[Any, ...]) -> OutboxEvent:
    event = OutboxEvent(*row)
    if isinstance(event.payload, str):
        return event._replace(payload=json.loads(event.payload))
    return event


def move_mark(subscriber: str, last: OutboxEvent) -> None:
    """Move a reader's mark forward to an event; a mark that is already past it stays."""
    place: list[Any] = [last.epoch, last.xid, last.id]
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [*place, subscriber, ZERO, *place])
