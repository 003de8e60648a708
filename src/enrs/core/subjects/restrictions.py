"""Records of which the person had the processing restricted: asked here, kept by the service that answers to people.

Source: GDPR art. 18. What a restriction does is in each place that asks; `docs/mechanisms/rights.md` lists them all.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from time import monotonic
from uuid import UUID

Source = Callable[[Collection[UUID] | None], dict[UUID, datetime]]
"""`source(patient_ids)`: since when those of these records that are restricted are so; every one of the region for
None. A record takes what was said of another that was merged into it."""

KEPT_FOR = 15.0
"""Seconds for which a process shows what it read: every page of a record asks."""

_sources: list[Source] = []


class _Kept:
    """What this process read, and until when it shows it."""

    until = 0.0
    since: dict[UUID, datetime] = {}


def restrictions_by(source: Source) -> None:
    """Name who knows the restrictions; said when an app is loaded."""
    _sources[:] = [source]


def restricted(patient_ids: Collection[UUID]) -> set[UUID]:
    """Those of these records that are restricted now: asked of the database, for an act that must leave them out."""
    return set(_sources[0](patient_ids)) if _sources and patient_ids else set()


def restricted_since(patient_id: UUID) -> datetime | None:
    """Since when a record is restricted, for its pages: another process's writing shows within fifteen seconds.

    There are few in a region: a process reads them all at once rather than one at each page.
    """
    if monotonic() >= _Kept.until:
        keep_restrictions(_sources[0](None) if _sources else {}, KEPT_FOR)
    return _Kept.since.get(patient_id)


def keep_restrictions(since: dict[UUID, datetime], seconds: float) -> None:
    """Show these for so long, without asking the database."""
    _Kept.since, _Kept.until = since, monotonic() + seconds


def forget_restrictions() -> None:
    """Ask the database again at the next page."""
    _Kept.until = 0.0
