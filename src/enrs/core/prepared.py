"""Statements that the server prepares once and binds itself.

Django's cursors compose each statement anew and send it whole; on the paths of every message and of
every FHIR call that costs more than the statement.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Cursor
from psycopg.pq import TransactionStatus

Statement = tuple[str, Sequence[Any]]
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Queued:
    """A statement that waits for the end of `together`."""

    sql: str
    values: Sequence[Any]
    is_beside: bool = False


_waiting: ContextVar[list[_Queued] | None] = ContextVar("statements", default=None)


@dataclass(slots=True)
class _Foreseen:
    """A statement that goes along with the first: its values, and its rows once they came."""

    values: list[Any]
    rows: Rows | None = None


_foreseen: ContextVar[dict[str, _Foreseen] | None] = ContextVar("foreseen", default=None)


def _connected() -> BaseDatabaseWrapper:
    """The thread's connection itself: through `django.db.connection` each attribute is looked up anew."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.connection is None:
        connection.ensure_connection()
    return connection


def _cursor(connection: BaseDatabaseWrapper) -> Any:
    """The driver's own cursor: Django's adds to each statement only what a test or a bench counts by."""
    connection.validate_no_broken_transaction()
    cursor = Cursor(connection.connection)
    if connection.queries_logged:
        return connection.make_debug_cursor(cursor)  # type: ignore[arg-type]
    if connection.execute_wrappers:
        return connection.make_cursor(cursor)  # type: ignore[arg-type]
    return cursor


def execute(sql: str, values: Sequence[Any]) -> None:
    """Run a statement whose rows nobody reads; in a block of `together`, at its end."""
    _send(_Queued(sql, values))


def insert_beside(sql: str, values: Sequence[Any]) -> None:
    """As `execute`, for an `insert` that reads nothing of what its act writes, nor is read by it.

    In a block of `together` it goes within another statement: each costs as much as what it does.
    """
    _send(_Queued(sql, values, is_beside=True))


def _send(one: "_Queued") -> None:
    queue = _waiting.get()
    if queue is None:
        _run([one])
    else:
        queue.append(one)


def _run(queue: Sequence["_Queued"]) -> None:
    """Run statements in one round trip."""
    connection = _connected()
    with connection.wrap_database_errors, ExitStack() as stack:
        if len(queue) > 1:
            stack.enter_context(connection.connection.pipeline())
        for one in queue:
            with _cursor(connection) as cursor:
                cursor.execute(one.sql, one.values)


def fetch_all(sql: str, values: Sequence[Any]) -> Rows:
    """Run a statement and read its rows; one that opens a transaction takes `BEGIN` along."""
    ahead = _foreseen.get()
    if not ahead:
        return _fetch([(sql, values)])[0]
    one = ahead.pop(sql, None)
    if one and one.rows is not None and list(values) == one.values:
        return one.rows
    going = [(text, other) for text, other in ahead.items() if other.rows is None]
    rows, *others = _fetch([(sql, values), *((text, other.values) for text, other in going)])
    for (_, other), told in zip(going, others, strict=True):
        other.rows = told
    return rows


@contextmanager
def foreseeing(statements: Sequence[Statement]) -> Iterator[None]:
    """These statements go along with the first that the block asks, in one round trip.

    Who asks one of them in the block is given, once, what was read then. For the start of a transaction:
    what it writes later is not in these rows.
    """
    token = _foreseen.set({sql: _Foreseen(list(values)) for sql, values in statements})
    try:
        yield
    finally:
        _foreseen.reset(token)


def _fetch(statements: Sequence[Statement]) -> list[Rows]:
    """The rows of each, in one round trip."""
    connection = _connected()
    with connection.wrap_database_errors, ExitStack() as stack:
        cursors = [stack.enter_context(_cursor(connection)) for _ in statements]
        if len(statements) > 1 or _is_opening(connection):
            with connection.connection.pipeline():
                for cursor, (sql, values) in zip(cursors, statements, strict=True):
                    cursor.execute(sql, values)
        else:
            cursors[0].execute(*statements[0])
        return [cursor.fetchall() for cursor in cursors]


def _is_opening(connection: BaseDatabaseWrapper) -> bool:
    """Whether the next statement is the first of its transaction."""
    driver = connection.connection
    return not driver.autocommit and driver.info.transaction_status == TransactionStatus.IDLE


@contextmanager
def together() -> Iterator[None]:
    """What `execute` is given inside the block leaves at its end, in one round trip.

    Only those: the ORM counts the rows of each of its statements, which a pipeline does not tell.
    """
    queue: list[_Queued] = []
    token = _waiting.set(queue)
    try:
        yield
    finally:
        _waiting.reset(token)
    if queue:
        _run(_joined(queue))


def _joined(queue: list[_Queued]) -> list[_Queued]:
    """The statements in their order, the inserts beside within the last of the others."""
    beside = [one for one in queue if one.is_beside]
    others = [one for one in queue if not one.is_beside] or [beside.pop()]
    if not beside:
        return others
    *first, last = others
    sql = _with(last.sql, tuple(one.sql for one in beside))
    values = [value for one in (*beside, last) for value in one.values]
    return [*first, _Queued(sql, values)]


@cache
def _with(sql: str, beside: tuple[str, ...]) -> str:
    if sql.lstrip().startswith("with"):
        raise ValueError(f"an insert goes within a statement that has no list of its own: {sql}")
    named = ", ".join(f"beside_{rank} as ({one})" for rank, one in enumerate(beside))
    return f"with {named} {sql}"
