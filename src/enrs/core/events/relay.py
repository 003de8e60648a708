"""The relay: reads the outbox in the order of commits and wakes `live`, one notice per batch."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction

from enrs.core.events.outbox import OutboxEvent, events_after_mark, move_mark

CHANNEL = "enrs_live"
BATCH = 500
NOTICE_BYTES = 7_500
"""PostgreSQL refuses a notice over 8,000 bytes."""

REVOKED = 100
"""Grantees named in one hint of revocation."""


def relay(subscriber: str = "live") -> int:
    """Pass on what has committed since the last call; returns how many events were read.

    A hint may be sent again after a crash: it only makes a page ask again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        events = events_after_mark(subscriber, BATCH)
        for notice in _notices(events):
            cursor.execute("select pg_notify(%s, %s)", [CHANNEL, notice])
        if events:
            move_mark(subscriber, events[-1])
    return len(events)


def _notices(events: Sequence[OutboxEvent]) -> Iterator[str]:
    """Hints grouped into notices that PostgreSQL accepts; the same hint is sent once a batch."""
    hints: dict[tuple[str, str], dict[str, Any]] = {}
    revocations = []
    for event in events:
        payload = event.payload
        for topic in event.topics:
            if "revoked" in payload:
                names = payload["revoked"]
                revocations += [
                    {
                        "topic": topic,
                        "revoked": names[start : start + REVOKED],
                        "at": event.at.timestamp(),
                    }
                    for start in range(0, len(names), REVOKED)
                ]
            elif "kind" in payload:
                hint = {"topic": topic, "kind": payload["kind"], "ids": []}
                known = hints.setdefault((topic, payload["kind"]), hint)
                fresh = [str(one)[:40] for one in payload.get("ids", [])]
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
