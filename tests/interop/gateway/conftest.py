"""A gateway without network: messages put in the inbox as the writer would, and a worker to drain it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection

from enrs.core.access.actor import SYSTEM, acting
from enrs.interop.gateway import reading, writer
from enrs.interop.gateway.flows import people
from enrs.interop.gateway.flows.dispatch import apply
from enrs.interop.gateway.models import Inbox
from enrs.interop.gateway.worker import Worker

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def receive(db: None) -> Callable[[bytes], str]:
    """Keep a message in the inbox; returns the code of its acknowledgement."""
    people.forget()
    keeper = writer.Writer("", "Europe/Paris")

    def keep(raw: bytes) -> str:
        incoming = reading.read(raw)
        with connection.cursor() as cursor:
            cursor.execute(writer.STORE, keeper._rows([incoming]))
            if incoming.sender not in keeper._partners:
                cursor.execute(writer.PARTNER, keeper._partner(incoming))
        return incoming.ack_code

    return keep


@pytest.fixture
def work(db: None) -> Callable[..., None]:
    """Apply whatever waits, as often as lanes and merges need."""

    def drain(function: Callable[..., object] = apply, rounds: int = 4) -> None:
        worker = Worker(function)  # type: ignore[arg-type]
        with acting(SYSTEM):
            for _ in range(rounds):
                worker.drain()
                # A merge that waits for another lane waits a tenth of a second: not here.
                Inbox.objects.filter(state="waiting", attempts=0).update(next_try_at=LONG_AGO)

    return drain


@pytest.fixture
def states(db: None) -> Callable[[], dict[str, str]]:
    """State of each message by control id."""

    def read() -> dict[str, str]:
        return dict(Inbox.objects.order_by("id").values_list("control_id", "state"))

    return read
