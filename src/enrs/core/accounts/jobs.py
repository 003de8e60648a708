"""Periodic work on accounts: applications told that a session ended, what expired forgotten."""

from django.conf import settings
from django.db import connection

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts import commands
from enrs.core.accounts.provider import backchannel
from enrs.core.jobs.upkeep import Past, Upkeep, keep_up, past_rows


def _ended() -> Past:
    return past_rows(*commands.ended())


keep_up(
    Upkeep(
        "accounts.cleaning",
        "Sessions et jetons finis",
        "jusqu’à leur fin ; leur trace, 30 jours",
        _ended,
        commands.purge_ended,
        is_quiet=True,
    ),
    minutes=10,
)


def run_logouts() -> None:
    """Tell every application that is due; in a thread of its own, for applications may be slow."""
    try:
        with acting(SYSTEM):
            while notices := commands.take_notices():
                for one in notices:
                    commands.settle_notice(one, backchannel.tell(one))
    finally:
        if settings.MODE != "test":
            connection.close()
