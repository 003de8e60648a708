"""Partitions made ahead of time, so that a default partition stays empty and old days are cheap to drop."""

from django.db import connection

PARTITIONED = {"inbox": ("day", 7), "audit_line": ("month", 2)}
"""Tables partitioned by a moment: unit, and how many units ahead exist."""


def ensure_partitions(table: str, unit: str = "day", ahead: int = 7) -> int:
    """Make the partitions of `table` from the current `unit` (`day`, `month`, in UTC) to `ahead` later.

    Rows that fell into the default partition meanwhile are moved. Returns how many were made.
    """
    with connection.cursor() as cursor:
        cursor.execute("select ensure_partitions(%s, %s, %s)", [table, unit, ahead])
        return int(cursor.fetchone()[0])


def ensure_all_partitions() -> int:
    """Do it for every table of `PARTITIONED`: after a migration, and hourly by the worker."""
    return sum(
        ensure_partitions(table, unit, ahead) for table, (unit, ahead) in PARTITIONED.items()
    )
