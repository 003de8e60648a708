"""National files put down in a folder, by a timer or by hand, loaded by the worker.

A file that still grows is left for the next round. One that is loaded goes to `faits`, one that is
refused to `refuses`, beside its reason: nothing is lost, and nothing is loaded twice.
"""

import gzip
import io
import logging
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.directory.commands.load import LoadBusyError, load_file
from enrs.referentials.directory.models import LoadReport

KINDS = (
    ("finess", re.compile(r"cs11005|etalab.*stock|finess(?!.*activites)", re.IGNORECASE)),
    ("activities", re.compile(r"finess.*activites", re.IGNORECASE)),
    ("rpps", re.compile(r"PS_LibreAcces_Personne_activite", re.IGNORECASE)),
    ("skills", re.compile(r"PS_LibreAcces_SavoirFaire", re.IGNORECASE)),
    ("diplomas", re.compile(r"PS_LibreAcces_Dipl_AutExerc", re.IGNORECASE)),
    ("mailboxes", re.compile(r"Correspondance_MSSante", re.IGNORECASE)),
    ("sirene", re.compile(r"StockEtablissement(?!Historique|Liens)", re.IGNORECASE)),
    ("sirene", re.compile(r"StockUniteLegale(?!Historique)", re.IGNORECASE)),
)
"""How the published names of the files tell what they are, in the order in which one night loads them."""
ORDER = list(dict.fromkeys(kind for kind, _ in KINDS))
GZIP = b"\x1f\x8b"
"""How a gzip file begins (RFC 1952)."""
READ = 1 << 20
QUIET_SECONDS = 60
"""A file that nobody wrote to for so long is whole."""
log = logging.getLogger("enrs.directory")


class EmptyArchiveError(Exception):
    """The archive has no file."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, what it holds when it is compressed (gzip), or the largest one of a ZIP archive, as bytes.

    Raises:
        EmptyArchiveError: nothing in the archive.
    """
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            is_compressed = file.read(2) == GZIP
            file.seek(0)
            if is_compressed:
                with (
                    gzip.GzipFile(fileobj=file) as inside,
                    io.BufferedReader(inside, READ) as lines,
                ):
                    yield lines
            else:
                yield file
        return
    with zipfile.ZipFile(path) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        if not members:
            raise EmptyArchiveError(f"L'archive {path.name} est vide.")
        largest = max(members, key=lambda one: one.file_size)
        # Without a buffer of its own, a member gives its lines ten times slower.
        with archive.open(largest) as member:
            yield io.BufferedReader(member, READ)  # type: ignore[type-var]


def kind_of(name: str) -> str:
    """A key of `load.FILES`, or nothing for a name that is of none."""
    return next((kind for kind, pattern in KINDS if pattern.search(name)), "")


def _rank(path: Path) -> tuple[int, float]:
    """When the file's turn comes: by its kind, then by its age. One that is no national file is last."""
    turn = next((n for n, (_, one) in enumerate(KINDS) if one.search(path.name)), len(KINDS))
    return turn, path.stat().st_mtime


def take_deposits(
    folder: Path, *, test_numbers: bool = False, quiet_seconds: float = QUIET_SECONDS
) -> list[LoadReport]:
    """Load every whole file of the folder: kind by kind, the oldest first; returns their reports."""
    if not folder.is_dir():
        return []
    reports: list[LoadReport] = []
    waiting = [one for one in folder.iterdir() if one.is_file() and kind_of(one.name)]
    for path in sorted(waiting, key=_rank):
        if time.time() - path.stat().st_mtime < quiet_seconds:
            continue
        try:
            reports.append(_load(path, test_numbers=test_numbers))
        except LoadBusyError:
            log.info("another load is under way: %s waits", path.name)
            break
    return reports


def _load(path: Path, *, test_numbers: bool) -> LoadReport:
    kind = kind_of(path.name)
    try:
        with acting(SYSTEM), opened(path) as lines:
            report = load_file(kind, lines, file_name=path.name, test_numbers=test_numbers)
    except (EmptyArchiveError, zipfile.BadZipFile) as error:
        with acting(SYSTEM):
            report = load_file(kind, iter(()), file_name=path.name)
        log.warning("%s: %s", path.name, error)
    kept = path.parent / ("refuses" if report.error else "faits")
    kept.mkdir(exist_ok=True)
    path.replace(kept / f"{report.started_at:%Y%m%dT%H%M%S}-{path.name}")
    if report.error:
        log.warning("%s was refused: %s", path.name, report.error)
    return report
