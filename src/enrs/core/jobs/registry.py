"""The periodic jobs that apps declare when they are loaded."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

log = logging.getLogger("enrs.jobs")

Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Job:
    """One job: `run` does one short batch and gives something true when more is waiting."""

    name: str
    minutes: float
    run: Run


def beside(name: str, work: Run) -> Run:
    """A job's `run` that begins `work` in a thread, on a connection of its own, unless it is under way.

    A periodic job is one transaction, which another machine that is slow to answer must neither hold
    open nor be asked inside of. Its `run` is always false: no second round of the job is wanted.
    """
    one_at_a_time = threading.Lock()

    def whole() -> None:
        try:
            work()
        except Exception:
            log.exception("work beside the jobs failed: %s", name)
        finally:
            connection.close()
            one_at_a_time.release()

    def begin() -> bool:
        if one_at_a_time.acquire(blocking=False):
            threading.Thread(target=whole, name=name).start()
        return False

    return begin


_jobs: dict[str, Job] = {}


def every(name: str, *, minutes: float, run: Run) -> None:
    """Have `run` called every so many minutes by one of the workers; declared in `apps.ready`."""
    _jobs[name] = Job(name, minutes, run)


def declared() -> list[Job]:
    """Every declared job, in the order of their names."""
    return [_jobs[name] for name in sorted(_jobs)]


def forget(name: str) -> None:
    """Take a job back (tests)."""
    _jobs.pop(name, None)
