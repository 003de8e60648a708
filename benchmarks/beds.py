"""Beds: figures that come from many senders at once, and the region's page over 5,000 units."""

import random
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.running import Region

from benchmarks.common import Row, report, row, scratch_database
from benchmarks.record import p95_of, signed_doctor

UNITS, SITES = 5_000, 400
SENDERS, SECONDS = 50, 15
OFFERED = 100
"""Updates a second that the senders offer together."""
RUNS = 3


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    with scratch_database("beds") as database:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        region = Region(database)
        try:
            fill()
            rows = updates()
            _, cookie = signed_doctor()
            region.start("serve")
            report([*rows, *page(region.url, cookie)], json)
        finally:
            region.stop()
            from django.db import connections

            connections.close_all()


def page(url: str, cookie: str) -> list[Row]:
    """The region's page (5,000 units must be there: `fill`), twenty clients that ask once a second each."""
    rows = []
    for label, query in (("", ""), (", un département", "?departement=77&libres=1")):
        values = [p95_of(f"{url}/lits/region/{query}", cookie) for _ in range(RUNS)]
        name = f"lits de la région, {UNITS} unités{label}, p95"
        rows.append(row(name, values, "ms", aim="<=100", actor="médecin"))
    return rows


def updates() -> list[Row]:
    """Senders that offer a hundred updates a second, then as many as they can; nothing may be lost.

    A tenth of the units take nine tenths of the figures, so that senders meet on the same rows.
    """
    from enrs.services.beds.models import Capacity

    rows = list(Capacity.objects.select_related("unit").order_by("pk"))
    began = _readings()
    done, times = _send(rows, pace=SENDERS / OFFERED)
    most, _ = _send(rows, pace=0.0)
    total = _readings() - began
    ordered = sorted(times)
    p95 = ordered[int(0.95 * (len(ordered) - 1))] * 1000
    sent = done + most
    return [
        Row(
            "mises à jour de lits, 50 connexions, offertes", round(done / SECONDS, 1), "/s", ">=99"
        ),
        Row("une mise à jour de lits, p95", round(p95, 1), "ms"),
        Row("mises à jour de lits, à saturation", round(most / SECONDS, 1), "/s", ">=100"),
        Row("mises à jour perdues", float(sent - total), "", "<=0"),
        Row("unités aux chiffres qui ne s’accordent pas", float(_discordant()), "", "<=0"),
    ]


def _readings() -> int:
    from enrs.services.beds.models import Reading

    return Reading.objects.count()


def _send(rows: list[Any], *, pace: float) -> tuple[int, list[float]]:
    """How many updates were committed in `SECONDS`, and how long each took; a sender waits `pace` between two."""
    from django.db import connection

    from enrs.core.access.actor import SYSTEM, acting
    from enrs.services.beds.commands import receive_figures
    from enrs.services.beds.rules import Told

    lock, times = threading.Lock(), []
    hot = rows[: len(rows) // 10]

    def sender(rank: int) -> None:
        rng, own = random.Random(rank), []  # noqa: S311  a choice, not a secret
        with acting(SYSTEM):
            time.sleep(rng.random() * pace)
            end = time.perf_counter() + SECONDS
            due = time.perf_counter()
            while time.perf_counter() < end:
                one = rng.choice(hot if rng.random() < 0.9 else rows)
                free = rng.randrange(one.installed)
                given = {"available": free, "occupied": one.installed - free}
                began = time.perf_counter()
                receive_figures(
                    unit=one.unit, told=[Told(given, datetime.now(UTC), age=one.age)], source="ror"
                )
                own.append(time.perf_counter() - began)
                due += pace
                time.sleep(max(0.0, due - time.perf_counter()))
        connection.close()
        with lock:
            times.extend(own)

    senders = [threading.Thread(target=sender, args=(rank,)) for rank in range(SENDERS)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    return len(times), times


def _discordant() -> int:
    """Rows whose figures do not add up, or are not those of the latest reading, or that a unit counts wrong."""
    from django.db import connection

    sql = """
    select (select count(*) from beds_capacity
            where available + occupied + reserved + closed > installed + additional)
        + (select count(*) from beds_capacity c join lateral (
                select after from beds_reading r where r.capacity_id = c.id and act = 'received'
                order by measured_at desc, id desc limit 1
           ) r on true where r.after[2] <> c.available)
        + (select count(*) from beds_unit u where free_count <> (
                select coalesce(sum(greatest(available - held, 0)), 0) from beds_capacity where unit_id = u.id))
    """
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def fill(services: Sequence[Any] = ()) -> None:
    """Units over eight départements with figures of several ages: those of these offers, else new ones."""
    from enrs.core.ids import uuid7
    from enrs.services.beds.models import Capacity, Unit
    from enrs.services.beds.tables import unit_kinds

    rng, now = random.Random(4), datetime.now(UTC)  # noqa: S311  invented figures
    kinds, made, rows = list(unit_kinds()), [], []
    for rank, service in enumerate(services or _services()):
        site, installed = service.site, 8 + rng.randrange(30)
        free, at = rng.randrange(4), now - timedelta(hours=rng.random() * 14)
        unit = Unit(
            id=uuid7(), service=service, site_id=site.pk, site_name=site.name, name=service.name,
            sort_key=f"{site.name_key} {service.name_key}", kind=kinds[rank % len(kinds)],
            department=site.department, city=site.city, latitude=site.latitude, longitude=site.longitude,
            free_count=free, known_at=at,
        )  # fmt: skip
        made.append(unit)
        rows.append(
            Capacity(
                id=uuid7(), unit=unit, age="adult", installed=installed, available=free,
                occupied=installed - free, moments=[at] * 6, sources=["ror"] * 6, measured_at=at, source="ror",
            )
        )  # fmt: skip
    Unit.objects.bulk_create(made, batch_size=1_000)
    Capacity.objects.bulk_create(rows, batch_size=1_000)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("analyze beds_unit, beds_capacity")


def _services() -> list[Any]:
    """New offers for the units of a bench that has no directory."""
    from enrs.core.ids import uuid7
    from enrs.referentials.directory.models import Organisation
    from enrs.referentials.offer.models import HealthcareService

    rng = random.Random(5)  # noqa: S311  invented places
    places = [
        Organisation(
            id=uuid7(), source="finess", name=f"Hôpital {rank}", name_key=f"HOPITAL {rank}", row_hash="",
            department=("75", "77", "78", "91", "92", "93", "94", "95")[rank % 8], city=f"Ville {rank}",
            latitude=48.2 + rng.random(), longitude=1.6 + 1.6 * rng.random(),
        )
        for rank in range(SITES)
    ]  # fmt: skip
    Organisation.objects.bulk_create(places)
    made = [
        HealthcareService(
            id=uuid7(), site=places[rank % SITES], name=f"Unité {rank}", name_key=f"UNITE {rank}", state="published"
        )
        for rank in range(UNITS)
    ]  # fmt: skip
    HealthcareService.objects.bulk_create(made, batch_size=1_000)
    return made
