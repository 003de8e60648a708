"""Loading the national public files into the directory, with a report of every refused row.

Runs under the database's owner or feed role; set-based, idempotent. The directory changes in one
transaction, once the whole file is read: see `merge`.
"""

import gzip
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from django.db import connection
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.formats.directory.common import DirectoryFileError, Refusal
from enrs.formats.directory.finess_activities import read_activities
from enrs.formats.directory.finess_flow import read_any_finess
from enrs.formats.directory.qualifications import read_diplomas, read_mailboxes, read_skills
from enrs.formats.directory.rpps import read_rpps
from enrs.formats.directory.sirene import Passed
from enrs.referentials.directory.commands.accounts import sync_touched_positions
from enrs.referentials.directory.commands.activities import (
    activities_left_out,
    merge_activities,
    stage_activities,
)
from enrs.referentials.directory.commands.beside import (
    diplomas_left_out,
    mailboxes_left_out,
    merge_diplomas,
    merge_mailboxes,
    merge_skills,
    skills_left_out,
    stage_diplomas,
    stage_mailboxes,
    stage_skills,
)
from enrs.referentials.directory.commands.finess import merge_finess, repeated_places, stage_finess
from enrs.referentials.directory.commands.merge import Counts, Cursor, Trust, begin, end
from enrs.referentials.directory.commands.publication import list_touched, publish_waiting
from enrs.referentials.directory.commands.quality import quality
from enrs.referentials.directory.commands.rpps import merge_rpps, repeated_activities, stage_rpps
from enrs.referentials.directory.commands.search import (
    keep_facets,
    keep_places_of_roles,
    keep_words,
)
from enrs.referentials.directory.commands.sirene import (
    merge_sirene,
    read_known_sirene,
    repeated_numbers,
    stage_sirene,
)
from enrs.referentials.directory.models import LoadReport, RefusedRow

KEPT_REFUSALS = 10_000
"""A report keeps this many refused rows; past it the reasons are only counted."""

DAMAGED = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile)
"""What a compressed file raises when it was cut in transfer."""

Lines = Iterable[str] | BinaryIO
Progress = Callable[[int], None]


@dataclass(slots=True)
class Tally:
    """What is counted while a file streams through; `passed` lines were of nobody here."""

    read: int = 0
    passed: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    kept: list[Refusal] = field(default_factory=list)

    def taken(self, rows: Iterable[Any], progress: Progress | None) -> Iterator[Any]:
        """The good rows; refusals are set aside. `progress` hears the count every 10,000 rows."""
        for row in rows:
            if isinstance(row, Passed):
                self.passed += row.count
                if progress:
                    progress(self.read + self.passed)
                continue
            self.read += 1
            if progress and self.read % 10_000 == 0:
                progress(self.read + self.passed)
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
    repeated: Callable[[Cursor, int], int]


def _plain(read: Callable[[Lines], Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """A reader for which test numbers make no difference."""

    def reading(lines: Lines, *, test_numbers: bool) -> Iterator[Any]:
        return read(lines)

    return reading


FILES = {
    one.kind: one
    for one in (
        FileKind("rpps", read_rpps, stage_rpps, merge_rpps, repeated_activities),
        FileKind("finess", read_any_finess, stage_finess, merge_finess, repeated_places),
        FileKind(
            "activities", read_activities, stage_activities, merge_activities, activities_left_out
        ),
        FileKind("skills", _plain(read_skills), stage_skills, merge_skills, skills_left_out),
        FileKind(
            "diplomas", _plain(read_diplomas), stage_diplomas, merge_diplomas, diplomas_left_out
        ),
        FileKind(
            "mailboxes",
            _plain(read_mailboxes),
            stage_mailboxes,
            merge_mailboxes,
            mailboxes_left_out,
        ),
        FileKind("sirene", read_known_sirene, stage_sirene, merge_sirene, repeated_numbers),
    )
}


@dataclass(slots=True)
class Load:
    """One load under way: what was asked, and what is known of it so far."""

    kind: FileKind
    file_name: str
    is_complete: bool
    publishes: bool
    progress: Progress | None
    id: UUID = field(default_factory=uuid7)
    started: datetime = field(default_factory=timezone.now)
    tally: Tally = field(default_factory=Tally)
    counts: dict[str, Counts] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    error: str = ""


def load_file(
    kind: str,
    lines: Lines,
    *,
    file_name: str,
    is_complete: bool = True,
    publish: bool = True,
    test_numbers: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Load a national file; `kind` is a key of `FILES`.

    `is_complete` says that what the file does not have no longer is (it is closed, never deleted);
    a file with too many refusals, or that would close a fifth of the directory, closes nothing.
    With `publish`, changed rows are published as FHIR. Positions of enrolled users follow.
    A file that is not of the format changes nothing and leaves a report in state `failed`.

    Raises:
        LoadBusyError: another load is under way.
    """
    return _run(Load(FILES[kind], file_name, is_complete, publish, progress), lines, test_numbers)


def load_rpps(lines: Lines, **options: Any) -> LoadReport:
    """Load a `PS_LibreAcces_Personne_activite` file: people, places of work, activities; see `load_file`."""
    return load_file("rpps", lines, **options)


def load_finess(lines: Lines, **options: Any) -> LoadReport:
    """Load a FINESS `etalab` stock, plain or with coordinates, or the JSON flow of structures; see `load_file`."""
    return load_file("finess", lines, **options)


class LoadBusyError(Exception):
    """Another load is under way on this database."""


@contextmanager
def _alone(cursor: Cursor) -> Iterator[None]:
    """One load at a time: the second one is refused, it does not wait for hours.

    Raises:
        LoadBusyError: another load is under way.
    """
    cursor.execute("select pg_try_advisory_lock(hashtext('directory.load'))")
    if not cursor.fetchone()[0]:
        raise LoadBusyError
    try:
        begin(cursor)
        yield
    finally:
        if not connection.needs_rollback:
            end(cursor)
            cursor.execute("select pg_advisory_unlock(hashtext('directory.load'))")


def _run(load: Load, lines: Lines, test_numbers: bool) -> LoadReport:
    with connection.cursor() as cursor, _alone(cursor):
        rows = load.kind.read(lines, test_numbers=test_numbers)
        try:
            load.kind.stage(cursor, load.tally.taken(rows, load.progress))
        except DirectoryFileError as refused:
            load.error = str(refused)
        except DAMAGED:
            load.error = "Le fichier compressé est coupé ou abîmé : téléchargez-le de nouveau."
        with act():
            if not load.error:
                _merge(cursor, load)
            report = _report(load)
            note(
                "directory.file.loaded",
                object_kind="load_report",
                object_id=report.id,
                outcome="refused" if load.error else "done",
                reason=load.error,
            )
            emit("directory.file.loaded", payload={"kind": "directory", "ids": [str(report.id)]})
        if load.publishes:
            publish_waiting()
    return report


def _merge(cursor: Cursor, load: Load) -> None:
    """The directory as the file says, and all that follows from it, in the caller's transaction."""
    taken = load.tally.read - load.tally.refused
    trust = Trust(
        is_complete=load.is_complete,
        read=load.tally.read,
        refused=load.tally.refused,
        report_id=load.id,
    )
    load.counts = load.kind.merge(cursor, trust)
    load.details = {"repeated": load.kind.repeated(cursor, taken), "quality": quality(cursor)}
    keep_places_of_roles(cursor)
    keep_words(cursor)
    keep_facets(cursor)
    if load.publishes:
        list_touched()
    sync_touched_positions()


def _state(load: Load) -> LoadReport.State:
    if load.error:
        return LoadReport.State.FAILED
    if any(one.is_kept for one in load.counts.values()):
        return LoadReport.State.KEPT
    return LoadReport.State.DONE


def _report(load: Load) -> LoadReport:
    counts = load.counts.values()
    report = LoadReport.objects.create(
        id=load.id,
        kind=load.kind.kind,
        file_name=load.file_name[:200],
        started_at=load.started,
        ended_at=timezone.now(),
        state=_state(load),
        is_complete=load.is_complete,
        read_count=load.tally.read + load.tally.passed,
        refused_count=load.tally.refused,
        added_count=sum(one.added for one in counts),
        changed_count=sum(one.changed for one in counts),
        closed_count=sum(one.closed for one in counts),
        error=load.error[:400],
        details={
            "tables": {name: one.as_dict() for name, one in load.counts.items()},
            "reasons": dict(load.tally.reasons.most_common()),
        }
        | load.details,
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
