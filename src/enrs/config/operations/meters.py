"""Counts and latencies of the requests, by view: one file of numbers per process, added up when read.

Several processes serve the pages, and a scrape reaches any of them. Each writes to a file of its own,
mapped in memory, in one folder; whoever is asked reads them all. The file of a process that ended
stays until `enrs serve` starts anew: a counter never goes down while the service runs.
"""

import mmap
import os
import shutil
import struct
import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from enrs.config.state import make_folder, state_folder

FOLDER = "ENRS_METRICS_DIR"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets, in seconds; one more takes the rest."""

LABEL = 96
"""Bytes for `view method status`."""

WORDS = len(BOUNDS) + 2
RECORD = LABEL + 8 * WORDS
"""A label, then its buckets and the sum of seconds, as doubles: each is written in one step."""

RECORDS = 2_000
OTHER = ("other", "", "")
Key = tuple[str, str, str]


@dataclass(slots=True)
class Series:
    """Requests of one view, method and status: how many in each bucket, and their seconds."""

    buckets: list[float]
    seconds: float


class Meter:
    """The numbers of this process; `folder` None keeps them in memory alone."""

    def __init__(self, folder: Path | None) -> None:
        size = RECORD * RECORDS
        if folder is None:
            self._memory = mmap.mmap(-1, size)
        else:
            with (folder / f"{os.getpid()}.meter").open("w+b") as file:
                file.truncate(size)
                self._memory = mmap.mmap(file.fileno(), size)
        self._words = memoryview(self._memory).cast("d")
        self._places: dict[Key, int] = {}
        self._lock = threading.Lock()

    def observe(self, key: Key, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            place = self._places.get(key)
            if place is None:
                place = self._place(key)
            self._words[place + bisect_left(BOUNDS, seconds)] += 1
            self._words[place + WORDS - 1] += seconds

    def content(self) -> bytes:
        """The numbers as they are in a file."""
        return self._memory[:]

    def _place(self, key: Key) -> int:
        if len(self._places) >= RECORDS - 1 and key != OTHER:
            return self._places.get(OTHER) or self._place(OTHER)
        record = len(self._places)
        label = " ".join(key).encode()[:LABEL]
        self._memory[record * RECORD : record * RECORD + len(label)] = label
        self._places[key] = place = (record * RECORD + LABEL) // 8
        return place


_meters: dict[int, Meter] = {}
_making = threading.Lock()


def meter() -> Meter:
    """The meter of this process, made at its first request.

    By one thread alone: the file is emptied when it is made, and a map of an emptied file kills its process.
    """
    pid = os.getpid()
    held = _meters.get(pid)
    if held is None:
        with _making:
            held = _meters.get(pid)
            if held is None:
                held = _meters[pid] = Meter(_folder())
    return held


def renew_folder(port: int) -> Path:
    """An empty folder for the processes of one `enrs serve`, told to them by the environment."""
    folder = state_folder() / "metrics" / str(port)
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder, mode=0o700)
    os.environ[FOLDER] = str(folder)
    return folder


def read_all() -> dict[Key, Series]:
    """The numbers of every process, added up."""
    folder = _folder()
    files = sorted(folder.glob("*.meter")) if folder else []
    contents = [file.read_bytes() for file in files] if folder else [meter().content()]
    total: dict[Key, Series] = {}
    for content in contents:
        for key, words in _records(content):
            series = total.setdefault(key, Series([0.0] * (len(BOUNDS) + 1), 0.0))
            series.buckets = [a + b for a, b in zip(series.buckets, words[:-1], strict=True)]
            series.seconds += words[-1]
    return total


def _records(content: bytes) -> Iterator[tuple[Key, list[float]]]:
    for start in range(0, len(content) - RECORD + 1, RECORD):
        label = content[start : start + LABEL].rstrip(b"\0")
        if not label:
            return
        view, method, status = label.decode(errors="replace").split(" ")
        words = list(struct.unpack(f"{WORDS}d", content[start + LABEL : start + RECORD]))
        yield (view, method, status), words


def _folder() -> Path | None:
    named = os.environ.get(FOLDER)
    return Path(named) if named else None
