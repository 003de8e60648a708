"""Reads of adverse events of identity: the list, one of them, what it may be linked to, counts by month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from enrs.core.access.actor import current_actor
from enrs.core.audit.commands import note
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.models import IdentityIncident, SourceIdentity, WorkItem
from enrs.referentials.identity.queries.desk import unit_find
from enrs.referentials.identity.queries.unit import seen_systems

MOST_NUMBERS = 10
"""Numbers that one event names."""


def incidents(
    *,
    state: str = "",
    kind: str = "",
    after: tuple[datetime, UUID] | None = None,
    limit: int = 25,
) -> list[IdentityIncident]:
    """The events that the actor may see (the unit: all; who declared: their own), the newest first."""
    rows = _narrowed(state, kind)
    if after is not None:
        at, key = after
        rows = rows.filter(
            Q(declared_at__lt=at) | Q(declared_at=at, id__lt=key), declared_at__lte=at
        )
    return list(rows.select_related("source").order_by("-declared_at", "-id")[:limit])


def every_incident(*, state: str = "", kind: str = "") -> Iterator[IdentityIncident]:
    """The same without end, for their file."""
    rows = _narrowed(state, kind).select_related("source")
    return rows.order_by("-declared_at", "-id").iterator(2000)


def _narrowed(state: str, kind: str) -> QuerySet[IdentityIncident]:
    rows = _seen()
    if state:
        rows = rows.filter(state=state)
    return rows.filter(kind=kind) if kind else rows


def _seen() -> QuerySet[IdentityIncident]:
    """All of them for the unit; for anybody else, also who is of it in another position, their own."""
    rows, own = IdentityIncident.objects.all(), current_actor().user_id
    if seen_systems() is None:
        return rows
    return rows.filter(declared_by_id=own) if own else rows.none()


def incident(incident_id: UUID) -> IdentityIncident | None:
    """An event that the actor may see; the reading is in the journal."""
    found = _seen().filter(pk=incident_id).select_related("source").first()
    if found is not None:
        note("identity.incident.read", patient_id=found.patient_id, object_kind="identity_incident",
             object_id=found.id)  # fmt: skip
    return found


def incidents_of_item(item: WorkItem) -> list[IdentityIncident]:
    """The events that the unit linked to a work item."""
    rows = IdentityIncident.objects.filter(item_id=item.id)
    return list(rows.order_by("-declared_at", "-id")[:20])


def items_of(found: IdentityIncident, people: Sequence[SourceIdentity]) -> list[WorkItem]:
    """The work items to which an event may be linked: those of its patient and of its identities."""
    wanted = Q(identity_ids__overlap=[one.id for one in people])
    if found.patient_id:
        wanted |= Q(patient_ids__contains=[found.patient_id])
    return list(WorkItem.objects.filter(wanted).order_by("-opened_at", "-id")[:20])


def seen_identities(identity_ids: Sequence[UUID]) -> list[SourceIdentity]:
    """Identities by their ids, for the unit; nothing for anybody else."""
    with connection.cursor() as cursor:
        cursor.execute("select body from identity_links_of(%s)", [list(identity_ids)])
        return [store.identity_of(store.row_of(body)) for (body,) in cursor.fetchall()]


def named_identities(numbers: Sequence[str]) -> tuple[list[SourceIdentity], list[str]]:
    """The identities that exactly these INS or local numbers name, and the numbers that name nobody."""
    found: dict[UUID, SourceIdentity] = {}
    unknown = []
    for number in numbers[:MOST_NUMBERS]:
        mine = [
            one for one in _of_patients(unit_find(number)) if number in (one.value, one.ins)
        ]  # fmt: skip
        found |= {one.id: one for one in mine}
        unknown += [] if mine else [number]
    return list(found.values()), unknown


def _of_patients(patient_ids: Sequence[UUID]) -> list[SourceIdentity]:
    with connection.cursor() as cursor:
        cursor.execute("select body from identity_of_unit(%s)", [list(patient_ids)])
        return [store.identity_of(store.row_of(body)) for (body,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many events of one kind and one source were discovered in one month (its first day)."""

    month: date
    kind: str
    source: str
    count: int


def counts(since: date) -> list[Counted]:
    """Events by month, kind and source since a day; a source is named once the unit told which it is."""
    rows = (
        IdentityIncident.objects.filter(discovered_on__gte=since)
        .annotate(month=TruncMonth("discovered_on"))
        .values_list("month", "kind", "source__name")
        .annotate(count=Count("id"))
        .order_by("month", "kind", "source__name")
    )
    return [Counted(month, kind, name or "", count) for month, kind, name, count in rows]
