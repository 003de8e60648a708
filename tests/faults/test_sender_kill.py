"""`kill -9` on workers while mails and SMS leave: recorded once, sent with a key, or shown uncertain; never twice."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from enrs.config.postgres import Cluster
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.notifications.commands import send_mail, send_sms
from enrs.core.notifications.registry import KINDS, register_kind
from tests.core.notifications.servers import HttpGateway, SmtpServer, served
from tests.running import Region, running_region

pytestmark = pytest.mark.faults

EACH, KILLS = 16, 4
HOLD = 0.15
"""Seconds between what a server takes and its answer."""
WAIT_SECONDS = 120
KIND = "essai.envoi"


@pytest.fixture
def kind() -> Iterator[None]:
    register_kind(
        KIND, label="Essai d’envoi", text="Une demande vous attend.", urgency="urgent", link=lambda _: "",
        mail_text="Une demande vous attend depuis {at}.", sms="{region} : rendez-vous à {time}.",
    )  # fmt: skip
    yield
    KINDS.pop(KIND)


class Busy(threading.Event):
    """Set while a server holds back the answer to what it took: a kill then leaves a doubt."""

    def hold(self) -> None:
        """Take one's time before the answer."""
        self.set()
        time.sleep(HOLD)
        self.clear()


class SlowMails(list[tuple[str, str]]):
    """The mails taken, each some time before the answer that says so."""

    def __init__(self, busy: Busy) -> None:
        super().__init__()
        self.busy = busy

    def append(self, mail: tuple[str, str]) -> None:
        super().append(mail)
        self.busy.hold()


class SlowKeys(dict[str, dict[str, Any]]):
    """The SMS taken, by their keys, each some time before the answer that says so."""

    def __init__(self, busy: Busy) -> None:
        super().__init__()
        self.busy = busy

    def setdefault(self, key: str, default: Any = None) -> Any:
        found = super().setdefault(key, default)
        self.busy.hold()
        return found


@pytest.fixture
def busy() -> Busy:
    return Busy()


@pytest.fixture
def smtp(busy: Busy) -> Iterator[SmtpServer]:
    with served(SmtpServer()) as server:
        server.mails = SlowMails(busy)
        yield server


@pytest.fixture
def region(template_database: str, smtp: SmtpServer, django_db_blocker: Any) -> Iterator[Region]:
    """A region without a running part, to whose database the tests' Django speaks as the owner."""
    former = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock(), running_region(template_database) as running:
        running.environment["ENRS_MAIL_URL"] = f"smtp://127.0.0.1:{smtp.server_address[1]}"
        _use(running.database)
        yield running
        _use(former)


def _use(name: str) -> None:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name


def ask(region: Region, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(Cluster().dsn("owner", database=region.database)) as line:
        found = line.execute(statement)
        return found.fetchall() if found.description else []


def record() -> None:
    """Mails and SMS by turns, each twice: the second time under its key, as an act that is done again does."""
    with acting(SYSTEM):
        for rank in range(EACH):
            for _ in range(2):
                to, phone = f"essai{rank}@enrs.example", f"06123456{rank:02d}"
                send_mail(kind=KIND, to=to, key=f"m{rank}", values={"at": "9 h"})
                send_sms(kind=KIND, to=phone, key=f"s{rank}", values={"time": "9 h"})


def count(region: Region, *states: str) -> int:
    listed = ", ".join(f"'{one}'" for one in states)
    return int(ask(region, f"select count(*) from sending where state in ({listed})")[0][0])


def send_it_all(region: Region, busy: Busy) -> None:
    """Two workers, killed while something is leaving, until nothing waits."""
    for _ in range(KILLS):
        for name in ("first", "second"):
            region.start("worker", name=name)
        ask(region, "update periodic_job set due_at = now() where name = 'notifications.sending'")
        assert busy.wait(WAIT_SECONDS), region.log("first")[-3000:]
        for name in ("first", "second"):
            region.kill(name)
        time.sleep(2 * HOLD)  # The servers are done with what was broken off.
    assert count(region, "leaving") >= KILLS
    # What a dead sender held is taken back after five minutes: they pass at once.
    ask(
        region,
        "update sending set left_at = left_at - interval '10 minutes' where state = 'leaving'",
    )
    region.start("worker", name="last")
    until = time.monotonic() + WAIT_SECONDS
    while count(region, "waiting", "leaving") and time.monotonic() < until:
        ask(region, "update periodic_job set due_at = now() where name = 'notifications.sending'")
        ask(region, "update sending set next_at = now() where state = 'waiting'")
        time.sleep(0.5)
    region.stop()


def check_mails(region: Region, taken: list[tuple[str, str]]) -> None:
    """Each mail is recorded once; it left once, or nobody knows and a person is asked; never twice."""
    rows = ask(region, "select recipient, state, attempts from sending where channel = 'mail'")
    times = Counter(recipient for recipient, _ in taken)
    assert len(rows) == len({one[0] for one in rows}) == EACH
    assert {one[1] for one in rows} == {"sent", "uncertain"}, "a kill in the middle leaves a doubt"
    for recipient, state, attempts in rows:
        assert (times[recipient], attempts) == (1, 1) if state == "sent" else times[recipient] <= 1
    numbers = [
        line for _, text in taken for line in text.splitlines() if line.startswith("Message-ID")
    ]
    assert len(numbers) == len(set(numbers))


def test_what_a_stand_in_keeps_is_kept_once(
    region: Region, smtp: SmtpServer, busy: Busy, kind: None
) -> None:
    record()
    send_it_all(region, busy)
    check_mails(region, list(smtp.mails))
    states = ask(region, "select state, count(*) from sending where channel = 'sms' group by 1")
    kept = ask(
        region,
        "select count(*), count(distinct key), count(distinct recipient) from stand_in_message",
    )
    assert states == [("sent", EACH)]
    assert kept == [(EACH, EACH, EACH)]


def test_a_gateway_with_keys_sends_each_sms_once(
    region: Region, smtp: SmtpServer, busy: Busy, kind: None
) -> None:
    with served(HttpGateway()) as gateway:
        gateway.sent = SlowKeys(busy)
        region.environment["ENRS_SMS_URL"] = f"http://127.0.0.1:{gateway.server_address[1]}/v1"
        region.environment["ENRS_SMS_TOKEN"] = "jeton-d-essai"
        record()
        send_it_all(region, busy)
        check_mails(region, list(smtp.mails))
        states = ask(region, "select state, count(*) from sending where channel = 'sms' group by 1")
        assert states == [("sent", EACH)]
        assert len(gateway.sent) == EACH, "one key each"
        assert len({one["to"] for one in gateway.sent.values()}) == EACH
        keys = [headers["Idempotency-Key"] for _, headers, _ in gateway.calls]
        assert set(keys) == set(gateway.sent)
        assert len(keys) > EACH, "one that was broken off is asked again under its key"
