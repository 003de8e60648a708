"""The MLLP server: each message is read, kept, committed, and only then acknowledged."""

import asyncio
import contextlib
import logging
import os
import signal
import ssl
import sys
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
import uvloop
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from enrs.core.ids import uuid7
from enrs.formats.hl7v2 import Framer, FramingError, Hl7Error, acknowledge, frame
from enrs.formats.hl7v2.errors import AckCode
from enrs.interop.gateway import reading
from enrs.interop.gateway.reading import Incoming
from enrs.interop.gateway.rules import HEAVY_BYTES, MAX_BYTES
from enrs.interop.gateway.writer import Waiting, Writer

logger = logging.getLogger("enrs.gateway")

CONNECTIONS = int(os.environ.get("ENRS_MLLP_CONNECTIONS", "500"))
IDLE_SECONDS = float(os.environ.get("ENRS_MLLP_IDLE", "3600"))
HALF_SENT_SECONDS = 60.0
PIPELINE = 64
"""Messages of one connection that may be read before their answers have left."""

SWEEP_SECONDS = 5.0
STOP_SECONDS = 20.0
HELD_BYTES = 768 * 1024 * 1024
"""What all half-sent and unanswered messages may take together; the connection that passes it closes."""

RETRY = "Le message n'a pas pu être enregistré pour le moment : réessayez."
CUT = "La connexion s'est fermée avant la fin du message, qui est donc incomplet."
SUSPENDED = "Cet émetteur est suspendu : adressez-vous à la plateforme régionale."


class Gateway:
    """Listens, and holds what the connections share."""

    def __init__(self, writer: Writer, limit: int = MAX_BYTES) -> None:
        """Take the writer to which messages go, and the greatest size of a message in bytes."""
        self.writer, self.limit = writer, limit
        self.connections: set[Connection] = set()
        self.held_bytes = 0
        self._stop = asyncio.Event()

    async def serve(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        on_ready: Callable[[int], None] = lambda port: None,
    ) -> None:
        """Serve until `stop`; then finish what was received, answer it, and return.

        `on_ready` is told the port once connections are accepted (0 asks for a free one).
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self), host, port, ssl=tls)
        writing = asyncio.create_task(self.writer.run())
        sweeping = asyncio.create_task(self._sweep())
        on_ready(int(server.sockets[0].getsockname()[1]))
        await self._stop.wait()
        server.close()
        for one in list(self.connections):
            one.finish()
        until = loop.time() + STOP_SECONDS
        while self.connections and loop.time() < until:
            await asyncio.sleep(0.02)
        sweeping.cancel()
        self.writer.close()
        await writing

    def stop(self) -> None:
        """Accept nothing more; what was fully received is still kept and answered."""
        self._stop.set()

    @property
    def is_full(self) -> bool:
        """Whether one more connection is too many."""
        return len(self.connections) >= CONNECTIONS or self._stop.is_set()

    async def _sweep(self) -> None:
        """Close the connections that have been silent for too long."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = asyncio.get_running_loop().time()
            for one in list(self.connections):
                allowed = HALF_SENT_SECONDS if one.half_sent else IDLE_SECONDS
                if now - one.heard_at > allowed and not one.is_owed_answers:
                    one.finish()


class Connection(asyncio.Protocol):
    """One partner's connection: messages are read in order and answered in order.

    A protocol rather than streams: it costs a third of the time per message.
    """

    def __init__(self, gateway: Gateway) -> None:
        """Begin with nothing received."""
        self._gateway = gateway
        self._framer = Framer(gateway.limit)
        self._pieces: deque[bytes | FramingError] = deque()
        self._owed: deque[Waiting] = deque()
        self._transport: asyncio.Transport | None = None
        self._remote = ""
        self._is_busy = self._is_ending = self._is_paused = False
        self.half_sent = 0
        self.heard_at = 0.0

    @property
    def is_owed_answers(self) -> bool:
        """Whether messages of this connection are still to be answered."""
        return bool(self._owed or self._pieces or self._is_busy)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept, unless there are too many."""
        self._transport = transport  # type: ignore[assignment]
        if self._gateway.is_full:
            transport.close()
            return
        self._gateway.connections.add(self)
        self._remote = str((transport.get_extra_info("peername") or ("",))[0])
        self.heard_at = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        """Cut what arrived into messages and read those that are whole."""
        if self._is_ending:
            return
        self.heard_at = asyncio.get_running_loop().time()
        pieces = self._framer.feed(data)
        self._pieces.extend(pieces)
        held = 0 if data.endswith(b"\x1c\r") else len(data) + (0 if pieces else self.half_sent)
        self._gateway.held_bytes += held - self.half_sent
        self.half_sent = held
        if self._gateway.held_bytes > HELD_BYTES:
            logger.error("too much half-sent or unanswered: a connection is closed")
            self.finish()
        self._read_on()

    def eof_received(self) -> bool:
        """The partner sends nothing more; what it sent is still answered."""
        self.finish()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Keep the beginning of a message that was cut; what was whole is kept without answer."""
        self._transport = None
        self.finish()
        self._gateway.connections.discard(self)

    def finish(self) -> None:
        """Read nothing more, keep a half-sent message as refused, close once all is answered."""
        if self._is_ending:
            return
        self._is_ending = True
        if self._transport is not None:
            self._transport.pause_reading()
        self._gateway.held_bytes -= self.half_sent
        self.half_sent = 0
        if head := self._framer.close():
            self._pieces.append(FramingError("truncated", head, CUT))
        self._read_on()

    def _read_on(self) -> None:
        """Read what can be read now: one heavy message at a time, so that the order stays."""
        while self._pieces and not self._is_busy and len(self._owed) < PIPELINE:
            piece = self._pieces.popleft()
            if isinstance(piece, FramingError):
                self._take(reading.read_fragment(piece, self._remote))
            elif len(piece) > HEAVY_BYTES:
                self._is_busy = True
                task = asyncio.create_task(self._read_heavy(piece))
                _heavy.add(task)
                task.add_done_callback(_heavy.discard)
            else:
                self._take(reading.read(piece, self._remote))
        self._regulate()

    async def _read_heavy(self, piece: bytes) -> None:
        self._gateway.held_bytes += len(piece)
        try:
            incoming = await asyncio.to_thread(reading.read, piece, self._remote)
        finally:
            self._is_busy = False
            self._gateway.held_bytes -= len(piece)
        self._take(incoming)
        self._read_on()

    def _take(self, incoming: Incoming) -> None:
        if self._gateway.writer.is_suspended(incoming.sender):
            incoming = reading.refuse(incoming, SUSPENDED)
        waiting = Waiting(incoming, self._answer)
        self._owed.append(waiting)
        self._gateway.held_bytes += incoming.size
        self._gateway.writer.submit(waiting)

    def _answer(self) -> None:
        """Send the answers that are known, in the order of the messages."""
        answers = []
        while self._owed and self._owed[0].is_kept is not None:
            waiting = self._owed.popleft()
            self._gateway.held_bytes -= waiting.message.size
            answers.append(answer_to(waiting.message, is_kept=waiting.is_kept, own_id=uuid7()))
        if answers and self._transport is not None:
            self._transport.write(b"".join(answers))
        if self._pieces:
            self._read_on()
        else:
            self._regulate()

    def _regulate(self) -> None:
        """Stop reading from a partner that sends faster than it is answered; close when done."""
        if self._transport is None:
            return
        if self._is_ending:
            if not self.is_owed_answers:
                self._transport.close()
            return
        is_crowded = self._is_busy or len(self._owed) >= PIPELINE
        if is_crowded != self._is_paused:
            self._is_paused = is_crowded
            if is_crowded:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()


_heavy: set[asyncio.Task[None]] = set()
"""Keeps the tasks of heavy messages alive: the loop itself holds them weakly."""


def answer_to(incoming: Incoming, *, is_kept: bool | None, own_id: UUID) -> bytes:
    """The framed acknowledgement of a message; AE when it could not be kept.

    `own_id` becomes MSH-10 (20 characters at most in HL7 v2.5).
    """
    code: AckCode = incoming.ack_code if is_kept else "AE"
    errors = incoming.errors if is_kept else (Hl7Error(207, "MSH", RETRY),)
    now = datetime.now().astimezone()
    control_id = own_id.hex[:12] + own_id.hex[-8:]
    answer = acknowledge(incoming.header, code, errors, control_id=control_id, at=now)
    # It repeats fields of the message as they came: a mark of the frame may hide in a cut one.
    return frame(answer.translate(None, b"\x0b\x1c"))


def tls_context(certificate: str, key: str, authority: str = "") -> ssl.SSLContext:
    """TLS 1.2 or newer from PEM files; with an authority, partners must show a certificate of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key or None)
    if authority:
        context.load_verify_locations(authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def conninfo() -> str:
    """The address of Django's own database, for a connection outside of Django."""
    given = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return make_conninfo(**{name: given[name] for name in names if given.get(name)})


async def run(host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
    """Listen until SIGTERM or SIGINT. Without a database it listens too, and asks to try again."""
    disk = None if os.environ.get("DATABASE_URL") else Path(settings.DATA_DIR)
    writer = Writer(conninfo(), settings.TIME_ZONE, disk)
    gateway = Gateway(writer)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, gateway.stop)
    with contextlib.suppress(psycopg.Error):
        await writer.connect()

    def say_ready(bound: int) -> None:
        sys.stdout.write(f"enrs gateway ready on {host}:{bound}\n")
        sys.stdout.flush()

    await gateway.serve(host, port, tls, say_ready)


def main(
    host: str = "127.0.0.1",
    port: int = 2575,
    certificate: str | Path | None = None,
    key: str | Path | None = None,
    authority: str | Path | None = None,
) -> None:
    """Run the gateway in this process; Django must be set up. Returns after a clean stop.

    TLS when there is a certificate: given, or named by ENRS_MLLP_CERT (with ENRS_MLLP_KEY, and
    ENRS_MLLP_CA when partners must show a certificate of theirs).
    """
    certificate = certificate or os.environ.get("ENRS_MLLP_CERT")
    key = key or os.environ.get("ENRS_MLLP_KEY")
    authority = authority or os.environ.get("ENRS_MLLP_CA")
    tls = (
        tls_context(str(certificate), str(key or ""), str(authority or "")) if certificate else None
    )
    uvloop.run(run(host, port, tls))
