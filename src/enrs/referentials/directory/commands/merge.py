"""From a staging table to a table of the directory: insert, update and close, each in one statement."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from enrs.referentials.directory import rules

Cursor = Any
"""Django's cursor over psycopg's, whose `copy` the stubs do not know."""


@dataclass(frozen=True, slots=True)
class Target:
    """A table and where its next state comes from.

    `select` gives `id` and `columns`, one row for an id. `flag` is the column that says open or closed,
    with its two values. `scope` limits which rows a complete file may close (alias `t`).
    """

    kind: str
    table: str
    columns: tuple[str, ...]
    select: str
    flag: tuple[str, str, str]
    scope: str = "true"


@dataclass(slots=True)
class Counts:
    """What a merge did; `is_kept` when rows were missing and the file was not trusted to close them."""

    added: int = 0
    changed: int = 0
    closed: int = 0
    is_kept: bool = False

    def as_dict(self) -> dict[str, int]:
        return {"added": self.added, "changed": self.changed, "closed": self.closed}


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a file may close what it does not have."""

    is_complete: bool
    read: int
    refused: int


def prepare(cursor: Cursor) -> None:
    """Make the list of touched rows for this load; a load takes as long as it takes."""
    cursor.execute("set local statement_timeout = 0; drop table if exists touched")
    cursor.execute("create temp table touched (kind text, id uuid, state text) on commit drop")


def stage(cursor: Cursor, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Fill a new temporary table by COPY. `columns` is its SQL definition."""
    cursor.execute(f"drop table if exists {table}")
    cursor.execute(f"create temp table {table} ({columns}) on commit drop")
    with cursor.copy(f"copy {table} from stdin") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(f"analyze {table}")


def merge(cursor: Cursor, target: Target, trust: Trust) -> Counts:
    """Bring a table to the state that the staging gives; the same file again changes nothing."""
    counts = Counts()
    flag, opened, closed = target.flag
    names = ", ".join(target.columns)
    values = ", ".join(f"n.{name}" for name in target.columns)
    settings = ", ".join(f"{name} = n.{name}" for name in target.columns)
    coming = f"next_{target.kind}"
    cursor.execute(f"drop table if exists {coming}")
    cursor.execute(
        f"create temp table {coming} on commit drop as "
        f"select s.*, md5(concat_ws(chr(31), {names})) as row_hash from ({target.select}) s"
    )
    cursor.execute(f"create unique index on {coming} (id); analyze {coming}")
    cursor.execute(
        f"insert into touched select '{target.kind}', n.id, "
        "case when t.id is null then 'added' else 'changed' end "
        f"from {coming} n left join {target.table} t on t.id = n.id "
        f"where t.id is null or t.row_hash <> n.row_hash or t.{flag} = {closed}"
    )
    cursor.execute(
        f"insert into {target.table} (id, {names}, row_hash, {flag}) "
        f"select n.id, {values}, n.row_hash, {opened} from {coming} n "
        f"where not exists (select from {target.table} t where t.id = n.id)"
    )
    counts.added = cursor.rowcount
    cursor.execute(
        f"update {target.table} t set {settings}, row_hash = n.row_hash, {flag} = {opened} "
        f"from {coming} n where t.id = n.id and (t.row_hash <> n.row_hash or t.{flag} = {closed})"
    )
    counts.changed = cursor.rowcount
    if trust.is_complete:
        _close_missing(cursor, target, trust, counts)
    return counts


def _close_missing(cursor: Cursor, target: Target, trust: Trust, counts: Counts) -> None:
    flag, opened, closed = target.flag
    missing = (
        f"t.{flag} = {opened} and {target.scope} "
        f"and not exists (select from next_{target.kind} n where n.id = t.id)"
    )
    cursor.execute(
        f"select count(*), count(*) filter (where {missing}) from {target.table} t "
        f"where t.{flag} = {opened} and {target.scope}"
    )
    active, absent = cursor.fetchone()
    if not absent:
        return
    if not rules.may_close(read=trust.read, refused=trust.refused, active=active, missing=absent):
        counts.is_kept = True
        return
    cursor.execute(
        f"insert into touched select '{target.kind}', t.id, 'closed' from {target.table} t where {missing}"
    )
    cursor.execute(f"update {target.table} t set {flag} = {closed} where {missing}")
    counts.closed = cursor.rowcount


def touched_batches(kind: str, size: int = 500) -> Iterator[list[UUID]]:
    """The ids that this load touched, in batches, in constant memory."""
    with connection.cursor() as cursor:
        cursor.execute("create index if not exists touched_order on touched (kind, id)")
    last = UUID(int=0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "select distinct id from touched where kind = %s and id > %s order by id limit %s",
                [kind, last, size],
            )
            batch = [row[0] for row in cursor.fetchall()]
        if not batch:
            return
        yield batch
        last = batch[-1]
