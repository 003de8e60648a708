"""Periodic jobs: due or not, one worker at a time, effects and due time together, failures tried again."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.jobs import registry
from enrs.core.jobs.commands import run_due
from enrs.core.jobs.models import PeriodicJob
from enrs.core.subjects.models import Patient

NAME = "essai.travail"


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Declare one job, and no other."""
    monkeypatch.setattr(registry, "_jobs", {})
    yield lambda run, minutes=5: registry.every(NAME, minutes=minutes, run=run)
    registry.forget(NAME)


@pytest.mark.django_db
def test_a_new_job_runs_at_once_then_at_its_time(job):
    calls: list[str] = []
    job(lambda: calls.append(current_actor().kind))
    assert run_due() == 1
    assert run_due() == 0
    assert calls == ["system"]
    row = PeriodicJob.objects.get(name=NAME)
    assert timedelta(minutes=4) < row.due_at - timezone.now() <= timedelta(minutes=5)
    PeriodicJob.objects.update(due_at=timezone.now())
    assert run_due() == 1
    assert PeriodicJob.objects.get(name=NAME).runs == 2


@pytest.mark.django_db
def test_a_job_with_more_to_do_goes_on(job):
    left = [3]

    def run() -> bool:
        left[0] -= 1
        return left[0] > 0

    job(run)
    assert run_due() == 3
    assert run_due() == 0


@pytest.mark.django_db
def test_a_failure_leaves_nothing_but_its_error(job, caplog):
    def run() -> None:
        Patient.objects.create()
        raise RuntimeError("panne")

    job(run)
    run_due()
    assert not Patient.objects.exists()
    row = PeriodicJob.objects.get(name=NAME)
    assert (row.failures, row.last_error) == (1, "RuntimeError: panne")
    assert row.due_at > timezone.now()
    assert "essai.travail" in caplog.text
    job(lambda: None)
    PeriodicJob.objects.update(due_at=timezone.now())
    run_due()
    row.refresh_from_db()
    assert (row.failures, row.last_error) == (0, "")


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_run_a_job_together(job):
    inside, out = threading.Event(), threading.Event()
    calls: list[int] = []

    def run() -> None:
        calls.append(1)
        inside.set()
        out.wait(20)

    def other_worker() -> None:
        run_due()
        connection.close()

    job(run)
    PeriodicJob.objects.create(name=NAME, due_at=timezone.now())
    first = threading.Thread(target=other_worker)
    first.start()
    assert inside.wait(20)
    assert run_due() == 0
    out.set()
    first.join(20)
    assert run_due() == 0
    assert calls == [1]


def test_work_beside_a_job_is_done_one_at_a_time_and_survives_its_faults():
    begun, go_on, calls = threading.Event(), threading.Event(), []

    def work() -> None:
        calls.append(1)
        begun.set()
        assert go_on.wait(10)
        raise ValueError

    run = registry.beside("essai", work)
    assert run() is False
    assert begun.wait(10)
    assert run() is False
    go_on.set()
    for thread in [one for one in threading.enumerate() if one.name == "essai"]:
        thread.join(10)
    assert calls == [1]
    run()
    for thread in [one for one in threading.enumerate() if one.name == "essai"]:
        thread.join(10)
    assert calls == [1, 1]
