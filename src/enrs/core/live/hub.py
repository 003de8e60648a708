"""The streams open in this process, and who hears which topic (no Django)."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from enrs.core.live.tickets import LIFETIME, Ticket

SLACK = 0.5
"""Seconds: a page has read what it shows a moment before its ticket is issued."""

BACKLOG = 256
"""Hints waiting for one slow browser; past that its stream is closed and it opens a fresh one."""


class Stream:
    """One browser's stream: a bounded queue of server-sent events."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)

    def push(self, event: bytes | None) -> None:
        """Add an event; `None` ends the stream."""
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.queue = asyncio.Queue(BACKLOG)
            self.queue.put_nowait(None)


@dataclass(slots=True)
class Told:
    """What one topic was told lately: when each kind of hint, when each grantee lost their right."""

    at: float
    kinds: dict[str, float] = field(default_factory=dict)
    revoked: dict[str, float] = field(default_factory=dict)


class Hub:
    """Topics to streams, and what was told while a page was on its way from the server to its stream."""

    def __init__(self) -> None:
        self._by_topic: dict[str, set[Stream]] = defaultdict(set)
        self._told: dict[str, Told] = {}

    def join(self, stream: Stream) -> None:
        """Hear the topics of the stream's ticket, first what they were told since it was issued."""
        since = stream.ticket.since
        for topic in stream.ticket.topics:
            self._by_topic[topic].add(stream)
            told = self._told.get(topic)
            if told is None or told.at < since - SLACK:
                continue
            for kind, at in told.kinds.items():
                if at >= since - SLACK:
                    stream.push(sse("hint", {"topic": topic, "kind": kind, "ids": []}))
            if any(told.revoked.get(one, 0) >= since for one in stream.ticket.grantees):
                stream.push(sse("revoked", {"topic": topic}))
                stream.push(None)

    def leave(self, stream: Stream) -> None:
        """Hear nothing more."""
        for topic in stream.ticket.topics:
            self._by_topic[topic].discard(stream)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    def tell(self, hints: Iterable[dict[str, Any]]) -> None:
        """Send each hint to whoever hears its topic; a revocation ends the streams it concerns.

        A ticket issued after a right ended already knows it: the page of who ended it stays.
        """
        for hint in hints:
            self._note(hint)
            heard = self._by_topic.get(hint["topic"], ())
            if "revoked" in hint:
                gone, at = set(hint["revoked"]), hint["at"]
                for stream in [
                    one
                    for one in heard
                    if one.ticket.since <= at and gone & set(one.ticket.grantees)
                ]:
                    stream.push(sse("revoked", {"topic": hint["topic"]}))
                    stream.push(None)
                continue
            event = sse("hint", {name: hint[name] for name in ("topic", "kind", "ids")})
            for stream in heard:
                stream.push(event)

    def resync(self) -> None:
        """Have every page ask again: something may have been told that this process did not hear."""
        event = sse("resync", {})
        for stream in set().union(*self._by_topic.values()):
            stream.push(event)

    def _note(self, hint: dict[str, Any]) -> None:
        """Keep when a topic was told, as long as a ticket may still open a stream on it."""
        now = time.time()
        told = self._told.pop(hint["topic"], None) or Told(now)
        told.at = now
        if "revoked" in hint:
            told.revoked.update(dict.fromkeys(hint["revoked"], hint["at"]))
        else:
            told.kinds[hint["kind"]] = now
        self._told[hint["topic"]] = told
        while self._told:
            oldest = next(iter(self._told))
            if self._told[oldest].at > now - LIFETIME - SLACK:
                return
            del self._told[oldest]

    def __len__(self) -> int:
        return len(set().union(*self._by_topic.values())) if self._by_topic else 0


def sse(name: str, data: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
