"""Background work: what is due leaves, digests are made, what a dead sender left is taken back."""

import threading
import time

from django.db import connection

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.notifications.commands.digests import send_digests
from enrs.core.notifications.commands.leaving import empty_contents, recover_lost, send_due

SECONDS = 10
"""Longest round: the program that stops waits for its end."""

SLICE = 10
"""Sendings between two looks at the clock."""

_one_round = threading.Lock()


def run_sender(seconds: float = SECONDS) -> int:
    """One round; returns how many sendings were tried. Several processes may run one at once.

    Never call it inside a transaction: what is leaving must be committed before it leaves.
    """
    end = time.monotonic() + seconds
    done = 0
    with acting(SYSTEM):
        recover_lost()
        send_digests()
        while (tried := send_due(SLICE)) and time.monotonic() < end:
            done += tried
    return done + tried


def start_sender() -> bool:
    """Begin a round beside the caller, on a connection of its own, unless one is under way.

    A periodic job runs in one transaction, which a slow gateway must neither hold open nor be inside
    of. Always false: no second round of the job is wanted.
    """
    if _one_round.acquire(blocking=False):
        threading.Thread(target=_round, name="sender").start()
    return False


def _round() -> None:
    try:
        run_sender()
    finally:
        connection.close()
        _one_round.release()


def run_cleaning() -> bool:
    """Empty the contents that are no longer needed."""
    empty_contents()
    return False
