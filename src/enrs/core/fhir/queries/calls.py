"""Calls of the database functions in `policies.sql`: one round trip each, in a transaction of its own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection, transaction

from enrs.core import prepared
from enrs.core.audit.rules import line_key
from enrs.core.fhir.queries.search import Statement
from enrs.core.fhir.rules.parameters import SERVED
from enrs.core.ids import uuid7


@dataclass(frozen=True, slots=True)
class Found:
    """One resource, or why there is none: `status` is the HTTP one."""

    status: int
    body: str = ""
    version: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a search, one more than a page when there is a next one."""

    status: int
    ids: Sequence[UUID] = ()
    bodies: Sequence[str] = ()
    sorts: Sequence[str] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of a resource, newest first."""

    status: int
    rows: Sequence[tuple[int, bool, str | None, datetime]] = ()


def hash_token(value: str) -> str:
    """The form in which the token table keeps a token (django-allauth's)."""
    return hashlib.sha256(value.encode()).hexdigest()


READ = "select status, body, version, updated_at from fhir_read(%s, %s, %s, %s, %s, %s, %s, %s, %s)"
SEARCH = "select status, ids, bodies, sorts, total from fhir_search(%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s)"
HISTORY = "select status, versions, deletions, bodies, moments from fhir_history(%s, %s, %s, %s, %s, %s, %s, %s, %s)"
JOURNAL = "select status, lines::text from fhir_journal(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


def read(
    token: str, kind: str, identifier: UUID, version: int | None = None, *, label: str = ""
) -> Found:
    """Read the current or a given version; `label` is the type asked for when it is another."""
    row = _call(
        READ,
        [token, kind, SERVED[kind].is_public, identifier, version, label or kind, *_line()],
    )
    return Found(*row)


def search(token: str, kind: str, statement: Statement, details: str) -> Page:
    """Run a composed search; `details` is what the audit line keeps of it (JSON text)."""
    row = _call(
        SEARCH,
        [
            token, kind, SERVED[kind].is_public, statement.page, statement.total, statement.values,
            details, *_line(),
        ],
    )  # fmt: skip
    status, ids, bodies, sorts, total = row
    return Page(status, ids or (), bodies or (), sorts or (), total)


def history(token: str, kind: str, identifier: UUID, *, before: int, limit: int) -> Versions:
    """The versions below `before`, newest first."""
    row = _call(HISTORY, [token, kind, SERVED[kind].is_public, identifier, before, limit, *_line()])
    status, *columns = row
    return Versions(status, list(zip(*(column or () for column in columns), strict=True)))


def journal(
    token: str,
    *,
    patient_id: UUID | None = None,
    line_id: UUID | None = None,
    span: tuple[datetime, datetime] | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 1,
) -> tuple[int, list[dict[str, Any]]]:
    """The status, and lines of one patient's journal (or the one line `line_id`), newest first."""
    low, high = span or (BEGINNING, END)
    last_at, last_id = before or (END, UUID(int=(1 << 128) - 1))
    row = _call(
        JOURNAL,
        [token, patient_id, line_id, low, high, last_at, last_id, limit, *_line()],
    )
    return row[0], orjson.loads(row[1] or "[]")


BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 12, 31, tzinfo=UTC)


def _line() -> tuple[UUID, datetime, bytes]:
    """The id, moment and key of the audit line that a call leaves."""
    line_id = uuid7()
    return line_id, datetime.now(UTC), line_key(settings.SECRETS.audit_key, line_id)


def lower(role: str = "") -> None:
    """In tests, which connect as the owner, take the application's role inside a transaction."""
    taken = role or settings.DATABASE_ROLE
    if settings.DATABASE_ROLE:
        with connection.cursor() as cursor:
            cursor.execute(f"set local role {taken}")


def _call(sql: str, values: Sequence[Any]) -> Sequence[Any]:
    """Run one function call, alone in its transaction unless the caller holds one."""
    if not settings.DATABASE_ROLE:
        return _fetch(sql, values)
    with transaction.atomic():
        lower()
        row = _fetch(sql, values)
        lower("none")
    return row


def _fetch(sql: str, values: Sequence[Any]) -> Sequence[Any]:
    return prepared.fetch_all(sql, values)[0]
