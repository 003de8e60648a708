"""What every write of beds is made of: who may, the lock, the row and its history, who is told."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.referentials.offer.commands import publish_locations
from enrs.services.beds import rules
from enrs.services.beds.models import Capacity, Reading, Unit
from enrs.services.beds.queries import rights

TOPIC = "beds"
"""What every open page that shows the region's figures listens to."""


class BedsRefusedError(Exception):
    """The act is refused; `reason` is a code whose sentence the pages hold, `current` what stands."""

    def __init__(self, reason: str, current: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.current = current


def demand_entry(unit: Unit) -> None:
    """Refuse (AccessRefusedError) who does not enter the figures of this unit."""
    if current_actor().kind != "system" and not rights.may_enter(unit):
        raise AccessRefusedError("profession")


def demand_cell() -> None:
    """Refuse (AccessRefusedError) who does not sit in the crisis cell."""
    if current_actor().kind != "system" and not rights.is_of_cell():
        raise AccessRefusedError("profession")


def locked(capacity_ids: Iterable[UUID]) -> dict[UUID, Capacity]:
    """Rows of figures with their units, locked in the order of their keys: no two acts wait for each other."""
    rows = Capacity.objects.select_for_update(of=("self",)).select_related("unit")
    return {one.pk: one for one in rows.filter(pk__in=list(capacity_ids)).order_by("pk")}


def figures_of(row: Capacity) -> rules.Figures:
    """The six counts of a row."""
    return rules.Figures(*(getattr(row, name) for name in rules.STATUSES))


def store(
    row: Capacity,
    *,
    act: str,
    figures: rules.Figures,
    moments: Sequence[datetime | None],
    changed: Iterable[str],
    at: datetime,
    source: str,
    told: dict[str, int] | None = None,
) -> Reading:
    """Write the figures of a locked row and their line of history; `changed` statuses take the source.

    The date of a row is that of its free beds, which is what everybody reads of it.

    Raises:
        BedsRefusedError: `number` or `sum`.
    """
    fault = rules.fault_of(figures)
    if fault:
        raise BedsRefusedError(fault, row)
    by = current_actor()
    made = Reading(
        id=uuid7(), capacity=row, act=act, measured_at=at, source=source, by_name=by.name,
        user_id=by.user_id, before=list(figures_of(row)), after=list(figures), told=told or {},
        was={
            "moments": [one.isoformat() if one else None for one in row.moments],
            "sources": list(row.sources), "source": row.source, "by": row.by_name,
        },
    )  # fmt: skip
    changed = set(changed)
    row.sources = [
        source if name in changed else known
        for name, known in zip(rules.STATUSES, row.sources, strict=True)
    ]
    row.moments, row.measured_at = list(moments), moments[rules.STATUSES.index("available")]
    if changed:
        row.source, row.by_name = row.sources[1], by.name
        row.version += 1
    for name, count in zip(rules.STATUSES, figures, strict=True):
        setattr(row, name, count)
    made.version = row.version
    fields = (*rules.STATUSES, "moments", "sources", "measured_at", "source", "by_name", "version")
    Capacity.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in fields})
    made.save(force_insert=True)
    return made


LOCK_UNITS = "select id from beds_unit where id = any(%s) order by id for update"
COUNT = """
update beds_unit as u
set free_count = s.free, known_at = s.known_at,
    warned_at = case when s.known_at is distinct from u.known_at then null else u.warned_at end,
    escalated_at = case when s.known_at is distinct from u.known_at then null else u.escalated_at end
from (
    select unit_id, sum(greatest(available - held, 0)) as free, min(measured_at) as known_at
    from beds_capacity where unit_id = any(%s) group by unit_id
) as s
where u.id = s.unit_id
"""


def count_free(unit_ids: Iterable[UUID]) -> None:
    """Keep what the searches read: free beds of each unit and since when.

    The units are locked by a statement of their own: the count is then made on a snapshot that holds what
    another act, on another row of the same unit, committed while this one waited.
    """
    given = sorted(set(unit_ids))
    with connection.cursor() as cursor:
        cursor.execute(LOCK_UNITS, [given])
        cursor.execute(COUNT, [given])


def tell(units: Sequence[Unit], what: str, *, reason: str = "", details: Any = None) -> None:
    """Count, publish, note and hint, once for the units of an act."""
    count_free(one.pk for one in units)
    publish_locations([one.service_id for one in units if one.service_id])
    for one in units:
        note(
            f"beds.{what}",
            object_kind="bed_unit",
            object_id=one.pk,
            reason=reason,
            details=details,
        )
    hint([one.pk for one in units], [one.site_id for one in units])


def hint(ids: Sequence[UUID], site_ids: Iterable[UUID | None] = ()) -> None:
    """Have the open pages ask again: those of the region, and those of the sites that it concerns.

    Whoever enters figures listens to their own site alone: the region's hundred changes a second are not theirs.
    """
    sites = sorted({f"grantee:{one}" for one in site_ids if one})
    emit(
        "beds.changed",
        topics=[TOPIC, *sites],
        payload={"kind": "beds", "ids": [str(one) for one in ids]},
    )


def text(given: str, most: int) -> str:
    """A line that somebody wrote, cut to its column.

    Raises:
        BedsRefusedError: `text`, for a sign that no text holds.
    """
    if "\x00" in given:
        raise BedsRefusedError("text")
    return " ".join(given.split())[:most]


def now() -> datetime:
    """The moment of the act."""
    return timezone.now()
