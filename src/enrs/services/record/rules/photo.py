"""A photo rebuilt from its own parts: what is no part of a picture (place, author, hidden files) is left out (pure).

PNG (ISO/IEC 15948): signature, then chunks with their CRC; JPEG (ITU-T T.81): markers and segments.
"""

import re
import struct
import zlib
from itertools import count

MAX_BYTES = 8 * 1024 * 1024
MAX_SIDE = 10_000
MAX_PARTS = 10_000
"""Chunks or segments: the smallest that encoders write make some two thousand of 8 MB."""
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs"}
FRAMES = {0xC0, 0xC1, 0xC2}
"""Baseline, extended and progressive frames: those that every browser draws."""
KEPT_SEGMENTS = {*FRAMES, 0xC4, 0xDB, 0xDD, 0xE0, 0xEE}
"""Frames, Huffman and quantisation tables, restart interval, JFIF and Adobe headers."""
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""A marker within entropy data: neither a stuffed byte, nor filling, nor a restart."""


class PhotoRefusedError(Exception):
    """No photo: the code is `empty`, `size`, `type` (neither PNG nor JPEG) or `broken`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean_photo(content: bytes) -> tuple[bytes, str]:
    """The picture alone and its type; its metadata and whatever follows it are dropped.

    Raises:
        PhotoRefusedError: it is no picture that can be kept.
    """
    if not content:
        raise PhotoRefusedError("empty")
    if len(content) > MAX_BYTES:
        raise PhotoRefusedError("size")
    try:
        if content.startswith(PNG_HEAD):
            return _png(content), "image/png"
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg(content), "image/jpeg"
    except (struct.error, IndexError) as error:
        raise PhotoRefusedError("broken") from error
    raise PhotoRefusedError("type")


def _png(content: bytes) -> bytes:
    parts, at = [PNG_HEAD], len(PNG_HEAD)
    names: list[bytes] = []
    while not names or names[-1] != b"IEND":
        _check_count(len(names))
        (size,) = struct.unpack_from(">I", content, at)
        name, end = content[at + 4 : at + 8], at + 12 + size
        (crc,) = struct.unpack_from(">I", content, end - 4)
        if zlib.crc32(content[at + 4 : end - 4]) != crc:
            raise PhotoRefusedError("broken")
        if name == b"IHDR":
            _check_side(*struct.unpack_from(">II", content, at + 8))
        if name in PNG_KEPT:
            parts.append(content[at:end])
        names.append(name)
        at = end
    if names[0] != b"IHDR" or b"IDAT" not in names:
        raise PhotoRefusedError("broken")
    return b"".join(parts)


def _jpeg(content: bytes) -> bytes:
    parts, at, has_frame = [b"\xff\xd8"], 2, False
    for rank in count():
        _check_count(rank)
        if content[at] != 0xFF:
            raise PhotoRefusedError("broken")
        marker = content[at + 1]
        (size,) = struct.unpack_from(">H", content, at + 2)
        end = at + 2 + size
        if marker == 0xDA:
            break
        if size < 2 or end > len(content) or marker == 0xD9:
            raise PhotoRefusedError("broken")
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            _check_side(width, height)
            has_frame = True
        if marker in KEPT_SEGMENTS:
            parts.append(content[at:end])
        at = end
    last = content.find(b"\xff\xd9", at)
    if not has_frame or last < 0:
        raise PhotoRefusedError("broken")
    return b"".join([*parts, _scans(content, at)])


def _scans(content: bytes, at: int) -> bytes:
    """From the first scan to the end marker: entropy data, tables and further scans, nothing else."""
    start = at
    for rank in count():
        _check_count(rank)
        found = MARKER.search(content, at)
        if found is None:
            break
        at, marker = found.start(), content[found.start() + 1]
        if marker == 0xD9:
            return content[start : at + 2]
        if marker not in {0xDA, 0xC4, 0xDB, 0xDD}:
            break
        (size,) = struct.unpack_from(">H", content, at + 2)
        at += 2 + size
    raise PhotoRefusedError("broken")


def _check_count(parts: int) -> None:
    if parts > MAX_PARTS:
        raise PhotoRefusedError("broken")


def _check_side(width: int, height: int) -> None:
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise PhotoRefusedError("size")
