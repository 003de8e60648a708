"""From a staging table to a table of the directory: insert, update and close, each in one statement.

A load has two times. The file is read into temporary tables in short transactions that hold nobody
back (`stage`, `compare`); then one transaction changes the directory (`merge`), so that readers see
yesterday's directory or today's, and a load that dies leaves yesterday's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from enrs.core.terminology.models import Concept
from enrs.referentials.directory import rules

Cursor = Any
"""Django's cursor over psycopg's, whose `copy` the stubs do not know."""


@dataclass(frozen=True, slots=True)
class Target:
    """A table and where its next state comes from.

    `select` gives `id` and `columns`, one row for an id. `flag` is the column that says open or closed,
    with its two values. `scope` limits which rows a file may close (alias `t`); `told_closed` is a table of
    the `id`s that it says are closed, which a part of a file may close too. `derived` are columns that
    follow from other tables of the directory, each with its expression (alias `n`): they are written with
    the row and make no change of their own.
    """

    kind: str
    table: str
    columns: tuple[str, ...]
    select: str
    flag: tuple[str, str, str]
    scope: str = "true"
    told_closed: str = ""
    derived: tuple[tuple[str, str], ...] = ()

    @property
    def written(self) -> tuple[str, ...]:
        """Every column that a merge writes, but the key, the hash and the flag."""
        return (*self.columns, *(name for name, _ in self.derived))

    @property
    def values(self) -> tuple[str, ...]:
        """Where each of `written` comes from."""
        return (*(f"n.{name}" for name in self.columns), *(value for _, value in self.derived))


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
    report_id: UUID


STAGED_TOGETHER = 20_000
"""Rows copied in one transaction: half a second, the longest that the outbox waits for."""


def begin(cursor: Cursor) -> None:
    """Forget what another load staged on this connection; a load takes as long as it takes."""
    cursor.execute("set statement_timeout = 0; drop table if exists touched")
    cursor.execute("create temp table touched (kind text, id uuid, state text)")


def end(cursor: Cursor) -> None:
    """Give the connection back as it was."""
    cursor.execute("reset statement_timeout")


def stage(cursor: Cursor, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Fill a new temporary table by COPY, some rows at a time. `columns` is its SQL definition."""
    cursor.execute(f"drop table if exists {table}")
    cursor.execute(f"create temp table {table} ({columns})")
    coming = iter(rows)
    while some := list(islice(coming, STAGED_TOGETHER)):
        with cursor.copy(f"copy {table} from stdin") as copy:
            for row in some:
                copy.write_row(row)
    cursor.execute(f"analyze {table}")


def name_codes(
    cursor: Cursor, staged: str, kind: str, target: Target, systems: Sequence[str]
) -> None:
    """Label the codes that a file gives alone: as the directory says already, else as the nomenclature does.

    In `staged` the code and its label are `category_code` and `category_label`; in the target's table they are
    the columns that end by `_code` and `_label`, whatever they are called.
    """
    cursor.execute(
        f"select distinct category_code from {staged} where kind = %s and is_open and category_label = ''",
        [kind],
    )
    codes = [row[0] for row in cursor.fetchall()]
    if not codes:
        return
    named = Concept.objects.filter(system__url__in=systems, code__in=codes).order_by("system__url")
    labels = dict(named.values_list("code", "display"))
    label = next(name for name in target.columns if name.endswith("_label"))
    code = label.replace("_label", "_code")
    cursor.execute(
        f"select distinct on ({code}) {code}, {label} from {target.table} t "
        f"where {code} = any (%s) and {label} <> '' and {target.scope} order by {code}, id",
        [codes],
    )
    labels |= dict(cursor.fetchall())
    cursor.execute(
        f"update {staged} s set category_label = left(n.label, 200) from unnest(%s::text[], %s::text[]) "
        "n (code, label) where s.kind = %s and s.category_code = n.code and s.category_label = ''",
        [list(labels), list(labels.values()), kind],
    )


def compare(cursor: Cursor, target: Target) -> None:
    """Make the next state of a table from what is staged, one row for an id, with its hash."""
    names = ", ".join(target.columns)
    coming = f"next_{target.kind}"
    cursor.execute(f"drop table if exists {coming}")
    cursor.execute(
        f"create temp table {coming} as "
        f"select s.*, md5(concat_ws(chr(31), {names})) as row_hash from ({target.select}) s"
    )
    cursor.execute(f"create unique index on {coming} (id); analyze {coming}")


def merge(cursor: Cursor, target: Target, trust: Trust) -> Counts:
    """Bring a table to its next state; the same file again changes nothing."""
    counts = Counts()
    flag, opened, closed = target.flag
    names, values = ", ".join(target.written), ", ".join(target.values)
    settings = ", ".join(map(" = ".join, zip(target.written, target.values, strict=True)))
    coming = f"next_{target.kind}"
    cursor.execute(
        f"insert into touched select '{target.kind}', n.id, case when t.id is null then 'added' "
        f"when t.{flag} = {closed} then 'reopened' else 'changed' end "
        f"from {coming} n left join {target.table} t on t.id = n.id "
        f"where t.id is null or t.row_hash <> n.row_hash or t.{flag} = {closed}"
    )
    cursor.execute("analyze touched")
    _keep_history(cursor, target, trust)
    cursor.execute(
        f"insert into {target.table} (id, {names}, row_hash, {flag}) "
        f"select n.id, {values}, n.row_hash, {opened} from {coming} n join touched c "
        f"on c.kind = '{target.kind}' and c.id = n.id and c.state = 'added'"
    )
    counts.added = cursor.rowcount
    cursor.execute(
        f"update {target.table} t set {settings}, row_hash = n.row_hash, {flag} = {opened} "
        f"from {coming} n, touched c where t.id = n.id and c.id = n.id and c.kind = '{target.kind}' "
        "and c.state in ('changed', 'reopened')"
    )
    counts.changed = cursor.rowcount
    if trust.is_complete or target.told_closed:
        _close_missing(cursor, target, trust, counts)
    return counts


def _keep_history(cursor: Cursor, target: Target, trust: Trust) -> None:
    """The fields that change, before and after; nothing of the first load of an empty table."""
    cursor.execute(f"select exists (select from {target.table})")
    if not cursor.fetchone()[0]:
        return
    fields = ", ".join(
        f"('{name}', to_jsonb(t.{name}), to_jsonb(n.{name}))" for name in target.columns
    )
    cursor.execute(
        "insert into directory_change (report_id, kind, object_id, what, before, after) "
        f"select %s, '{target.kind}', c.id, c.state, coalesce(f.before, '{{}}'), coalesce(f.after, '{{}}') "
        f"from touched c join next_{target.kind} n on n.id = c.id left join {target.table} t on t.id = c.id "
        "cross join lateral (select jsonb_object_agg(v.name, v.before) filter (where c.state <> 'added') as before, "
        "jsonb_object_agg(v.name, v.after) filter (where c.state <> 'added') as after "
        f"from (values {fields}) v (name, before, after) where v.before is distinct from v.after) f "
        f"where c.kind = '{target.kind}'",
        [trust.report_id],
    )


def _close_missing(cursor: Cursor, target: Target, trust: Trust, counts: Counts) -> None:
    flag, opened, closed = target.flag
    absent_from = f"not exists (select from next_{target.kind} n where n.id = t.id)"
    told = f"exists (select from {target.told_closed} n where n.id = t.id)"
    missing = (
        f"t.{flag} = {opened} and {target.scope} and {absent_from if trust.is_complete else told}"
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
    cursor.execute(
        "insert into directory_change (report_id, kind, object_id, what, before, after) "
        f"select %s, kind, id, state, '{{}}', '{{}}' from touched where kind = '{target.kind}' "
        "and state = 'closed'",
        [trust.report_id],
    )
    cursor.execute(
        f"update {target.table} t set {flag} = {closed} from touched c "
        f"where c.kind = '{target.kind}' and c.state = 'closed' and c.id = t.id"
    )
    counts.closed = cursor.rowcount
