"""A day's ADT messages by MLLP: received by the gateway while two workers apply them, against a matched region."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import uvloop

from benchmarks.common import Row, scratch_database
from benchmarks.gateway import Client
from benchmarks.identity import SHARE, load, online
from benchmarks.identity.day import DOMAINS, PLACES, Day, day_of, stocks
from benchmarks.identity.population import write_population
from enrs.config.postgres import Cluster
from enrs.formats.hl7v2 import frame

MESSAGES = max(2_000, int(202_000 * SHARE))
CONNECTIONS = 20
ALLOWED = 300 * SHARE
"""Seconds: five minutes for the whole day."""

PATIENCE = 1_800
"""Seconds after which the bench gives up."""

COUNTS = """
select (select count(*) from inbox where state = 'applied'), (select count(*) from inbox where state = 'parked'),
  (select count(*) from encounter), (select count(*) from source_identity where absorbed_into_id is not null),
  (select count(*) from source_identity)
"""


def days() -> list[Row]:
    """Rows for one day of messages."""
    with scratch_database("identity") as database, TemporaryDirectory() as place:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        from django.db import connections
        from tests.running import Region

        population = write_population(Path(place) / "region", people=online.PEOPLE, seed=4)
        strangers = write_population(Path(place) / "strangers", people=10_000, seed=7)
        records = load.fill_database(population, domains=DOMAINS)
        day = day_of(
            population, strangers, count=MESSAGES, records=records, connections=CONNECTIONS
        )
        _open_places()
        connections.close_all()
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            print(pool.submit(_match).result())
        region = Region(database)
        try:
            return _measure(region, database, day, records)
        finally:
            for name in list(region.processes):
                region.kill(name)


def _match() -> str:
    """The night's pass, before the day begins."""
    import django

    django.setup()
    from enrs.core.access.actor import SYSTEM, acting
    from enrs.referentials.identity.matching.batch import run

    with acting(SYSTEM):
        return run().sentence


def _open_places() -> None:
    """The senders as the gateway's page knows them, and their structures in the directory."""
    from enrs.core.ids import uuid7
    from enrs.interop.gateway.models import Partner
    from enrs.referentials.directory.models import Organisation

    for one in PLACES.values():
        application, _, facility = one.sender.partition("|")
        Partner.objects.create(
            sender=one.sender, application=application, facility=facility, name=one.facility,
            finess=one.finess,
        )  # fmt: skip
        Organisation.objects.create(
            id=uuid7(), source="finess", finess_eg=one.finess, name=one.facility,
            name_key=one.facility, row_hash="",
        )  # fmt: skip


def _measure(region: "object", database: str, day: Day, records: int) -> list[Row]:
    from tests.running import Region

    assert isinstance(region, Region)  # noqa: S101
    address = Cluster().dsn("admin", database=database)
    with psycopg.connect(address, autocommit=True) as watched:
        watched.execute("vacuum analyze source_identity, identity_feature, regional_identity")
        before = watched.execute(COUNTS).fetchone()
        region.start("gateway")
        for name in ("worker", "worker2"):
            region.start("worker", name=name)
        # The workers' first seconds are Python's own.
        time.sleep(5)
        began = time.perf_counter()
        waits = uvloop.run(send(region.ports["gateway"], list(stocks(day))))
        received = time.perf_counter() - began
        _wait(watched, began)
        whole = time.perf_counter() - began
        after = watched.execute(COUNTS).fetchone()
        _tell(watched, day)
    assert before is not None  # noqa: S101
    assert after is not None  # noqa: S101
    applied, parked, stays, absorbed, numbers = (
        now - then for now, then in zip(after, before, strict=True)
    )
    wanted = day.count - day.overlays
    name = f"journée de {day.count} messages ADT, {records} identités, reçus et appliqués (2 processus)"
    return [
        Row(name, round(whole, 1), "s", f"<={ALLOWED:g}", "dont reçus, validés, acquittés", round(received, 1)),
        Row("  appliqués par seconde, réception comprise", round(day.count / whole), "msg/s"),
        Row(f"  attente de l’acquittement, p95, {CONNECTIONS} connexions", round(_p95(waits), 2), "ms"),
        Row("  appliqués", float(applied), "", f">={wanted}", "envoyés", float(day.count)),
        Row("  mis de côté", float(parked), "", f"<={day.overlays}", "écrasements envoyés", float(day.overlays)),
        Row("  séjours au dossier", float(stays), "", f">={day.stays}", "séjours envoyés", float(day.stays)),
        Row("  numéros absorbés (A40, A47)", float(absorbed), "", f">={day.absorbed}", "envoyés", float(day.absorbed)),
        Row("  numéros nouveaux", float(numbers), "", f">={day.numbers}", "A28 envoyés", float(day.numbers)),
    ]  # fmt: skip


def _wait(watched: psycopg.Connection, began: float) -> None:
    waiting = (
        "select exists (select 1 from inbox where state = 'received'),"
        " exists (select 1 from inbox where state = 'waiting')"
    )
    while any(watched.execute(waiting).fetchone() or ()):
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError("messages still wait: " + str(_states(watched)))
        time.sleep(0.2)


def _states(watched: psycopg.Connection) -> list[tuple[object, ...]]:
    return watched.execute(
        "select state, message_type, error_code, count(*) from inbox group by 1, 2, 3 order by 4 desc"
    ).fetchall()


def _tell(watched: psycopg.Connection, day: Day) -> None:
    """Print what the day was made of, and why what was kept aside was."""
    print("  " + ", ".join(f"{kind} {count}" for kind, count in sorted(day.kinds.items())))
    for row in watched.execute(
        "select message_type, error_code, error_text, count(*) from inbox where state = 'parked' group by 1, 2, 3"
    ).fetchall():
        print("  mis de côté :", *row)


def _p95(waits: Sequence[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95)] * 1000


async def send(port: int, lists: Sequence[list[bytes]]) -> list[float]:
    """Send each list on a connection of its own, one message in flight; returns the waits in seconds."""
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    ends = [loop.create_future() for _ in lists]
    for stock, end in zip(lists, ends, strict=True):
        framed = [frame(one) for one in stock]
        await loop.create_connection(
            lambda stock=framed, end=end: Client(stock, end, waits),  # type: ignore[misc]
            "127.0.0.1",
            port,
        )
    await asyncio.gather(*ends)
    return waits
