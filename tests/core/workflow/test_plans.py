"""Fifty thousand tasks behind a board: its questions are answered by an index and read a page."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from enrs.core.access.models import Grant
from enrs.core.accounts.models import User
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from enrs.core.workflow import queries
from enrs.core.workflow.models import Task, TaskParty
from enrs.core.workflow.rules import place as place_in_list
from tests.core.workflow.given import NAME, WORKFLOW, Place, actor, browser_of, place
from tests.proof_page import found

BOARD = "/demandes/tableau/essai/"


def fill(dac: Place, count: int) -> None:
    """Requests to one place about as many people, one in ten closed, one in twenty urgent."""
    now = timezone.now()
    patients = Patient.objects.bulk_create([Patient(id=uuid7()) for _ in range(count)], 5_000)
    Grant.objects.bulk_create(
        [
            Grant(patient=one, grantee_id=dac.id, source_id=uuid7(), source_kind="member", purpose="care_team", level=2)
            for one in patients
        ],
        5_000,
    )  # fmt: skip
    tasks, parties = [], []
    states = [one.code for one in WORKFLOW.states]
    for rank, one in enumerate(patients):
        state = states[3] if rank % 10 == 0 else states[rank % 3]
        due, closed = now + timedelta(minutes=rank), now if state == "closed" else None
        task = Task(
            id=uuid7(), patient=one, identity_id=uuid7(), workflow=NAME, state=state, title=f"Demande {rank}",
            priority="urgent" if rank % 20 == 0 else "routine", team_id=dac.id, team_name=dac.name,
            opened_at=now, changed_at=now, due_at=due, closed_at=closed,
        )  # fmt: skip
        place_rank, turn = place_in_list(task.priority, due, closed)
        tasks.append(task)
        parties.append(TaskParty(
            id=uuid7(), task=task, grantee_id=dac.id, part="assignee", workflow=NAME, state=state,
            is_open=closed is None, rank=place_rank, turn=turn, title_key=task.title.lower(), patient_id=one.pk,
        ))  # fmt: skip
    Task.objects.bulk_create(tasks, 2_000)
    TaskParty.objects.bulk_create(parties, 2_000)
    with connection.cursor() as cursor:
        cursor.execute("analyze task_party, task, access_grant")


def rows_read(run: Callable[[], Any]) -> int:
    """The most rows that one node of the plans of the narrow table's statements read."""
    most = 0

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal most
        if "task_party" in sql and sql.lstrip().lower().startswith(("select", "(select")):
            with connection.cursor() as cursor:
                prefix = f"explain (analyze, format json) {sql}"
                execute(prefix, params, many, context | {"cursor": cursor.cursor})
                plan = context["cursor"].fetchone()[0]
            tree = json.loads(plan) if isinstance(plan, str) else plan
            most = max(most, deepest(tree[0]["Plan"]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        run()
    return most


def deepest(node: dict[str, Any]) -> int:
    own = int(node["Actual Rows"] * node["Actual Loops"]) + int(
        node.get("Rows Removed by Filter", 0)
    )
    return max([own, *(deepest(child) for child in node.get("Plans", []))])


def ask_all() -> None:
    """Every question that a board asks of an open, a closed and a far page."""
    tasks, after = queries.tasks(NAME)
    assert len(tasks) == queries.PAGE
    far, _ = queries.tasks(NAME, after=queries.After(3, after.turn + 60_000, after.task_id))
    assert far
    assert queries.tasks(NAME, state="paused")[0]
    assert queries.tasks(NAME, is_open=False)[0]
    assert set(queries.counts(NAME).values()) <= set(range(queries.COUNTED + 1))


@pytest.mark.django_db
def test_a_board_reads_a_page_and_not_the_table(as_actor):
    dac = place()
    worker = dac.person()
    fill(dac, 6_000)
    with as_actor(actor(worker)):
        assert rows_read(ask_all) <= 2 * queries.COUNTED * len(WORKFLOW.states)


@pytest.mark.proof
@pytest.mark.django_db
def test_fifty_thousand_tasks_behind_a_board(as_actor):
    dac = place()
    worker: User = dac.person()
    fill(dac, 50_000)
    with as_actor(actor(worker)):
        assert rows_read(ask_all) <= 2 * queries.COUNTED * len(WORKFLOW.states)
    browser = browser_of(worker)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        assert browser.get(BOARD).status_code == 200
        times.append(time.perf_counter() - start)
    found(
        "board of 50,000 tasks",
        f"median {sorted(times)[10] * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms",
    )
