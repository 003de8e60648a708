"""A small HTTP load generator: kept connections that ask again as soon as they are answered (saturation)."""

import asyncio
import multiprocessing
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """What a run gave: answers a second, their times in milliseconds, and the answers that were neither 200 nor 201."""

    rate: float
    times: list[float]
    refused: list[bytes]


class _Client(asyncio.Protocol):
    """One connection; counts answers until told to stop."""

    def __init__(self, requests: Sequence[bytes], until: float) -> None:
        self.requests = requests
        self.until = until
        self.times: list[float] = []
        self.refused: list[bytes] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = b""
        self._asked = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
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
        if now < self.until:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def _run(
    host: str, port: int, requests: Sequence[bytes], connections: int, seconds: float
) -> tuple[list[float], list[bytes]]:
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    clients = [_Client(requests, until) for _ in range(connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, host, port)  # type: ignore[misc]
    await asyncio.gather(*(client.done for client in clients))
    return [one for client in clients for one in client.times], [
        one for client in clients for one in client.refused
    ]


def _process(
    host: str, port: int, requests: Sequence[bytes], connections: int, seconds: float
) -> tuple[list[float], list[bytes]]:
    return uvloop.run(_run(host, port, requests, connections, seconds))


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


def _load(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        times, refused = pool.apply(_process, ("127.0.0.1", port, requests, connections, seconds))
    return Load(len(times) / seconds, times, refused)
