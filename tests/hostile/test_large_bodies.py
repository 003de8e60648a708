"""A hundred megabytes to every kind of address of a running server: refused, and neither memory nor disk grows."""

import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from tests.factories import UserFactory
from tests.running import Region, running_region

HUNDRED = 100 * 1024 * 1024
PIECE = b"\0" * 65536
HELD = 48 * 1024
"""KiB that a first round of some eighty refusals may add: a body held only once would add a hundred thousand.

Seen: 17 to 27 thousand. Eight threads each read up to 2 MB, and load what a refusal shows, for the first time."""
GROWTH = 16 * 1024
"""KiB that a second round may add to the first: nothing is kept of what was refused."""
SENT = 16 * 1024 * 1024
"""Bytes that the kernel's buffers may swallow before a client hears that nobody reads."""
ANY = UUID("0190b000-0000-7000-8000-000000000001")
ADDRESSES = {
    "a form's answer": f"/formulaires/reponse/{ANY}/remplir/",
    "a form": "/formulaires/ajouter/",
    "a note and its photo": f"/dossier/{ANY}/notes/",
    "a file of cases": "/coordination/reprises/",
    "a hospital's list": "/dossier/listes-actives/",
    "a calendar": f"/agenda/{ANY}/reglages/",
    "a message and its files": f"/messagerie/{ANY}/ecrire/",
    "the sign-in page": "/compte/login/",
    "a move": f"/demandes/{ANY}/acte/",
    "an SMS": "/notifications/api/v1/sms",
    "a resource": "/fhir/R4/Observation",
    "a document": "/fhir/R4/DocumentReference",
    "a bundle": "/fhir/R4",
    "nothing": "/nulle/part/",
}


@pytest.fixture(scope="module")
def region(template_database: str) -> Iterator[Region]:
    """Pages alone, with a folder of their own for what they spool."""
    with running_region(template_database) as running:
        spool = running.folder / "spool"
        spool.mkdir()
        running.environment["TMPDIR"] = str(spool)
        running.start("serve")
        yield running


@pytest.fixture(scope="module")
def cookie(region: Region, django_db_blocker: Any) -> str:
    """The session of a coordinator of that region."""
    usual = settings.DATABASES["default"]["NAME"]
    with django_db_blocker.unblock():
        _point_at(region.database)
        try:
            browser = Client()
            browser.force_login(UserFactory(role="coordinator"))
        finally:
            _point_at(usual)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


def _point_at(database: str) -> None:
    connections["default"].close()
    settings.DATABASES["default"]["NAME"] = database
    connections["default"].settings_dict["NAME"] = database


def send(region: Region, path: str, headers: list[str], pieces: Iterator[bytes]) -> tuple[int, int]:
    """Post until somebody answers or hangs up; the status and how many bytes left."""
    sent = 0
    with socket.create_connection(("127.0.0.1", region.ports["serve"]), timeout=10) as line:
        head = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
        line.sendall("\r\n".join([*head, "", ""]).encode())
        with suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                if select.select([line], [], [], 0)[0]:
                    break
                line.sendall(piece)
                sent += len(piece)
        answer = line.recv(65536)
    return int(answer.split(b" ", 2)[1]), sent


def whole(size: int) -> Iterator[bytes]:
    for _ in range(size // len(PIECE)):
        yield PIECE


def chunks(size: int) -> Iterator[bytes]:
    for piece in whole(size):
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


WAYS: dict[str, tuple[list[str], Callable[[int], Iterator[bytes]]]] = {
    "announced": ([f"Content-Length: {HUNDRED}"], whole),
    "chunked": (["Transfer-Encoding: chunked"], chunks),
    "both": (["Content-Length: 10", "Transfer-Encoding: chunked"], chunks),
}


def processes(region: Region) -> list[Path]:
    """The processes of the pages: all of one group."""
    group = str(region.processes["serve"].pid)
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            if (one / "stat").read_text().rpartition(")")[2].split()[2] == group:
                found.append(one)
    return found


def peak(region: Region) -> int:
    """The most memory that the processes ever held, in KiB."""
    lines = [
        line
        for one in processes(region)
        for line in (one / "status").read_text().splitlines()
        if line.startswith("VmHWM:")
    ]
    return sum(int(line.split()[1]) for line in lines)


@contextmanager
def watched(folder: Path) -> Iterator[list[int]]:
    """What the folder holds at the most while the block runs, in bytes."""
    most, is_over = [0], threading.Event()

    def look() -> None:
        while not is_over.is_set():
            with suppress(OSError):
                most[0] = max(most[0], sum(one.stat().st_size for one in os.scandir(folder)))
            time.sleep(0.002)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        is_over.set()
        thread.join()


def test_a_hundred_megabytes_are_refused_everywhere(region: Region, cookie: str) -> None:
    kind = "Content-Type: multipart/form-data; boundary=x"
    # Every thread of every process has answered before: what they load once is not a body that is held.
    for path in ["/compte/login/", *ADDRESSES.values()] * 4:
        assert send(region, path, [kind, "Content-Length: 2"], iter([b"--"]))[0] < 500
    before, faults = peak(region), []
    assert before > 0
    peaks = []
    with watched(region.folder / "spool") as spooled:
        for _ in range(2):
            faults += refused_everywhere(region, kind, cookie)
            peaks.append(peak(region))
    assert faults == []
    assert spooled == [0]
    assert peaks[0] - before < HELD
    assert peaks[1] - peaks[0] < GROWTH


def refused_everywhere(
    region: Region, kind: str, cookie: str
) -> list[tuple[str, str, bool, int, int]]:
    """A hundred megabytes to every address, in every way, as a stranger and signed in: who was not refused."""
    return [
        (name, way, bool(who), status, sent)
        for name, path in ADDRESSES.items()
        for way, (headers, pieces) in WAYS.items()
        for who in ([], [f"Cookie: {cookie}"])
        for status, sent in [send(region, path, [kind, *headers, *who], pieces(HUNDRED))]
        if status != 413 or sent > SENT
    ]


def test_what_a_stranger_sends_within_the_limit_is_not_spooled(region: Region, cookie: str) -> None:
    path, kind = (
        ADDRESSES["a message and its files"],
        "Content-Type: multipart/form-data; boundary=x",
    )
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
    size = 20 * len(PIECE) * 16
    body = [head, *whole(size), b"\r\n--x--\r\n"]
    headers = [kind, f"Content-Length: {sum(map(len, body))}"]
    with watched(region.folder / "spool") as spooled:
        status, sent = send(region, path, headers, iter(body))
    assert (status, spooled) == (302, [0])
    assert sent < size
    with watched(region.folder / "spool") as spooled:
        status, _ = send(region, path, [*headers, f"Cookie: {cookie}"], iter(body))
    assert status in {403, 404}
    assert spooled[0] <= size
    assert not list((region.folder / "spool").iterdir())
