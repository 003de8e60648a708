"""Makes a screenshot small: its 256 commonest colours, the others by the nearest of them, filtered for none.

The pictures of pages are flat: the difference is not seen, and two thirds of the bytes are gone. Reads what
Chromium writes (8 bits, RGB, not interlaced; PNG, W3C Recommendation 2003) and needs no library.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXEL = 3
COLOURS = 256


def shrink(picture: bytes) -> bytes:
    """The same picture with a palette; as it was when it is not 8-bit RGB."""
    chunks = list(_chunks(picture))
    width, height, depth, kind, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    if (depth, kind, interlace) != (8, 2, 0):
        return picture
    raw = zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT"))
    rows = list(_rows(raw, width * PIXEL, height))
    palette = _Palette(rows)
    flat = b"".join(b"\0" + palette.indexes(row) for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"PLTE", palette.bytes()),
        (b"IDAT", zlib.compress(flat, 9)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        yield picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        place += 12 + length


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _rows(raw: bytes, stride: int, height: int) -> Iterator[bytes]:
    """The rows as they were before each was filtered (PNG, section 9)."""
    above = bytearray(stride)
    for number in range(height):
        place = number * (stride + 1)
        row = bytearray(raw[place + 1 : place + 1 + stride])
        _unfilter(raw[place], row, above)
        yield bytes(row)
        above = row


def _unfilter(kind: int, row: bytearray, above: bytearray) -> None:
    if kind == 0:
        return
    for i, value in enumerate(row):
        left = row[i - PIXEL] if i >= PIXEL else 0
        up = above[i]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) >> 1
        else:
            guess = _paeth(left, up, above[i - PIXEL] if i >= PIXEL else 0)
        row[i] = (value + guess) & 255


def _paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    by_left, by_up, by_corner = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner


class _Palette:
    """The commonest colours of a picture, and the place of each colour among them."""

    def __init__(self, rows: list[bytes]) -> None:
        counted: Counter[bytes] = Counter()
        for row in rows:
            counted.update(row[i : i + PIXEL] for i in range(0, len(row), PIXEL))
        self.kept = [colour for colour, _ in counted.most_common(COLOURS)]
        self.place = {colour: rank for rank, colour in enumerate(self.kept)}

    def indexes(self, row: bytes) -> bytes:
        """A row as places of its colours."""
        return bytes(self._of(row[i : i + PIXEL]) for i in range(0, len(row), PIXEL))

    def _of(self, colour: bytes) -> int:
        found = self.place.get(colour)
        if found is None:
            found = min(range(len(self.kept)), key=lambda rank: _distance(self.kept[rank], colour))
            self.place[colour] = found
        return found

    def bytes(self) -> bytes:
        """The colours one after the other."""
        return b"".join(self.kept)


def _distance(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
