"""Loading the national public files into the directory, with a report of every refused row.

Runs under the database's owner or feed role; one transaction, set-based, idempotent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from django.db import connection
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.formats.directory.common import DirectoryFileError, Refusal
from enrs.formats.directory.finess import read_finess
from enrs.formats.directory.rpps import read_rpps
from enrs.referentials.directory.commands.accounts import sync_touched_positions
from enrs.referentials.directory.commands.finess import merge_finess, stage_finess
from enrs.referentials.directory.commands.merge import Counts, Cursor, Trust, prepare
from enrs.referentials.directory.commands.publication import publish_touched
from enrs.referentials.directory.commands.rpps import merge_rpps, stage_rpps
from enrs.referentials.directory.models import LoadReport, RefusedRow

KEPT_REFUSALS = 10_000
"""A report keeps this many refused rows; past it the reasons are only counted."""

Lines = Iterable[str] | BinaryIO
Progress = Callable[[int], None]


@dataclass(slots=True)
class Tally:
    """What is counted while a file streams through."""

    read: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    kept: list[Refusal] = field(default_factory=list)

    def taken(self, rows: Iterable[Any], progress: Progress | None) -> Iterator[Any]:
        """The good rows; refusals are set aside. `progress` hears the count every 10,000 rows."""
        for row in rows:
            self.read += 1
            if progress and self.read % 10_000 == 0:
                progress(self.read)
            if isinstance(row, Refusal):
                self.refused += 1
                self.reasons[row.reason_code] += 1
                if len(self.kept) < KEPT_REFUSALS:
                    self.kept.append(row)
            else:
                yield row


@dataclass(frozen=True, slots=True)
class FileKind:
    """How one kind of file is read, staged and merged."""

    kind: str
    read: Callable[..., Iterator[Any]]
    stage: Callable[[Cursor, Iterable[Any]], None]
    merge: Callable[[Cursor, Trust], dict[str, Counts]]


RPPS_FILE = FileKind("rpps", read_rpps, stage_rpps, merge_rpps)
FINESS_FILE = FileKind("finess", read_finess, stage_finess, merge_finess)


@dataclass(slots=True)
class Load:
    """One load under way: what was asked, and what is known of it so far."""

    kind: FileKind
    file_name: str
    is_complete: bool
    publishes: bool
    progress: Progress | None
    started: datetime = field(default_factory=timezone.now)
    tally: Tally = field(default_factory=Tally)
    counts: dict[str, Counts] = field(default_factory=dict)
    error: str = ""


def load_rpps(
    lines: Lines,
    *,
    file_name: str,
    is_complete: bool = True,
    publish: bool = True,
    test_numbers: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Load a `PS_LibreAcces_Personne_activite` file: people, places of work, activities.

    `is_complete` says that what the file does not have no longer is (it is closed, never deleted);
    a file with too many refusals, or that would close a fifth of the directory, closes nothing.
    With `publish`, changed rows are published as FHIR. Positions of enrolled users follow.
    A file that is not of the format changes nothing and leaves a report in state `failed`.
    """
    load = Load(RPPS_FILE, file_name, is_complete, publish, progress)
    return _run(load, lines, test_numbers)


def load_finess(
    lines: Lines,
    *,
    file_name: str,
    is_complete: bool = True,
    publish: bool = True,
    test_numbers: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Load a FINESS `etalab` stock, plain or with coordinates; same conduct as `load_rpps`."""
    load = Load(FINESS_FILE, file_name, is_complete, publish, progress)
    return _run(load, lines, test_numbers)


def _run(load: Load, lines: Lines, test_numbers: bool) -> LoadReport:
    with act():
        try:
            with act(savepoint=True):
                _apply(load, load.kind.read(lines, test_numbers=test_numbers))
                if load.publishes:
                    publish_touched(load.counts)
                sync_touched_positions()
        except DirectoryFileError as refused:
            load.error = str(refused)
        report = _report(load)
        note(
            "directory.file.loaded",
            object_kind="load_report",
            object_id=report.id,
            outcome="refused" if load.error else "done",
            reason=load.error,
        )
        emit("directory.file.loaded", payload={"kind": "directory", "ids": [str(report.id)]})
    return report


def _apply(load: Load, rows: Iterator[Any]) -> None:
    with connection.cursor() as cursor:
        prepare(cursor)
        load.kind.stage(cursor, load.tally.taken(rows, load.progress))
        trust = Trust(
            is_complete=load.is_complete, read=load.tally.read, refused=load.tally.refused
        )
        load.counts = load.kind.merge(cursor, trust)


def _state(load: Load) -> LoadReport.State:
    if load.error:
        return LoadReport.State.FAILED
    if any(one.is_kept for one in load.counts.values()):
        return LoadReport.State.KEPT
    return LoadReport.State.DONE


def _report(load: Load) -> LoadReport:
    counts = load.counts.values()
    report = LoadReport.objects.create(
        kind=load.kind.kind,
        file_name=load.file_name[:200],
        started_at=load.started,
        ended_at=timezone.now(),
        state=_state(load),
        is_complete=load.is_complete,
        read_count=load.tally.read,
        refused_count=load.tally.refused,
        added_count=sum(one.added for one in counts),
        changed_count=sum(one.changed for one in counts),
        closed_count=sum(one.closed for one in counts),
        error=load.error[:400],
        details={
            "tables": {name: one.as_dict() for name, one in load.counts.items()},
            "reasons": dict(load.tally.reasons.most_common()),
        },
    )
    RefusedRow.objects.bulk_create(
        (
            RefusedRow(
                report=report,
                line_number=one.line_number,
                reason_code=one.reason_code,
                sentence=one.reason_fr[:300],
                raw_head=one.raw_head[:200],
            )
            for one in load.tally.kept
        ),
        batch_size=1000,
    )
    return report
