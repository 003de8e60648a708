"""`enrs worker`: drains the inbox, runs periodic jobs; one worker keeps house (relay, notices, seals, partitions)."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import Error, connection

from enrs.core.access.in_force import last_change, renew
from enrs.core.audit.commands import seal
from enrs.core.events.relay import relay
from enrs.core.events.subscribers import deliver_all
from enrs.core.jobs.commands import run_due
from enrs.core.partitions import ensure_all_partitions
from enrs.interop.gateway import worker

log = logging.getLogger("enrs.work")

CHORES: tuple[tuple[float, Callable[[], object]], ...] = (
    (0.05, relay),
    (0.5, deliver_all),
    (1.0, seal),
    (3600.0, ensure_all_partitions),
)
"""Seconds between two rounds of each chore."""

LOCK = "select pg_try_advisory_lock(hashtext('enrs.housekeeping'))"


class Housekeeper(threading.Thread):
    """Runs the chores while this process holds the one housekeeping lock of the database."""

    def __init__(self) -> None:
        super().__init__(name="housekeeper", daemon=True)
        self._stop_asked = threading.Event()

    def stop(self) -> None:
        """Finish the chore at hand and end."""
        self._stop_asked.set()
        self.join(timeout=5)

    def run(self) -> None:
        """Take the lock, then do each chore when it is due; a lost database is asked again."""
        while not self._stop_asked.is_set():
            try:
                if self._hold_lock():
                    self._keep_house()
            except Error:
                log.warning("database lost, housekeeping starts again in one second")
                connection.close()
            self._stop_asked.wait(1)
        connection.close()

    @staticmethod
    def _hold_lock() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
            return bool(cursor.fetchone()[0])

    def _keep_house(self) -> None:
        due = [0.0] * len(CHORES)
        while not self._stop_asked.is_set():
            now = time.monotonic()
            for rank, (period, chore) in enumerate(CHORES):
                if due[rank] <= now:
                    chore()
                    due[rank] = now + period
            self._stop_asked.wait(0.05)


class Timekeeper(threading.Thread):
    """Runs the periodic jobs that are due, in every worker: their rows' locks share them out.

    It also learns of a changed matrix: what the platform does by itself tells the database no actor.
    """

    PERIOD = 1.0
    """Seconds between two looks at what is due."""

    def __init__(self) -> None:
        super().__init__(name="timekeeper", daemon=True)
        self._stop_asked = threading.Event()

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        self._stop_asked.set()
        self.join(timeout=5)

    def run(self) -> None:
        """Look each second; a lost database is asked again."""
        while not self._stop_asked.wait(self.PERIOD):
            try:
                renew(last_change())
                run_due()
            except Error:
                log.warning("database lost, periodic jobs start again in one second")
                connection.close()
        connection.close()


def main() -> None:
    """Run until SIGTERM or Ctrl-C."""
    keepers: tuple[Housekeeper | Timekeeper, ...] = (Housekeeper(), Timekeeper())
    for keeper in keepers:
        keeper.start()
    try:
        worker.main()
    finally:
        for keeper in keepers:
            keeper.stop()
