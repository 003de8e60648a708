"""The worker: takes lanes of the inbox, applies their messages in order, one transaction for up to fifty."""

import contextlib
import json
import logging
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import psycopg
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connection

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.interop.gateway.failures import Failure, classify
from enrs.interop.gateway.flows.shapes import Outcome, Received
from enrs.interop.gateway.rules import BATCH, LANES, wait_after
from enrs.referentials.identity.rules import KeptAsideError

logger = logging.getLogger("enrs.worker")

CHANNEL = "enrs_inbox"
LOCK_CLASS = 0x656E
"""First half of the advisory locks of the lanes; the second is the lane."""

MERGE_WAIT = timedelta(milliseconds=100)
HINT_EVERY = 1.0

LANES_WITH_WORK = """
select l.lane, p.received_at from generate_series(0, %s) as l (lane)
cross join lateral (
    select i.received_at from inbox i
    where i.lane = l.lane and i.state in ('received', 'waiting')
        and (i.state = 'received' or i.next_try_at <= now())
    order by i.id limit 1
) p
"""
"""Lanes that have something to try now, and the moment of their oldest such message."""

READ_LANE = """
with held as (
    select sender, patient_key, min(id::text)::uuid as id from inbox
    where lane = %(lane)s and state = 'waiting' and next_try_at > now() group by 1, 2
    union all
    select sender, other_key, id from inbox
    where other_lane = %(lane)s and state in ('received', 'waiting')
)
select i.id, i.received_at, i.sender, i.control_id, i.message_type, i.patient_key, i.other_key,
    i.other_lane, i.body, i.attempts
from inbox i
where i.lane = %(lane)s and i.state in ('received', 'waiting') and i.received_at >= %(floor)s
    and not exists (
        select 1 from held h
        where h.sender = i.sender and h.patient_key = i.patient_key and h.id <= i.id)
order by i.id limit %(limit)s
"""
"""A lane in order of arrival, without the patients that wait for a retry or for a merge (A40)."""

EARLIER = """
select exists (
    select 1 from inbox where lane = %s and sender = %s and patient_key = %s
        and state in ('received', 'waiting') and id < %s)
"""

SETTLE = """
update inbox i set state = g.state, attempts = g.attempts, next_try_at = g.next_try_at,
    error_code = g.error_code, error_where = g.error_where, error_text = g.error_text,
    effects = g.effects, patient_id = g.patient_id, applied_at = g.applied_at
from unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::smallint[], %s::timestamptz[], %s::text[],
    %s::text[], %s::text[], %s::jsonb[], %s::uuid[], %s::timestamptz[])
    as g (id, received_at, state, attempts, next_try_at, error_code, error_where, error_text, effects,
        patient_id, applied_at)
where i.received_at = g.received_at and i.id = g.id
"""

Apply = Callable[[Received], Outcome]


@dataclass(slots=True)
class Settled:
    """What became of a message."""

    message: Received
    state: str
    outcome: Outcome = field(default_factory=Outcome)
    failure: Failure | None = None
    next_try_at: datetime | None = None


class Worker:
    """One process's work; several run side by side, a lane belonging to one at a time."""

    def __init__(self, apply: Apply) -> None:
        """Take the function that turns a message into commands (`flows.dispatch.apply`)."""
        self._apply = apply
        self._hinted_at = float("-inf")
        self.is_stopping = False

    def run(self, conninfo: str) -> None:
        """Work until `is_stopping`; sleeps on NOTIFY, one second at most."""
        with acting(SYSTEM):
            listener: psycopg.Connection[Any] | None = None
            while not self.is_stopping:
                try:
                    listener = listener or self._listen(conninfo)
                    if not self.drain():
                        for _ in listener.notifies(timeout=1.0, stop_after=1):
                            pass
                except (OperationalError, InterfaceError, psycopg.Error) as error:
                    logger.error("database away: %s", type(error).__name__)
                    connection.close()
                    if listener is not None:
                        listener.close()
                    listener = None
                    time.sleep(1)
            if listener is not None:
                listener.close()
            connection.close()

    def drain(self) -> int:
        """Try every lane that has work once; returns how many messages were settled."""
        with connection.cursor() as cursor:
            cursor.execute(LANES_WITH_WORK, [LANES - 1])
            lanes = cursor.fetchall()
        random.shuffle(lanes)
        settled = 0
        for lane, floor in lanes:
            if self.is_stopping:
                break
            with _lane_lock(lane) as is_ours:
                if is_ours:
                    settled += self._work(lane, floor)
        return settled

    def _work(self, lane: int, floor: datetime) -> int:
        """Apply up to a batch of one lane.

        First without savepoints, which nearly always goes well and costs two statements less for each
        message; else again with one for each; and when even the end of the batch cannot be written,
        message by message.
        """
        try:
            return self._batch(lane, floor, BATCH, is_guarded=False)
        except Exception:
            if not connection.is_usable():
                raise
        try:
            return self._batch(lane, floor, BATCH)
        except DatabaseError as error:
            if not connection.is_usable():
                raise
            logger.warning("lane %d goes one by one: %s", lane, type(error).__name__)
        settled = 0
        for _ in range(BATCH):
            done = self._one(lane, floor)
            settled += done
            if not done:
                break
        return settled

    def _one(self, lane: int, floor: datetime) -> int:
        """Apply the next message in a transaction of its own; a failure at its end is the message's."""
        with connection.cursor() as cursor:
            cursor.execute(READ_LANE, {"lane": lane, "floor": floor, "limit": 1})
            rows = cursor.fetchall()
        try:
            return self._batch(lane, floor, 1)
        except Exception as error:
            if not connection.is_usable() or not rows:
                raise
            with act():
                _settle([self._failed(Received(*rows[0]), error)])
            return 1

    def _batch(self, lane: int, floor: datetime, limit: int, *, is_guarded: bool = True) -> int:
        with contextlib.ExitStack() as locks, act():
            with connection.cursor() as cursor:
                cursor.execute(READ_LANE, {"lane": lane, "floor": floor, "limit": limit})
                messages = [Received(*row) for row in cursor.fetchall()]
            if not messages:
                return 0
            settled: list[Settled] = []
            held: set[tuple[str, str]] = set()
            for message in messages:
                if (message.sender, message.patient_key) in held:
                    continue
                one = self._settled(message, lane, locks, is_guarded=is_guarded)
                settled.append(one)
                if one.state == "waiting":
                    held.add((message.sender, message.patient_key))
                if message.other_lane == lane:
                    # What follows for the absorbed identity is read again after this commit.
                    held.add((message.sender, message.other_key))
            _settle(settled)
            self._hint()
        return len(settled)

    def _settled(
        self, message: Received, lane: int, locks: contextlib.ExitStack, *, is_guarded: bool
    ) -> Settled:
        if message.other_lane is not None and not _is_turn_of_merge(message, lane, locks):
            later = datetime.now(UTC) + MERGE_WAIT
            failure = Failure(
                "", "", "Attend les messages précédents de l'identité absorbée.", True
            )
            return Settled(message, "waiting", failure=failure, next_try_at=later)
        if not is_guarded:
            return Settled(message, "applied", outcome=self._apply(message))
        try:
            with act(savepoint=True):
                return Settled(message, "applied", outcome=self._apply(message))
        except Exception as error:
            if not connection.is_usable():
                raise
            return self._failed(message, error)

    def _failed(self, message: Received, error: Exception) -> Settled:
        if isinstance(error, KeptAsideError):
            # What it had begun is undone; the traits wait for a person, and so does the message.
            with act(savepoint=True):
                error.keep()
        failure = classify(error, message.attempts)
        tried = replace(message, attempts=message.attempts + 1)
        if not failure.is_temporary:
            return Settled(tried, "parked", failure=failure)
        later = datetime.now(UTC) + wait_after(tried.attempts)
        return Settled(tried, "waiting", failure=failure, next_try_at=later)

    def _hint(self) -> None:
        """Tell the open message screens that something changed, at most once a second."""
        if time.monotonic() - self._hinted_at >= HINT_EVERY:
            self._hinted_at = time.monotonic()
            emit(
                "gateway.messages.applied",
                topics=["inbox"],
                payload={"kind": "messages", "ids": []},
            )

    @staticmethod
    def _listen(conninfo: str) -> psycopg.Connection[Any]:
        listener = psycopg.connect(conninfo, autocommit=True, application_name="enrs worker")
        listener.execute(f"listen {CHANNEL}")
        return listener


@contextlib.contextmanager
def _lane_lock(lane: int) -> Iterator[bool]:
    """Hold a lane for this session if nobody else does; the lock dies with the process."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, lane])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, %s)", [LOCK_CLASS, lane])


def _is_turn_of_merge(message: Received, lane: int, locks: contextlib.ExitStack) -> bool:
    """Whether an A40 may be applied: the absorbed identity's lane is ours and holds nothing earlier.

    The lanes are only *tried*, and a message waits for smaller ids alone: there is no dead lock.
    """
    if message.other_lane != lane and not locks.enter_context(_lane_lock(message.other_lane or 0)):
        return False
    with connection.cursor() as cursor:
        key = [message.other_lane, message.sender, message.other_key, message.id]
        cursor.execute(EARLIER, key)
        return not cursor.fetchone()[0]


def _settle(settled: list[Settled]) -> None:
    """Write what became of the messages, in the transaction of their effects."""
    now = datetime.now(UTC)
    rows = []
    for one in settled:
        failure = one.failure or Failure("", "", "", False)
        is_applied = one.state == "applied"
        rows.append(
            (
                one.message.id, one.message.received_at, one.state, one.message.attempts,
                one.next_try_at, failure.code, failure.where, failure.text,
                json.dumps(one.outcome.effects, ensure_ascii=False), one.outcome.patient_id,
                now if is_applied else None,
            )
        )  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(SETTLE, [list(column) for column in zip(*rows, strict=True)])


def main() -> None:
    """Run a worker in this process; Django must be set up. Returns after SIGTERM, its batch finished."""
    from enrs.interop.gateway.flows.dispatch import apply  # noqa: PLC0415  pulls in every service
    from enrs.interop.gateway.server import conninfo  # noqa: PLC0415

    worker = Worker(apply)

    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.is_stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write("enrs worker ready\n")
    sys.stdout.flush()
    worker.run(conninfo())
