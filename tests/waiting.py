"""Waiting for what other transactions hold back."""

import time
from collections.abc import Callable

from django.db import connection


def settle(seconds: float = 180) -> None:
    """Wait until every transaction begun so far in this database has ended, autovacuum's too."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text::bigint")
        mine = cursor.fetchone()[0]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            cursor.execute("select enrs_horizon()::text::bigint")
            if cursor.fetchone()[0] > mine:
                return
            time.sleep(0.02)
    raise TimeoutError("a transaction of this database lasts too long")


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    """Ask again and again until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("what was awaited did not happen")
        time.sleep(0.05)
