"""Who is acting: held for the time of a request or of a batch, and told to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from psycopg.pq import TransactionStatus

from enrs.core.access.in_force import LAST_CHANGE, renew
from enrs.core.access.rules import OPERATOR, office_of


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The exploitation session that somebody has open: until when, and why."""

    id: UUID
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a part of the program at work.

    `role` is a key of the matrix (`access.rules.ROLES`); `channel` says by which door they came
    (`page`, `fhir`, `flow`, `command`); `grantee_id` and `organisation_id` are what grants name. `session`
    is the exploitation session that gives the role `operator`; without one the role is `standby`.
    """

    kind: str
    name: str
    role: str
    user_id: UUID | None = None
    grantee_id: UUID | None = None
    organisation_id: UUID | None = None
    organisation_name: str = ""
    label: str = ""
    channel: str = "page"
    purpose: str = ""
    session: OpenSession | None = None

    @property
    def runs(self) -> bool:
        """Whether somebody is of the exploitation, a session open or not: what they are shown, not what they may."""
        return office_of(self.role) == OPERATOR

    @property
    def grantees(self) -> tuple[UUID, ...]:
        """The identifiers whose grants this actor holds: their own, then their place of work's."""
        return tuple(one for one in (self.grantee_id, self.organisation_id) if one)


ANONYMOUS = Actor(kind="anonymous", name="", role="anonymous")
SYSTEM = Actor(kind="system", name="Plateforme régionale", role="system", channel="flow")

_actor: ContextVar[Actor] = ContextVar("actor", default=ANONYMOUS)


def current_actor() -> Actor:
    """The actor of this request or batch; `ANONYMOUS` outside of one."""
    return _actor.get()


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Act as `actor` inside the block; row security sees the same person."""
    token = _actor.set(actor)
    try:
        tell_database(actor)
        yield actor
    finally:
        _actor.reset(token)
        if connection.in_atomic_block and not is_aborted():
            tell_database(_actor.get())


@contextmanager
def acting_as_told(actor: Actor) -> Iterator[Actor]:
    """As `acting`, where the database was told already (by `fhir_enter`) and the transaction ends with the block."""
    token = _actor.set(actor)
    try:
        yield actor
    finally:
        _actor.reset(token)


def is_aborted() -> bool:
    """Whether a statement of the current transaction failed: it takes no other before its end."""
    if connection.needs_rollback:
        return True
    status = connection.connection.info.transaction_status if connection.connection else None
    return status == TransactionStatus.INERROR


def tell_database(actor: Actor) -> None:
    """Set the actor for the current transaction (it ends with it); a no-op outside of one.

    The same statement tells whether somebody changed the matrix: what is decided next is by the new one.
    """
    if not connection.in_atomic_block or actor.kind == "system":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('enrs.grantees', %s, true), set_config('enrs.user', %s, true),"
            f" {LAST_CHANGE}",
            ["{" + ",".join(map(str, actor.grantees)) + "}", str(actor.user_id or "")],
        )
        version = cursor.fetchone()[2]
    renew(version)
