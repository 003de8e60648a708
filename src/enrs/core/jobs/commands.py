"""Running what is due: each job's round is one transaction under its row's lock."""

import logging
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.effects import act
from enrs.core.jobs.models import PeriodicJob
from enrs.core.jobs.registry import Job, declared

ROUNDS = 50
"""Batches of one job in a row before the others have their turn."""

RETRY_SECONDS = (10, 60, 300, 900)
"""A job that fails is tried again after these delays, then at its usual time."""

log = logging.getLogger("enrs.jobs")


class JobBusyError(Exception):
    """Another process is running this job."""


def run_due() -> int:
    """Run every declared job that is due and that no other worker is running; returns how many rounds.

    A round is one transaction: its effects and the move of its due time commit together, so that a
    worker killed at any moment leaves either both or none.
    """
    return sum(_run(job) for job in declared())


def make_due(name: str) -> None:
    """Have a declared job run at the next look of a worker, whatever its usual time."""
    PeriodicJob.objects.filter(name=name).update(due_at=timezone.now())


def run_now(name: str) -> object:
    """One round of a declared job at once, whatever its time; what its `run` gives.

    Its usual time stays. Raises what the job raises, with nothing done; JobBusyError while another process
    runs it.
    """
    job = next(one for one in declared() if one.name == name)
    with transaction.atomic(), acting(SYSTEM):
        row = _claim(job, datetime.max.replace(tzinfo=UTC))
        if row is None:
            raise JobBusyError(name)
        with act(savepoint=False):
            outcome = job.run()
        row.ran_at, row.runs, row.failures, row.last_error = timezone.now(), row.runs + 1, 0, ""
        row.save(update_fields=["ran_at", "runs", "failures", "last_error"])
    return outcome


def _run(job: Job) -> int:
    rounds = 0
    while rounds < ROUNDS:
        has_more = _round(job)
        if has_more is None:
            break
        rounds += 1
        if not has_more:
            break
    return rounds


def _round(job: Job) -> bool | None:
    """One round; None when the job is not due or runs elsewhere, else whether more is waiting."""
    with transaction.atomic(), acting(SYSTEM):
        row = _claim(job, timezone.now())
        if row is None:
            return None
        outcome: object = None
        try:
            with act(savepoint=False), transaction.atomic():
                outcome = job.run()
        except Exception as error:
            if not connection.is_usable():
                raise
            log.exception("periodic job %s failed", job.name)
            _set_failed(row, job, error)
            return False
        row.due_at = row.due_at if outcome else timezone.now() + timedelta(minutes=job.minutes)
        row.ran_at, row.runs, row.failures, row.last_error = timezone.now(), row.runs + 1, 0, ""
        row.save(update_fields=["due_at", "ran_at", "runs", "failures", "last_error"])
        return bool(outcome)


def _claim(job: Job, now: datetime) -> PeriodicJob | None:
    due = PeriodicJob.objects.filter(name=job.name, due_at__lte=now)
    row = due.select_for_update(skip_locked=True).first()
    if row is None and not PeriodicJob.objects.filter(name=job.name).exists():
        PeriodicJob.objects.bulk_create(
            [PeriodicJob(name=job.name, due_at=now)], ignore_conflicts=True
        )
        row = due.select_for_update(skip_locked=True).first()
    return row


def _set_failed(row: PeriodicJob, job: Job, error: Exception) -> None:
    delay = RETRY_SECONDS[min(row.failures, len(RETRY_SECONDS) - 1)]
    row.due_at = timezone.now() + min(timedelta(seconds=delay), timedelta(minutes=job.minutes))
    row.ran_at, row.failures = timezone.now(), row.failures + 1
    row.last_error = f"{type(error).__name__}: {error}"[:500]
    row.save(update_fields=["due_at", "ran_at", "failures", "last_error"])
