"""Health and metrics: who may see them, what they tell when something stops, and what they never say."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from enrs.config.operations import diagnosis, health, meters
from enrs.core.jobs.commands import run_due
from tests.factories import known_patient, user_of_role
from tests.running import ROOT

OUTSIDE = {"REMOTE_ADDR": "203.0.113.9"}
PROXIED = {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.delenv("ENRS_METRICS_TOKEN", raising=False)
    health.forget_state()
    yield
    health.forget_state()


def test_liveness_asks_no_database():
    assert Client(**OUTSIDE).get("/health").json() == {"status": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/ready", "/metrics"])
@pytest.mark.parametrize("who", [OUTSIDE, PROXIED], ids=["outside", "proxied"])
def test_details_are_for_this_machine_or_an_operator(path, who):
    assert Client().get(path).status_code in {200, 503}
    assert Client(**who).get(path).status_code == 302
    for role, status in (("nurse", 404), ("operator", 200)):
        browser = Client(**who)
        browser.force_login(user_of_role(role))
        assert browser.get(path).status_code == status, role


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/ready", "/metrics"])
def test_a_token_opens_from_afar_and_is_then_asked_of_this_machine_too(path, monkeypatch):
    monkeypatch.setenv("ENRS_METRICS_TOKEN", "jeton-de-supervision")
    right = {"HTTP_AUTHORIZATION": "Bearer jeton-de-supervision"}
    wrong = {"HTTP_AUTHORIZATION": "Bearer jeton"}
    assert Client(**OUTSIDE, **right).get(path).status_code == 200
    assert Client(**OUTSIDE, **wrong).get(path).status_code == 401
    assert Client().get(path).status_code == 302


def test_no_token_set_means_that_none_opens():
    assert Client(**OUTSIDE, HTTP_AUTHORIZATION="Bearer ").get("/metrics").status_code == 401


@pytest.mark.django_db
def test_a_worker_that_beats_no_more_degrades_and_does_not_take_the_pages_away():
    run_due()
    assert Client().get("/health/ready").json()["checks"]["worker"]["ok"] is True
    with connection.cursor() as cursor:
        cursor.execute("update periodic_job set ran_at = now() - interval '5 minutes'")
    health.forget_state()
    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["worker"]["ok"] is False


@pytest.mark.django_db
def test_a_schema_that_is_behind_takes_requests_from_nobody():
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'record'")
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"]["pending"] > 0


@pytest.mark.django_db
def test_the_application_s_role_may_count_what_it_may_not_read():
    with connection.cursor() as cursor:
        cursor.execute("set local role enrs_app")
        cursor.execute("select operations_state() -> 'inbox' ->> 'received'")
        assert cursor.fetchone()[0] == "0"


@pytest.mark.django_db
def test_a_backup_that_grew_old_is_told(settings, monkeypatch):
    made = datetime.now(UTC) - timedelta(hours=30)
    monkeypatch.setattr(health, "last_made_at", lambda: made)
    answer = Client().get("/health/ready").json()["checks"]["backup"]
    assert answer["ok"] is False
    assert answer["seconds"] == pytest.approx(30 * 3600, abs=60)
    assert "enrs_backup_age_seconds 108" in Client().get("/metrics").content.decode()


@pytest.mark.django_db
def test_a_named_folder_tells_the_newest_whole_backup_whoever_made_it(tmp_path, monkeypatch):
    monkeypatch.setenv("ENRS_BACKUPS", str(tmp_path))
    assert _said("backup") == (False, "aucune dans le dossier de ENRS_BACKUPS")
    for hours, name in ((50, "enrs-20260101T000000Z"), (3, "enrs-20260102T000000Z")):
        made = datetime.now(UTC) - timedelta(hours=hours)
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(json.dumps({"made_at": made.isoformat()}))
    (tmp_path / "enrs-20260103T000000Z").mkdir()
    assert _said("backup") == (True, "il y a 3 h")
    (tmp_path / "enrs-20260102T000000Z" / "manifest.json").unlink()
    assert _said("backup") == (False, "il y a 2 j")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lag", "said"),
    [
        (None, (True, "1, à jour")),
        (0.2, (True, "1, à jour")),
        (90, (False, "1, en retard de 90 s")),
    ],
)
def test_the_lag_of_a_replica_is_told_and_degrades(lag, said, monkeypatch):
    assert "replicas" not in {point.name for point in health.points()}
    state = health.database_state() | {"replicas": {"count": 1, "lag": lag}}
    monkeypatch.setattr(health, "database_state", lambda: state)
    assert _said("replicas") == said
    assert health.report()[0] == 200


def _said(name: str) -> tuple[bool, str]:
    """What the doctor says of one point."""
    point = next(one for one in health.points() if one.name == name)
    return point.is_well, diagnosis._detail(point)


LINE = re.compile(
    r'[a-z_]+(\{[a-z]+="(\\.|[^"\\])*"(,[a-z]+="(\\.|[^"\\])*")*\})? [-+.eE0-9]+(Inf)?$'
)


@pytest.mark.django_db
def test_metrics_are_well_formed_and_name_nobody():
    patient = known_patient()
    browser = Client()
    browser.force_login(user_of_role("nurse"))
    for path in (f"/dossier/{patient.pk}/", f"/{patient.pk}", f"/fhir/R4/Patient/{patient.pk}"):
        browser.get(path)
    text = browser.get("/metrics").content.decode()
    assert str(patient.pk) not in text
    assert [one for one in text.splitlines() if one[0] != "#" and not LINE.match(one)] == []
    assert 'view="fhir:read",method="GET"' in text
    assert 'enrs_check_ok{check="database"} 1' in text
    counts = [float(one.split()[-1]) for one in text.splitlines() if 'le="+Inf"' in one]
    totals = [float(one.split()[-1]) for one in text.splitlines() if "seconds_count" in one]
    assert counts == totals
    assert all(counts)


CHILD = """
import sys
from enrs.config.operations.meters import meter
for _ in range(500):
    meter().observe(("record:summary", "GET", "200"), 0.02)
    meter().observe(("fhir:read", "GET", sys.argv[1]), 3.0)
"""


def test_processes_are_added_up_those_that_ended_too(tmp_path, monkeypatch):
    monkeypatch.setenv(meters.FOLDER, str(tmp_path))
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, status], env=environment)
        for status in ("200", "404")
    ]
    assert [child.wait(60) for child in children] == [0, 0]
    found = meters.read_all()
    pages = found["record:summary", "GET", "200"]
    assert sum(pages.buckets) == 1000
    assert pages.buckets[meters.BOUNDS.index(0.025)] == 1000
    assert pages.seconds == pytest.approx(20.0)
    assert sum(found["fhir:read", "GET", "404"].buckets) == 500


TOGETHER = """
import threading
from enrs.config.operations.meters import meter
ready = threading.Barrier(16)
def ask():
    ready.wait()
    for _ in range(200):
        meter().observe(("record:summary", "GET", "200"), 0.02)
threads = [threading.Thread(target=ask) for _ in range(16)]
[one.start() for one in threads]
[one.join() for one in threads]
"""


def test_the_first_requests_of_a_process_share_one_file(tmp_path, monkeypatch):
    monkeypatch.setenv(meters.FOLDER, str(tmp_path))
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", TOGETHER], check=False, env=os.environ | {})
        assert done.returncode == 0
    (pages,) = meters.read_all().values()
    assert sum(pages.buckets) == 5 * 16 * 200


def test_labels_without_end_go_together():
    counting = meters.Meter(None)
    for rank in range(meters.RECORDS + 50):
        counting.observe((f"view{rank}", "GET", "200"), 0.001)
    records = list(meters._records(counting.content()))
    assert len(records) <= meters.RECORDS
    assert sum(sum(words[:-1]) for _, words in records) == meters.RECORDS + 50
    assert sum(dict(records)[meters.OTHER][:-1]) >= 50
