"""Machines that answer a byte now and then: the time of a calendar is that of its whole answer."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from enrs.core.agenda import fetching
from enrs.core.agenda.fetching import AddressError, Fetched, fetch

MANY = 40
"""Bytes given one by one, a fifth of a second apart: eight seconds, where one is allowed."""


class Dripping:
    """A server that says `start` at once, `drop` many times, then `end`; `dropped` counts."""

    def __init__(self) -> None:
        self.start, self.drop, self.end = b"", b"a", b""
        self.pause, self.dropped = 0.2, 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(10)
        self.host = f"localhost:{self.server.getsockname()[1]}"
        self.thread = threading.Thread(target=self._answer)
        self.thread.start()

    def _answer(self) -> None:
        try:
            line = self.server.accept()[0]
            with line:
                line.recv(4096)
                line.sendall(self.start)
                for _ in range(MANY):
                    time.sleep(self.pause)
                    line.sendall(self.drop)
                    self.dropped += 1
                line.sendall(self.end)
        except OSError:
            return  # Nobody listens any more.

    def close(self) -> None:
        """Wait for its end."""
        self.thread.join(20)
        self.server.close()


@pytest.fixture
def dripping(settings: Any, monkeypatch: Any) -> Iterator[Dripping]:
    running = Dripping()
    settings.CALENDAR_HOSTS = {running.host}
    monkeypatch.setattr(fetching, "SECONDS", 1)
    yield running
    running.close()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (b"HTTP/1.1 304 ", b"\r\n\r\n"),
        (b"HTTP/1.1 304 Not Modified\r\nX-Slow: ", b"\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"\r\na\r\n0\r\n\r\n"),
    ],
    ids=["first line", "headers", "body", "size of a chunk"],
)
def test_an_answer_that_drips_is_left(start, end, dripping):
    dripping.start, dripping.end = start, end
    with pytest.raises(AddressError, match="silent"):
        fetch(f"http://{dripping.host}/a.ics", "un")
    dripping.close()
    assert dripping.dropped < MANY / 2


def test_a_handshake_that_drips_is_left(dripping):
    dripping.start, dripping.drop = b"\x16\x03\x03\x40\x00", b"\x00"
    with pytest.raises(AddressError, match="silent"):
        fetch(f"https://{dripping.host}/a.ics")
    dripping.close()
    assert dripping.dropped < MANY / 2


def test_an_answer_in_time_is_read_whole(dripping, monkeypatch):
    monkeypatch.setattr(fetching, "SECONDS", 60)
    dripping.pause = 0.01
    dripping.start = b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n"
    assert fetch(f"http://{dripping.host}/a.ics") == Fetched(b"a" * MANY, "")
