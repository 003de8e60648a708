"""Loading a national file of the directory from a path, and saying in French what it did."""

from collections.abc import Callable
from pathlib import Path

from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.directory.commands.deposit import ORDER, EmptyArchiveError, opened
from enrs.referentials.directory.commands.load import LoadBusyError, load_file
from enrs.referentials.directory.models import LoadReport

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
    """Load one file (`kind`: a key of `load.FILES`), plain or alone in its ZIP, and return the report.

    Raises:
        LoadError: unknown kind, no file in the archive, or a file that is not of the format.
    """
    if kind not in ORDER:
        raise LoadError(
            f"« {kind} » n'est pas un fichier connu : indiquez {', '.join(ORDER)}, terminology, "
            "geography, cantons, contours ou territories."
        )
    try:
        with acting(SYSTEM), opened(path) as lines:
            report = load_file(
                kind,
                lines,
                file_name=path.name,
                is_complete=is_complete,
                test_numbers=test_numbers,
                progress=progress,
            )
    except EmptyArchiveError as error:
        raise LoadError(str(error)) from error
    except LoadBusyError as error:
        raise LoadError("Un autre chargement est en cours : attendez sa fin.") from error
    if report.error:
        raise LoadError(report.error)
    return sentence(report)


def sentence(report: LoadReport) -> str:
    """What a load did: counts, then the reasons of the refused rows, the most frequent first."""
    told = (
        f"{report.file_name} : {count_words(report.read_count)} lignes lues, "
        f"{count_words(report.added_count)} ajouts, {count_words(report.changed_count)} modifications, "
        f"{count_words(report.closed_count)} fermetures, {count_words(report.refused_count)} lignes refusées."
    )
    if repeated := report.details.get("repeated"):
        told += f" {count_words(repeated)} lignes en double : la dernière est gardée."
    if report.state == LoadReport.State.KEPT:
        told += " Trop de lignes manquent ou sont refusées : rien n'a été fermé."
    reasons = list(report.details["reasons"].items())[:SHOWN_REASONS]
    if reasons:
        told += " Motifs : " + ", ".join(f"{code} ({count_words(n)})" for code, n in reasons) + "."
    return told


def count_words(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
