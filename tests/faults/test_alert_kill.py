"""`kill -9` on workers while alerts of home monitoring call: each step is recorded, and told, exactly once."""

import random
import time
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.utils import timezone

from enrs.config.postgres import Cluster
from enrs.core.ids import uuid7
from tests.faults.test_jobs_kill import SETUP, ask
from tests.proof_page import found
from tests.running import Region, running_region

ALERTS, KILLS = 300, 6
FOLLOW_UP = """
insert into monitoring_follow_up (id, patient_id, recorded_at, withdrawn_reason, version, protocol_id, code, title,
  started_at, ends_at, entry_means, phone, residence, reason, watcher_id, watcher_kind, watcher_name, watcher_label,
  is_delegated, starter_id, starter_name, starter_label, starter_place, state, level, rank, turn_at, is_silent,
  last_findings, ended_code, ended_note, is_twin, brought)
select %(id)s, %(patient)s, now(), '', 1, id, code, title,
  now(), now() + interval '9 days', 'person', '', '', '', %(watcher)s, 'person', 'Yann LE GOFF', '',
  false, %(starter)s, 'Yann LE GOFF', '', '', 'red', 'red', 0, now(), false,
  '[]', '', '', false, '[]'
from monitoring_protocol where code = 'covid-domicile' and status = 'published'
"""
ALERT = """
insert into monitoring_alert (id, patient_id, recorded_at, withdrawn_reason, version, follow_up_id, kind, findings,
  opened_at, round, round_at, next_at, answered_by, answer)
values (%(id)s, %(patient)s, now(), '', 1, %(follow_up)s, 'red', '[]', %(opened)s,
  0, %(opened)s, %(opened)s, '', '')
"""
GRANT = """
insert into access_grant (patient_id, grantee_id, source_id, source_kind, scope, purpose, level, valid_from,
  valid_until, created_at)
values (%(patient)s, %(watcher)s, %(source)s, 'essai', 'record', 'care_team', 2, now(), 'infinity', now())
"""


def seed(region: Region, alerts: int) -> None:
    """Alerts that begin to call while the workers are being killed: those whose steps are all past call four times."""
    watcher, now = uuid7(), timezone.now()
    with (
        psycopg.connect(Cluster().dsn("owner", database=region.database)) as line,
        line.cursor() as cursor,
    ):
        cursor.execute(SETUP, {"user": uuid7(), "grantee": watcher})
        for rank in range(alerts):
            patient, follow_up = uuid7(), uuid7()
            cursor.execute("insert into patient (id, created_at) values (%s, now())", [patient])
            cursor.execute(GRANT, {"patient": patient, "watcher": watcher, "source": uuid7()})
            people = {"watcher": watcher, "starter": watcher}
            cursor.execute(FOLLOW_UP, {"id": follow_up, "patient": patient} | people)
            opened = now + timedelta(seconds=2 + rank * 0.02) - timedelta(hours=rank % 2)
            cursor.execute(
                ALERT, {"id": uuid7(), "patient": patient, "follow_up": follow_up, "opened": opened}
            )
        cursor.execute("update periodic_job set due_at = now()")


@pytest.mark.faults
def test_one_alert_reaches_its_watcher_once_then_goes_up_once_whatever_is_killed(
    template_database: str,
) -> None:
    """The worker is killed before the notice, between it and the escalation, and after it: one of each comes.

    The watcher is called at once and does not answer. Ten minutes after the alert, nobody being on call nor in a
    cell, whoever began the follow-up is.
    """
    with running_region(template_database) as region:
        watcher, starter = one_alert(region, goes_up_in=25)
        region.start("worker")
        region.kill("worker")
        for user in (watcher, starter):
            region.start("worker")
            deadline = time.monotonic() + 90
            while not told(region, user) and time.monotonic() < deadline:
                time.sleep(0.2)
            region.kill("worker")
        region.start("worker")
        time.sleep(15)  # two rounds of the job: nothing more comes
        region.stop()
        assert (told(region, watcher), told(region, starter)) == (1, 1)
        assert ask(region, "select count(*) from monitoring_call where users <> '[]'") == [(2,)]


def one_alert(region: Region, *, goes_up_in: int) -> tuple[UUID, UUID]:
    """A red alert whose second step is due in so many seconds; the accounts of its watcher and of who began it."""
    patient, follow_up, now = uuid7(), uuid7(), timezone.now()
    users = {"watcher": uuid7(), "starter": uuid7()}
    grantees = {name: uuid7() for name in users}
    with (
        psycopg.connect(Cluster().dsn("owner", database=region.database)) as line,
        line.cursor() as cursor,
    ):
        cursor.execute("insert into patient (id, created_at) values (%s, now())", [patient])
        for name, user in users.items():
            given = {"user": user, "grantee": grantees[name]}
            cursor.execute(SETUP.replace("essai-rappels", f"essai-{name}"), given)
            grant = {"patient": patient, "watcher": grantees[name], "source": uuid7()}
            cursor.execute(GRANT, grant)
        cursor.execute(FOLLOW_UP, {"id": follow_up, "patient": patient} | grantees)
        opened = now + timedelta(seconds=goes_up_in) - timedelta(minutes=10)
        alert = {"id": uuid7(), "patient": patient, "follow_up": follow_up, "opened": opened}
        cursor.execute(ALERT, alert)
        cursor.execute("update periodic_job set due_at = now()")
    return users["watcher"], users["starter"]


def told(region: Region, user: UUID) -> int:
    """How many notices of an alert somebody received."""
    rows = (
        f"select count(*) from notice where kind = 'home_monitoring.alert' and user_id = '{user}'"
    )
    return ask(region, rows)[0][0]


@pytest.mark.faults
def test_calls_of_alerts_once_across_two_workers_and_kills(template_database: str) -> None:
    called_once(template_database, ALERTS, KILLS, seconds=150)


@pytest.mark.proof
def test_two_thousand_alerts_across_thirty_kills(template_database: str) -> None:
    called_once(template_database, 2_000, 30, seconds=480)
    found(
        "calls of home monitoring's alerts, two workers",
        "30 kills over 2,000 alerts: each step told exactly once",
    )


def called_once(template: str, alerts: int, kills_wanted: int, *, seconds: float) -> None:
    """One alert in two owes its first step, the others all four: the watcher, and who began the follow-up."""
    randomness = random.Random(20261130)  # noqa: S311
    steps = alerts // 2 + (alerts // 2) * 4
    with running_region(template) as region:
        seed(region, alerts)
        for name in ("first", "second"):
            region.start("worker", name=name)
        kills, deadline = 0, time.monotonic() + seconds
        while time.monotonic() < deadline:
            done = ask(region, "select count(*) from monitoring_call")[0][0]
            if done >= steps and kills >= kills_wanted:
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
            region, "select count(*), count(distinct (alert_id, rank)) from monitoring_call"
        )
        told = "select count(*) from monitoring_call where users <> '[]'::jsonb"
        notices = ask(
            region,
            f"select count(*), count(distinct event_id), ({told}) from notice"
            " where kind = 'home_monitoring.alert'",
        )
        lines = ask(
            region, "select count(*) from audit_line where action = 'home_monitoring.alert.called'"
        )
    assert recorded == [(steps, steps)]
    assert notices[0][0] == notices[0][1] == notices[0][2] > alerts
    assert lines == [(steps,)]
