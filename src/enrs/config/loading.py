"""Loading a national file of the directory from a path, and saying in French what it did."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.directory.commands.load import load_finess, load_rpps
from enrs.referentials.directory.models import LoadReport

LOADERS = {"rpps": load_rpps, "finess": load_finess}
SHOWN_REASONS = 5


class LoadError(Exception):
    """The file cannot be loaded; the message says why, in French."""


def load_directory_file(
    kind: str,
    path: Path,
    *,
    is_complete: bool,
    test_numbers: bool,
    progress: Callable[[int], None] | None = None,
) -> str:
    """Load one file (`kind`: `rpps` or `finess`), plain or alone in its ZIP, and return the report.

    Raises:
        LoadError: unknown kind, no file in the archive, or a file that is not of the format.
    """
    if kind not in LOADERS:
        raise LoadError(f"« {kind} » n'est pas un fichier connu : indiquez rpps ou finess.")
    with acting(SYSTEM), opened(path) as lines:
        report = LOADERS[kind](
            lines,
            file_name=path.name,
            is_complete=is_complete,
            test_numbers=test_numbers,
            progress=progress,
        )
    if report.error:
        raise LoadError(report.error)
    return sentence(report)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, or the largest one of a ZIP archive, as bytes."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(path) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        if not members:
            raise LoadError(f"L'archive {path.name} est vide.")
        with archive.open(max(members, key=lambda one: one.file_size)) as member:
            yield member  # type: ignore[misc]


def sentence(report: LoadReport) -> str:
    """What a load did: counts, then the reasons of the refused rows, the most frequent first."""
    told = (
        f"{report.file_name} : {_count(report.read_count)} lignes lues, "
        f"{_count(report.added_count)} ajouts, {_count(report.changed_count)} modifications, "
        f"{_count(report.closed_count)} fermetures, {_count(report.refused_count)} lignes refusées."
    )
    if report.state == LoadReport.State.KEPT:
        told += " Trop de lignes manquent ou sont refusées : rien n'a été fermé."
    reasons = list(report.details["reasons"].items())[:SHOWN_REASONS]
    if reasons:
        told += " Motifs : " + ", ".join(f"{code} ({_count(n)})" for code, n in reasons) + "."
    return told


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
