"""The archive of a copy: written to the store of documents as it is made, piece by piece.

Neither the archive nor a plain byte of it is ever whole in memory, or on a disk outside of the store.
"""

import io
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.utils import timezone

from enrs.core.documents import store
from enrs.core.documents.models import Blob
from enrs.core.ui.french import local
from enrs.services.rights.models import CopyPiece, DataCopy

PIECE = 4 * 1024 * 1024
SALT = 16
"""Random bytes before each piece: it then meets no other content of the store, and is erased alone."""
PACKED = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""Kinds that a second compression would not make smaller."""


class Pieces(io.RawIOBase):
    """What an archive is written to: it only goes forward, and keeps at most a piece in memory."""

    def __init__(self, made: DataCopy) -> None:
        super().__init__()
        self.made, self.size, self.count = made, 0, 0
        self._waiting = bytearray()
        self._is_dropped = False

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Take some bytes; what fills a piece is put away."""
        given = memoryview(data).cast("B")
        if self._is_dropped:
            return len(given)
        self._waiting += given
        while len(self._waiting) >= PIECE:
            self._keep(bytes(self._waiting[:PIECE]))
            del self._waiting[:PIECE]
        return len(given)

    def drop(self) -> None:
        """Keep nothing more: a ZIP that was not finished writes its list when it is forgotten, whenever that is."""
        self._is_dropped = True
        self._waiting.clear()

    def finish(self) -> None:
        """Put away what remains."""
        if self._waiting:
            self._keep(bytes(self._waiting))
            self._waiting.clear()

    def _keep(self, content: bytes) -> None:
        blob = store.put(secrets.token_bytes(SALT) + content)
        CopyPiece(made=self.made, number=self.count, blob=blob).save(force_insert=True)
        self.count += 1
        self.size += len(content)


class Archive:
    """A ZIP that is written forward, one file after the other, inside a `with`: what raises keeps nothing more."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._zip = ZipFile(pieces, "w", ZIP_DEFLATED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._zip.close()
            self._pieces.finish()
        else:
            self._pieces.drop()

    @contextmanager
    def text(self, name: str) -> Iterator[io.TextIOWrapper]:
        """A file of text, of any length, written inside the block."""
        with (
            self._zip.open(_named(name), "w", force_zip64=True) as raw,
            io.TextIOWrapper(raw, encoding="utf-8", newline="") as file,
        ):
            yield file

    def add(self, name: str, content: bytes, mime_type: str = "") -> None:
        """A whole file."""
        how = ZIP_STORED if mime_type in PACKED else ZIP_DEFLATED
        self._zip.writestr(_named(name), content, compress_type=how)


def _named(name: str) -> ZipInfo:
    info = ZipInfo(name, date_time=local(timezone.now()).timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def contents(addresses: Sequence[bytes]) -> Iterator[bytes]:
    """The archive, piece by piece, as it is downloaded.

    Raises:
        BlobErasedError: the copy expired meanwhile.
    """
    for address in addresses:
        yield store.take(Blob.objects.get(pk=address))[SALT:]
