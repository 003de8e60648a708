"""Laboratory reports: the table, the curve, what is out of range."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from enrs.core.kept import Kept, past
from enrs.services.record.models import Observation, Report
from enrs.services.record.queries.blinding import shown
from enrs.services.record.queries.paging import PAGE, Position, page_after
from enrs.services.record.rules import ABNORMAL

SERIES = 400
"""Points of a curve: ten years of monthly values, and then some."""


TABLE_DATES = 6
"""Columns of the table of results."""
TABLE_REPORTS = TABLE_DATES * 3
"""Reports that may be needed to fill them: one sampling often has several."""


def reports(
    patient_id: UUID, *, role: str, before: Position | None = None, limit: int = PAGE
) -> list[Report]:
    """Standing reports that this role may see, newest first, one more than asked."""
    return _reports(patient_id, *past(before), role=role, limit=limit)


@Kept
def _reports(patient_id: UUID, *last: Any, role: str, limit: int) -> QuerySet[Report]:
    rows = Report.objects.filter(patient_id=patient_id, withdrawn_at=None, **shown(role))
    return page_after(rows, "issued_at", last, limit)


@dataclass(slots=True)
class Analyte:
    """A row of the table of results: one analyte, its newest value first in `values` by date."""

    code: str
    code_system: str
    display: str
    unit: str
    chapter: str
    values: dict[datetime, Observation] = field(default_factory=dict)
    cells: list[Observation | None] = field(default_factory=list)

    @property
    def latest(self) -> Observation:
        """The newest value shown."""
        return next(iter(self.values.values()))


@dataclass(frozen=True, slots=True)
class ResultsTable:
    """Analytes by chapter over the newest dates."""

    dates: list[datetime]
    chapters: dict[str, list[Analyte]]


def results_table(patient_id: UUID, newest: Sequence[Report]) -> ResultsTable:
    """The values of the newest reports, one row per analyte, one column per sampling moment.

    `newest` are reports that the reader may see, newest first.
    """
    rows = _values(patient_id, newest[:TABLE_REPORTS])
    dates: list[datetime] = []
    analytes: dict[tuple[str, str], Analyte] = {}
    for one in rows:
        if one.observed_at not in dates:
            if len(dates) == TABLE_DATES:
                break
            dates.append(one.observed_at)
        key = (one.code or one.display, one.unit)
        known = analytes.setdefault(
            key, Analyte(one.code, one.code_system, one.display, one.unit, one.chapter)
        )
        known.values.setdefault(one.observed_at, one)
    chapters: dict[str, list[Analyte]] = defaultdict(list)
    for analyte in analytes.values():
        analyte.cells = [analyte.values.get(moment) for moment in dates]
        chapters[analyte.chapter or "Résultats"].append(analyte)
    return ResultsTable(dates, dict(chapters))


def _values(patient_id: UUID, newest: Sequence[Report]) -> Iterable[Observation]:
    """The standing values of these reports, newest sampling first."""
    if not newest:
        return []
    rows = Observation.objects.filter(report__in=newest, patient_id=patient_id, withdrawn_at=None)
    return rows.order_by("-observed_at", "rank", "-id")


def series(patient_id: UUID, code: str, *, role: str) -> list[Observation]:
    """The newest values of one analyte that this role may see, oldest first."""
    rows = Observation.objects.filter(
        patient_id=patient_id, code=code, withdrawn_at=None, **shown(role, "report__")
    )
    return list(rows.order_by("-observed_at", "-id")[:SERIES])[::-1]


def abnormal_results(
    patient_id: UUID, newest: Sequence[Report], *, limit: int = 6
) -> list[Observation]:
    """Of the newest reports (which the reader may see), the analytes whose newest value is out of range."""
    latest: dict[tuple[str, str], Observation] = {}
    for one in _values(patient_id, newest):
        latest.setdefault((one.code or one.display, one.unit), one)
    return [one for one in latest.values() if one.interpretation in ABNORMAL][:limit]
