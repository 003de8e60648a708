"""Reads of the quality of sources, from the night's counts, and of the duplicates that each has to mend."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from enrs.core.moments import legal_day
from enrs.referentials.identity.models import IdentitySource, MendLine, SourceDay
from enrs.referentials.identity.queries.unit import seen_systems

RECENT = timedelta(days=40)
"""A source that was counted no more for so long is shown without figures."""

OPEN = (MendLine.State.SURE, MendLine.State.DOUBT)


def sources() -> list[tuple[IdentitySource, SourceDay | None]]:
    """The sources that the actor may see, by name, each with its newest count."""
    since = legal_day(timezone.now()) - RECENT
    newest = SourceDay.objects.filter(day__gte=since).order_by("system", "-day").distinct("system")
    counts = {one.system: one for one in newest}
    return [(one, counts.get(one.system)) for one in _seen().order_by("name", "id")]


def source(source_id: UUID) -> IdentitySource | None:
    """A source that the actor may see."""
    return _seen().filter(pk=source_id).first()


def _seen() -> QuerySet[IdentitySource]:
    """The sources of the position in which the actor acts."""
    rows, systems = IdentitySource.objects.all(), seen_systems()
    return rows if systems is None else rows.filter(system__in=systems)


def days_of(system: str, *, since: date | None = None) -> list[SourceDay]:
    """The counts of a source, oldest first: a year unless told."""
    start = since or legal_day(timezone.now()) - timedelta(days=366)
    return list(SourceDay.objects.filter(system=system, day__gte=start).order_by("day"))


def mend_lines(
    system: str, *, state: str = "", after: tuple[datetime, UUID] | None = None, limit: int = 25
) -> list[MendLine]:
    """Lines of a source in one state (those to mend when none is named), the oldest first."""
    states = [state] if state else list(OPEN)
    found: list[MendLine] = []
    rows = MendLine.objects.filter(system=system)
    if after is not None:
        at, key = after
        rows = rows.filter(Q(found_at__gt=at) | Q(found_at=at, id__gt=key), found_at__gte=at)
    for one in states:
        found += rows.filter(state=one).order_by("found_at", "id")[:limit]
    return sorted(found, key=lambda line: (line.found_at, line.id))[:limit]


def every_mend_line(system: str) -> Iterator[MendLine]:
    """Every line of a source's list, whatever its state, for its file."""
    return MendLine.objects.filter(system=system).order_by("state", "found_at", "id").iterator(2000)
