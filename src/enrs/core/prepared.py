"""Statements that the server prepares once and binds itself.

Django's cursors compose each statement anew and send it whole; on the paths of every message and of
every FHIR call that costs more than the statement.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg.pq import TransactionStatus

_waiting: ContextVar[list[tuple[str, Sequence[Any]]] | None] = ContextVar(
    "statements", default=None
)


def _connected() -> BaseDatabaseWrapper:
    """The thread's connection itself: through `django.db.connection` each attribute is looked up anew."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.connection is None:
        connection.ensure_connection()
    return connection


def _cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    return wrap(Cursor(connection.connection))  # type: ignore[arg-type]


def execute(sql: str, values: Sequence[Any]) -> None:
    """Run a statement whose rows nobody reads; in a block of `together`, at its end."""
    queue = _waiting.get()
    if queue is None:
        _run(_connected(), sql, values)
    else:
        queue.append((sql, values))


def _run(connection: BaseDatabaseWrapper, sql: str, values: Sequence[Any]) -> None:
    with _cursor(connection) as cursor:
        cursor.execute(sql, values)


def fetch_all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement and read its rows; one that opens a transaction takes `BEGIN` along."""
    connection = _connected()
    with _cursor(connection) as cursor:
        if _is_opening(connection):
            with connection.wrap_database_errors, connection.connection.pipeline():
                cursor.execute(sql, values)
        else:
            cursor.execute(sql, values)
        return cursor.fetchall()


def _is_opening(connection: BaseDatabaseWrapper) -> bool:
    """Whether the next statement is the first of its transaction."""
    driver = connection.connection
    return not driver.autocommit and driver.info.transaction_status == TransactionStatus.IDLE


@contextmanager
def together() -> Iterator[None]:
    """What `execute` is given inside the block leaves at its end, in one round trip.

    Only those: the ORM counts the rows of each of its statements, which a pipeline does not tell.
    """
    queue: list[tuple[str, Sequence[Any]]] = []
    token = _waiting.set(queue)
    try:
        yield
    finally:
        _waiting.reset(token)
    if not queue:
        return
    connection = _connected()
    if len(queue) > 1:
        with connection.wrap_database_errors, connection.connection.pipeline():
            for sql, values in queue:
                _run(connection, sql, values)
    else:
        _run(connection, *queue[0])
