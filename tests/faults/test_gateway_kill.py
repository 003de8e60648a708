"""`kill -9` on the gateway or a worker at random: every acknowledged message is applied exactly once."""

import random
import socket
import threading
import time
from contextlib import suppress

import psycopg
import pytest

from enrs.config.postgres import Cluster
from enrs.formats.hl7v2 import Framer, frame, parse
from tests.interop.gateway import messages
from tests.proof_page import found
from tests.running import Region, running_region

SENDERS = 4
PATIENTS = 40
WAIT_SECONDS = 1200

APPLIED_TWICE = """
select details, count(*) from audit_line where action = 'record.stay.recorded'
group by object_id, details having count(*) > 1
"""


class Hospital(threading.Thread):
    """Sends its messages one by one, each again until it is acknowledged."""

    def __init__(self, region: Region, numbers: range) -> None:
        super().__init__(daemon=True)
        self.region, self.numbers = region, numbers
        self.acknowledged: list[str] = []
        self.line: socket.socket | None = None

    def run(self) -> None:
        for number in self.numbers:
            raw = frame(
                messages.adt(
                    "A01",
                    f"K{number}",
                    ipp=f"P{number % PATIENTS}",
                    visit=f"V{number}",
                    name=f"ESSAI{chr(65 + number % PATIENTS % 26)}",
                )
            )
            while not self._try(raw):
                time.sleep(0.05)
            self.acknowledged.append(f"K{number}")
        if self.line is not None:
            self.line.close()

    def _try(self, raw: bytes) -> bool:
        try:
            if self.line is None:
                address = ("127.0.0.1", self.region.ports["gateway"])
                self.line = socket.create_connection(address, timeout=20)
            self.line.sendall(raw)
            framer = Framer()
            while data := self.line.recv(65536):
                for answer in framer.feed(data):
                    return isinstance(answer, bytes) and parse(answer).get("MSA", "1") == "AA"
        except OSError:
            pass
        if self.line is not None:
            self.line.close()
        self.line = None
        return False


def kill_at_random(region: Region, hospitals: list[Hospital], kills: int) -> int:
    """Kill parts at random moments while messages are sent; each is started again."""
    done = 0
    chance = random.Random(7)  # noqa: S311  a test's dice
    while done < kills and any(one.is_alive() for one in hospitals):
        time.sleep(chance.uniform(0.05, 0.8))
        name = chance.choice(["gateway", "worker", "worker2"])
        region.kill(name)
        region.start(name.rstrip("2"), name=name)
        done += 1
    return done


def prove(template: str, count: int, kills: int) -> None:
    with running_region(template) as region:
        for name in ("gateway", "worker", "worker2"):
            region.start(name.rstrip("2"), name=name)
        hospitals = [Hospital(region, range(n, count, SENDERS)) for n in range(SENDERS)]
        for one in hospitals:
            one.start()
        assert kill_at_random(region, hospitals, kills)
        for one in hospitals:
            one.join(WAIT_SECONDS)
        acknowledged = {number for one in hospitals for number in one.acknowledged}
        assert len(acknowledged) == count
        address = Cluster().dsn("admin", database=region.database)
        with psycopg.connect(address, autocommit=True) as database:
            wait_until_applied(database)
            rows = database.execute("select control_id, state from inbox").fetchall()
            assert sorted(number for number, _ in rows) == sorted(acknowledged)
            assert {state for _, state in rows} == {"applied"}
            stays = database.execute("select number from encounter").fetchall()
            assert sorted(row[0] for row in stays) == sorted(f"V{n}" for n in range(count))
            assert database.execute(APPLIED_TWICE).fetchall() == []
            assert database.execute("select count(*) from source_identity").fetchone() == (
                PATIENTS,
            )


def wait_until_applied(database: psycopg.Connection) -> None:
    """Wait until nothing waits in the inbox any more."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        with suppress(psycopg.errors.UndefinedTable):
            waiting = database.execute(
                "select count(*) from inbox where state in ('received', 'waiting')"
            ).fetchone()
            if waiting == (0,):
                return
        time.sleep(0.2)
    raise AssertionError("messages still wait in the inbox")


@pytest.mark.faults
def test_every_acknowledged_message_is_applied_exactly_once(template_database):
    prove(template_database, count=300, kills=6)


@pytest.mark.faults
@pytest.mark.proof
def test_the_same_with_twenty_thousand_messages(template_database):
    prove(template_database, count=20_000, kills=60)
    found(
        "4. `kill -9` while 20,000 messages arrive",
        "60 kills of gateway and workers: each applied exactly once",
    )
