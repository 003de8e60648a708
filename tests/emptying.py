"""What a test committed is taken out again: only the tables that hold something are touched.

Django's own way truncates every table and announces a migration: seconds for a test that wrote three rows.
"""

import psycopg
from psycopg import Connection, sql

from enrs.config.postgres import Cluster

TABLES = """
select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema')
"""


class Emptying:
    """A database with what the migrations put into it, to which it comes back."""

    def __init__(self, database: str) -> None:
        self.dsn = Cluster().dsn("admin", database=database)
        with psycopg.connect(self.dsn) as admin:
            self.shipped = {name: _content(admin, name) for name in _filled(admin)}

    def __call__(self) -> None:
        """Take out every row but those of the migrations, past triggers and foreign keys."""
        with psycopg.connect(self.dsn) as admin:
            admin.execute("set local session_replication_role = replica")
            for name in {*_filled(admin), *self.shipped}:
                before = self.shipped.get(name, [])
                if before and _content(admin, name) == before:
                    continue
                admin.execute(sql.SQL("delete from {}").format(sql.SQL(name)))
                if before:
                    with admin.cursor().copy(
                        sql.SQL("copy {} from stdin").format(sql.SQL(name))
                    ) as copy:
                        copy.write(b"".join(before))


def _filled(admin: Connection) -> list[str]:
    """The tables that hold a row."""
    names = [name for (name,) in admin.execute(TABLES)]
    asked = (
        sql.SQL("select {} where exists (select from {})").format(sql.Literal(name), sql.SQL(name))
        for name in names
    )
    return [name for (name,) in admin.execute(sql.SQL(" union all ").join(asked))]


def _content(admin: Connection, name: str) -> list[bytes]:
    """The rows of a table as COPY writes them, in an order of their own."""
    with admin.cursor().copy(sql.SQL("copy {} to stdout").format(sql.SQL(name))) as copy:
        return sorted(b"".join(copy).splitlines(keepends=True))
