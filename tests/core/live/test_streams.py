"""The process `enrs live` for real: granian, PostgreSQL's notices, a browser's request."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from django.conf import settings

from enrs.config.postgres import Cluster
from enrs.core.events.relay import CHANNEL
from enrs.core.live.tickets import LIFETIME, issue

APPLICATION = f"live_under_test_{os.getpid()}"
KEY, ORIGIN = b"k" * 32, "http://localhost:8000"
SOURCE = """
import os
from enrs.core.live.asgi import LiveApp
application = LiveApp(dsn=os.environ["DSN"], key=b"k" * 32, origin="http://localhost:8000")
"""


def ticket(**changes: object) -> str:
    """A ticket; issued in a moment unless `now` says otherwise: what former tests told is not repeated."""
    usual = {"user": "u", "grantees": ["g"], "topics": ["patient:a"], "now": time.time() + 1}
    return issue(KEY, **(usual | changes))


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def dsn(django_db_setup: None) -> str:
    """The database of this process of the tests: another's hears and cuts nothing of it."""
    database = settings.DATABASES["default"]["NAME"]
    return Cluster().dsn("app", database=database) + f"&application_name={APPLICATION}"


@pytest.fixture(scope="module")
def address(tmp_path_factory, dsn):
    folder = tmp_path_factory.mktemp("live")
    (folder / "live_under_test.py").write_text(SOURCE)
    port = free_port()
    source = Path(__file__).resolve().parents[3] / "src"
    environment = os.environ | {"DSN": dsn, "PYTHONPATH": f"{folder}:{source}"}
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "live_under_test:application"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url)
            yield url
        finally:
            process.terminate()
            process.wait(15)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if httpx.get(url).status_code == 403:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(url)


def get(address: str, query: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{address}/stream{query}", headers={"origin": ORIGIN} | headers, timeout=5)


@contextmanager
def listening(address: str, *tickets: str):
    """An open stream: yields a function that waits for the next event (None at the end)."""
    query = "&".join(f"ticket={one}" for one in tickets)
    with httpx.stream(
        "GET", f"{address}/stream?{query}", headers={"origin": ORIGIN}, timeout=10
    ) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["access-control-allow-origin"] == ORIGIN
        chunks = response.iter_text()
        assert next(chunks).startswith(":")

        def following():
            text = next(chunks, None)
            if text is None:
                return None
            return [
                (block.split("\n")[0], json.loads(block.split("data: ")[1]))
                for block in text.strip().split("\n\n")
            ]

        yield following


def notify(dsn: str, *hints: dict) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select pg_notify(%s, %s)", [CHANNEL, json.dumps(hints)])


def hint(topic: str) -> dict:
    return {"topic": topic, "kind": "documents", "ids": ["1"]}


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:8000.evil", ""]
)
def test_another_site_s_page_is_refused(address, origin):
    assert get(address, f"?ticket={ticket()}", origin=origin).status_code == 403


def test_request_without_origin_is_refused(address):
    assert httpx.get(f"{address}/stream?ticket={ticket()}").status_code == 403


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "%ff%fe",
        ticket()[:-2] + "zz",
        ticket(now=time.time() - LIFETIME - 10),
        issue(b"z" * 32, user="u", grantees=[], topics=[]),
        f"{ticket()}&ticket={ticket(user='v')}",
    ],
    ids=["none", "short", "bytes", "altered", "expired", "foreign", "two people"],
)
def test_bad_ticket_is_refused(address, text):
    assert get(address, f"?ticket={text}").status_code == 401


def test_only_one_address_answers(address):
    response = httpx.get(f"{address}/?ticket={ticket()}", headers={"origin": ORIGIN})
    assert response.status_code == 401
    response = httpx.post(f"{address}/stream?ticket={ticket()}", headers={"origin": ORIGIN})
    assert response.status_code == 401


def test_odd_bytes_in_a_header_are_no_crash(address):
    response = httpx.get(
        f"{address}/stream?ticket={ticket()}", headers=[(b"origin", b"\xff\xfe")], timeout=5
    )
    assert response.status_code == 403


def test_hint_arrives_on_the_pages_of_its_topic(address, dsn):
    with listening(address, ticket(), ticket(topics=["inbox"])) as following:
        notify(dsn, hint("patient:b"), hint("patient:a"))
        assert following() == [("event: hint", hint("patient:a"))]
        notify(dsn, hint("inbox"))
        assert following() == [("event: hint", hint("inbox"))]


def test_what_was_told_since_the_ticket_was_issued_is_told_on_joining(address, dsn):
    issued = time.time()
    with listening(address, ticket()) as following:
        notify(dsn, hint("patient:a"))
        assert following()
    with listening(address, ticket(now=issued)) as late:
        assert late() == [("event: hint", hint("patient:a") | {"ids": []})]


def test_revocation_closes_the_stream_of_whom_it_names(address, dsn):
    with (
        listening(address, ticket()) as named,
        listening(address, ticket(user="v", grantees=["h"])) as colleague,
    ):
        notify(dsn, {"topic": "patient:a", "revoked": ["g"], "at": time.time() + 2})
        assert named() == [("event: revoked", {"topic": "patient:a"})]
        assert named() is None
        notify(dsn, hint("patient:a"))
        assert colleague() == [("event: hint", hint("patient:a"))]


def test_damaged_notice_does_not_deafen_the_process(address, dsn):
    with psycopg.connect(dsn, autocommit=True) as connection:
        for text in ("not json", '[{"topic": "patient:a"}]', "[5]", "7"):
            connection.execute("select pg_notify(%s, %s)", [CHANNEL, text])
    with listening(address, ticket()) as following:
        notify(dsn, hint("patient:a"))
        assert following() == [("event: hint", hint("patient:a"))]


def test_pages_ask_again_after_the_database_connection_was_lost(address, dsn):
    with listening(address, ticket()) as following:
        with psycopg.connect(Cluster().dsn("admin"), autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where query = %s and application_name = %s",
                [f"listen {CHANNEL}", APPLICATION],
            )
        assert following() == [("event: resync", {})]
        notify(dsn, hint("patient:a"))
        assert following() == [("event: hint", hint("patient:a"))]
