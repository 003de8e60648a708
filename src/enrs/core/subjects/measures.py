"""What the core may know of a person's measures without knowing the record: the app that keeps them says it.

A service that asks for measures (monitoring at home, a form) writes them where the record keeps them, and reads
them there: there is no second place.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KnownMeasure:
    """One kind of measure: its key, its French name and unit as charts write it; `has_second` for a pressure."""

    key: str
    label: str
    unit: str
    has_second: bool = False


@dataclass(frozen=True, slots=True)
class TakenMeasure:
    """One measure of a person at one moment, in the unit of its kind."""

    id: UUID
    kind: str
    value: Decimal
    second: Decimal | None
    at: datetime


class MeasureRefusedError(Exception):
    """A measure cannot be: its kind, the field and a code (`missing`, `number`, `range`, `second`, `future`)."""

    def __init__(self, kind: str, field: str, code: str) -> None:
        super().__init__(f"{kind}.{field}: {code}")
        self.kind, self.field, self.code = kind, field, code


Write = Callable[[UUID, Sequence[Mapping[str, Any]], UUID | None], list[TakenMeasure]]
Find = Callable[[UUID, UUID], TakenMeasure | None]
Read = Callable[[UUID, Collection[str], datetime, int, datetime | None], list[TakenMeasure]]


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps measures: the kinds that it knows, how they are written, read, and one of a person found."""

    kinds: Callable[[], Mapping[str, KnownMeasure]]
    write: Write
    read: Read
    find: Find


_keepers: list[Keeper] = []


def keep_measures_by(keeper: Keeper) -> None:
    """Say who keeps the measures of people."""
    _keepers[:] = [keeper]


def known_measures() -> Mapping[str, KnownMeasure]:
    """Every kind of measure, by key, in the order of the screens; none when nobody keeps them."""
    return _keepers[0].kinds() if _keepers else {}


def write_measures(
    patient_id: UUID, measures: Sequence[Mapping[str, Any]], identity_id: UUID | None = None
) -> list[TakenMeasure]:
    """Write measures as the current actor: each has `kind`, `value`, perhaps `second`, and `measured_at`.

    `identity_id` is the identity that carries them, so that they follow it with the fact that they belong to; by
    default the person's latest.

    Raises:
        AccessRefusedError: the actor may not write measures of this person; none is written.
        MeasureRefusedError: a value cannot be; none is written.
    """
    return _keepers[0].write(patient_id, measures, identity_id) if _keepers and measures else []


def measure_of(patient_id: UUID, measure_id: UUID) -> TakenMeasure | None:
    """One standing measure of a person; None for one that was taken back, or is another's."""
    return _keepers[0].find(patient_id, measure_id) if _keepers else None


def measures_since(
    patient_id: UUID,
    kinds: Collection[str],
    since: datetime,
    limit: int,
    until: datetime | None = None,
) -> list[TakenMeasure]:
    """The standing measures of some kinds from one moment to another, at most `limit` of each, the newest first."""
    return _keepers[0].read(patient_id, kinds, since, limit, until) if _keepers and kinds else []
