"""What the readers of directory files share: bounded lines, refusals and the error on a whole file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

# The longest line of the public files is under 2 kB; past this it is not one of them.
MAX_LINE_BYTES = 65_536
_HEAD_LENGTH = 120
_TAKEN_OUT = dict.fromkeys(range(32), " ")


class DirectoryFileError(ValueError):
    """The file as a whole cannot be read as the format that it was given for."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not taken: where it is, a stable code, and a French sentence to show."""

    line_number: int
    reason_code: str
    reason_fr: str
    raw_head: str


def refusal(line_number: int, reason_code: str, reason_fr: str, raw: str) -> Refusal:
    """Build a refusal that keeps at most 120 printable characters of the row."""
    return Refusal(line_number, reason_code, reason_fr, raw[:_HEAD_LENGTH].translate(_TAKEN_OUT))


def numbered_lines(
    source: Iterable[str] | BinaryIO, encodings: tuple[str, ...]
) -> Iterator[tuple[int, str] | Refusal]:
    """Yield `(line number, text without its line end)`, or a refusal for a line out of bounds.

    Bytes are decoded line by line with the first of `encodings` that fits, so that memory stays
    constant; a byte order mark is dropped; empty lines are skipped.
    """
    lines = _bounded(source) if hasattr(source, "readline") else source
    for number, raw in enumerate(lines, start=1):
        if len(raw) > MAX_LINE_BYTES:
            head = raw[:_HEAD_LENGTH]
            text = head if isinstance(head, str) else head.decode("latin-1")
            yield refusal(number, "line_too_long", "La ligne dépasse 64 ko.", text)
            continue
        line = raw if isinstance(raw, str) else _decode(raw, encodings)
        if line is None:
            head = raw[:_HEAD_LENGTH]
            text = head if isinstance(head, str) else head.decode("latin-1")
            reason = "La ligne contient des octets illisibles dans l'encodage attendu."
            yield refusal(number, "undecodable", reason, text)
            continue
        line = line.rstrip("\r\n")
        if number == 1:
            line = line.removeprefix("\ufeff")
        if "\x00" in line:
            reason = "La ligne contient un caractère nul."
            yield refusal(number, "control_character", reason, line)
        elif line and not line.isspace():
            yield number, line


def _bounded(source: object) -> Iterator[str | bytes]:
    """Read lines of at most one byte over the bound, then drop the rest of a longer one."""
    readline = source.readline  # type: ignore[attr-defined]
    while line := readline(MAX_LINE_BYTES + 1):
        yield line
        end: str | bytes = "\n" if isinstance(line, str) else b"\n"
        while len(line) > MAX_LINE_BYTES and not line.endswith(end):
            line = readline(MAX_LINE_BYTES + 1)


def _decode(raw: bytes, encodings: tuple[str, ...]) -> str | None:
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
