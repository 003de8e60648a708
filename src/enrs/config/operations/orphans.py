"""Bytes that no row refers to any more: found by a walk over all of them, a slice at a time.

A file that was sent with a form which was never saved leaves some. The walk asks every foreign key to
`Blob`, whichever room made it, and the values of answers to forms, which name their files by address.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from django.db import connection
from django.db.models import ForeignKey, ManyToOneRel
from django.utils import timezone

from enrs.core.documents.models import Blob
from enrs.core.jobs.upkeep import Past
from enrs.core.questionnaires import queries as questionnaires

SLICE = 2_000
SLICES = 10
"""Slices that one round looks at: about a second."""

KEPT = timedelta(days=1)
"""What was put a moment ago may be waiting for its row; `store.put` makes an older one young again."""

Found = list[tuple[bytes, int]]


@dataclass
class _Walk:
    """Where this process stands: the last address looked at, and what answers held when it began."""

    mark: bytes = b""
    held: set[bytes] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


_walk = _Walk()


def weigh() -> Past:
    """All the bytes without a row, by a whole walk."""
    held, mark, total = questionnaires.attached(), b"", Past(0, 0)
    while step := _slice(mark):
        mark = step[-1][0]
        found = _unheld(step, held)
        total = Past(total.items + len(found), total.bytes + sum(size for _, size in found))
    return total


def remove() -> int:
    """Go on with the walk, until it has removed some or for a while; returns how many went."""
    with _walk.lock:
        for found in islice(_steps(), SLICES):
            if found and (gone := _prune([address for address, _ in found])):
                return gone
    return 0


def goes_on() -> bool:
    """Whether the walk is under way: it has not come to the end."""
    return _walk.mark != b""


def _steps() -> Iterator[Found]:
    """What each slice from the mark has without a row; at the end the walk begins again."""
    if not _walk.mark:
        _walk.held = questionnaires.attached()
    while step := _slice(_walk.mark):
        _walk.mark = step[-1][0]
        yield _unheld(step, _walk.held)
    _walk.mark = b""


def _slice(mark: bytes) -> Found:
    rows = Blob.objects.filter(address__gt=mark, created_at__lt=timezone.now() - KEPT)
    pairs = rows.order_by("address").values_list("address", "size")[:SLICE]
    return [(bytes(address), size) for address, size in pairs]


def _unheld(step: Found, held: set[bytes]) -> Found:
    left = {address: size for address, size in step if address not in held}
    for one in _references():
        if left:
            named = one.model._default_manager.filter(**{f"{one.name}__in": list(left)})
            for address in named.values_list(one.attname, flat=True).distinct():
                left.pop(bytes(address), None)
    return list(left.items())


def _references() -> list["ForeignKey[Blob, Blob]"]:
    """Every foreign key to a blob, of any room."""
    return [
        relation.field
        for relation in Blob._meta.get_fields(include_hidden=True)
        if isinstance(relation, ManyToOneRel) and isinstance(relation.field, ForeignKey)
    ]


def _prune(addresses: list[bytes]) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select prune_blobs(%s)", [addresses])
        return int(cursor.fetchone()[0])
