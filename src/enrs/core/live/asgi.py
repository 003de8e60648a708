"""The ASGI application of `enrs live`: `GET /stream?ticket=…`, and nothing else (no Django)."""

import asyncio
import contextlib
import json
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import psycopg

from enrs.core.live.hub import Hub, Stream
from enrs.core.live.tickets import Ticket, TicketError, read

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

CHANNEL = "enrs_live"
MAX_TICKETS = 40
"""Open pages of one browser that share its stream."""

HEARTBEAT = 20
"""Seconds between two comments that keep proxies from closing a quiet stream."""

LIFE = 30 * 60
"""Seconds (a fifth more or less) that a stream lives: its page then asks again for what it may still hear."""

log = logging.getLogger("enrs.live")


class LiveApp:
    """Streams hints to open pages. `origin` is the only site whose pages may listen."""

    def __init__(self, *, dsn: str, key: bytes, origin: str) -> None:
        self.dsn, self.key, self.origin = dsn, key, origin
        self.hub = Hub()
        self._listener: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        if headers.get("origin") != self.origin:
            await _answer(send, 403, b"origine refusee")
            return
        try:
            ticket = self._ticket(scope)
        except TicketError:
            await _answer(send, 401, b"billet refuse", self._cors())
            return
        await self._stream(ticket, receive, send)

    def _ticket(self, scope: Scope) -> Ticket:
        if scope["path"] != "/stream" or scope["method"] != "GET":
            raise TicketError("path")
        given = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])
        tickets = [read(self.key, one) for one in given[:MAX_TICKETS]]
        if len({ticket.user for ticket in tickets}) > 1:
            raise TicketError("users")
        topics = dict.fromkeys(topic for ticket in tickets for topic in ticket.topics)
        since = min(ticket.since for ticket in tickets)
        return replace(tickets[0], topics=tuple(topics), since=since)

    def _cors(self) -> list[tuple[bytes, bytes]]:
        return [(b"access-control-allow-origin", self.origin.encode()), (b"vary", b"Origin")]

    async def _stream(self, ticket: Ticket, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            *self._cors(),
        ]
        stream = Stream(ticket)
        self.hub.join(stream)
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            async for event in events_of(stream, gone):
                await send({"type": "http.response.body", "body": event, "more_body": True})
            with contextlib.suppress(Exception):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self.hub.leave(stream)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._listener = asyncio.create_task(self._listen())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._listener:
                    self._listener.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _listen(self) -> None:
        """Hear the relay, for ever: a lost connection is opened again, and open pages ask again."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self.dsn, autocommit=True)
                async with connection:
                    await connection.execute(f"listen {CHANNEL}")
                    self.hub.resync()
                    async for notice in connection.notifies():
                        self._pass_on(notice.payload)
            except psycopg.Error:
                log.warning("database lost, listening again in one second")
            await asyncio.sleep(1)

    def _pass_on(self, payload: str) -> None:
        """Tell the hub; a notice that is not ours is noted and leaves the process hearing."""
        try:
            self.hub.tell(json.loads(payload))
        except (ValueError, TypeError, LookupError):
            log.warning("notice of %d characters is not a list of hints", len(payload))


async def events_of(
    stream: Stream, gone: asyncio.Future[None], life: float = LIFE
) -> AsyncIterator[bytes]:
    """What a stream sends until its browser is gone, its hub ends it, or it has lived so long."""
    yield b": bonjour\n\n"
    until = time.monotonic() + life * random.uniform(0.8, 1.2)  # noqa: S311  those opened together part
    while not gone.done() and (left := until - time.monotonic()) > 0:
        waiting = asyncio.create_task(stream.queue.get())
        either: set[asyncio.Future[Any]] = {waiting, gone}
        await asyncio.wait(
            either, timeout=min(HEARTBEAT, left), return_when=asyncio.FIRST_COMPLETED
        )
        if not waiting.done():
            waiting.cancel()
            yield b": la\n\n"
            continue
        event = waiting.result()
        if event is None:
            return
        yield event


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(
    send: Send, status: int, text: bytes, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-type", b"text/plain; charset=utf-8"), *(headers or [])],
    }
    await send(start)
    await send({"type": "http.response.body", "body": text})
