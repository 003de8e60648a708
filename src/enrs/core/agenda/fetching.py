"""A calendar at an address of outside: fetched without reaching into the network that the program stands in.

An address is what a user typed: the machine that it names must have a public address, and that very
address is the one connected to, so that no later answer of the name service can change it. A region names
its own calendar servers in `CALENDAR_HOSTS` (`ENRS_CALENDAR_HOSTS`): these may be private, and plain http.
"""

import functools
import http.client
import io
import socket
import ssl
import time
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from django.conf import settings

from enrs.core.agenda.rules.calendars import MAX_BYTES

SECONDS = 10
"""For one calendar, redirections included, from the first connection to the last byte."""

MOST_REDIRECTS = 3
MOST_LETTERS = 1_000
SCHEMES = {"https": "https", "webcal": "https", "webcals": "https", "http": "http"}
PORTS = {"https": 443, "http": 80}
RELAYED = (IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16"), IPv6Network("2001::/32"))
"""IPv6 addresses that carry an IPv4 one, which they would hide (RFC 6052, 3056, 4380)."""


class AddressError(Exception):
    """No calendar came; the message is a code: `address`, `private`, `gone`, `answer`, `silent` or `size`."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered: its content, None when it has not changed, and its mark (`ETag`)."""

    content: bytes | None
    tag: str


def checked(address: str) -> str:
    """An address as it will be asked, in https.

    Raises:
        AddressError: `address`.
    """
    return urlunsplit(_parts(address.strip()))


def fetch(address: str, tag: str = "") -> Fetched:
    """Ask an address for its calendar; `tag` is the mark of the one already known.

    Raises:
        AddressError: see the class.
    """
    end = time.monotonic() + SECONDS
    for _ in range(MOST_REDIRECTS + 1):
        parts = _parts(address)
        try:
            connection = _connected(parts, end)
            try:
                connection.request(
                    "GET", urlunsplit(("", "", *parts[2:4], "")), headers=_headers(parts, tag)
                )
                answer = connection.getresponse()
                if answer.status == HTTPStatus.NOT_MODIFIED:
                    return Fetched(None, tag)
                if answer.status == HTTPStatus.OK:
                    return Fetched(_body(answer), (answer.getheader("ETag") or "")[:300])
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AddressError("silent") from error
        address = _elsewhere(answer, address)
    raise AddressError("answer")


def _parts(address: str) -> SplitResult:
    """The parts of an address that may be asked."""
    if len(address) > MOST_LETTERS or not address.isprintable() or " " in address:
        raise AddressError("address")
    try:
        parts = urlsplit(address)
        scheme, host, port = SCHEMES.get(parts.scheme, ""), parts.hostname or "", parts.port
        address.encode("ascii")
    except ValueError as error:
        raise AddressError("address") from error
    is_plain = scheme == "http" and not _is_ours(parts)
    if not scheme or is_plain or not host or port == 0 or "@" in parts.netloc:
        raise AddressError("address")
    return SplitResult(scheme, parts.netloc.lower(), parts.path or "/", parts.query, "")


def _is_ours(parts: SplitResult) -> bool:
    return parts.netloc.lower() in settings.CALENDAR_HOSTS


def _connected(parts: SplitResult, end: float) -> http.client.HTTPConnection:
    """A connection to the address that was checked, under the name that was asked."""
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    open_to = [str(one[4][0]) for one in found if _is_ours(parts) or _is_public(str(one[4][0]))]
    if not open_to:
        raise AddressError("private")
    line = socket.create_connection((open_to[0], port), timeout=_left(end))
    try:
        if parts.scheme == "https":
            line.settimeout(_left(end))
            line = ssl.create_default_context().wrap_socket(line, server_hostname=host)
        line.settimeout(_left(end))
    except (OSError, ValueError):
        line.close()
        raise
    connection = http.client.HTTPConnection(host, port)
    connection.sock = line
    connection.response_class = functools.partial(_Answer, end=end)  # type: ignore[assignment]
    return connection


def _left(end: float) -> float:
    """The seconds left until a moment of `time.monotonic`.

    Raises:
        TimeoutError: none is left.
    """
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Hurried(io.RawIOBase):
    """What comes through a socket until a moment: each reading waits for the time that is left.

    The usual time limit of a socket is that of one reading: a byte now and then would hold it for hours.
    """

    def __init__(self, line: socket.socket, raw: io.RawIOBase, end: float) -> None:
        super().__init__()
        self.line, self.raw, self.end = line, raw, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self.line.settimeout(_left(self.end))
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer whose first line, headers and body are all waited for until one moment."""

    def __init__(self, sock: socket.socket, *args: Any, end: float, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Hurried(sock, self.fp.detach(), end))


def _is_public(text: str) -> bool:
    found: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if isinstance(found, IPv6Address) and any(found in one for one in RELAYED):
        return False
    return found.is_global and not found.is_multicast


def _headers(parts: SplitResult, tag: str) -> dict[str, str]:
    known = {"If-None-Match": tag} if tag else {}
    return known | {"Host": parts.netloc, "Accept": "text/calendar", "User-Agent": "enrs"}


def _body(answer: http.client.HTTPResponse) -> bytes:
    """The whole answer, as long as it is not too long."""
    content = answer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise AddressError("size")
    return content


def _elsewhere(answer: http.client.HTTPResponse, address: str) -> str:
    """Where an answer sends us from an address.

    Raises:
        AddressError: it sends nowhere.
    """
    if answer.status in (301, 302, 303, 307, 308) and (place := answer.getheader("Location")):
        try:
            return urljoin(address, place)
        except ValueError as error:
            raise AddressError("answer") from error
    if answer.status in (401, 403, 404, 410):
        raise AddressError("gone")
    raise AddressError("answer")
