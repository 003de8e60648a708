"""Walk through a JSON document of any size, one record of its lists at a time, in bounded memory."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

from enrs.formats.directory.common import DirectoryFileError

CHUNK: Final = 1 << 18
# The heaviest legal entity of FINESS (a thousand establishments) takes 10 MB, indented.
MAX_RECORD: Final = 1 << 26
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def walk(source: Iterable[str] | BinaryIO, *, what: str) -> Iterator[tuple[str, Any]]:
    """Yield `(key, value)` of the root object; for a list, once for each of its items.

    A record past `MAX_RECORD` characters is taken for a broken one. `what` begins the messages.
    Raises DirectoryFileError when the document is cut, badly formed or no object: what was yielded
    before is then not to be used.
    """
    text = _Text(source, what)
    text.take("{")
    if text.next() == "}":
        text.take("}")
    else:
        yield from _members(text)
    if text.next():
        raise text.error("il y a du texte après la fin du document")


def _members(text: "_Text") -> Iterator[tuple[str, Any]]:
    while True:
        if text.next() != '"':
            raise text.error("un nom de champ est attendu")
        key = text.value()
        text.take(":")
        if text.next() == "[":
            for item in _items(text):
                yield key, item
        else:
            yield key, text.value()
        if text.take(",}") == "}":
            return


def _items(text: "_Text") -> Iterator[Any]:
    text.take("[")
    if text.next() == "]":
        text.take("]")
        return
    while True:
        text.next()
        yield text.value()
        if text.take(",]") == "]":
            return


class _Text:
    """The document's text from where it is read; what was read is let go."""

    def __init__(self, source: Iterable[str] | BinaryIO, what: str) -> None:
        self.what = what
        self.buffer, self.at, self.ended = "", 0, False
        self.source = source
        self.lines = None if hasattr(source, "read") else iter(source)
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")()

    def error(self, why: str) -> DirectoryFileError:
        return DirectoryFileError(f"{self.what} : le fichier JSON est mal formé, {why}.")

    def cut(self) -> DirectoryFileError:
        return DirectoryFileError(
            f"{self.what} : le fichier JSON est coupé ou mal formé. Téléchargez-le de nouveau."
        )

    def more(self) -> bool:
        """Read on, as much again as waits, so that a long record costs its length; false at the end."""
        if self.ended:
            return False
        waiting = self.buffer[self.at :]
        if len(waiting) > MAX_RECORD:
            raise self.error("un enregistrement est trop long")
        read = self._read(max(CHUNK, len(waiting)))
        self.buffer, self.at = waiting + read, 0
        return bool(read) or not self.ended

    def _read(self, size: int) -> str:
        if self.lines is not None:
            taken, length = [], 0
            for line in self.lines:
                taken.append(line)
                length += len(line)
                if length >= size:
                    break
            self.ended = not taken
            return "".join(taken)
        raw = self.source.read(size)  # type: ignore[union-attr]
        self.ended = not raw
        try:
            return self.decoder.decode(raw, final=self.ended)
        except UnicodeDecodeError as error:
            raise self.error("ce n'est pas de l'UTF-8") from error

    def next(self) -> str:
        """The next character that is no space, not taken; empty at the end."""
        while True:
            found = _SPACE.match(self.buffer, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if not self.more():
                return ""

    def take(self, expected: str) -> str:
        """Go past the next character, which must be one of these."""
        found = self.next()
        if not found:
            raise self.cut()
        if found not in expected:
            raise self.error(f"« {found} » est inattendu")
        self.at += 1
        return found

    def value(self) -> Any:
        """Go past the value that begins here."""
        while True:
            try:
                found, end = _DECODER.raw_decode(self.buffer, self.at)
            except RecursionError as error:
                raise self.error("il est trop profond") from error
            except ValueError:
                end = -1
            # A number that ends with the buffer may go on.
            if end >= 0 and (end < len(self.buffer) or self.ended):
                self.at = end
                return found
            if not self.more() and end < 0:
                raise self.cut()
