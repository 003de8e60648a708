"""`kill -9` on a worker that writes a copy of somebody's data: nothing of it is kept, and it is made anew."""

import os
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from enrs.config.postgres import Cluster
from enrs.core.access.actor import acting
from enrs.core.accounts.queries import actor_of
from enrs.services.rights.commands import ask_copy
from tests.factories import known_patient, person_of
from tests.running import Region, running_region
from tests.services.record import factories as record

pytestmark = pytest.mark.faults
DOCUMENTS, SIZE = 40, 2_000_000
WAIT_SECONDS = 60
WRITING = """select count(*) from pg_locks l join pg_class c on c.oid = l.relation
  join pg_database d on d.oid = l.database and d.datname = current_database()
  where c.relname = 'rights_copy_piece' and l.mode = 'RowExclusiveLock'"""
"""In this database: the others are cut from the same one, where the table has the same number."""


@pytest.fixture
def region(template_database: str, django_db_blocker: Any) -> Iterator[Region]:
    """A region without a running part, to whose database the tests' Django speaks as the owner."""
    former = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock(), running_region(template_database) as running:
        _use(running.database)
        yield running
        _use(former)


def _use(name: str) -> None:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name


def ask(region: Region, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(Cluster().dsn("owner", database=region.database)) as line:
        found = line.execute(statement)
        return found.fetchall() if found.description else []


def until(region: Region, statement: str, wanted: Any) -> None:
    """Ask again and again until the answer is the wanted one."""
    end = time.monotonic() + WAIT_SECONDS
    while (found := ask(region, statement)[0][0]) != wanted:
        assert time.monotonic() < end, f"{statement}: {found}"
        time.sleep(0.02)


def test_a_killed_worker_leaves_no_piece_and_another_makes_the_copy(region: Region) -> None:
    patient = known_patient()
    for _ in range(DOCUMENTS):
        record.document(patient.pk, os.urandom(SIZE), "application/pdf")
    with acting(actor_of(person_of(patient))):
        ask_copy(patient_id=patient.pk)
    blobs = ask(region, "select count(*) from blob")
    region.start("worker", name="first")
    until(region, f"select ({WRITING}) > 0", wanted=True)
    region.kill("first")
    until(region, f"select ({WRITING}) > 0", wanted=False)
    assert ask(region, "select state, tries from rights_copy") == [("preparing", 1)]
    assert ask(region, "select count(*) from rights_copy_piece") == [(0,)]
    assert ask(region, "select count(*) from blob") == blobs
    ask(region, "update rights_copy set next_at = now()")
    ask(region, "update periodic_job set due_at = now() where name = 'rights.copies'")
    region.start("worker", name="second")
    until(region, "select state from rights_copy", wanted="ready")
    kept = ask(region, "select count(*), min(number), max(number) + 1 from rights_copy_piece")[0]
    assert kept[0] == kept[2] > DOCUMENTS * SIZE // 4_194_304
    assert kept[1] == 0
    region.stop()
