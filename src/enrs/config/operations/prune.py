"""`enrs prune`: what the periodic jobs remove in their time, listed, and removed at once."""

from collections.abc import Callable
from typing import NamedTuple

from django.db import Error, transaction

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.jobs.commands import JobBusyError, run_now
from enrs.core.jobs.upkeep import Past, Swept, Upkeep, upkeeps


class Line(NamedTuple):
    """One kind and what has had its time."""

    kind: Upkeep
    past: Past


class Removed(NamedTuple):
    """How many went of one kind, and in French why it stopped before its end, if it did."""

    kind: Upkeep
    removed: int
    fault: str


def listed(only: str = "") -> list[Line]:
    """What each kind would lose; nothing is changed."""
    return [Line(one, one.past()) for one in upkeeps() if one.name.startswith(only)]


def prune(lines: list[Line], *, tell: Callable[[str], None] = lambda _: None) -> list[Removed]:
    """Remove what was listed, batch by batch, each in its own transaction under its job's lock.

    Stopped at any moment, it has removed whole batches; the next run goes on. A kind that fails, or that a
    worker is removing now, leaves the others their turn.
    """
    done = [_whole(line.kind, tell) for line in lines if line.past.items]
    with transaction.atomic(), acting(SYSTEM), act():
        note(
            "operations.prune_run",
            object_kind="upkeep",
            details={one.kind.name: one.removed for one in done},
        )
    return done


def _whole(kind: Upkeep, tell: Callable[[str], None]) -> Removed:
    total = 0
    while True:
        try:
            swept = run_now(kind.name)
        except JobBusyError:
            return Removed(kind, total, "un « worker » s’en occupe en ce moment")
        except (Error, OSError) as error:
            return Removed(kind, total, f"{type(error).__name__} : {error}".strip())
        if not isinstance(swept, Swept):
            raise TypeError(kind.name)
        total += swept.removed
        tell(f"{kind.label} : {total}")
        if not swept:
            return Removed(kind, total, "")
