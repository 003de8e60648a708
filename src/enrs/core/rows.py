"""Writing one row of a model in plain SQL, on the paths that every message of a hospital takes.

The ORM's own work costs several times the statement there; the text is made once per model, so that
the server keeps it prepared.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection, models

from enrs.core import prepared


def insert_row(row: models.Model) -> None:
    """Insert a row whose key is already made; moments set at creation are set here."""
    _insert(row, prepared.execute)


def _insert(row: models.Model, run: Callable[[str, Sequence[Any]], None]) -> None:
    for field in row._meta.concrete_fields:
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            setattr(row, field.attname, datetime.now(UTC))
    names, insert, _ = _statements(type(row))
    run(insert, [getattr(row, name) for name in names])
    row._state.adding, row._state.db = False, connection.alias


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model in one statement: binary arrays of their columns, unpacked by the server.

    Quoting and composing a row of twenty columns costs more than its insertion. At the end of an act the
    rows go within another statement: nothing that waits there with them may read or change them.
    """
    if len(rows) < 2:
        for row in rows:
            _insert(row, prepared.insert_beside)
        return
    now = datetime.now(UTC)
    for field in rows[0]._meta.concrete_fields:
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            for row in rows:
                setattr(row, field.attname, now)
    names, insert = _arrays(type(rows[0]))
    prepared.insert_beside(insert, [[getattr(row, name) for row in rows] for name in names])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _arrays(model: type[models.Model]) -> tuple[tuple[str, ...], str]:
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    # Without its length a type is not cut to it: too long a text is refused by its column.
    kinds = [str(field.db_type(connection)).partition("(")[0] for field in fields]
    values = ", ".join(f"%b::{'text' if kind == 'varchar' else kind}[]" for kind in kinds)
    insert = f'insert into "{model._meta.db_table}" ({columns}) select * from unnest({values})'
    return tuple(field.attname for field in fields), insert


def update_row(row: models.Model) -> None:
    """Write every column of a row that was read before, and locked by its reader."""
    names, _, update = _statements(type(row))
    prepared.execute(update, [*(getattr(row, name) for name in names), row.pk])


@cache
def _statements(model: type[models.Model]) -> tuple[tuple[str, ...], str, str]:
    fields = model._meta.concrete_fields
    columns = [f'"{field.column}"' for field in fields]
    table, key = model._meta.db_table, model._meta.pk.column
    insert = (
        f'insert into "{table}" ({", ".join(columns)}) values ({", ".join(["%s"] * len(columns))})'
    )
    pairs = ", ".join(f"{column} = %s" for column in columns)
    return (
        tuple(f.attname for f in fields),
        insert,
        f'update "{table}" set {pairs} where "{key}" = %s',
    )
