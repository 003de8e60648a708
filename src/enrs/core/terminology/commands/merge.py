"""From what a file lists to the codes of one nomenclature: what it adds, changes, closes, opens again.

A few statements for any number of codes; the same file again writes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enrs.core.terminology import rules

Cursor = Any
"""Django's cursor over psycopg's, whose `copy` the stubs do not know."""

CODED = (
    "code varchar, display varchar, key text, rank integer, valid_from date, valid_until date, "
    "is_inactive boolean"
)
WORDS = (
    "left(concat({0}.display, ' [jusqu''au ' || to_char({0}.valid_until, 'DD/MM/YYYY') || ']', "
    "case when {0}.is_inactive then ' [inactif]' end), 2000)"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A table of codes: `owner` is its column of the nomenclature, `keys` tell its rows apart in there.

    `columns` is the SQL definition of what a file gives, with the keys. `words` is what the history keeps of
    a row, `system` and `code` how it names it, with the alias as `{0}`.
    """

    table: str
    owner: str
    keys: tuple[str, ...]
    columns: str
    words: str
    system: str
    code: str = "{0}.code"

    @property
    def names(self) -> list[str]:
        return [one.split()[0] for one in self.columns.split(", ")]

    @property
    def hashed(self) -> list[str]:
        """What makes a change: neither the place of a code in its file, nor the keys."""
        return [one for one in self.names if one not in ("rank", "key", *self.keys)]


SYSTEM_URL = "(select y.url from terminology_code_system y where y.id = {0}.system_id)"
CONCEPTS = Target(
    table="terminology_concept",
    owner="system_id",
    keys=("code",),
    columns=f"{CODED}, definition text, parent varchar, properties jsonb",
    words=WORDS,
    system="''",
)
MEMBERS = Target(
    table="terminology_member",
    owner="value_set_id",
    keys=("system_id", "code"),
    columns=f"system_id uuid, {CODED}",
    words=WORDS,
    system=SYSTEM_URL,
)
MAPPINGS = Target(
    table="terminology_mapping",
    owner="concept_map_id",
    keys=("source_system", "source_code", "target_system", "target_code"),
    columns=(
        "source_system varchar, source_code varchar, target_system varchar, target_code varchar, "
        "target_display varchar, equivalence varchar, rank integer"
    ),
    words="left(concat_ws(' ', {0}.equivalence, {0}.target_display), 2000)",
    system="{0}.source_system",
    code="left({0}.source_code || ' → ' || {0}.target_code, 400)",
)


@dataclass(slots=True)
class Counts:
    """What a merge did; `is_kept` when the file had too few codes to be trusted to close the others."""

    added: int = 0
    changed: int = 0
    closed: int = 0
    is_kept: bool = False

    @property
    def is_nothing(self) -> bool:
        return not (self.added or self.changed or self.closed)


def stage(cursor: Cursor, target: Target, rows: Iterable[Sequence[Any]]) -> None:
    """Fill the table `coming`, made anew, with what a file gives for `target`."""
    cursor.execute("drop table if exists coming")
    cursor.execute(f"create temp table coming ({target.columns}, row_hash varchar) on commit drop")
    names = ", ".join(target.names)
    with cursor.copy(f"copy coming ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def seal(cursor: Cursor, target: Target) -> None:
    """Say of each staged row what it holds, in one word, and tell the server how many they are."""
    hashed = ", ".join(f"{one}::text" for one in target.hashed)
    cursor.execute(f"update coming set row_hash = md5(concat_ws(chr(31), {_nulls(hashed)}))")
    cursor.execute(f"create index on coming ({', '.join(target.keys)})")
    cursor.execute("analyze coming")


def _nulls(columns: str) -> str:
    """`concat_ws` skips what is null: two columns would then change places unseen."""
    return ", ".join(f"coalesce({one}, chr(30))" for one in columns.split(", "))


def merge(
    cursor: Cursor, target: Target, owner: UUID, load: UUID, *, closes: bool, closes_many: bool
) -> Counts:
    """Bring the rows of `owner` to what `coming` holds, and write the history under `load`.

    With `closes`, what is no longer listed is closed, unless that is too much to believe and `closes_many`
    does not say so.
    """
    counts = Counts()
    cursor.execute(
        f"select count(*), count(*) filter (where not exists (select from coming n where {_same(target)})) "
        f"from {target.table} t where t.{target.owner} = %s and t.closed_at is null",
        [owner],
    )
    known, missing = cursor.fetchone()
    if closes and missing and not (closes_many or rules.may_close(known=known, missing=missing)):
        closes, counts.is_kept = False, True
    if known:
        _tell(cursor, target, owner, load, closes=closes)
    _update(cursor, target, owner, counts)
    _insert(cursor, target, owner, counts)
    if closes and missing:
        cursor.execute(
            f"update {target.table} t set closed_at = now() where t.{target.owner} = %s "
            f"and t.closed_at is null and not exists (select from coming n where {_same(target)})",
            [owner],
        )
        counts.closed = cursor.rowcount
    return counts


def _same(target: Target) -> str:
    return " and ".join(f"n.{key} = t.{key}" for key in target.keys)


def _update(cursor: Cursor, target: Target, owner: UUID, counts: Counts) -> None:
    others = [one for one in target.names if one not in target.keys]
    settings = ", ".join(f"{name} = n.{name}" for name in (*others, "row_hash"))
    touched = "t.row_hash <> n.row_hash or t.closed_at is not null"
    cursor.execute(
        f"update {target.table} t set {settings}, closed_at = null from coming n "
        f"where t.{target.owner} = %s and {_same(target)} and ({touched})",
        [owner],
    )
    counts.changed = cursor.rowcount
    cursor.execute(
        f"update {target.table} t set rank = n.rank from coming n "
        f"where t.{target.owner} = %s and {_same(target)} and t.rank <> n.rank",
        [owner],
    )


def _insert(cursor: Cursor, target: Target, owner: UUID, counts: Counts) -> None:
    names = ", ".join((*target.names, "row_hash"))
    values = ", ".join(f"n.{name}" for name in (*target.names, "row_hash"))
    cursor.execute(
        f"insert into {target.table} ({target.owner}, {names}) select %s, {values} from coming n "
        f"where not exists (select from {target.table} t where t.{target.owner} = %s and {_same(target)}) "
        "order by n.rank",
        [owner, owner],
    )
    counts.added = cursor.rowcount


def _tell(cursor: Cursor, target: Target, owner: UUID, load: UUID, *, closes: bool) -> None:
    """The history: one line for each code that this load touches, with its words before and after."""
    old, new = target.words.format("t"), target.words.format("n")
    system = target.system.format("n")
    code = target.code.format("n")
    joined = f"coming n left join {target.table} t on t.{target.owner} = %s and {_same(target)}"
    cursor.execute(
        "insert into terminology_change (load_id, action, system_url, code, before, after) "
        f"select %s, case when t.{target.owner} is null then 'added' "
        "when t.closed_at is not null then 'reopened' else 'changed' end, "
        f"{system}, {code}, case when t.{target.owner} is null then '' else {old} end, {new} from {joined} "
        f"where t.{target.owner} is null or t.closed_at is not null or t.row_hash <> n.row_hash "
        "order by n.rank",
        [load, owner],
    )
    if not closes:
        return
    system, code = target.system.format("t"), target.code.format("t")
    cursor.execute(
        "insert into terminology_change (load_id, action, system_url, code, before, after) "
        f"select %s, 'closed', {system}, {code}, {old}, '' from {target.table} t "
        f"where t.{target.owner} = %s and t.closed_at is null "
        f"and not exists (select from coming n where {_same(target)}) order by t.rank",
        [load, owner],
    )
