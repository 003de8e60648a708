"""A small HTTP load generator: kept connections that ask again once answered (saturation), or at a steady pace."""

import asyncio
import multiprocessing
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """What a run gave: answers a second, their times in milliseconds, and the answers that were neither 200 nor 201."""

    rate: float
    times: list[float]
    refused: list[bytes]


class _Client(asyncio.Protocol):
    """One connection; counts answers until told to stop. It asks again at once, or `every` so many seconds.

    At a pace, a request is late from the moment at which it was due: who waits for a slow answer waits
    with the next one too.
    """

    def __init__(self, requests: Sequence[bytes], until: float, every: float = 0.0) -> None:
        self.requests = requests
        self.until = until
        self.every = every
        self.due = time.perf_counter() + random.random() * every  # noqa: S311  nobody marches in step
        self.times: list[float] = []
        self.refused: list[bytes] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = b""
        self._asked = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._next()

    def _next(self) -> None:
        """Ask now, or when the next request is due."""
        wait = self.due - time.perf_counter() if self.every else 0.0
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._ask)
        else:
            self._ask()

    def _ask(self) -> None:
        self._asked = self.due if self.every else time.perf_counter()
        self.due += self.every
        self._transport.write(random.choice(self.requests))  # noqa: S311

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if len(body) < int(fields.get(b"content-length", b"0")):
            return
        now = time.perf_counter()
        self.times.append((now - self._asked) * 1000)
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            self.refused.append(self._received[:500])
        self._received = b""
        if max(now, self.due) < self.until:
            self._next()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def _run(  # noqa: PLR0917  where, what, how many, how long and how often
    host: str,
    port: int,
    requests: Sequence[bytes],
    connections: int,
    seconds: float,
    every: float,
) -> tuple[list[float], list[bytes]]:
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    clients = [_Client(requests, until, every) for _ in range(connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, host, port)  # type: ignore[misc]
    await asyncio.gather(*(client.done for client in clients))
    return [one for client in clients for one in client.times], [
        one for client in clients for one in client.refused
    ]


def _process(*given: Any) -> tuple[list[float], list[bytes]]:
    return uvloop.run(_run(*given))


def saturate(
    url: str, paths: Sequence[str], *, token: str = "", connections: int = 16, seconds: float = 6.0
) -> Load:
    """Ask random `paths` of `url` on `connections` kept connections for `seconds`, from another process."""
    host, port = urlsplit(url).hostname or "localhost", urlsplit(url).port or 80
    head = f"Host: {host}:{port}\r\nAccept: application/fhir+json\r\n"
    head += f"Authorization: Bearer {token}\r\n" if token else ""
    requests = [f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() for path in paths]
    return _load(port, requests, connections, seconds)


def saturate_with(
    url: str,
    path: str,
    bodies: Sequence[bytes],
    *,
    token: str,
    connections: int = 16,
    seconds: float = 6.0,
) -> Load:
    """As `saturate`, posting random `bodies` of FHIR JSON to one path."""
    host, port = urlsplit(url).hostname or "localhost", urlsplit(url).port or 80
    head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Type: application/fhir+json\r\nContent-Length: "
    requests = [f"{head}{len(one)}\r\n\r\n".encode() + one for one in bodies]
    return _load(port, requests, connections, seconds)


def paced(
    url: str, requests: Sequence[bytes], *, connections: int, every: float, seconds: float
) -> Load:
    """Send random whole `requests`, each connection one every `every` seconds (an open model), from another process.

    `every` of 0 asks again as soon as it is answered.
    """
    return _load(urlsplit(url).port or 80, requests, connections, seconds, every)


def _load(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, every: float = 0.0
) -> Load:
    given = ("127.0.0.1", port, requests, connections, seconds, every)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        times, refused = pool.apply(_process, given)
    return Load(len(times) / seconds, times, refused)
