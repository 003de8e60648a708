"""The one writer: commits whatever is waiting in one batch, and only then lets answers leave."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from shutil import disk_usage
from typing import Any
from uuid import UUID

import orjson
import psycopg

from enrs.core.ids import uuid7
from enrs.interop.gateway.reading import Incoming, finess_of_sender, refuse
from enrs.interop.gateway.rules import OrderedIds, milliseconds_of

logger = logging.getLogger("enrs.gateway")

CHANNEL = "enrs_inbox"
NOTIFY_EVERY = 0.05
HINT_EVERY = 1.0
PARTNERS_EVERY = 10.0
LOG_EVERY = 5.0
BATCH_ROWS = 500
SMALL_BATCH = 4
BATCH_BYTES = 64 * 1024 * 1024
MIN_FREE_BYTES = 300 * 1024 * 1024

STORE = """
with given as (
    select * from rows from (
        json_to_recordset(%s::json) as (id uuid, received_at timestamptz, sender text, flow text, control_id text,
            message_type text, patient_key text, lane smallint, other_key text, other_lane smallint, size integer,
            remote text, state text, ack_code text, is_reused_id boolean, error_code text, error_where text,
            error_text text),
        unnest(%b::bytea[]), unnest(%b::bytea[])
    ) as g (id, received_at, sender, flow, control_id, message_type, patient_key, lane, other_key, other_lane,
        size, remote, state, ack_code, is_reused_id, error_code, error_where, error_text, body, body_hash)
), fresh as (
    insert into inbox_seen (sender, control_id, body_hash, first_at)
    select sender, control_id, body_hash, received_at from given where state = 'received'
    on conflict do nothing
    returning sender, control_id, body_hash, first_at
)
insert into inbox (id, received_at, sender, flow, control_id, message_type, patient_key, lane,
    other_key, other_lane, body, body_hash, size, remote, state, ack_code, is_reused_id,
    error_code, error_where, error_text)
select g.id, g.received_at, g.sender, g.flow, g.control_id, g.message_type, g.patient_key, g.lane,
    g.other_key, g.other_lane, g.body, g.body_hash, g.size, g.remote, g.state, g.ack_code,
    g.is_reused_id or exists (
        select 1 from inbox_seen s
        where s.sender = g.sender and s.control_id = g.control_id and s.body_hash <> g.body_hash),
    g.error_code, g.error_where, g.error_text
from given g
where g.state = 'refused' or exists (
    select 1 from fresh f
    where f.sender = g.sender and f.control_id = g.control_id and f.body_hash = g.body_hash)
"""
"""Keeps the messages that were never seen. A refused one is always kept: it may be right tomorrow."""

COLUMNS = (
    "sender", "flow", "control_id", "message_type", "patient_key", "lane", "other_key", "other_lane", "size",
    "remote", "state", "ack_code", "error_code", "error_where", "error_text",
)  # fmt: skip
"""What a row takes from the message as it is; the driver's arrays of text cost more than one JSON."""
values_of = attrgetter(*COLUMNS)

PARTNER = """
insert into partner (version, id, sender, application, facility, name, finess, certificate_name, zone,
    trusted_identity_system, environment, is_active, asking, created_at)
values (1, %s, %s, %s, %s, %s, %s, '', %s, '', %s, %s, '', now())
on conflict (sender) do nothing
"""

UNKNOWN = (
    "Émetteur inconnu de la région : un exploitant doit l'accepter, puis les messages gardés peuvent "
    "être rejoués"
)
SUSPENDED = "Cet émetteur est suspendu : adressez-vous à la plateforme régionale."
FOREIGN = "Le certificat présenté n'est pas celui de cet émetteur."

HINT = """
insert into event (id, at, kind, topics, payload)
values (%s, now(), 'gateway.messages.received', '{inbox}', '{"kind": "messages", "ids": []}')
"""


@dataclass(slots=True, eq=False)
class Waiting:
    """A message that waits for the next commit. `is_kept` is then true, or false when it was lost;
    `settled` is called once it is known. `certificate` is the name of the one its connection showed.
    `answer` is what to send back for a question; without it, an acknowledgement leaves.
    """

    message: Incoming
    settled: Callable[[], None] = field(repr=False)
    certificate: str = ""
    is_kept: bool | None = None
    answer: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """What the writer knows of a partner; a version above 1 was saved by an operator."""

    is_active: bool
    certificate_name: str = ""
    version: int = 2


class Writer:
    """Owns the only connection that inserts into the inbox (database role `enrs_feed`)."""

    def __init__(
        self, url: str, zone: str, disk: Path | None = None, *, is_production: bool = False
    ) -> None:
        """Take the database's address, the region's zone (for new partners) and the disk to watch.

        In production a new partner is inactive, without FINESS, until an operator accepts it.
        """
        self._url, self._zone, self._disk = url, zone, disk
        self._is_production = is_production
        self._queue: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._ids = OrderedIds()
        self._partners: dict[str, Known] = {}
        self._partners_at = self._notified_at = self._hinted_at = float("-inf")
        self._logged_at, self._lost_count = float("-inf"), 0
        self._is_notice_due = False
        self._is_closing = False

    def submit(self, waiting: Waiting) -> None:
        """Queue a message for the next commit."""
        self._queue.append(waiting)
        self._arrived.set()

    def close(self) -> None:
        """Let `run` return once nothing waits."""
        self._is_closing = True
        self._arrived.set()

    def screen(self, waiting: Waiting) -> None:
        """Refuse a message whose sender, as far as it is known, may not send it."""
        known = self._partners.get(waiting.message.sender)
        if known is None:
            return
        if not known.is_active:
            waiting.message = refuse(waiting.message, SUSPENDED if known.version > 1 else UNKNOWN)
        elif known.certificate_name not in ("", waiting.certificate):
            waiting.message = refuse(waiting.message, FOREIGN)

    async def run(self) -> None:
        """Commit batch after batch until `close` is called and nothing waits."""
        while self._queue or not self._is_closing:
            if self._queue:
                await self._keep(self._whatever_waits())
            else:
                self._arrived.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(
                        self._arrived.wait(), 1.0 if not self._is_notice_due else NOTIFY_EVERY
                    )
            await self._wake_workers()
        await self._wake_workers(at_once=True)
        if self._connection is not None:
            await self._connection.close()

    async def connect(self) -> None:
        """Open the connection and learn the partners; raises psycopg.Error when there is no database."""
        if self._connection is not None:
            await self._connection.close()
        self._connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=5, application_name="enrs gateway"
        )
        await self._connection.execute("set lock_timeout = '5s'; set statement_timeout = '30s'")
        await self._learn_partners()

    def _whatever_waits(self) -> list[Waiting]:
        """The next batch: half of what waits, so that the next messages are read while it commits.

        Taking all of it makes partners who wait for each answer march in step: reading, then
        committing, and never both.
        """
        batch: list[Waiting] = []
        size, rows = 0, min(BATCH_ROWS, max(SMALL_BATCH, (len(self._queue) + 1) // 2))
        while self._queue and len(batch) < rows and size < BATCH_BYTES:
            batch.append(self._queue.popleft())
            size += batch[-1].message.size
        return batch

    async def _keep(self, batch: list[Waiting]) -> None:
        is_kept = False
        try:
            self._check_disk()
            if self._connection is None or self._connection.closed:
                await self.connect()
            await self._screen(batch)
            await self._store([waiting.message for waiting in batch])
            is_kept = True
        except psycopg.DataError as error:
            if len(batch) > 1:
                for waiting in batch:
                    await self._keep([waiting])
                return
            self._complain(batch, error)
        except (psycopg.Error, OSError) as error:
            self._complain(batch, error)
            await self._drop_connection()
        for waiting in batch:
            waiting.is_kept = is_kept
            waiting.settled()

    async def _screen(self, batch: list[Waiting]) -> None:
        """Screen with what the database says: a message may have come before it could be asked."""
        if time.monotonic() - self._partners_at > PARTNERS_EVERY:
            await self._learn_partners()
        for waiting in batch:
            if waiting.message.state == "refused":
                continue
            if self._is_production and waiting.message.sender not in self._partners:
                waiting.message = refuse(waiting.message, UNKNOWN)
            else:
                self.screen(waiting)

    def _complain(self, batch: list[Waiting], error: Exception) -> None:
        self._lost_count += len(batch)
        if time.monotonic() - self._logged_at >= LOG_EVERY:
            logger.error("%d messages not kept: %s", self._lost_count, type(error).__name__)
            self._logged_at, self._lost_count = time.monotonic(), 0

    def _check_disk(self) -> None:
        if self._disk is not None and disk_usage(self._disk).free < MIN_FREE_BYTES:
            raise OSError("disk almost full")

    async def _drop_connection(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _store(self, messages: list[Incoming]) -> None:
        connection = self._connection
        if connection is None:
            raise psycopg.OperationalError("no connection")
        strangers = {one.sender: one for one in messages if one.sender not in self._partners}
        is_hint_due = time.monotonic() - self._hinted_at >= HINT_EVERY
        rows = self._rows(messages)
        if not strangers and not is_hint_due:
            await connection.execute(STORE, rows, prepare=True)
        else:
            async with connection.transaction():
                await connection.execute(STORE, rows, prepare=True)
                for one in strangers.values():
                    await connection.execute(PARTNER, self._partner(one))
                if is_hint_due:
                    await connection.execute(HINT, [uuid7()])
                    self._hinted_at = time.monotonic()
            fresh = Known(is_active=not self._is_production, version=1)
            self._partners.update(dict.fromkeys(strangers, fresh))
        self._is_notice_due = True

    def _rows(self, messages: list[Incoming]) -> list[Any]:
        distinct = {(one.sender, one.control_id, one.body_hash) for one in messages}
        names = Counter((sender, control_id) for sender, control_id, _ in distinct)
        rows = []
        for one in messages:
            identifier = self._ids.next(time.time_ns() // 1_000_000, secrets.randbits(62))
            is_reused = one.state == "received" and names[one.sender, one.control_id] > 1
            row = dict(zip(COLUMNS, values_of(one), strict=True))
            row["id"], row["received_at"] = identifier, received_at(identifier)
            rows.append(row | {"is_reused_id": is_reused})
        return [
            orjson.dumps(rows).decode(),
            [one.body for one in messages],
            [one.body_hash for one in messages],
        ]

    def _partner(self, one: Incoming) -> list[Any]:
        application, _, facility = one.sender.partition("|")
        name = " · ".join(part for part in (facility, application) if part) or "Émetteur inconnu"
        finess = "" if self._is_production else finess_of_sender(one.body)
        return [
            uuid7(), one.sender, application[:150], facility[:150], name[:200], finess,
            self._zone, "production" if one.is_production else "test", not self._is_production,
        ]  # fmt: skip

    async def _learn_partners(self) -> None:
        if self._connection is None:
            return
        rows = await self._connection.execute(
            "select sender, is_active, certificate_name, version from partner"
        )
        self._partners = {sender: Known(*rest) for sender, *rest in await rows.fetchall()}
        self._partners_at = time.monotonic()

    async def _wake_workers(self, *, at_once: bool = False) -> None:
        """Tell the workers, at most once in 50 ms; without it they look each second."""
        now = time.monotonic()
        if not self._is_notice_due or (now - self._notified_at < NOTIFY_EVERY and not at_once):
            return
        if self._connection is None:
            return
        try:
            await self._connection.execute(f"notify {CHANNEL}")
        except psycopg.Error:
            await self._drop_connection()
            return
        self._notified_at, self._is_notice_due = now, False


def received_at(identifier: UUID) -> datetime:
    """The moment inside a message's id, by which the inbox is partitioned."""
    return datetime.fromtimestamp(milliseconds_of(identifier) / 1000, UTC)
