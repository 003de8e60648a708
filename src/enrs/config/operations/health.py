"""Whether the service lives, may be sent requests, and what lags: cheap, and without a word on anybody."""

import logging
import os
import shutil
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader

from enrs.config.operations.backup import FOLDER, last_made_at
from enrs.config.postgres.diagnosis import SPACE_NEEDED
from enrs.config.state import data_folder
from enrs.core.events.subscribers import names as subscriber_names

KEPT_SECONDS = 5.0
"""How long the database's answer serves: however often it is asked, one look in five seconds."""

WORKER_SECONDS = 60
INBOX_SECONDS = 300
OUTBOX_SECONDS = 60
SEAL_SECONDS = 60
REPLICA_SECONDS = 60
BACKUP_SECONDS = 26 * 3600
"""Past these ages something is wrong; a daily backup has two hours to be late."""

HEARTBEAT = "operations.heartbeat"
log = logging.getLogger("enrs.operations")


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the health: whether it is well, whether the service stands on it, and numbers."""

    name: str
    is_well: bool
    is_vital: bool = False
    told: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Kept:
    state: dict[str, Any] | None = None
    until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_kept = _Kept()


def database_state() -> dict[str, Any] | None:
    """The numbers of `operations_state()`, at most five seconds old; None when the database is away."""
    with _kept.lock:
        now = time.monotonic()
        if now >= _kept.until:
            _kept.state = _read()
            _kept.until = now + KEPT_SECONDS
        return _kept.state


def forget_state() -> None:
    """Have the next call ask the database (tests)."""
    _kept.until = 0.0


def _read() -> dict[str, Any] | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select operations_state()")
            value = cursor.fetchone()[0]
            state: dict[str, Any] = orjson.loads(value) if isinstance(value, str) else dict(value)
            cursor.execute("select app, name from django_migrations")
            state["pending"] = len(_known_migrations() - set(cursor.fetchall()))
            return state
    except Error as error:
        log.warning("the database does not answer: %s", type(error).__name__)
        if not connection.in_atomic_block:
            connection.close()
        return None


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def points() -> list[Point]:
    """Every point, the vital ones first."""
    state = database_state()
    found = [Point("database", state is not None, is_vital=True)]
    if state is not None:
        found += _points_of(state)
    return [*found, _disk(), _backup()]


def _points_of(state: dict[str, Any]) -> list[Point]:
    beat = state["jobs"].get(HEARTBEAT, {}).get("age")
    inbox, seals = state["inbox"], state["seals"]
    lags = [state["outbox"].get(name, 0) for name in ("live", *subscriber_names())]
    outbox = max(lags, default=0)
    failing = sorted(name for name, job in state["jobs"].items() if job["failures"] >= 3)
    return [
        Point("migrations", not state["pending"], True, {"pending": state["pending"]}),
        Point("worker", beat is not None and beat < WORKER_SECONDS, told={"seconds": beat}),
        Point(
            "inbox",
            inbox["received_age"] < INBOX_SECONDS,
            told={"seconds": inbox["received_age"], "received": inbox["received"]},
        ),
        Point("outbox", outbox < OUTBOX_SECONDS, told={"seconds": outbox}),
        Point("seals", seals["lag"] < SEAL_SECONDS, told={"seconds": seals["lag"]}),
        Point("jobs", not failing, told={"failing": failing}),
        *_replicas(state["replicas"]),
    ]


def _disk() -> Point:
    free = shutil.disk_usage(data_folder()).free
    return Point("disk", free >= SPACE_NEEDED, told={"free_bytes": free})


def _backup() -> Point:
    """An installation that never made one here says so, and is unwell by it only if it named their folder."""
    age = backup_age()
    is_well = age < BACKUP_SECONDS if age is not None else FOLDER not in os.environ
    return Point("backup", is_well, told={"seconds": age})


def _replicas(replicas: dict[str, Any]) -> list[Point]:
    """The replicas that follow this server; no point when none does."""
    if not replicas["count"]:
        return []
    lag = replicas["lag"] or 0
    return [
        Point(
            "replicas", lag < REPLICA_SECONDS, told={"seconds": lag} | {"count": replicas["count"]}
        )
    ]


def backup_age() -> float | None:
    """Seconds since the last backup made from this machine."""
    made = last_made_at()
    return (datetime.now(UTC) - made).total_seconds() if made else None


def report() -> tuple[int, dict[str, Any]]:
    """Status of the answer and its content: 503 when something vital fails, 200 otherwise.

    A worker that stopped does not take the pages out of service: it is `degraded`, and still 200.
    """
    found = points()
    is_up = all(point.is_well for point in found if point.is_vital)
    status = "ready" if all(point.is_well for point in found) else "degraded"
    return (200 if is_up else 503), {
        "status": status if is_up else "unavailable",
        "checks": {point.name: {"ok": point.is_well} | _rounded(point.told) for point in found},
    }


def _rounded(told: dict[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, 1) if isinstance(value, float) else value for key, value in told.items()
    }
