"""How many patients each unit of each hospital holds, by the movements that it sent."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

PRESENT = """
select organisation_finess, unit_code, max(unit), count(*), max(last_event_at) filter (where last_event_at <= now())
from encounter
where status = 'in-progress' and patient_class = 'I' and withdrawn_at is null and unit_code <> ''
  and organisation_finess <> ''
group by organisation_finess, unit_code
"""
"""Inpatients alone (PV1-2 « I »): whoever comes for a consultation or a series of sessions lies in no bed."""


@dataclass(frozen=True, slots=True)
class Present:
    """The patients of one unit, under its code in the hospital's software, and its last movement."""

    finess: str
    code: str
    name: str
    count: int
    moved_at: datetime | None


def present_by_unit() -> list[Present]:
    """Every unit that holds somebody, in one statement over the stays that go on; it names nobody."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT)
        return [Present(*row) for row in cursor.fetchall()]
