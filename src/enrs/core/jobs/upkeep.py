"""Technical data that have had their time: what each kind is kept for, and one way in which it goes.

A room declares its kind with `keep_up`. A periodic job then removes it batch by batch, and `enrs prune`
lists it and runs the same batches at once. Nothing clinical is declared here: a fact is withdrawn, never
removed, and what its legal time allows is decided by people.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from enrs.core.audit.commands import note
from enrs.core.jobs.registry import every


class Past(NamedTuple):
    """What has had its time: how many, and about how many bytes."""

    items: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Upkeep:
    """One kind of technical data.

    `label` and `kept` say what and for how long, in French. `past` looks and changes nothing; `remove`
    takes one batch away inside the caller's transaction and gives how many; `goes_on` says whether a batch
    of none was not the last. `is_quiet`: its batches leave
    no line in the journal, for they come every few minutes, or have lines of their own.
    """

    name: str
    label: str
    kept: str
    past: Callable[[], Past]
    remove: Callable[[], int]
    is_quiet: bool = False
    goes_on: Callable[[], bool] = lambda: False


class Swept(NamedTuple):
    """What one batch removed; true while there may be another."""

    removed: int
    has_more: bool

    def __bool__(self) -> bool:
        return self.has_more


_kinds: dict[str, Upkeep] = {}


def keep_up(kind: Upkeep, *, minutes: float) -> None:
    """Declare a kind, removed every so many minutes; said when an app is loaded."""
    _kinds[kind.name] = kind
    every(kind.name, minutes=minutes, run=partial(sweep, kind))


def upkeeps() -> list[Upkeep]:
    """Every declared kind, in the order of their names."""
    return [_kinds[name] for name in sorted(_kinds)]


def sweep(kind: Upkeep) -> Swept:
    """Remove one batch, with its line in the journal."""
    removed = kind.remove()
    if removed and not kind.is_quiet:
        note(
            "operations.pruned",
            object_kind="upkeep",
            object_id=kind.name,
            details={"removed": removed},
        )
    return Swept(removed, removed > 0 or kind.goes_on())


def past_rows(*rows: QuerySet[Any]) -> Past:
    """What some querysets hold, weighed by PostgreSQL."""
    total = Past(0, 0)
    with connection.cursor() as cursor:
        for one in rows:
            statement, values = one.order_by().values().query.sql_with_params()
            cursor.execute(
                f"select count(*), coalesce(sum(pg_column_size(past.*)), 0) from ({statement}) past",
                values,
            )
            count, size = cursor.fetchone()
            total = Past(total.items + count, total.bytes + int(size))
    return total


def remove_rows(rows: QuerySet[Any], batch: int) -> int:
    """Delete the first rows of a queryset; returns how many there were."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:batch])
    if keys:
        rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)
