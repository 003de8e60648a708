"""What an act leaves behind (audit lines, events, published resources), written once at its end.

A command runs inside `act()`. Side effects wait in a buffer and are written in bulk just before the
outermost act commits, so fifty messages applied in one transaction cost three statements, not 150.
An act that fails inside a savepoint takes its waiting effects with it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction

from enrs.core.prepared import together

Sink = Callable[[Sequence[Any]], None]
_waiting: ContextVar[dict[Sink, list[Any]] | None] = ContextVar("effects", default=None)


def defer(sink: Sink, item: Any) -> None:
    """Hand `item` to `sink` when the current act ends; at once when there is no act."""
    waiting = _waiting.get()
    if waiting is None:
        sink([item])
    else:
        waiting.setdefault(sink, []).append(item)


@contextmanager
def act(*, savepoint: bool = False, ends_all: bool = False) -> Iterator[None]:
    """The transaction of one act of a user or of a feed; acts nest.

    With `savepoint`, an inner act that raises may be caught by its caller: its rows and its waiting
    effects are gone and the outer act goes on. With `ends_all`, an act that raises ends the caller's
    transaction too, which spares it a savepoint.
    """
    waiting = _waiting.get()
    if waiting is not None:
        with _nested(waiting, savepoint=savepoint):
            yield
        return
    fresh: dict[Sink, list[Any]] = {}
    token = _waiting.set(fresh)
    try:
        with transaction.atomic(savepoint=not ends_all):
            yield
            _flush(fresh)
    finally:
        _waiting.reset(token)


@contextmanager
def _nested(waiting: dict[Sink, list[Any]], *, savepoint: bool) -> Iterator[None]:
    if not savepoint:
        yield
        return
    before = {sink: list(items) for sink, items in waiting.items()}
    try:
        with transaction.atomic():
            yield
    except BaseException:
        # Those that were written meanwhile (`write_waiting`) went with the savepoint: they wait again.
        waiting.clear()
        waiting.update(before)
        raise


def write_waiting() -> None:
    """Write now what waits for the end of the act: for who is about to read or move what others left behind."""
    waiting = _waiting.get()
    if waiting:
        _flush(waiting)


def _flush(waiting: dict[Sink, list[Any]]) -> None:
    """Hand every sink its items; what a sink defers in its turn is handed on after."""
    if not waiting:
        return
    with together():
        while waiting:
            sink = next(iter(waiting))
            items = waiting.pop(sink)
            if items:
                sink(items)
