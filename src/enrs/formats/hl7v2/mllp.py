"""Cuts a byte stream into MLLP frames: <VT> message <FS><CR> (HL7 v2 transport, release 1)."""

from dataclasses import dataclass
from typing import Literal

_START = b"\x0b"
_END = b"\x1c\r"
_HEAD_BYTES = 4096
DEFAULT_LIMIT = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FramingError:
    """A piece of the stream that is not a message.

    `kind` is junk (bytes outside a frame), oversized, or truncated (a new frame began before the
    end of this one); `head` is at most its first 4,096 bytes.
    """

    kind: Literal["junk", "oversized", "truncated"]
    head: bytes
    text_fr: str


class Framer:
    """Incremental reader of one connection; feed it what arrives, in pieces of any size.

    It holds at most `limit` bytes and the piece just fed; the work is linear in what it is fed.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        """Set the greatest size of a message, in bytes."""
        self.limit = limit
        self._buffer = bytearray()
        self._scanned = 0
        self._state: Literal["outside", "inside", "skipping"] = "outside"
        self._in_junk = False

    def feed(self, data: bytes) -> list[bytes | FramingError]:
        """Take bytes and return the messages that they complete, and what was wrong, in order."""
        self._buffer += data
        out: list[bytes | FramingError] = []
        steps = {"outside": self._outside, "inside": self._inside, "skipping": self._skipping}
        while self._buffer and steps[self._state](out):
            pass
        return out

    def _outside(self, out: list[bytes | FramingError]) -> bool:
        """Look for the start of a frame; return whether there is more to do."""
        start = self._buffer.find(_START)
        junk = bytes(self._buffer[: start if start >= 0 else len(self._buffer)][:_HEAD_BYTES])
        junk = junk.strip(b"\r\n \t\x00")
        if junk and not self._in_junk:
            self._in_junk = True
            out.append(
                FramingError(
                    "junk",
                    junk,
                    "Des octets sont arrivés hors d'un message MLLP (avant le caractère VT) :"
                    " ils ont été ignorés.",
                )
            )
        if start < 0:
            self._buffer.clear()
            return False
        del self._buffer[: start + 1]
        self._in_junk = False
        self._scanned = 0
        self._state = "inside"
        return True

    def _inside(self, out: list[bytes | FramingError]) -> bool:
        """Look for the end of the frame begun; return whether there is more to do."""
        buffer = self._buffer
        # The two end bytes may arrive in two pieces: step back by one.
        end = buffer.find(_END, max(self._scanned - 1, 0))
        size = end if end >= 0 else len(buffer)
        if size > self.limit:
            out.append(self._oversized())
            self._state = "skipping"
            self._scanned = 0
            return True
        if end < 0:
            self._scanned = len(buffer)
            return False
        with memoryview(buffer) as view:
            payload = bytes(view[:end])
        del buffer[: end + 2]
        self._state = "outside"
        out.extend(_restarted(payload))
        return True

    def _oversized(self) -> FramingError:
        megabytes = self.limit / (1024 * 1024)
        return FramingError(
            "oversized",
            bytes(self._buffer[:_HEAD_BYTES]),
            f"Le message dépasse la taille permise ({megabytes:g} Mo) : il n'a pas été gardé.",
        )

    def _skipping(self, out: list[bytes | FramingError]) -> bool:
        """Drop bytes up to the end of an oversized frame; return whether there is more to do."""
        end = self._buffer.find(_END)
        if end < 0:
            keep = self._buffer[-1:] == b"\x1c"
            self._buffer.clear()
            if keep:
                self._buffer += b"\x1c"
            return False
        del self._buffer[: end + 2]
        self._state = "outside"
        return True

    def close(self) -> bytes | None:
        """End the stream; return the head of a frame left unfinished, or None."""
        unfinished = self._state == "inside"
        head = bytes(self._buffer[:_HEAD_BYTES])
        self._buffer.clear()
        self._scanned = 0
        self._state = "outside"
        self._in_junk = False
        return head if unfinished else None


def _restarted(payload: bytes) -> list[bytes | FramingError]:
    """Separate a message from the half-sent one before it, when the sender began again."""
    restart = payload.rfind(_START + b"MSH")
    if restart < 0:
        return [payload]
    error = FramingError(
        "truncated",
        payload[:_HEAD_BYTES],
        "Un nouveau message a commencé avant la fin du précédent, qui est donc incomplet.",
    )
    return [error, payload[restart + 1 :]]


def frame(payload: bytes) -> bytes:
    """Wrap a message for the wire. Raises ValueError when it holds a frame's own marks."""
    if _START in payload or _END in payload:
        raise ValueError("The message holds MLLP block characters")
    return _START + payload + _END
