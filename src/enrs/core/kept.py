"""Querysets that are composed once: what every page asks, with only its values changed.

Composing a queryset costs Python more than its answer costs PostgreSQL, and a statement that is bound
here is planned anew each time. What is kept is a statement, which the server prepares.
"""

from collections.abc import Callable, Hashable
from copy import copy
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from enrs.core.prepared import fetch_all

Value = UUID | datetime | str
Row = TypeVar("Row")


def past(before: Any) -> tuple[Value, ...]:
    """Where a page ends (its moment `at` and its `id`) as values; none for the first page."""
    return (before.at, before.id) if before else ()


def _mark(kind: type, place: int) -> Value:
    """A value that no queryset holds by chance, and that every field of its kind accepts."""
    if kind is UUID:
        return UUID(int=0x4B65_7074_0000_7000_8000_0000_0000_0000 + place)
    if kind is datetime:
        return datetime(1492, 8, 3, 5, 17, 11, 271_828 + place, tzinfo=UTC)
    if kind is str:
        return f"\ue000kept {place}\ue001"
    raise TypeError(f"a kept queryset takes identifiers, moments and texts, not {kind.__name__}")


class Kept(Generic[Row]):
    """A queryset by the function that builds it, which this decorates: a call gives its rows.

    What is given by place are values: identifiers, moments and texts that the statement holds as they
    are. What is given by name is its shape (a role, a limit): each is composed once, so it comes from
    a short list of our own, never from an address. How many values there are is part of the shape too.
    Nothing is prefetched.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._made: dict[tuple[Any, ...], _Statement] = {}

    def __call__(self, *values: Value, **shape: Hashable) -> list[Row]:
        kinds = tuple(type(one) for one in values)
        made = self._made.get((kinds, *shape.items()))
        if made is None:
            made = _Statement(partial(self._build, **shape), kinds)
            self._made[kinds, *shape.items()] = made
        return made.rows(values)

    def first(self, *values: Value, **shape: Hashable) -> Row | None:
        """The first row, or None."""
        rows = self(*values, **shape)
        return rows[0] if rows else None


class _Statement:
    """One composed statement, where each value goes in it, and how Django reads its rows."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], kinds: tuple[type, ...]) -> None:
        marks = [_mark(kind, place) for place, kind in enumerate(kinds)]
        self.queryset = build(*marks)
        if self.queryset._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise TypeError("a kept queryset prefetches nothing")
        self.compiler: SQLCompiler = self.queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, held = self.compiler.as_sql()
        # A thread's connection ends with it: what is kept for all of them must not hold the first's.
        self.compiler.connection = None
        self.held = list(held)
        places = {mark: place for place, mark in enumerate(marks)}
        self.places = [
            (at, places[one])
            for at, one in enumerate(self.held)
            if isinstance(one, Value) and one in places
        ]
        if {place for _, place in self.places} != set(range(len(marks))):
            raise ValueError(f"a value of the kept queryset is not in its statement: {self.sql}")

    def rows(self, values: tuple[Value, ...]) -> list[Any]:
        given = list(self.held)
        for at, place in self.places:
            given[at] = values[place]
        compiler = copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        answer = _Answer(compiler, fetch_all(self.sql, given))
        read: Any = self.queryset._iterable_class
        return list(read(_Asked(self.queryset, answer)))


class _Answer:
    """The compiler for one reading of its rows: they are there already."""

    def __init__(self, compiler: SQLCompiler, rows: list[tuple[Any, ...]]) -> None:
        self._compiler, self._rows = compiler, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiler, name)

    def execute_sql(self, *_: Any, **__: Any) -> list[list[tuple[Any, ...]]]:
        return [self._rows]

    def results_iter(self, results: Any = None, *, tuple_expected: bool = False, **_: Any) -> Any:
        rows: Any = [self._rows]
        return self._compiler.results_iter(rows, tuple_expected=tuple_expected)


class _Asked:
    """The queryset, and its query, as Django's readers of rows see them."""

    def __init__(self, queryset: QuerySet[Any, Any], answer: _Answer) -> None:
        self._queryset, self._answer = queryset, answer
        self.query = self

    def __getattr__(self, name: str) -> Any:
        own = self._queryset
        return getattr(own if hasattr(own, name) else own.query, name)

    def get_compiler(self, *_: Any, **__: Any) -> _Answer:
        return self._answer
