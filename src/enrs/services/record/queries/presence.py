"""How many patients each unit of each hospital holds, by the movements that it sent."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

PRESENT = """
select organisation_finess, unit_code, max(unit), count(*)
from encounter
where status = 'in-progress' and patient_class = 'I' and withdrawn_at is null and unit_code <> ''
  and organisation_finess <> ''
group by organisation_finess, unit_code
"""
"""Inpatients alone (PV1-2 « I »): whoever comes for a consultation or a series of sessions lies in no bed."""

LAST_MOVEMENTS = """
with recursive hospital as (
  (select organisation_finess as finess from encounter where organisation_finess > ''
   order by organisation_finess limit 1)
  union all
  select (select e.organisation_finess from encounter e where e.organisation_finess > h.finess
          order by e.organisation_finess limit 1)
  from hospital h where h.finess is not null
), moved as (
  select finess, (select max(e.last_event_at) from encounter e
                  where e.organisation_finess = finess and e.last_event_at <= now()) as moved_at
  from hospital where finess is not null
)
select finess, moved_at from moved where moved_at is not null
"""
"""Two steps in the index `encounter_movement` for each hospital, however many stays it ever had."""


@dataclass(frozen=True, slots=True)
class Present:
    """The patients of one unit, under its code in the hospital's software."""

    finess: str
    code: str
    name: str
    count: int


def present_by_unit() -> list[Present]:
    """Every unit that holds somebody, in one statement over the stays that go on; it names nobody."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT)
        return [Present(*row) for row in cursor.fetchall()]


def last_movements() -> dict[str, datetime]:
    """The last movement of each hospital, by its FINESS, over every stay: a departure is one of a stay that ended.

    A movement that its hospital dates in the future is not counted.
    """
    with connection.cursor() as cursor:
        cursor.execute(LAST_MOVEMENTS)
        return dict(cursor.fetchall())
