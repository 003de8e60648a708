"""Writing one row of a model in plain SQL, on the paths that every message of a hospital takes.

The ORM's own work costs several times the statement there; the text is made once per model, so that
the server keeps it prepared.
"""

from datetime import UTC, datetime
from functools import cache

from django.db import connection, models


def insert_row(row: models.Model) -> None:
    """Insert a row whose key is already made; moments set at creation are set here."""
    for field in row._meta.concrete_fields:
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            setattr(row, field.attname, datetime.now(UTC))
    names, insert, _ = _statements(type(row))
    with connection.cursor() as cursor:
        cursor.execute(insert, [getattr(row, name) for name in names])
    row._state.adding, row._state.db = False, connection.alias


def update_row(row: models.Model) -> None:
    """Write every column of a row that was read before, and locked by its reader."""
    names, _, update = _statements(type(row))
    with connection.cursor() as cursor:
        cursor.execute(update, [*(getattr(row, name) for name in names), row.pk])


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
