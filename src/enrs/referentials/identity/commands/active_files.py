"""The active file of a source: handed in by the unit, looked at without a write, imported when it says so."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q, QuerySet

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.jobs.upkeep import remove_rows
from enrs.referentials.identity.models import ActiveFile, ActiveLine, IdentitySource
from enrs.referentials.identity.queries.active_files import is_for_another, outcomes_of
from enrs.referentials.identity.rules import active_file as rules

OFFICER: Final = "identity_officer"
KEPT: Final = timedelta(days=7)
"""How long the lines of a file are kept, once nothing more is done with them."""
FORGOTTEN: Final = 5000
"""Lines that go in one batch."""
State = ActiveFile.State
WAITING: Final = (State.READING, State.CHECKING, State.CHECKED)
"""States in which a file may still be given up: nothing of it is written."""
OVER: Final = (State.DONE, State.STOPPED, State.FAILED)
"""States in which a file is left, its lines being kept a while for whoever mends them."""


class AnotherWaitsError(Exception):
    """A file of this source waits already, or is being imported."""


class SameOfficerError(Exception):
    """Who handed the file in does not start its import alone: a colleague of the unit does."""


def open_active_file(
    *, content: bytes, file_name: str, source_id: UUID, extracted_at: datetime
) -> ActiveFile:
    """Take the file of a source; the worker reads it and says what it would do, and nobody is written.

    `extracted_at` is what a line without its own date is worth: it overwrites nothing that the source told later.

    Raises:
        AccessRefusedError: not of the identity unit, or a source that is not known.
        TableError: no identities can be read in it.
        AnotherWaitsError: a file of this source waits already.
    """
    by_id = _demand_officer()
    source = IdentitySource.objects.filter(pk=source_id).first()
    if source is None:
        raise AccessRefusedError("source")
    count, now = rules.check_file(content), datetime.now(UTC)
    made = ActiveFile(
        id=uuid7(), user_id=by_id, author_name=current_actor().name[:200], system=source.system,
        source_name=source.name, file_name=file_name[:200], extracted_at=min(extracted_at, now),
        content=content, line_count=count, created_at=now, stepped_at=now,
    )  # fmt: skip
    try:
        with act(savepoint=True):
            made.save(force_insert=True)
            note("identity.active_file.opened", object_kind="active_file", object_id=made.id,
                 details={"lines": count, "system": source.system})  # fmt: skip
    except IntegrityError as error:
        raise AnotherWaitsError from error
    return made


def start_import(*, file: ActiveFile) -> bool:
    """Have the worker import what it looked at; False when the file does not wait for that (any more).

    A look that is older than its lines are kept is too old.

    Raises:
        AccessRefusedError: not of the identity unit.
        SameOfficerError: handed in by the same person, where the region wants two.
    """
    by_id, now = _demand_officer(), datetime.now(UTC)
    if is_for_another(file, by_id):
        raise SameOfficerError
    return _move(
        file, (State.CHECKED,), "started", after=now - KEPT, state=State.RUNNING, step_count=0, failures=0,
        started_at=now, stepped_at=now, started_by=current_actor().name[:200], started_by_id=by_id,
    )  # fmt: skip


def give_up_file(*, file: ActiveFile) -> bool:
    """Give up a file that is not being imported, or whose look failed; its contents go. False when it is too late.

    Raises AccessRefusedError: not of the identity unit.
    """
    _demand_officer()
    states = WAITING if file.has_written else (*WAITING, State.FAILED)
    return _move(
        file, states, "given_up", state=State.CANCELLED, content=b"", finished_at=datetime.now(UTC)
    )


def stop_import(*, file: ActiveFile) -> bool:
    """Stop an import after the batch under way: what it wrote stays. False when it does not run (any more).

    Raises AccessRefusedError: not of the identity unit.
    """
    _demand_officer()
    with act(savepoint=True):
        # The worker holds the row for the time of its batch.
        now = ActiveFile.objects.defer("content").select_for_update().get(pk=file.pk)
        if now.state != State.RUNNING:
            return False
        now.state, now.finished_at = State.STOPPED, datetime.now(UTC)
        now.report = outcomes_of(now, is_import=True)
        now.save(update_fields=["state", "finished_at", "report"])
        note("identity.active_file.stopped", object_kind="active_file", object_id=file.pk,
             details=now.report)  # fmt: skip
    return True


def _demand_officer() -> UUID:
    by = current_actor()
    if by.role != OFFICER or by.user_id is None:
        raise AccessRefusedError("profession")
    return by.user_id


def _move(
    file: ActiveFile,
    before: Collection[str],
    what: str,
    *,
    after: datetime | None = None,
    **changes: object,
) -> bool:
    with act():
        rows = ActiveFile.objects.filter(pk=file.pk, state__in=before)
        if after is not None:
            rows = rows.filter(checked_at__gt=after)
        moved = rows.update(**changes)
        if moved:
            note(f"identity.active_file.{what}", object_kind="active_file", object_id=file.pk)
    return bool(moved)


# --- what had its time ---------------------------------------------------------------------------


def past_lines() -> QuerySet[ActiveLine]:
    """The lines that are of no use: of a file given up, or that nothing was done with for a week."""
    return ActiveLine.objects.filter(file__in=_past_files())


def _past_files() -> QuerySet[ActiveFile]:
    then = datetime.now(UTC) - KEPT
    is_over = Q(state=State.CANCELLED) | Q(state__in=OVER, finished_at__lt=then)
    is_left = Q(state=State.CHECKED, checked_at__lt=then)
    return ActiveFile.objects.filter(is_over | is_left, erased_at=None)


def forget_lines() -> int:
    """Delete a batch of them; a file that nobody confirmed is given up, and one whose lines are gone says so."""
    now = datetime.now(UTC)
    # Given up before its first line goes, so that nobody starts the import of what is left.
    _past_files().filter(state=State.CHECKED).update(state=State.CANCELLED, finished_at=now)
    removed = remove_rows(past_lines(), FORGOTTEN)
    if not removed:
        _past_files().update(erased_at=now, content=b"")
    return removed
