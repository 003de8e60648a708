"""Invented beds for a demo: the units of the offer with figures of several ages, a crisis, a neighbour region."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from enrs.core.demo import Rows, Someone, key
from enrs.core.ids import uuid7
from enrs.referentials.directory.models import Organisation
from enrs.referentials.offer.models import HealthcareService
from enrs.services.beds import tables
from enrs.services.beds.commands.units import first_capacity, unit_of
from enrs.services.beds.models import (
    BedRequest,
    Capacity,
    Crisis,
    CrisisAnswer,
    Reading,
    Reservation,
    Unit,
)

AGES = (0.3, 0.7, 1.5, 2.4, 3.1, 4.2, 5.0, 7.5, 9.0, 15.0, 31.0)
"""Hours since the figures of the units were counted, in turn: most are fresh, one in eleven is silent."""

WORDS = {
    "rea": "Une chambre d’isolement libre, deux respirateurs.",
    "usc": "Ventilation non invasive possible.",
    "medecine": "Chambres doubles seulement.",
    "smr": "Admissions de 8 h à 16 h.",
}
NEIGHBOURS = (
    ("Hauts-de-France", "60", "CH de l’Oise d’essai", "Réanimation", "rea", 49.41, 2.08, 10, 2),
    ("Grand Est", "51", "CHU de la Marne d’essai", "Réanimation chirurgicale", "rea", 49.23, 4.02, 18, 3),
    ("Grand Est", "51", "CHU de la Marne d’essai", "Soins continus", "usc", 49.23, 4.02, 12, 4),
    ("Centre-Val de Loire", "45", "CHR du Loiret d’essai", "Réanimation", "rea", 47.84, 1.94, 16, 1),
)  # fmt: skip


def fill(rows: Rows, services: Sequence[HealthcareService], *, by: Someone, now: datetime) -> None:
    """Follow these units, each counted by hand or by its software some hours ago."""
    rng, rank = Random(7), 0  # noqa: S311  invented figures
    for service in services:
        if not (service.site and service.place_count):
            continue
        if not tables.kind_of(service.activity_code, service.field_code):
            continue
        unit = rows.add(unit_of(service, service.site))
        unit.word = WORDS.get(unit.kind, "") if rank % 2 == 0 else ""
        unit.code = f"U{rank:03d}" if unit.site_finess else ""
        row = first_capacity(unit, service)
        count(
            rows, row, rng, now - timedelta(hours=AGES[rank % len(AGES)]), by if rank % 3 else None
        )
        rank += 1


def count(rows: Rows, row: Capacity, rng: Random, at: datetime, by: Someone | None) -> None:
    """Give a row figures that add up, with their line of history; without somebody, a software told them."""
    closed = rng.choice((0, 0, 0, 1, 2))
    free = rng.choice((0, 0, 1, 1, 2, 3)) if row.installed > 4 else rng.choice((0, 1))
    row.closed, row.available = (
        min(closed, row.installed),
        min(free, max(0, row.installed - closed)),
    )
    row.reserved = 1 if row.installed > row.closed + row.available + 3 and rng.random() < 0.3 else 0
    row.occupied = row.installed - row.closed - row.available - row.reserved
    row.moments, row.measured_at = [at] * 6, at
    row.source = Capacity.Source.HAND if by else Capacity.Source.ROR
    row.by_name, row.sources = by.name if by else "Logiciel de gestion des lits", [row.source] * 6
    rows.add(row)
    row.unit.free_count, row.unit.known_at = row.available, at
    after = [row.installed, row.available, row.occupied, row.reserved, row.closed, row.additional]
    rows.add(
        Reading(
            id=key(at), capacity=row, act="entered" if by else "received", received_at=at, measured_at=at,
            source=row.source, by_name=row.by_name, user_id=by.user_id if by else None,
            before=[row.installed, 0, 0, 0, 0, 0], after=after, version=1,
        )
    )  # fmt: skip


def neighbours(rows: Rows, now: datetime) -> None:
    """Units of regions around, as their file told them an hour ago."""
    at = now - timedelta(minutes=50)
    for rank, (region, where, site, name, kind, north, east, installed, free) in enumerate(
        NEIGHBOURS
    ):
        unit = rows.add(
            Unit(
                id=uuid7(), region=region, code=f"V{rank}", site_name=site, site_finess=f"99{rank:07d}",
                name=name, sort_key=f"ZZ {site} {name}".upper()[:120], kind=kind, department=where,
                latitude=north, longitude=east, free_count=free, known_at=at,
            )
        )  # fmt: skip
        rows.add(
            Capacity(
                id=uuid7(), unit=unit, age="adult", installed=installed, available=free,
                occupied=installed - free, moments=[at] * 6, sources=["csv"] * 6, measured_at=at,
                source="csv", by_name="Région voisine",
            )
        )  # fmt: skip


def crisis(rows: Rows, site: Organisation, *, by: Someone, now: datetime) -> None:
    """An epidemic at a site, to which half of its units have answered."""
    opened = rows.add(
        Crisis(
            id=uuid7(), code="epidemie", site=site, note="Point à 8 h et à 20 h.",
            opened_at=now - timedelta(hours=26), opened_by=by.name,
        )
    )  # fmt: skip
    units = [one for one in rows.of(Unit) if one.site_id == site.pk]
    for rank, unit in enumerate(units[::2]):
        for place, (code, _) in enumerate(tables.crisis_kinds()["epidemie"].questions):
            rows.add(
                CrisisAnswer(
                    id=uuid7(), crisis=opened, unit=unit, question=code, count=(rank + place) % 4,
                    at=now - timedelta(hours=rank), by_name=by.name,
                )
            )  # fmt: skip


def requests(
    rows: Rows, *, by: Someone, cell: Someone, cell_place: tuple[UUID, str], now: datetime
) -> None:
    """Three requests to the cell: one to place, one that waits for a unit's word, one confirmed."""
    free = [
        one for one in rows.of(Capacity)
        if one.unit.kind in tables.critical_kinds() and one.available and not one.unit.region
    ]  # fmt: skip
    stories = (
        ("open", 12, "Choc septique, noradrénaline 1 mg/h.", ["ventilateur"]),
        ("held", 31, "SDRA, à ventiler dans l’heure.", ["ventilateur", "isolement"]),
        ("confirmed", 95, "Post-arrêt cardiaque, stable.", ["ventilateur"]),
    )
    for rank, (state, minutes, words, needs) in enumerate(stories):
        opened = now - timedelta(minutes=minutes)
        made = rows.add(
            BedRequest(
                id=key(opened), state=state, kind="rea", needs=needs, words=words, department="77",
                place_id=by.place_id or uuid7(), place_name=by.place_name, user_id=by.user_id,
                by_name=by.name, phone=by.phone, opened_at=opened, changed_at=opened, version=rank + 1,
            )
        )  # fmt: skip
        if state == "open" or not free:
            continue
        row = free[rank % len(free)]
        row.held += 1
        row.unit.free_count -= 1
        is_confirmed = state == "confirmed"
        rows.add(
            Reservation(
                id=uuid7(), request=made, capacity=row, state=state, made_at=now - timedelta(minutes=8),
                until=now + (timedelta(hours=20) if is_confirmed else timedelta(minutes=22)),
                cell_id=cell_place[0], cell_name=cell_place[1], by_name=cell.name,
                confirmed_at=now - timedelta(minutes=3) if is_confirmed else None,
                confirmed_by=by.name if is_confirmed else "",
            )
        )  # fmt: skip
