"""What the worker does with active files: lines read, looked at without a write, then imported, batch by batch.

The look is the import itself, taken back: the same function settles each line, in the same order and the same
company, and its transaction ends with nothing. So one cannot say what the other would not do.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.db.models import F, QuerySet
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.identity.commands import active_ties, store
from enrs.referentials.identity.commands.receive import receive_identity
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.models import (
    ActiveFile,
    ActiveLine,
    IdentityLink,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.queries.active_files import outcomes_of
from enrs.referentials.identity.queries.unit import officers
from enrs.referentials.identity.rules import IdentityRefusedError, KeptAsideError, Traits, settle
from enrs.referentials.identity.rules import active_file as rules

READ: Final = 20_000
"""Lines that are read in one transaction: the largest file is read in ten, each of which passes over the former."""
MOST_FAILURES: Final = 5
"""Times that a step is tried before its file is given up."""
PATIENCE: Final = timedelta(minutes=1)
"""How long a file whose step failed waits for the next try."""
TOO_MANY: Final = "54000"
"""What the database says of a neighbourhood without end (`identity_neighbours`)."""
State = ActiveFile.State
MOVING: Final = ("state", "batches", "step_count", "failures", "foreseen", "report", "stepped_at", "checked_at",
                 "finished_at")  # fmt: skip
"""What a step changes of its file; never the contents, which are large."""
log = logging.getLogger("enrs.identity")


class _TakenBackError(Exception):
    """Ends the transaction of a look: nothing of it stays."""


def is_any_waiting() -> bool:
    """Whether a file waits for the worker."""
    with acting(SYSTEM):
        return _waiting().exists()


def _waiting() -> QuerySet[ActiveFile]:
    return ActiveFile.objects.filter(
        state__in=(State.READING, State.CHECKING, State.RUNNING), stepped_at__lte=datetime.now(UTC)
    )


def run_active_files() -> bool:
    """One batch of the file that has waited longest; whether there may be another (the job).

    A step that fails is tried again after the other files, and its file is given up after some tries.
    """
    tried: UUID | None = None
    with acting(SYSTEM):
        try:
            with act():
                waiting = _waiting().select_for_update(skip_locked=True).defer("content")
                file = waiting.order_by("stepped_at").first()
                if file is None:
                    return False
                tried = file.id
                _go_on(file)
        except Exception:
            if tried is None:
                raise
            log.exception("a step of an active file failed: %s", tried)
            _count_failure(tried)
    return True


def _go_on(file: ActiveFile) -> None:
    # What is being imported was started by somebody of the unit, and is not left in the middle.
    if file.state != State.RUNNING and file.user_id not in officers():
        file.state, file.finished_at = State.CANCELLED, datetime.now(UTC)
        _empty(file)
    elif file.state == State.READING:
        _read(file)
    else:
        with acting(_in_name_of(file)):
            _step(file)
    file.stepped_at, file.failures = datetime.now(UTC), 0
    file.save(update_fields=MOVING)


def _count_failure(file_id: UUID) -> None:
    """Have a file wait after a step that failed, or give it up: in an act of its own, the step being undone."""
    now = datetime.now(UTC)
    with act():
        rows = ActiveFile.objects.filter(
            pk=file_id, state__in=(State.READING, State.CHECKING, State.RUNNING)
        )
        rows.update(failures=F("failures") + 1, stepped_at=now + PATIENCE)
        file = rows.defer("content").filter(failures__gte=MOST_FAILURES).first()
        if file is None:
            return
        if file.has_written:
            file.report = outcomes_of(file, is_import=True)
        file.state, file.finished_at = State.FAILED, now
        _empty(file)
        file.save(update_fields=MOVING)
        note("identity.active_file.failed", object_kind="active_file", object_id=file.id,
             details=file.report)  # fmt: skip


def _empty(file: ActiveFile) -> None:
    ActiveFile.objects.filter(pk=file.pk).update(content=b"")


def _in_name_of(file: ActiveFile) -> Actor:
    """The platform, in the name of who started the import, or who handed the file in: the journal names them."""
    if file.state == State.RUNNING and file.started_by_id:
        return replace(SYSTEM, name=file.started_by, user_id=file.started_by_id)
    return replace(SYSTEM, name=file.author_name, user_id=file.user_id)


# --- reading -------------------------------------------------------------------------------------


def _read(file: ActiveFile) -> None:
    content = ActiveFile.objects.values_list("content", flat=True).get(pk=file.pk)
    lines = rules.lines_of(
        bytes(content), skip=file.step_count, limit=READ, now=file.created_at,
        zone=timezone.get_default_timezone(),
    )  # fmt: skip
    rows = [_row(file, one) for one in lines]
    ActiveLine.objects.bulk_create(rows, batch_size=1000)
    file.step_count += len(rows)
    if len(rows) < READ:
        _refuse_twice(file)
        file.batches = active_ties.put_in_batches(file)
        file.state, file.step_count = State.CHECKING, 0
        _empty(file)
        if not file.batches:
            _end(file)


def _row(file: ActiveFile, line: rules.Line) -> ActiveLine:
    faults, keys = line.faults, list[int]()
    if not faults:
        try:
            settled = settle(Traits(**line.traits), mode=settings.MODE)
            _, keys = online.prepared(
                settled.traits, attribute=settled.attribute, system=file.system
            )
        except IdentityRefusedError as error:
            faults = (error.code,)
    refused = rules.REFUSED if faults else ""
    return ActiveLine(
        id=uuid7(), file=file, number=line.number, value=line.value[: rules.MOST_VALUE],
        traits=line.traits if not faults else {}, keys=keys, cells=line.cells, reason=",".join(faults)[:200],
        told_at=datetime.fromisoformat(line.told_at) if line.told_at else None,
        foreseen=refused, outcome=refused,
    )  # fmt: skip


def _refuse_twice(file: ActiveFile) -> None:
    """Of a number that is there several times the first line that stands counts; the others are refused."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update identity_active_line set outcome = %(refused)s, foreseen = %(refused)s, "
            "reason = 'value_twice' where id in (select id from (select id, row_number() over ("
            "partition by value order by number) as place from identity_active_line "
            "where file_id = %(file)s and outcome = '') k where place > 1)",
            {"refused": rules.REFUSED, "file": file.id},
        )


# --- a batch, looked at or imported ---------------------------------------------------------------


def _step(file: ActiveFile) -> None:
    is_import = file.state == State.RUNNING
    batch = file.step_count + 1
    lines = list(file.lines.filter(batch=batch, outcome="").order_by("number"))
    began = datetime.now(UTC)
    if is_import:
        _settle_all(file, lines, began)
        ActiveLine.objects.bulk_update(
            lines, ["outcome", "is_told", "reason", "identity_id", "traits", "cells"]
        )
    else:
        with _taken_back():
            _settle_all(file, lines, began)
        for one in lines:
            one.foreseen, one.is_told_foreseen = one.outcome, one.is_told
        ActiveLine.objects.bulk_update(lines, ["foreseen", "is_told_foreseen", "reason"])
    file.step_count = batch
    if batch >= file.batches:
        _end(file)


@contextmanager
def _taken_back() -> Iterator[None]:
    try:
        with act(savepoint=True):
            yield
            raise _TakenBackError
    except _TakenBackError:
        return


def _settle_all(file: ActiveFile, lines: list[ActiveLine], began: datetime) -> None:
    # In the order of every other batch of messages, so that two never wait for each other.
    store.lock_identities([(file.system, one.value) for one in lines])
    told: set[object] = set()
    for one in lines:
        one.reason = ""
        one.outcome, identity = _settle(file, one)
        if identity is None:
            continue
        items = WorkItem.objects.filter(
            identity_ids__contains=[identity.id], opened_at__gte=began, closed_at=None
        )
        fresh = set(items.values_list("id", flat=True)) - told
        one.is_told, told = bool(fresh), told | fresh
        one.identity_id, one.traits, one.cells = identity.id, {}, {}


def _settle(file: ActiveFile, line: ActiveLine) -> tuple[str, SourceIdentity | None]:
    """What becomes of one line, with its identity; the rules are those of every message."""
    before = store.known(file.system, line.value)
    try:
        with act(savepoint=True):
            now = receive_identity(
                system=file.system, value=line.value, traits=Traits(**line.traits),
                sender=file.source_name, told_at=line.told_at or file.extracted_at,
            )  # fmt: skip
    except KeptAsideError as kept:
        kept.keep()
        return rules.ASIDE, before
    except IdentityRefusedError as error:
        line.reason = error.code
    except OperationalError as error:
        if not _is_too_many(error):
            # A wait that was cut short, a connection that is gone: the batch begins again.
            raise
        line.reason = "too_many"
    except Exception:
        # One line that nothing foresaw is told by its number; it does not stop the others.
        log.exception("a line of an active file failed: %s, %s", file.id, line.number)
        line.reason = "unreadable"
    else:
        return _outcome(before, now), now
    return rules.REFUSED, None


def _is_too_many(error: DatabaseError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == TOO_MANY


def _outcome(before: SourceIdentity | None, now: SourceIdentity) -> str:
    row = SourceIdentity.objects.get(pk=now.pk)
    if before is None or before.patient_id != row.patient_id:
        rule = IdentityLink.objects.filter(identity=row, until=None).values_list("rule", flat=True)
        linked = {IdentityLink.Rule.INS: rules.BY_INS, IdentityLink.Rule.SCORE: rules.BY_LIKENESS}
        found = linked.get(IdentityLink.Rule(rule.get()))
        if found or before is None:
            return found or rules.NEW
    assert before is not None  # noqa: S101 - a new number was answered above
    is_same = before.traits == row.traits and before.attribute == row.attribute
    return rules.UNCHANGED if is_same and before.patient_id == row.patient_id else rules.CHANGED


def _end(file: ActiveFile) -> None:
    """The last batch is done: count what the lines became."""
    is_import, now = file.state == State.RUNNING, datetime.now(UTC)
    tally = outcomes_of(file, is_import=is_import)
    if is_import:
        file.report, file.state, file.finished_at = tally, State.DONE, now
    else:
        file.foreseen, file.state, file.checked_at = tally, State.CHECKED, now
    note("identity.active_file.imported" if is_import else "identity.active_file.checked",
         object_kind="active_file", object_id=file.id, details=tally)  # fmt: skip
