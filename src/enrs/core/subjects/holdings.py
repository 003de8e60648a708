"""What each app holds of a person, and how it is erased: declared by the apps, when they are loaded.

Whoever erases a record knows none of them. `erasing` makes of these declarations the one function of the
database that erases; a test demands that every table which names a patient is declared.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

OF_PATIENT = "patient_id = any($1)"


@dataclass(frozen=True, slots=True)
class Holding:
    """A table whose rows go with the record. `where` is the condition in SQL, `$1` the person's anchors.

    `label` is French, in the plural: the elimination log prints it with the count of rows.
    """

    table: str
    label: str
    where: str


@dataclass(frozen=True, slots=True)
class Remainder:
    """What stays when a record is erased, said on the screen with the reason; `tables` that hold it."""

    label: str
    reason: str
    tables: tuple[str, ...] = ()


_holdings: dict[str, Holding] = {}
_under: dict[str, tuple[str, str]] = {}
_more: dict[str, list[str]] = {}
_remainders: dict[str, Remainder] = {}
_care: dict[str, tuple[str, str]] = {}
_files: dict[str, str] = {}


def hold(table: str, label: str, where: str = OF_PATIENT) -> None:
    """Declare a table that goes with the record."""
    _holdings[table] = Holding(table, label, where)


def hold_under(parent: str, **children: tuple[str, str]) -> None:
    """Declare the tables whose rows hang on those of `parent`, declared before: table = (column, label)."""
    for table, (column, label) in children.items():
        hold(table, label, f"{column} in (select id from {parent} where {_holdings[parent].where})")
        _under[table] = (parent, column)


def hold_more(table: str, where: str) -> None:
    """Declare that other rows of a table go too, with what hangs on them: those that name nobody by themselves.

    `where` is the condition in SQL, `$1` the person's anchors (a service's tasks without a patient, by its own
    table).
    """
    known = _more.setdefault(table, [])
    if where not in known:
        known.append(where)


def _where(table: str) -> str:
    """The whole condition of a table, with what others added to it or to what it hangs on."""
    where = _holdings[table].where
    if table in _under:
        parent, column = _under[table]
        where = f"{column} in (select id from {parent} where {_where(parent)})"
    parts = [where, *_more.get(table, ())]
    return f"({' or '.join(parts)})" if len(parts) > 1 else where


def remain(label: str, reason: str, *tables: str) -> None:
    """Declare what is not erased, and why."""
    _remainders[label] = Remainder(label, reason, tables)


def name_files(**columns: str) -> None:
    """Declare columns of JSON values that name files where no key tells it, as `{"blob": …}`: table = column.

    The table is one that goes with the record.
    """
    _files.update(columns)


def care(table: str, word: str, moment: str) -> None:
    """Declare where care is dated: `moment` is an SQL expression on the table's row, null when it tells nothing.

    `word` says what it was, in French, to the officer who decides. Care that goes on is `now()`.
    """
    _care[table] = (word, moment)


def last_day(column: str) -> str:
    """The last day that a partial date (`moments.PartialDateField`) may mean, in SQL: its noon, null when empty."""
    return (
        f"(case length({column}) when 10 then {column}::timestamp"
        f" when 7 then ({column} || '-01')::timestamp + interval '1 month -1 day'"
        f" when 4 then ({column} || '-12-31')::timestamp end + interval '12 hours')::timestamptz"
    )


def holdings() -> list[Holding]:
    """What goes, in the order in which it may: what hangs on other rows first."""
    whole = [replace(one, where=_where(one.table)) for one in _holdings.values()]
    return sorted(whole, key=lambda one: -one.where.count("select"))


def remainders() -> Iterable[Remainder]:
    """What stays, by name."""
    return sorted(_remainders.values(), key=lambda one: one.label)


def named_files() -> dict[str, str]:
    """Table to its column of values that name files, by table."""
    return dict(sorted(_files.items()))


def care_moments() -> dict[str, tuple[str, str]]:
    """Table to its word and its moment of care, by table."""
    return dict(sorted(_care.items()))
