"""The streams open in this process, and who hears which topic (no Django)."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from enrs.core.live.tickets import Ticket

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


class Hub:
    """Topics to streams."""

    def __init__(self) -> None:
        self._by_topic: dict[str, set[Stream]] = defaultdict(set)

    def join(self, stream: Stream) -> None:
        """Hear the topics of the stream's ticket."""
        for topic in stream.ticket.topics:
            self._by_topic[topic].add(stream)

    def leave(self, stream: Stream) -> None:
        """Hear nothing more."""
        for topic in stream.ticket.topics:
            self._by_topic[topic].discard(stream)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    def tell(self, hints: Iterable[dict[str, Any]]) -> None:
        """Send each hint to whoever hears its topic; a revocation ends the streams it concerns."""
        for hint in hints:
            heard = self._by_topic.get(hint["topic"], ())
            if "revoked" in hint:
                gone = set(hint["revoked"])
                for stream in [one for one in heard if gone & set(one.ticket.grantees)]:
                    stream.push(sse("revoked", {"topic": hint["topic"]}))
                    stream.push(None)
                continue
            event = sse("hint", {name: hint[name] for name in ("topic", "kind", "ids")})
            for stream in heard:
                stream.push(event)

    def __len__(self) -> int:
        return len(set().union(*self._by_topic.values())) if self._by_topic else 0


def sse(name: str, data: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
