"""A running region for a module, and Django's connection turned to its database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from enrs.config.postgres import Cluster
from tests.running import Region, running_region
from tests.waiting import until

EXAMPLES = os.environ.get("ENRS_EXAMPLES", "")


def example_files(folder: str, *patterns: str) -> list[Path]:
    """Published examples of a folder, in order of their paths; none without `ENRS_EXAMPLES`."""
    if not EXAMPLES:
        return []
    root = Path(EXAMPLES) / folder
    return sorted(path for pattern in patterns for path in root.rglob(pattern) if path.is_file())


@contextmanager
def region_of(template_database: str, django_db_blocker: Any) -> Iterator[Region]:
    """Gateway, worker and pages over a fresh database that the tests' Django talks to as the owner."""
    default = connections["default"]
    former = default.settings_dict["NAME"]
    parts = ("gateway", "worker", "serve")
    with django_db_blocker.unblock(), running_region(template_database, *parts) as running:
        _use(running.database)
        yield running
        _use(former)


def _use(name: str) -> None:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name


@pytest.fixture(scope="module")
def region(template_database: str, django_db_blocker: Any) -> Iterator[Region]:
    """One region for a module, whose tests stand in any order."""
    with region_of(template_database, django_db_blocker) as running:
        yield running


@pytest.fixture
def rows(region: Region) -> Any:
    """Ask the region's database, as its administrator."""

    def ask(sql: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(Cluster().dsn("admin", database=region.database)) as admin:
            return admin.execute(sql, values).fetchall()

    return ask


@pytest.fixture
def all_settled(rows: Any) -> Any:
    """Wait until the worker has dealt with every message."""
    return lambda: until(
        lambda: rows("select count(*) from inbox where state in ('received', 'waiting')")[0][0] == 0
    )
