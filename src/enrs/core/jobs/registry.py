"""The periodic jobs that apps declare when they are loaded."""

from collections.abc import Callable
from dataclasses import dataclass

Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Job:
    """One job: `run` does one short batch and gives something true when more is waiting."""

    name: str
    minutes: float
    run: Run


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
