"""The matrix that this process decides by, read again as soon as somebody changed it."""

from django.db import connection

from enrs.core.access import rules

LAST_CHANGE = "(select coalesce(max(id), 0) from access_matrix_change)"
"""The number of the last change: asked along with what tells the database who acts."""


def renew(version: int) -> None:
    """Read the matrix again when the database's last change is not the one that this process knows."""
    if version == rules.version_in_force():
        return
    with connection.cursor() as cursor:
        cursor.execute("select role, category, may_read, may_write from access_matrix")
        cells: dict[str, dict[str, str]] = {role: {} for role in rules.ROLES}
        for role, category, may_read, may_write in cursor.fetchall():
            cells.setdefault(role, {})[category] = "r" * may_read + "w" * may_write
    rules.put_in_force(version, cells)


def last_change() -> int:
    """The number of the last change; 0 when the matrix is the release's own."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {LAST_CHANGE}")
        return int(cursor.fetchone()[0])
