"""Writing the journal: one line per act, and a seal each second over the committed lines."""

import fcntl
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from enrs.core import prepared
from enrs.core.access.actor import Actor, current_actor
from enrs.core.audit import rules
from enrs.core.audit.models import AuditSeal
from enrs.core.effects import defer
from enrs.core.ids import uuid7

END_OF_EPOCH = 2**63 - 1
"""Above every transaction number: closes the seals of an epoch."""

TAIL = 512
"""Bytes at the end of the seals' file that hold at least its two last lines."""

COLUMNS = (
    "id, at, action, outcome, actor_id, actor_name, actor_role, organisation_id, patient_id, "
    "patient_ids, object_kind, object_id, purpose, reason, channel, details, mac"
)


def note(
    action: str,
    *,
    patient_id: UUID | None = None,
    patient_ids: Sequence[UUID] = (),
    object_kind: str = "",
    object_id: str | UUID = "",
    outcome: str = "done",
    purpose: str = "",
    reason: str = "",
    details: dict[str, Any] | None = None,
    actor: Actor | None = None,
) -> None:
    """Leave the line of one act by the current actor, in the act's transaction.

    A list or a search passes all its `patient_ids` in one line. What is done in an exploitation session
    names it.
    """
    by = actor or current_actor()
    if by.session is not None:
        details = (details or {}) | {"session": str(by.session.id)}
    defer(
        insert_lines,
        rules.Line(
            id=uuid7(),
            at=datetime.now(UTC),
            action=action,
            outcome=outcome,
            actor_id=by.user_id,
            actor_name=rules.plain(by.name),
            actor_role=by.role,
            organisation_id=by.organisation_id,
            patient_id=patient_id,
            patient_ids=tuple(patient_ids),
            object_kind=object_kind,
            object_id=rules.plain(str(object_id)),
            purpose=purpose or by.purpose,
            reason=rules.plain(reason),
            channel=by.channel,
            details=json.dumps(details, ensure_ascii=False, sort_keys=True) if details else "",
        ),
    )


INSERT = f"""
insert into audit_line ({COLUMNS})
select id, at, action, outcome, actor_id, actor_name, actor_role, organisation_id, patient_id, patient_ids,
    object_kind, object_id, purpose, reason, channel, details, decode(mac, 'hex')
from json_to_recordset(%s::json) as g (id uuid, at timestamptz, action text, outcome text, actor_id uuid,
    actor_name text, actor_role text, organisation_id uuid, patient_id uuid, patient_ids uuid[],
    object_kind text, object_id text, purpose text, reason text, channel text, details text, mac text)
"""


def insert_lines(lines: Sequence[rules.Line]) -> None:
    """Insert lines in one statement, each with its keyed hash."""
    master = settings.SECRETS.audit_key
    rows = [
        {name: getattr(line, name) for name in rules.Line.__slots__}
        | {"mac": rules.mac(master, line).hex()}
        for line in lines
    ]
    prepared.insert_beside(INSERT, [orjson.dumps(rows).decode()])


def seal() -> int:
    """Seal the committed lines below the horizon; returns how many lines were sealed.

    The lock keeps one sealer at a time; the seal's own file line is written after its commit, so a
    crash between the two leaves a seal that `verify` reports as missing from the file and `seal`
    writes again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('enrs.audit.seal'))")
        last = AuditSeal.objects.order_by("-sequence").first()
        epoch, first, upper = _next_span(cursor, last)
        cursor.execute(
            "select id, mac from audit_line where epoch = %s and xid >= %s::text::xid8 "
            "and xid < %s::text::xid8 order by xid, id",
            [epoch, first, upper],
        )
        lines = cursor.fetchall()
        is_wanted = bool(lines) or upper == END_OF_EPOCH
        sealed = _write_seal(last, epoch, (first, upper), lines) if is_wanted else None
    append_to_file(sealed or last)
    return len(lines)


def _next_span(cursor: CursorWrapper, last: AuditSeal | None) -> tuple[int, int, int]:
    """Epoch, first transaction and upper one (not sealed) of the next seal.

    After a restore the seals first close the former epoch, then take each later one from its start.
    """
    # What was below the horizon once stays there: the second reading gets past a transaction of
    # another database that ended during the first.
    current, horizon = max(_epoch_and_horizon(cursor) for _ in range(2))
    epoch, first = (last.epoch, last.upper_xid) if last else (-1, END_OF_EPOCH)
    if first == END_OF_EPOCH:
        cursor.execute(
            "select coalesce(min(epoch), %s) from audit_line where epoch > %s", [current, epoch]
        )
        epoch, first = cursor.fetchone()[0], 0
    return epoch, first, horizon if epoch == current else END_OF_EPOCH


def _epoch_and_horizon(cursor: CursorWrapper) -> tuple[int, int]:
    cursor.execute("select enrs_epoch(), enrs_horizon()::text::bigint")
    epoch, horizon = cursor.fetchone()
    return epoch, horizon


def _write_seal(
    last: AuditSeal | None, epoch: int, span: tuple[int, int], lines: list[tuple[UUID, bytes]]
) -> AuditSeal:
    previous = bytes(last.hash) if last else b""
    sequence = last.sequence + 1 if last else 1
    root = rules.root(bytes(mac) for _, mac in lines)
    return AuditSeal.objects.create(
        sequence=sequence,
        epoch=epoch,
        first_xid=span[0],
        upper_xid=span[1],
        line_ids=[line_id for line_id, _ in lines],
        root=root,
        previous=previous,
        hash=rules.seal_hash(
            settings.SECRETS.audit_key,
            parts=(sequence, epoch, *span),
            root=root,
            previous=previous,
        ),
    )


def seal_file() -> Path:
    """The append-only file, outside the database, that makes a cut tail show."""
    return Path(settings.DATA_DIR) / "audit.seals"


def append_to_file(newest: AuditSeal | None) -> None:
    """Bring the file up to the newest seal: one line `sequence hash` each, flushed to disk.

    A lock on the file keeps two sealers from writing the same line; a half-written last line, left by
    a crash, is written again whole.
    """
    if newest is None:
        return
    path = seal_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        tail = file.read()
        torn = len(tail) - (tail.rfind(b"\n") + 1)
        file.truncate(size - torn)
        written = _last_sequence(tail)
        missing = AuditSeal.objects.filter(sequence__gt=written, sequence__lte=newest.sequence)
        for item in missing.order_by("sequence"):
            file.write(f"{item.sequence} {bytes(item.hash).hex()}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def last_in_file() -> int:
    """Sequence of the last seal in the file; 0 when there is none."""
    path = seal_file()
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
        return _last_sequence(file.read())


def _last_sequence(tail: bytes) -> int:
    whole = tail[: tail.rfind(b"\n") + 1].rstrip()
    return int(whole.rsplit(b"\n", 1)[-1].split(b" ")[0]) if whole else 0
