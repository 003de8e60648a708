"""The loads, their refused rows, and what people say is wrong."""

from collections.abc import Iterator
from uuid import UUID

from enrs.referentials.directory.models import LoadReport, Mistake, RefusedRow
from enrs.referentials.directory.queries.shared import PAGE

TREND = 30
"""Loads that a line of time shows."""


def reports(
    *, before: UUID | None = None, size: int = PAGE
) -> tuple[list[LoadReport], UUID | None]:
    """The loads, the newest first, one page and the next key."""
    rows = LoadReport.objects.order_by("-id")
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows[: size + 1])
    return found[:size], found[size - 1].id if len(found) > size else None


def measured_reports(limit: int = TREND) -> list[LoadReport]:
    """The last loads that measured the directory, the oldest first."""
    rows = LoadReport.objects.filter(details__has_key="quality").order_by("-id")
    return list(rows[:limit])[::-1]


def refused_rows(
    report: LoadReport, *, after: int = 0, size: int = 100
) -> tuple[list[RefusedRow], int | None]:
    """The refused rows of a load in the order of the file, one page and the next key (a row's id)."""
    found = list(report.refused_rows.filter(id__gt=after).order_by("id")[: size + 1])
    return found[:size], found[size - 1].id if len(found) > size else None


def all_refused_rows(report: LoadReport) -> Iterator[RefusedRow]:
    """Every refused row that the report keeps, a page at a time."""
    after: int | None = 0
    while after is not None:
        rows, after = refused_rows(report, after=after, size=1_000)
        yield from rows


def mistakes(
    *, state: str = "", before: UUID | None = None, size: int = PAGE
) -> tuple[list[Mistake], UUID | None]:
    """What people reported, the newest first, one page and the next key."""
    rows = Mistake.objects.order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows[: size + 1])
    return found[:size], found[size - 1].id if len(found) > size else None
