"""The MLLP server: each message is read, kept, committed, and only then acknowledged."""

import asyncio
import contextlib
import logging
import os
import signal
import ssl
import sys
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import uvloop
from django.conf import settings
from django.db import connection
from django.utils.timezone import get_default_timezone
from psycopg.conninfo import make_conninfo

from enrs.core.ids import uuid7
from enrs.formats.hl7v2 import Framer, FramingError, Hl7Error, acknowledge
from enrs.formats.hl7v2.errors import AckCode
from enrs.interop.gateway import reading
from enrs.interop.gateway.desk import Desk, framed, short_id
from enrs.interop.gateway.reading import Incoming
from enrs.interop.gateway.rules import HEAVY_BYTES, MAX_BYTES
from enrs.interop.gateway.writer import Waiting, Writer

logger = logging.getLogger("enrs.gateway")

CONNECTIONS = int(os.environ.get("ENRS_MLLP_CONNECTIONS", "500"))
CONNECTIONS_PER_ADDRESS = int(os.environ.get("ENRS_MLLP_PER_ADDRESS", "50"))
"""A hospital's engine holds a few; one address must not take every place from the others."""

IDLE_SECONDS = float(os.environ.get("ENRS_MLLP_IDLE", "3600"))
HALF_SENT_SECONDS = 60.0
"""For a message to come whole, whatever the pace of its bytes."""

SLOWEST_BYTES = 100_000
"""A second more for so many bytes received: 50 MB over a hospital's slow line take minutes."""

PIPELINE = 64
"""Messages of one connection that may be read before their answers have left."""

SWEEP_SECONDS = 5.0
STOP_SECONDS = 20.0
HELD_BYTES = 768 * 1024 * 1024
"""What all half-sent and unanswered messages may take together; the connection that passes it closes."""

RETRY = "Le message n'a pas pu être enregistré pour le moment : réessayez."
CUT = "La connexion s'est fermée avant la fin du message, qui est donc incomplet."
EXPOSED = (
    "En production, la passerelle n'écoute hors de cette machine qu'en TLS, chaque partenaire montrant son "
    "certificat (ENRS_MLLP_CERT, ENRS_MLLP_KEY et ENRS_MLLP_CA) ; sur un réseau privé, ajoutez --without-tls."
)


class ExposedPortError(Exception):
    """The gateway would listen in the open; the sentence says what is missing."""


class Gateway:
    """Listens, and holds what the connections share."""

    def __init__(self, writer: Writer, limit: int = MAX_BYTES, desk: Desk | None = None) -> None:
        """Take the writer to which messages go, the greatest size of a message in bytes, and who answers
        questions.
        """
        self.writer, self.limit = writer, limit
        self.desk = desk or Desk()
        self.connections: set[Connection] = set()
        self.addresses: Counter[str] = Counter()
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
        self.desk.close()

    def stop(self) -> None:
        """Accept nothing more; what was fully received is still kept and answered."""
        self._stop.set()

    def is_full(self, remote: str) -> bool:
        """Whether one more connection, or one more from this address, is too many."""
        is_crowded = len(self.connections) >= CONNECTIONS
        return (
            is_crowded or self.addresses[remote] >= CONNECTIONS_PER_ADDRESS or self._stop.is_set()
        )

    def admit(self, one: "Connection") -> None:
        """Count a connection."""
        self.connections.add(one)
        self.addresses[one.remote] += 1

    def release(self, one: "Connection") -> None:
        """Count a connection no more, if it was."""
        if one in self.connections:
            self.connections.remove(one)
            self.addresses[one.remote] -= 1
            self.addresses += Counter()

    async def _sweep(self) -> None:
        """Close the connections that have been silent, or busy with one message, for too long."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = asyncio.get_running_loop().time()
            for one in list(self.connections):
                if one.is_owed_answers:
                    # While it waits for us the clock of its next message stands still.
                    one.began_at = now
                elif one.is_late(now):
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
        self.remote = self._certificate = ""
        self._is_busy = self._is_ending = self._is_paused = False
        self.half_sent = 0
        self.heard_at = self.began_at = 0.0

    @property
    def is_owed_answers(self) -> bool:
        """Whether messages of this connection are still to be answered."""
        return bool(self._owed or self._pieces or self._is_busy)

    def is_late(self, now: float) -> bool:
        """Whether nothing came for too long, or the message begun should be whole by now."""
        if not self.half_sent:
            return now - self.heard_at > IDLE_SECONDS
        return now - self.began_at > HALF_SENT_SECONDS + self.half_sent / SLOWEST_BYTES

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept, unless there are too many."""
        self._transport = transport  # type: ignore[assignment]
        self.remote = str((transport.get_extra_info("peername") or ("",))[0])
        if self._gateway.is_full(self.remote):
            transport.close()
            return
        self._gateway.admit(self)
        self._certificate = name_of_certificate(transport.get_extra_info("peercert"))
        self.heard_at = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        """Cut what arrived into messages and read those that are whole."""
        if self._is_ending:
            return
        self.heard_at = asyncio.get_running_loop().time()
        pieces = self._framer.feed(data)
        self._pieces.extend(pieces)
        held = 0 if data.endswith(b"\x1c\r") else len(data) + (0 if pieces else self.half_sent)
        if pieces or not self.half_sent:
            self.began_at = self.heard_at
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
        self._gateway.release(self)

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
                self._take(reading.read_fragment(piece, self.remote))
            elif len(piece) > HEAVY_BYTES:
                self._is_busy = True
                task = asyncio.create_task(self._read_heavy(piece))
                _heavy.add(task)
                task.add_done_callback(_heavy.discard)
            else:
                self._take(reading.read(piece, self.remote))
        self._regulate()

    async def _read_heavy(self, piece: bytes) -> None:
        self._gateway.held_bytes += len(piece)
        try:
            incoming = await asyncio.to_thread(reading.read, piece, self.remote)
        finally:
            self._is_busy = False
            self._gateway.held_bytes -= len(piece)
        self._take(incoming)
        self._read_on()

    def _take(self, incoming: Incoming) -> None:
        waiting = Waiting(incoming, self._answer, self._certificate)
        if not incoming.is_question:
            self._gateway.writer.screen(waiting)
        self._owed.append(waiting)
        self._gateway.held_bytes += incoming.size
        if incoming.is_question:
            self._gateway.desk.submit(waiting, self._gateway.writer)
        else:
            self._gateway.writer.submit(waiting)

    def _answer(self) -> None:
        """Send the answers that are known, in the order of the messages."""
        answers = []
        while self._owed and self._owed[0].is_kept is not None:
            waiting = self._owed.popleft()
            self._gateway.held_bytes -= waiting.message.size
            answers.append(
                waiting.answer
                or answer_to(waiting.message, is_kept=waiting.is_kept, own_id=uuid7())
            )
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
    now = datetime.now(get_default_timezone())
    control_id = short_id(own_id)
    return framed(acknowledge(incoming.header, code, errors, control_id=control_id, at=now))


def name_of_certificate(shown: Any) -> str:
    """The common name in the subject of a certificate as `ssl` gives it (`getpeercert`); else nothing."""
    subject = (shown or {}).get("subject", ())
    return next((value for part in subject for name, value in part if name == "commonName"), "")


def exposure_fault(
    mode: str, host: str, *, certificate: str = "", authority: str = "", without_tls: bool = False
) -> str:
    """Why the gateway must not listen there, in French; empty when it may."""
    try:
        is_local = ip_address(host).is_loopback
    except ValueError:
        is_local = host == "localhost"
    is_safe = is_local or without_tls or bool(certificate and authority)
    return "" if mode != "production" or is_safe else EXPOSED


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
    is_production = settings.MODE == "production"
    writer = Writer(conninfo(), settings.TIME_ZONE, disk, is_production=is_production)
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
    *,
    without_tls: bool = False,
) -> None:
    """Run the gateway in this process; Django must be set up. Returns after a clean stop.

    TLS when there is a certificate: given, or named by ENRS_MLLP_CERT (with ENRS_MLLP_KEY, and
    ENRS_MLLP_CA when partners must show a certificate of theirs).

    Raises:
        ExposedPortError: production, another host than this machine, no certificates asked of
            partners, and nobody said that the network is private (`without_tls`).
    """
    certificate = certificate or os.environ.get("ENRS_MLLP_CERT")
    key = key or os.environ.get("ENRS_MLLP_KEY")
    authority = authority or os.environ.get("ENRS_MLLP_CA")
    certificate, key, authority = (str(one or "") for one in (certificate, key, authority))
    fault = exposure_fault(
        settings.MODE, host, certificate=certificate, authority=authority, without_tls=without_tls
    )
    if fault:
        raise ExposedPortError(fault)
    tls = tls_context(certificate, key, authority) if certificate else None
    uvloop.run(run(host, port, tls))
