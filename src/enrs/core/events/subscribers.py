"""What other parts do when something has happened: each effect once, in the order of commits."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.effects import act
from enrs.core.events.outbox import OutboxEvent, events_after_mark, move_mark

BATCH = 2_000
"""Events passed over in one call: twice a second, more than the gateway writes at its fastest."""

TURN, SPAN = 50, 1.0
"""Events that one call handles at least, and seconds after which it leaves the rest to the next: each costs a
transaction, and the relay of what happens now waits meanwhile."""

TRIES = 3
"""After so many failures an event is left aside, with an error in the log: it holds nobody back."""

RECEIPT = """
insert into event_receipt (event_id, subscriber, at) values (%s, %s, now()) on conflict do nothing
"""

log = logging.getLogger("enrs.events")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A part of the program, the kinds of events it wants and what it does with one.

    `among` keeps, of a batch, the events that matter to it: asked once for the batch, where most of a frequent
    kind concern nobody.
    """

    name: str
    kinds: Container[str]
    handle: Callable[[OutboxEvent], None]
    among: Callable[[Sequence[OutboxEvent]], Container[UUID]] | None = None


_subscribers: dict[str, Subscriber] = {}
_failures: Counter[tuple[str, UUID]] = Counter()


def subscribe(
    name: str,
    kinds: Container[str],
    handle: Callable[[OutboxEvent], None],
    among: Callable[[Sequence[OutboxEvent]], Container[UUID]] | None = None,
) -> None:
    """Have `handle` called once for each event of these kinds; said when an app is loaded.

    `among` gives, of the events of a batch, the identifiers of those to handle; it reads and writes nothing.
    """
    _subscribers[name] = Subscriber(name, kinds, handle, among)


def names() -> list[str]:
    """The names of those who subscribed."""
    return sorted(_subscribers)


def deliver_all() -> int:
    """Deliver to every subscriber; returns how many events were handled."""
    return sum(deliver(name) for name in _subscribers)


def deliver(name: str) -> int:
    """Hand a subscriber what has committed since its mark; returns how many events it handled.

    Past `TURN` and `SPAN` the rest waits for the next call. Each is handled in its own transaction, with its
    receipt. One that fails is tried again at the next calls, and left aside after three failures.
    """
    subscriber = _subscribers[name]
    with transaction.atomic():
        events = events_after_mark(name, BATCH)
    handled, last, until = 0, None, time.monotonic() + SPAN
    wanted = _wanted(subscriber, events)
    for event in events:
        if handled >= TURN and time.monotonic() > until:
            break
        if event.id in wanted:
            outcome = _handle(subscriber, event)
            if outcome is None:
                break
            handled += outcome
        last = event
    if last:
        move_mark(name, last)
    return handled


def _wanted(subscriber: Subscriber, events: Sequence[OutboxEvent]) -> Container[UUID]:
    """The events of a batch that a subscriber handles."""
    known = [one for one in events if one.kind in subscriber.kinds]
    if subscriber.among is None or not known:
        return {one.id for one in known}
    try:
        with acting(SYSTEM):
            return subscriber.among(known)
    except Exception:
        if not connection.is_usable():
            raise
        # Asked to spare work: without an answer each is handled, and the others are not held back.
        log.exception("%s could not choose among %d events", subscriber.name, len(known))
        return {one.id for one in known}


def _handle(subscriber: Subscriber, event: OutboxEvent) -> bool | None:
    """Whether the effect took place now; None when it failed and must be tried again."""
    key = (subscriber.name, event.id)
    try:
        with acting(SYSTEM), act():
            is_new = _receive(subscriber.name, event.id)
            if is_new:
                subscriber.handle(event)
    except Exception:
        if not connection.is_usable():
            raise
        _failures[key] += 1
        is_left = _failures[key] >= TRIES
        words = "left aside" if is_left else "to be tried again"
        log.exception("%s failed on event %s (%s): %s", *key, event.kind, words)
        if not is_left:
            return None
        is_new = False
    del _failures[key]
    return is_new


def _receive(subscriber: str, event_id: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(RECEIPT, [event_id, subscriber])
        return cursor.rowcount == 1
