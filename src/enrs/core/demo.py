"""What every app's invented data is made of: who acts, identifiers of past moments, rows written at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import AutoField, Model
from django.utils import timezone

from enrs.core.effects import act
from enrs.core.ids import uuid7_at

Row = TypeVar("Row", bound=Model)
OPENS = 8


def key(moment: datetime) -> UUID:
    """An identifier that sorts by its moment."""
    return uuid7_at(int(moment.timestamp() * 1000))


def by_day(moment: datetime, now: datetime, *, closes: int = 18) -> datetime:
    """The same day, between 8 and `closes` of the region's clock: nobody asks at three in the morning.

    What would then be to come keeps its moment.
    """
    local = timezone.localtime(moment)
    if OPENS <= local.hour < closes:
        return moment
    chosen = local.replace(hour=OPENS + local.hour % (closes - OPENS))
    return chosen.astimezone(moment.tzinfo) if chosen <= now else moment


@dataclass(frozen=True, slots=True)
class Someone:
    """A person who acts: their grantee, account, name, function, and place of work."""

    grantee_id: UUID
    name: str
    label: str
    user_id: UUID | None = None
    place_id: UUID | None = None
    place_name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """A person whom invented facts are about: their anchor, and the source identity that carries the facts."""

    id: UUID
    identity_id: UUID | None
    name: str = ""


def copy_values(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of values into a table by COPY."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def insert_past(rows: Sequence[Model]) -> None:
    """Insert rows of one model with the moments that they bear: what saving would stamp with now, when it
    is missing, is now.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields = [
        one
        for one in meta.concrete_fields
        if not one.generated and not (isinstance(one, AutoField) and rows[0].pk is None)
    ]
    stamped = [one.attname for one in fields if getattr(one, "auto_now_add", False)]
    now = datetime.now(UTC)
    for row in rows:
        for name in stamped:
            if getattr(row, name) is None:
                setattr(row, name, now)
    copy_values(
        meta.db_table,
        [str(one.column) for one in fields],
        (
            [one.get_db_prep_save(getattr(row, one.attname), connection) for one in fields]
            for row in rows
        ),
    )
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@dataclass
class Rows:
    """Rows that wait, by model, in the order in which models first came, and what publishes them."""

    waiting: dict[type[Model], list[Any]] = field(default_factory=dict)
    published: list[Callable[[], None]] = field(default_factory=list)

    def add(self, row: Row) -> Row:
        """Keep a row for the end."""
        self.waiting.setdefault(type(row), []).append(row)
        return row

    def publish(self, how: Callable[[], None]) -> None:
        """Have something published once the rows are there."""
        self.published.append(how)

    def of(self, model: type[Row]) -> Iterable[Row]:
        """The rows of a model that wait."""
        return self.waiting.get(model, [])

    def write(self) -> None:
        """Insert everything, one statement for each model, then publish; one transaction."""
        with act():
            for rows in self.waiting.values():
                insert_past(rows)
            for how in self.published:
                how()
        self.waiting, self.published = {}, []
