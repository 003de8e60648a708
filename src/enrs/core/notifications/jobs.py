"""Background work: what is due leaves, digests are made, what a dead sender left is taken back."""

import time

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.jobs.upkeep import Past, Upkeep, keep_up, past_rows
from enrs.core.notifications.commands.digests import send_digests
from enrs.core.notifications.commands.leaving import (
    empty_contents,
    ended_contents,
    recover_lost,
    send_due,
)

SECONDS = 10
"""Longest round: the program that stops waits for its end."""

SLICE = 10
"""Sendings between two looks at the clock."""


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


def _no_longer_needed() -> Past:
    return past_rows(ended_contents())


keep_up(
    Upkeep(
        "notifications.cleaning",
        "Contenus des envois terminés",
        "7 jours ; l’envoi et l’empreinte restent",
        _no_longer_needed,
        empty_contents,
        is_quiet=True,
    ),
    minutes=60,
)
