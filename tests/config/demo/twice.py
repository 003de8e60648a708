"""One story told twice, by the commands then by a builder, and every column that each of them wrote."""

import itertools
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from psycopg.types.range import Range

from enrs.config.demo.days.stage import someone_of
from enrs.core import ids
from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.access.models import Grant
from enrs.core.accounts.models import Position, User
from enrs.core.accounts.queries import actor_of
from enrs.core.demo import Patient, Rows, Someone
from enrs.core.fhir.models import Key, Resource
from enrs.core.subjects.models import Patient as Anchor
from enrs.core.subjects.persons import carrier_of
from tests.factories import GrantFactory, PositionFactory, UserFactory

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
"""The moment from which the stories are told: a Thursday morning."""
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
STAMPS = re.compile(r'"(versionId|lastUpdated)":"[^"]*",?')

ALWAYS: Mapping[str, str] = {
    "recorded_at": "what is told is recorded when the demo is made",
    "access_grant.created_at": "likewise",
    "agenda.created_at": "likewise",
    "agenda_series.created_at": "likewise",
    "fhir_resource.version": "the commands publish at each act, a builder once, as it stands at the end",
    "fhir_resource.updated_at": "likewise",
    "access_grant.valid_from": "the command takes the database's clock, which no test moves",
}
"""Columns that the two tellings need not share, and why."""

Story = Callable[[], object]
Kept = Callable[[Mapping[str, Any]], bool]
Told = dict[str, list[dict[str, Any]]]

REMINDED: Mapping[str, str] = {
    "task_reminder.users": "nobody is told when the demo is made: the scene of the notices tells them",
}
IN_FORCE: Mapping[str, Kept] = {
    # A right that ended opens nothing, and who left a request has it on no board: neither is told.
    "access_grant": lambda row: bool(row["valid_until"] > NOW.isoformat()),
    "task_party": lambda row: row["ended_at"] is None,
}


class UndoneError(Exception):
    """Ends the transaction of a telling."""


def ago(hours: float) -> datetime:
    """A moment before the one from which the stories are told."""
    return NOW - timedelta(hours=hours)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """What happens inside happens at that moment of the program's clock."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return moment.astimezone(tz)

    with patch.object(timezone, "datetime", Then):
        yield


@contextmanager
def by(user: User | None, moment: datetime) -> Iterator[Actor]:
    """Somebody acts at a moment; nobody is the platform."""
    with at(moment), acting(actor_of(user) if user else SYSTEM) as actor:
        yield actor


def somebody(role: str, patient: Anchor | None = None, **place: Any) -> User:
    """A professional with their place of work, in the circle of a person for long."""
    user: User = UserFactory()
    PositionFactory(user=user, role=role, **place)
    if patient:
        GrantFactory(patient=patient, grantee_id=user.grantee_id, level=2, valid_from=ago(9000))
    return user


def someone(user: User, phone: str = "") -> Someone:
    """Who acts, as the scenes of the demo know them."""
    return someone_of(user, Position.objects.filter(user=user).first(), phone)


def whom(patient: Anchor) -> Patient:
    """Whom facts are about, as the scenes of the demo know them."""
    return Patient(patient.pk, carrier_of(patient.pk))


def in_bulk(build: Callable[[Rows], object]) -> Story:
    """The telling of a builder: as the platform, its rows written at once."""

    def tell() -> None:
        rows = Rows()
        with by(None, NOW):
            build(rows)
            rows.write()

    return tell


def assert_same(
    commands: Story,
    builder: Story,
    *rooms: str,
    but: Mapping[str, str] | None = None,
    only: Mapping[str, Kept] | None = None,
) -> Told:
    """Tell twice and compare all that was written in the tables of these rooms, rights and resources.

    `but` are columns (`table.column`) that may differ, each with its reason; `only` says for a table
    which rows are told by a builder at all. Returns what the builder wrote.
    """
    tables = [Grant, Resource, Key, *(one for r in rooms for one in apps.get_app_config(r).get_models())]  # fmt: skip
    dropped = {*ALWAYS, *(but or {})}
    first, second = (_written(tell, tables, dropped, only or {}) for tell in (commands, builder))
    assert any(second.values())
    if found := _differences(first, second):
        pytest.fail("\n".join(found))
    return second


def _differences(first: Told, second: Told) -> list[str]:
    """What the commands wrote and the builder did not, or otherwise: table, rank, column, both values."""
    found = []
    for table, rows in first.items():
        if len(rows) != len(second[table]):
            found.append(f"{table}: {len(rows)} by the commands, {len(second[table])} in bulk")
        for rank, (one, other) in enumerate(zip(rows, second[table], strict=False)):
            found += [
                f"{table} {rank} {column}: {one[column]} by the commands, {other[column]} in bulk"
                for column in one
                if one[column] != other[column]
            ]
    return found


def _written(
    tell: Story, tables: Collection[type[Model]], dropped: Collection[str], only: Mapping[str, Kept]
) -> Told:
    """What a telling adds to the tables; nothing of it stays."""
    count = itertools.count()
    ordered = SimpleNamespace(urandom=lambda size: next(count).to_bytes(size, "big"))
    known = {model: set(_keys(model)) for model in tables}
    found: dict[type[Model], list[dict[str, Any]]] = {}
    try:
        # Identifiers of one millisecond sort as they are made: two tellings list them in the same order.
        with transaction.atomic(), patch.object(ids, "os", ordered):
            tell()
            for model in tables:
                rows = model._default_manager.filter(**_current(model)).order_by("pk")
                found[model] = [_values(one) for one in rows if one.pk not in known[model]]
            raise UndoneError
    except UndoneError:
        return _named(found, dropped, only)


def _keys(model: type[Model]) -> list[Any]:
    return list(model._default_manager.order_by("pk").values_list("pk", flat=True))


def _current(model: type[Model]) -> dict[str, bool]:
    return {"is_current": True} if model is Resource else {}


def _values(row: Model) -> dict[str, Any]:
    return {one.attname: _plain(getattr(row, one.attname)) for one in row._meta.concrete_fields}


def _plain(value: Any) -> Any:
    """A value that compares and sorts: a text, but for nothing and truth."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, Range):
        return f"{_plain(value.lower)} {_plain(value.upper)}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return STAMPS.sub("", str(value))


def _named(
    found: Mapping[type[Model], list[dict[str, Any]]],
    dropped: Collection[str],
    only: Mapping[str, Kept],
) -> Told:
    """The rows by table, each new identifier replaced by its table and rank there."""
    told, names = {}, {}
    for model, rows in found.items():
        table = model._meta.db_table
        fresh = [one for one in rows if only.get(table, lambda _: True)(one)]
        names |= {one["id"]: table for one in rows if model not in (Grant, Resource, Key) and "id" in one}  # fmt: skip
        told[table] = [
            {name: v for name, v in one.items() if not {name, f"{table}.{name}"} & {*dropped}}
            for one in fresh
        ]
    ranks: dict[str, str] = {}
    for rows in told.values():
        rows.sort(key=lambda one: (str(_renamed(one, names)), one.get("id", "")))
    for table, rows in told.items():
        if table not in ("access_grant", "fhir_resource", "fhir_key"):
            ranks |= {one["id"]: f"{table} {rank}" for rank, one in enumerate(rows) if "id" in one}
    return {
        table: sorted((_renamed(one, names | ranks) for one in rows), key=str)
        for table, rows in told.items()
    }


def _renamed(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    def name(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return UUIDS.sub(lambda found: names.get(found[0], found[0]), value)

    return {key: name(value) for key, value in row.items()}
