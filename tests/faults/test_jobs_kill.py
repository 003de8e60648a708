"""`kill -9` on workers while limits pass: each reminder and escalation is recorded, and told, exactly once."""

import random
import time
from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from enrs.config.postgres import Cluster
from enrs.core.ids import uuid7
from tests.proof_page import found
from tests.running import Region, running_region

TASKS = 400
KILLS = 8

SETUP = """
insert into account_user (id, password, login, email, name, kind, grantee_id, is_active, is_demo, created_at)
values (%(user)s, '', 'essai-rappels', '', 'Yann LE GOFF', 'professional', %(grantee)s, true, false, now())
"""
TASK = """
insert into task (id, workflow, state, priority, title, reason, requester_name, requester_label,
  requester_organisation_name, assignee_id, assignee_kind, assignee_name, delegated_by, team_name, opened_at,
  changed_at, recorded_at, withdrawn_reason, subject_kind, details, version)
values (%(id)s, %(workflow)s, %(state)s, 'routine', 'Rappeler la famille', '', '', '',
  '', %(grantee)s, 'person', 'Yann LE GOFF', '', '', now() - interval '9 days',
  now(), now(), '', '', '{}', 1)
"""
DEADLINE = """
insert into task_deadline (id, task_id, name, started_at, due_at, next_at)
values (%(id)s, %(task)s, 'wish', %(start)s, %(due)s, %(next)s)
"""


def seed(region: Region, tasks: int, workflow: str, state: str) -> None:
    """Tasks whose moments pass while the workers are being killed: a reminder each, then an escalation."""
    grantee, now = uuid7(), timezone.now()
    with (
        psycopg.connect(Cluster().dsn("owner", database=region.database)) as line,
        line.cursor() as cursor,
    ):
        cursor.execute(SETUP, {"user": uuid7(), "grantee": grantee})
        for rank in range(tasks):
            key = uuid7()
            begins = now + timedelta(seconds=2 + rank * 0.02)
            due = now - timedelta(hours=1) if rank % 2 else begins + timedelta(hours=24)
            cursor.execute(
                TASK, {"id": key, "workflow": workflow, "state": state, "grantee": grantee}
            )
            start = now - timedelta(days=8)
            cursor.execute(
                DEADLINE, {"id": uuid7(), "task": key, "start": start, "due": due, "next": begins}
            )
        cursor.execute("update periodic_job set due_at = now()")


def ask(region: Region, statement: str) -> list[tuple[int, ...]]:
    with psycopg.connect(Cluster().dsn("owner", database=region.database)) as line:
        return line.execute(statement).fetchall()


@pytest.mark.faults
def test_reminders_and_escalations_once_across_two_workers_and_kills(template_database):
    told_once(template_database, TASKS, KILLS, seconds=180)


@pytest.mark.proof
def test_four_thousand_reminders_across_forty_kills(template_database):
    told_once(template_database, 4_000, 40, seconds=480)
    found(
        "reminders and escalations, two workers",
        "40 kills over 4,000 tasks: each told exactly once",
    )


def told_once(template: str, tasks: int, kills_wanted: int, *, seconds: float) -> None:
    """One task in two is late: an escalation, and a reminder too late to be told. The others owe a reminder."""
    from enrs.core.workflow.registry import workflows  # noqa: PLC0415  declared when the program is set up

    if not workflows():
        pytest.skip("no service declares a workflow yet")
    table = workflows()[0]
    randomness = random.Random(20261122)  # noqa: S311
    with running_region(template) as region:
        seed(region, tasks, table.name, table.initial.code)
        for name in ("first", "second"):
            region.start("worker", name=name)
        kills, deadline = 0, time.monotonic() + seconds
        while time.monotonic() < deadline:
            # A minute is the job's period: it is asked at once again, so that kills fall into batches.
            ask_again(region)
            done = ask(region, "select count(*) from task_reminder")[0][0]
            if done >= tasks + tasks // 2 and kills >= kills_wanted:
                break
            if kills < kills_wanted:
                time.sleep(randomness.uniform(0.6, 1.6))
                name = randomness.choice(("first", "second"))
                region.kill(name)
                region.start("worker", name=name)
                kills += 1
            else:
                time.sleep(0.3)
        region.stop()
        recorded = ask(
            region,
            "select kind, count(*), count(distinct deadline_id) from task_reminder group by 1 order by 1",
        )
        notices = ask(region, "select count(*), count(distinct event_id) from notice")
        lines = ask(
            region,
            "select count(*) from audit_line where action like 'workflow.task.%'",
        )
    assert recorded == [("escalation", tasks // 2, tasks // 2), ("reminder", tasks, tasks)]
    assert notices == [(tasks, tasks)]
    assert lines == [(tasks + tasks // 2,)]


def ask_again(region: Region) -> None:
    with psycopg.connect(Cluster().dsn("owner", database=region.database)) as line:
        line.execute(
            "update periodic_job set due_at = least(due_at, now()) where name = 'workflow.deadlines'"
        )
