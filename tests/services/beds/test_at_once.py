"""Many at once, each on a connection of its own: no figure lost, no bed given twice."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import cycle
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections
from django.db.models import F, Sum
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.ids import uuid7
from enrs.services.beds import commands, rules
from enrs.services.beds.commands import BedsRefusedError
from enrs.services.beds.commands.shared import figures_of
from enrs.services.beds.models import BedRequest, Capacity, Reading, Reservation, Unit
from enrs.services.beds.rules import Told
from tests.proof_page import found
from tests.services.beds.factories import bed_unit, capacity

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(workers: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(rank)` in as many threads as workers, each closing its connection."""

    def one(rank: int) -> Any:
        try:
            with acting(SYSTEM):
                return work(rank)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(workers)))


FORK = multiprocessing.get_context("fork")


def in_processes(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Begin `work(rank)` in as many processes, and give the ends where each says what it found.

    Threads of one process alone would wait for each other's Python.
    """

    def one(rank: int, end: Any) -> None:
        with end:
            end.send(work(rank))

    # A connection that two processes hold is spoken on by both: each child opens its own.
    connections.close_all()
    ends = []
    for rank in range(count):
        here, there = FORK.Pipe(duplex=False)
        FORK.Process(target=one, args=(rank, there)).start()
        there.close()
        ends.append(here)
    return ends


@pytest.fixture
def ward(transactional_db):
    """One unit with two kinds of beds, so that both keep the same count of free ones."""
    unit = bed_unit()
    return [
        capacity(unit, installed=40, available=0, occupied=40),
        capacity(unit, installed=40, available=0, occupied=40, age="child"),
    ]


def test_updates_of_one_unit_at_once_lose_nothing(ward):
    """Eight senders, each with later figures than it sent before: the latest of all stands, all are kept."""
    start, each = timezone.now() - timedelta(hours=1), 12

    def send(rank: int) -> None:
        row = ward[rank % 2]
        for turn in range(each):
            free = (rank + turn) % 20
            told = Told(
                {"available": free, "occupied": 40 - free},
                start + timedelta(seconds=turn * 8 + rank),
                age=row.age,
            )
            commands.receive_figures(unit=row.unit, told=[told], source="ror")

    at_once(8, send)
    assert Reading.objects.count() == 8 * each
    for row, last in zip(ward, (6, 7), strict=True):
        row.refresh_from_db()
        assert row.available == (last + each - 1) % 20
        assert rules.fault_of(figures_of(row)) == ""
        assert row.version == 1 + row.readings.filter(act="received").count()
    unit = Unit.objects.get()
    assert unit.free_count == sum(row.available for row in ward)


def test_two_nurses_at_once_one_is_told(ward):
    row, gate = ward[0], threading.Barrier(6)

    def enter(rank: int) -> str:
        gate.wait()
        try:
            commands.enter_figures(capacity=row, given={"available": rank + 1}, expected_version=1)
        except Exception as error:
            return type(error).__name__
        return "done"

    assert sorted(at_once(6, enter)) == ["StaleSaveError"] * 5 + ["done"]


def reserve(attempts: int, processes: int, threads: int, rows: list[Capacity]) -> Counter[str]:
    """Processes of threads that keep beds and give some back; somebody watches what is committed all along."""
    workers = processes * threads
    asked = [
        BedRequest(id=uuid7(), kind="rea", place_id=uuid7(), place_name="Essai", by_name="Essai")
        for _ in range(attempts)
    ]
    BedRequest.objects.bulk_create(asked, batch_size=2_000)
    done, watching = threading.Event(), []

    def work(rank: int) -> Counter[str]:
        rng, mine, kept = Random(rank), asked[rank::workers], []  # noqa: S311  a choice, not a secret
        places = cycle(rng.sample(rows, len(rows)))
        told: Counter[str] = Counter(kept=0, taken=0, given_back=0)
        for request in mine:
            try:
                kept.append(
                    commands.hold_bed(asked=request, capacity=next(places), expected_version=1)
                )
                told["kept"] += 1
            except BedsRefusedError as error:
                if error.reason != "taken":
                    raise
                told["taken"] += 1
            if kept and rng.random() < 0.03:
                commands.release_hold(reservation=kept.pop(), reason="Plus utile")
                told["given_back"] += 1
        return told

    def side(rank: int) -> Counter[str]:
        return sum(at_once(threads, lambda one: work(rank * threads + one)), Counter())

    def watch() -> None:
        try:
            while not done.wait(0.02):
                watching.append(Capacity.objects.filter(held__gt=F("available")).count())
                live = Reservation.objects.filter(state__in=("held", "confirmed"))
                watching.append(_overbooked(live.values_list("capacity_id", flat=True), rows))
        finally:
            connection.close()

    ends = in_processes(processes, side)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        # A process that fails closes its end without a word: an EOFError here, its traceback above.
        total = sum((end.recv() for end in ends), Counter())
    finally:
        done.set()
        watcher.join()
        for one in multiprocessing.active_children():
            one.join()
    assert watching
    assert set(watching) == {0}
    total["watched"] = len(watching) // 2
    return total


def _overbooked(capacity_ids: Any, rows: list[Capacity]) -> int:
    limits = {row.pk: row.available for row in rows}
    counts: dict[UUID, int] = {}
    for one in capacity_ids:
        counts[one] = counts.get(one, 0) + 1
    return sum(count > limits[one] for one, count in counts.items())


def check(rows: list[Capacity], total: Counter[str], attempts: int) -> None:
    """Every bed was fought for, and what the rows, the units and the reservations say is the same."""
    assert total["kept"] + total["taken"] == attempts
    assert total["taken"] > 0
    live = Reservation.objects.filter(state="held").count()
    assert live == total["kept"] - total["given_back"]
    assert Capacity.objects.aggregate(held=Sum("held"))["held"] == live
    for row in Capacity.objects.select_related("unit"):
        assert row.held == row.reservations.filter(state="held").count() <= row.available
        assert row.unit.free_count == row.available - row.held


def test_beds_asked_at_once_are_never_given_twice(transactional_db):
    rows = [capacity(installed=30, available=5, occupied=25) for _ in range(3)]
    check(rows, reserve(160, 2, 4, rows), 160)


@pytest.mark.proof
def test_fifty_thousand_reservations_never_overbook(transactional_db):
    rows = [capacity(installed=400, available=120, occupied=280) for _ in range(8)]
    total = reserve(50_000, 4, 4, rows)
    check(rows, total, 50_000)
    found(
        "50,000 reservations at once on 8 units of 120 free beds",
        f"{total['kept']} given, {total['given_back']} given back, {total['taken']} told that none is"
        f" left; looked at {total['watched']} times meanwhile: never more given than free",
    )
