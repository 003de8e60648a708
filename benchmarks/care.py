"""Monitoring at home: the board of somebody who watches 20,000 people, and a reading with a year behind it."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.running import Region

from benchmarks.common import Row, percentile, row, scratch_database
from benchmarks.common import report as print_report
from benchmarks.record import p95_of, signed_doctor

WATCHED = 20_000
FEW = 40
YEAR = 730
"""Readings of somebody followed twice a day for a year."""
ENTERED = 200
RUNS = 3
BOARD = "/surveillance/"


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    with scratch_database("care") as database:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        from django.db import connections

        doctor, cookie = signed_doctor()
        few = _watched(doctor, FEW)
        region = Region(database)
        try:
            region.start("serve")
            floor = p95_of(f"{region.url}{BOARD}", cookie)
            _watched(doctor, WATCHED - FEW, first=FEW)
            rows = [
                _board(region.url, cookie, label, query, floor) for label, query in PAGES.items()
            ]
            page = f"/surveillance/dossier/{few[0][1]}/{few[0][0]}/"
            rows.append(_page(region.url, cookie, page))
            rows += _entering(doctor, few)
        finally:
            region.stop()
            connections.close_all()
        print_report(rows, json)


PAGES = {
    "première page": "",
    "les alertes": "?etat=red",
    "au milieu": "?apres=7~2020-01-01T00:00:00%2B00:00~00000000-0000-0000-0000-000000000000",
}


def _board(url: str, cookie: str, label: str, query: str, floor: float) -> Row:
    values = [p95_of(f"{url}{BOARD}{query}", cookie) for _ in range(RUNS)]
    return row(
        f"tableau de {WATCHED} personnes surveillées, {label}, p95", values, "ms", aim="<=150",
        peer=f"même page, {FEW} personnes", peer_value=floor, actor=f"{WATCHED} droits",
    )  # fmt: skip


def _page(url: str, cookie: str, page: str) -> Row:
    values = [p95_of(f"{url}{page}", cookie) for _ in range(RUNS)]
    return row(
        f"surveillance de {YEAR} relevés, p95", values, "ms", aim="<=200", actor=f"{WATCHED} droits"
    )


def _entering(doctor: Any, few: list[tuple[UUID, UUID]]) -> list[Row]:
    """A reading with its thresholds and its measures, in the record, one after another."""
    from enrs.core.access.actor import acting
    from enrs.core.accounts.queries import actor_of
    from enrs.services.home_monitoring import commands
    from enrs.services.home_monitoring.models import FollowUp

    actor, times = actor_of(doctor), []
    entered = commands.Entered({"saturation": ("94", ""), "temperature": ("37,9", "")})
    with acting(actor):
        for rank in range(ENTERED):
            one = FollowUp.objects.get(pk=few[rank % len(few)][0])
            began = time.perf_counter()
            commands.enter_reading(follow_up=one, entered=entered)
            times.append((time.perf_counter() - began) * 1000)
    return [Row(f"un relevé, {YEAR} avant lui, p95", round(percentile(times, 0.95), 1), "ms")]


def _watched(doctor: Any, count: int, first: int = 0) -> list[tuple[UUID, UUID]]:
    """People of the doctor's circle whom they watch, as (follow-up, patient); the first has a year of readings."""
    from django.db import connection

    from enrs.core.access.models import FOREVER, Grant
    from enrs.core.ids import uuid7
    from enrs.core.subjects.models import Patient
    from enrs.referentials.identity.models import RegionalIdentity
    from enrs.services.home_monitoring.models import FollowUp, Protocol

    now = datetime.now(UTC)
    protocol = Protocol.objects.get(code="covid-domicile", status="published")
    people = [Patient(id=uuid7()) for _ in range(count)]
    Patient.objects.bulk_create(people, batch_size=2_000)
    names = [_letters(first + rank) for rank in range(count)]
    RegionalIdentity.objects.bulk_create(
        [
            RegionalIdentity(
                patient=one, birth_name=f"VEILLE{name}", first_given_name="CAMILLE", birth_date="1950-01-02",
                sex="F", name_key=f"VEILLE{name}", given_key="CAMILLE", changed_at=now,
            )
            for one, name in zip(people, names, strict=True)
        ],
        batch_size=2_000,
    )  # fmt: skip
    Grant.objects.bulk_create(
        [
            Grant(
                patient=one, grantee_id=doctor.grantee_id, source_id=uuid7(), source_kind="bench",
                purpose="care_team", level=2, valid_from=now - timedelta(days=1), valid_until=FOREVER,
            )
            for one in people
        ],
        batch_size=2_000,
    )  # fmt: skip
    made = [_follow_up(one, protocol, doctor, now, rank) for rank, one in enumerate(people)]
    FollowUp.objects.bulk_create(made, batch_size=2_000)
    if not first:
        _year(made[0], now)
    with connection.cursor() as cursor:
        cursor.execute("analyze monitoring_follow_up, access_grant, regional_identity, patient")
    return [(one.id, one.patient_id) for one in made]


def _follow_up(patient: Any, protocol: Any, doctor: Any, now: datetime, rank: int) -> Any:
    """One in a hundred alerts, ten are to watch, five are silent."""
    from enrs.core.ids import uuid7
    from enrs.services.home_monitoring.models import FollowUp
    from enrs.services.home_monitoring.rules.thresholds import RANKS

    share = rank % 100
    state = "red" if share == 0 else "amber" if share < 11 else "silent" if share < 16 else "green"
    found = [{"kind": "saturation", "rule": "low", "value": "91", "limit": "92", "level": "red"}]
    return FollowUp(
        id=uuid7(), patient=patient, protocol=protocol, code=protocol.code, title=protocol.title,
        started_at=now - timedelta(days=365), ends_at=now + timedelta(days=30),
        watcher_id=doctor.grantee_id, watcher_kind="person", watcher_name=doctor.name,
        starter_id=doctor.grantee_id, starter_name=doctor.name, state=state,
        level=state if state != "silent" else "green", rank=RANKS[state] + 1,
        turn_at=now - timedelta(minutes=rank), due_at=now + timedelta(hours=5),
        silent_at=now + timedelta(hours=8), last_at=now - timedelta(hours=3),
        last_findings=found if state == "red" else [],
    )  # fmt: skip


def _year(one: Any, now: datetime) -> None:
    """Readings twice a day for a year, with their measures."""
    from enrs.core.ids import uuid7
    from enrs.services.home_monitoring.models import Reading
    from enrs.services.record.models import Measure
    from enrs.services.record.rules.entries import LOINC, MEASURES

    moments = [now - timedelta(hours=12 * rank + 6) for rank in range(YEAR)]
    known = MEASURES["saturation"]
    Measure.objects.bulk_create(
        [
            Measure(
                id=uuid7(), patient_id=one.patient_id, kind="saturation", value=94 + rank % 5, unit=known.unit,
                code=known.code, code_system=LOINC, display="saturation", measured_at=at, noted_at=at,
                author_name="Banc",
            )
            for rank, at in enumerate(moments)
        ]
    )  # fmt: skip
    Reading.objects.bulk_create(
        [
            Reading(
                id=uuid7(), follow_up=one, patient_id=one.patient_id, at=at, level="green", means="nurse",
                author_name="Banc",
            )
            for at in moments
        ]
    )  # fmt: skip


def _letters(rank: int) -> str:
    return "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{rank:05d}")
