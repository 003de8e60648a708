"""A picture for the notes, drawn here: no photograph of anybody."""

import struct
import zlib
from math import cos, hypot, sin
from typing import Final

SIZE: Final = 320
SKIN, EDGE, HEART = (226, 190, 168), (206, 128, 112), (176, 62, 58)
RULER: Final = (250, 250, 246)


def wound() -> bytes:
    """A PNG of an invented small wound beside a ruler."""
    rows = b"".join(b"\0" + b"".join(bytes(_point(x, y)) for x in range(SIZE)) for y in range(SIZE))
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _point(x: int, y: int) -> tuple[int, int, int]:
    if y > SIZE - 46:
        is_mark = x % 16 < 2 and y < SIZE - (14 if x % 80 < 2 else 28)
        return (60, 60, 60) if is_mark else RULER
    turn = cos(x / 23) * 4 + sin(y / 17) * 5 + cos((x + y) / 11) * 2
    away = hypot((x - SIZE / 2) / 1.3, y - SIZE / 2.3) + turn
    if away < 34:
        return _shade(HEART, (sin(x / 5) + cos(y / 6) + sin((x - 2 * y) / 9)) * 6 + away / 4)
    if away < 52:
        return _shade(EDGE, sin(x / 9) * 8)
    return _shade(SKIN, cos(x / 37) * 5 + sin(y / 29) * 5)


def _shade(colour: tuple[int, int, int], by: float) -> tuple[int, int, int]:
    red, green, blue = (max(0, min(255, round(one + by))) for one in colour)
    return red, green, blue
