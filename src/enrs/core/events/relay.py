"""The relay: reads the outbox in the order of commits and wakes `live`, one notice per batch."""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

CHANNEL = "enrs_live"
BATCH = 500
NOTICE_BYTES = 7_500
"""PostgreSQL refuses a notice over 8,000 bytes."""

REVOKED = 100
"""Grantees named in one hint of revocation."""

READ = """
select id, epoch, xid::text::bigint, patient_id, topics, payload from event
where (epoch, xid, id) > (%s, %s::text::xid8, %s)
  and (epoch < enrs_epoch() or xid < pg_snapshot_xmin(pg_current_snapshot()))
order by epoch, xid, id limit %s
"""
ZERO = "00000000-0000-0000-0000-000000000000"


def relay(subscriber: str = "live") -> int:
    """Pass on what has committed since the last call; returns how many events were read.

    A hint may be sent again after a crash: it only makes a page ask again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into event_cursor (subscriber, epoch, xid) values (%s, 0, 0) on conflict do nothing",
            [subscriber],
        )
        cursor.execute(
            "select epoch, xid, event_id from event_cursor where subscriber = %s for update",
            [subscriber],
        )
        epoch, xid, event_id = cursor.fetchone()
        cursor.execute(READ, [epoch, xid, event_id or ZERO, BATCH])
        events = cursor.fetchall()
        if not events:
            return 0
        for notice in _notices(events):
            cursor.execute("select pg_notify(%s, %s)", [CHANNEL, notice])
        last = events[-1]
        cursor.execute(
            "update event_cursor set epoch = %s, xid = %s, event_id = %s where subscriber = %s",
            [last[1], last[2], last[0], subscriber],
        )
    return len(events)


def _notices(events: list[tuple[Any, ...]]) -> Iterator[str]:
    """Hints grouped into notices that PostgreSQL accepts; the same hint is sent once a batch."""
    hints: dict[tuple[str, str], dict[str, Any]] = {}
    revocations = []
    for *_, topics, payload in events:
        content = json.loads(payload) if isinstance(payload, str) else payload
        for topic in topics:
            if "revoked" in content:
                names = content["revoked"]
                revocations += [
                    {"topic": topic, "revoked": names[start : start + REVOKED]}
                    for start in range(0, len(names), REVOKED)
                ]
            elif "kind" in content:
                hint = {"topic": topic, "kind": content["kind"], "ids": []}
                known = hints.setdefault((topic, content["kind"]), hint)
                fresh = [str(one)[:40] for one in content.get("ids", [])]
                known["ids"] = [*known["ids"], *fresh][-20:]
    waiting: list[str] = []
    for hint in [*revocations, *hints.values()]:
        text = json.dumps(hint)
        if waiting and sum(map(len, waiting)) + len(text) + len(waiting) + 2 > NOTICE_BYTES:
            yield f"[{','.join(waiting)}]"
            waiting = []
        waiting.append(text)
    if waiting:
        yield f"[{','.join(waiting)}]"
