"""The record keeps the measures of people for the services that ask for them (`core.subjects.measures`)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.subjects.measures import (
    Keeper,
    KnownMeasure,
    MeasureRefusedError,
    TakenMeasure,
    keep_measures_by,
)
from enrs.services.record.commands.measures import record_measures
from enrs.services.record.models import Measure
from enrs.services.record.queries.entries import WORDS, measures_since
from enrs.services.record.rules import entries as rules


def _kinds() -> Mapping[str, KnownMeasure]:
    return {
        key: KnownMeasure(key, label, unit, rules.MEASURES[key].second_low is not None)
        for key, (label, unit) in WORDS.items()
    }


def _write(
    patient_id: UUID, measures: Sequence[Mapping[str, Any]], identity_id: UUID | None
) -> list[TakenMeasure]:
    now = timezone.now()
    for one in measures:
        try:
            rules.checked("measure", one, now=now)
        except rules.EntryRefusedError as error:
            raise MeasureRefusedError(str(one.get("kind")), error.field, error.code) from error
    carried = {patient_id: identity_id} if identity_id else {}
    rows = record_measures([(patient_id, one) for one in measures], carried_by=carried)
    return [_taken(one) for one in rows]


def _read(
    patient_id: UUID, kinds: Collection[str], since: datetime, limit: int, until: datetime | None
) -> list[TakenMeasure]:
    return [_taken(one) for one in measures_since(patient_id, kinds, since, limit, until)]


def _find(patient_id: UUID, measure_id: UUID) -> TakenMeasure | None:
    row = Measure.objects.filter(pk=measure_id, patient_id=patient_id, withdrawn_at=None).first()
    return _taken(row) if row else None


def _taken(row: Measure) -> TakenMeasure:
    return TakenMeasure(row.id, row.kind, row.value, row.second, row.measured_at)


def register() -> None:
    """Say that the record keeps measures; called when the application loads."""
    keep_measures_by(Keeper(_kinds, _write, _read, _find))
