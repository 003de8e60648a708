"""Messages a second: committed and acknowledged on 20 connections, then applied to the record by two workers."""

import asyncio
import time
from pathlib import Path

import psycopg
import uvloop
from tests.interop.gateway import messages
from tests.running import Region

from benchmarks.common import Row, row, scratch_database
from benchmarks.common import report as print_report
from enrs.config.postgres import Cluster
from enrs.formats.hl7v2 import frame

CONNECTIONS = 20
MESSAGES = 20_000
PATIENTS = 4_000
RUNS = 3
END = b"\x1c\r"


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    print_report(run(), json)


def run() -> list[Row]:
    """The rows, measured in a database of its own."""
    with scratch_database("gateway") as database:
        region = Region(database)
        try:
            return _measure(region, database)
        finally:
            for name in list(region.processes):
                region.kill(name)


def _measure(region: Region, database: str) -> list[Row]:
    region.start("gateway")
    received, waits, applied = [], [], []
    for turn in range(RUNS):
        rate, p95 = uvloop.run(_send(region.ports["gateway"], turn * MESSAGES))
        received.append(rate)
        waits.append(p95)
    peer = uvloop.run(_send_to_nobody())
    for name in ("worker", "worker2"):
        region.start("worker", name=name)
    address = Cluster().dsn("admin", database=database)
    with psycopg.connect(address, autocommit=True) as watched:
        applied = _applied(watched)
    aim = ">=1000"
    return [
        row(
            f"reçus, validés et acquittés, {CONNECTIONS} connexions (saturation)",
            received,
            "msg/s",
            aim=">=5000",
            peer="même client, réponse immédiate sans base",
            peer_value=round(peer),
        ),
        row(f"attente de l'acquittement, p95, {CONNECTIONS} connexions", waits, "ms"),
        row("appliqués au dossier, 2 processus", applied, "msg/s", aim=aim),
    ]


def _applied(watched: psycopg.Connection) -> list[float]:
    """Messages applied a second, in windows of five seconds until none waits."""
    rates: list[float] = []
    count = "select count(*) from inbox where state = 'applied'"
    waiting = "select count(*) from inbox where state in ('received', 'waiting')"
    before, began = 0, time.perf_counter()
    while True:
        time.sleep(5)
        done = int(watched.execute(count).fetchone()[0])
        now = time.perf_counter()
        if done > before and before:
            rates.append((done - before) / (now - began))
        before, began = done, now
        if watched.execute(waiting).fetchone()[0] == 0 or (
            rates and sum(rates) > 0 and len(rates) >= 12
        ):
            return rates or [0.0]


def _message(number: int) -> bytes:
    """Admissions, transfers and updates of patients who come back."""
    patient = number % PATIENTS
    trigger = ("A01", "A02", "A08", "A03")[number // PATIENTS % 4]
    return frame(
        messages.adt(
            trigger,
            f"B{number}",
            ipp=f"P{patient}",
            visit=f"V{patient}-{number // (4 * PATIENTS)}",
            at=f"202603{1 + number // PATIENTS % 27:02d}120000",
            name="ESSAI" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[patient % 26],
        )
    )


class Client(asyncio.Protocol):
    """One connection with one message in flight."""

    def __init__(
        self, stock: list[bytes], done: "asyncio.Future[None]", times: list[float]
    ) -> None:
        self.stock, self.done, self.times = stock, done, times
        self.at, self.buffer, self.began = 0, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.buffer.endswith(END):
            return
        if b"MSA|AA" not in self.buffer:
            self.done.set_exception(RuntimeError(self.buffer.decode("utf-8", "replace")[:500]))
            return
        self.times.append(time.perf_counter() - self.began)
        self.buffer = b""
        self._next()

    def _next(self) -> None:
        if self.at == len(self.stock):
            self.transport.close()
            self.done.set_result(None)
            return
        self.began = time.perf_counter()
        self.transport.write(self.stock[self.at])  # type: ignore[attr-defined]
        self.at += 1


async def _send(port: int, offset: int) -> tuple[float, float]:
    """Send `MESSAGES`; returns messages a second and the 95th percentile of the wait in ms."""
    loop = asyncio.get_running_loop()
    stocks = [
        [_message(offset + n) for n in range(first, MESSAGES, CONNECTIONS)]
        for first in range(CONNECTIONS)
    ]
    times: list[float] = []
    ends = [loop.create_future() for _ in stocks]
    began = time.perf_counter()
    for stock, end in zip(stocks, ends, strict=True):
        await loop.create_connection(lambda s=stock, e=end: Client(s, e, times), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*ends)
    spent = time.perf_counter() - began
    return MESSAGES / spent, sorted(times)[int(len(times) * 0.95)] * 1000


class _Nobody(asyncio.Protocol):
    """Answers at once without reading: what the client and the sockets cost by themselves."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(END):
            self.transport.write(b"\x0bMSH|^~\\&\rMSA|AA|1\r\x1c\r")  # type: ignore[attr-defined]


async def _send_to_nobody() -> float:
    server = await asyncio.get_running_loop().create_server(_Nobody, "127.0.0.1", 0)
    rate, _ = await _send(server.sockets[0].getsockname()[1], 0)
    server.close()
    return rate
