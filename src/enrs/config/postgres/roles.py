"""The database's three roles, the same on the embedded server and on a production one."""

from collections.abc import Mapping

from psycopg import Connection, sql

ROLES = {"admin": "enrs_admin", "owner": "enrs_owner", "app": "enrs_app", "feed": "enrs_feed"}
"""Role names by use: `admin` exists on the embedded server only."""

DATABASE = "enrs"


def ensure_roles(connection: Connection, passwords: Mapping[str, str]) -> None:
    """Create the roles of `passwords` (`owner`, `app`, `feed`), or reset their passwords.

    The connection's role must have CREATEROLE. None of the three is a superuser, passes row
    security, or inherits another role's rights. Before PostgreSQL 16 an owner that does not inherit has no
    right on the schema of its own database, which belongs to `pg_database_owner`: it inherits there.
    """
    is_old = connection.info.server_version < 160_000
    for use, password in passwords.items():
        role = sql.Identifier(ROLES[use])
        known = connection.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLES[use]]
        ).fetchone()
        verb = sql.SQL("ALTER ROLE" if known else "CREATE ROLE")
        connection.execute(
            sql.SQL("{} {} LOGIN {} PASSWORD {}").format(
                verb,
                role,
                sql.SQL("INHERIT" if is_old and use == "owner" else "NOINHERIT"),
                sql.Literal(password),
            )
        )


def ensure_database(connection: Connection, name: str, *, template: str = "template0") -> None:
    """Create the database `name`, owned by `enrs_owner`, closed to all but the three roles.

    Needs an autocommit connection; a database that exists keeps its content.
    """
    database = sql.Identifier(name)
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not known:
        statement = sql.SQL("CREATE DATABASE {} OWNER enrs_owner TEMPLATE {}")
        connection.execute(statement.format(database, sql.Identifier(template)))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO enrs_app, enrs_feed").format(database)
    )
