"""The simulated hospital at work: an MLLP client that sends news of the demo's patients, for ever."""

import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Final
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection

from enrs.config.demo import bulk_people
from enrs.config.demo.bulk_stories import CLINICAL_COUNT
from enrs.config.demo.generator import DemoRegion
from enrs.config.demo.hospital import HospitalScenario
from enrs.config.demo.seed import read_mark
from enrs.config.demo.shapes import DemoPerson
from enrs.formats.hl7v2.mllp import Framer, frame
from enrs.formats.hl7v2.parser import parse

log = logging.getLogger("enrs.simulator")

HOST: Final = "127.0.0.1"
PATIENTS: Final = 150
FOLLOWED: Final = 14
"""Patients of the demo's general practitioner, whom one message in three concerns."""

ANSWER_SECONDS: Final = 15.0
LONGEST_WAIT: Final = 10.0
_BASE36: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def main(port: int, every: float) -> None:
    """Send a message each `every` seconds to the region's port, until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    region = seeded_region()
    if region is None:
        log.error("the database holds no demo region: nothing to simulate")
        sys.exit(1)
    stream = messages(region, every=every, run=run_stamp())
    connection.close()
    Client(HOST, port, stop).send(stream, every=every)


def seeded_region() -> DemoRegion | None:
    """The region that the database was seeded from, on the day it was."""
    with connection.cursor() as cursor:
        raw = cursor.connection
        mark = read_mark(raw) if isinstance(raw, psycopg.Connection) else None
    return DemoRegion(mark.plan()) if mark and settings.MODE == "demo" else None


def run_stamp(now: float | None = None) -> str:
    """A few characters that no other start of the simulator has: its second, in base 36."""
    number, text = int(time.time() if now is None else now), ""
    while number:
        number, digit = divmod(number, 36)
        text = _BASE36[digit] + text
    return text


@dataclass(frozen=True, slots=True)
class Active:
    """Whom the hospital has to do with: the patients of the demo's circle, and all the others."""

    followed: Sequence[DemoPerson]
    others: Sequence[DemoPerson]


def active_list(region: DemoRegion) -> Active:
    """The patients whom the first hospital knows, told apart by the circle of the demo's doctor."""
    known = _patients_of(
        "select patient_id from source_identity where system = %s and absorbed_into_id is null",
        f"urn:finess:{region.structure_at(0).finess}",
    )
    doctor = region.workers[0]
    circle = _patients_of(
        "select patient_id from access_grant where grantee_id = %s and valid_until > now()",
        bulk_people.practitioner_id(doctor.rpps),
    )
    people = [one for one in islice(region.people(), CLINICAL_COUNT) if one.id in known]
    followed = [one for one in people if one.id in circle][:FOLLOWED]
    others = [one for one in people if one.id not in circle][: PATIENTS - len(followed)]
    marchand = region.lives["marchand"]
    return Active([marchand, marchand, marchand, *followed], others)


def _patients_of(query: str, value: str | UUID) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(query, [value])
        return {row[0] for row in cursor.fetchall()}


def messages(region: DemoRegion, *, every: float, run: str) -> Iterator[bytes]:
    """Two ordinary messages, then one about the demo's circle, and so on without end.

    Each half has its own clock, which keeps the pace of what is really sent.
    """
    active, start = active_list(region), datetime.now(UTC)
    hospital = region.structure_at(0)
    doctors = [
        one
        for one in islice(region.professionals(), 800)
        if one.profession_code == "10" and one.activities[0].structure.index == hospital.index
    ]
    seed = Random(run).getrandbits(31)  # noqa: S311  invented data

    def half(people: Sequence[DemoPerson], rank: int, share: float) -> Iterator[bytes]:
        pace = timedelta(seconds=every / share)
        return HospitalScenario(
            hospital, people, doctors, start, seed + rank, f"{run}{rank}", pace
        ).messages()

    circle, others = half(active.followed, 1, 1 / 3), half(active.others, 2, 2 / 3)
    while True:
        yield next(circle)
        yield next(others)
        yield next(others)


@dataclass
class Client:
    """An MLLP client that waits for each answer and comes back when the line is cut."""

    host: str
    port: int
    stop: threading.Event
    _line: socket.socket | None = field(default=None, repr=False)
    _framer: Framer = field(default_factory=Framer, repr=False)

    def send(self, stream: Iterator[bytes], *, every: float) -> None:
        """Send the stream, one message each `every` seconds, until `stop` is set."""
        sent = 0
        for message in stream:
            if self.stop.is_set():
                break
            answer = self._deliver(message)
            if answer:
                sent += 1
                told = parse(message).header
                log.info("message %d %s: %s", sent, told.component(9, 2), answer)
            if self.stop.wait(every):
                break
        self._hang_up()

    def _deliver(self, message: bytes) -> str:
        """Send until an answer comes; the same bytes again change nothing at the other end."""
        wait = 1.0
        while not self.stop.is_set():
            try:
                return self._exchange(message)
            except OSError as error:
                log.warning("line lost (%s), again in %.0f s", type(error).__name__, wait)
                self._hang_up()
                self.stop.wait(wait)
                wait = min(wait * 2, LONGEST_WAIT)
        return ""

    def _exchange(self, message: bytes) -> str:
        """Send one message and return the code of its acknowledgement (MSA-1).

        Raises:
            OSError: the line is cut or silent.
        """
        if self._line is None:
            self._line = socket.create_connection((self.host, self.port), timeout=ANSWER_SECONDS)
            self._framer = Framer()
        self._line.sendall(frame(message))
        while data := self._line.recv(65_536):
            for piece in self._framer.feed(data):
                if isinstance(piece, bytes):
                    msa = parse(piece).first("MSA")
                    return msa.component(1, 1) if msa else ""
        raise ConnectionError("closed before the answer")

    def _hang_up(self) -> None:
        if self._line:
            self._line.close()
        self._line = None
