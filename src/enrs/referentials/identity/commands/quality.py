"""The night's count of what each source's identities are worth, and of the duplicates it has to mend."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import day_bounds, legal_day
from enrs.referentials.identity.commands.teams import know_sources
from enrs.referentials.identity.models import SourceDay
from enrs.referentials.identity.rules import MISSING_TRAITS

COUNTED = """
select system, max(sender) as sender, count(*) as identities,
  count(*) filter (where status = 'qualified' and attribute not in ('doubtful', 'fictive', 'emergency')) as qualified,
  count(*) filter (where status = 'validated' and attribute not in ('doubtful', 'fictive', 'emergency')) as validated,
  count(*) filter (where status = 'retrieved' and attribute not in ('doubtful', 'fictive', 'emergency')) as retrieved,
  count(*) filter (where attribute = 'doubtful') as doubtful,
  count(*) filter (where first_given_name = '') as no_first_given_name,
  count(*) filter (where length(birth_date) < 10) as no_birth_date,
  count(*) filter (where sex not in ('F', 'M')) as no_sex,
  count(*) filter (where birth_place_code = '') as no_birth_place_code,
  count(*) filter (where ins = '') as no_ins,
  count(*) filter (where city = '' and postal_code = '') as no_city,
  count(*) filter (where phone = '') as no_phone
from source_identity where absorbed_into_id is null group by system
"""

TWICE = """
select system, sum(many - 1) from (
  select system, count(*) as many from source_identity where absorbed_into_id is null
  group by system, patient_id having count(*) > 1) t group by system
"""

WAITING = """
select s.system, count(*), count(*) filter (where w.kind = 'ins_refused'), min(w.opened_at)
from identity_work_item w, unnest(w.systems) as s (system) where w.closed_at is null group by s.system
"""

# The delay between what happened (EVN-2) and its arrival; an event of the future says nothing.
HEARD = """
select s.system, count(*), percentile_cont(0.5) within group (
    order by extract(epoch from v.at - v.told_at) / 60)
from identity_version v join source_identity s on s.id = v.identity_id
where v.at >= %s and v.at < %s and v.told_at <= v.at group by s.system
"""


def count_quality(day: date | None = None) -> int:
    """Count each source's identities for a day (today), once however often it runs; how many sources.

    One pass over the identities, at night: pages read these rows alone.
    """
    on = day or legal_day(timezone.now())
    start, end = day_bounds(on)
    twice = {system: int(many) for system, many in _asked(TWICE)}
    waiting = {system: rest for system, *rest in _asked(WAITING)}
    heard = {system: rest for system, *rest in _asked(HEARD, start, end)}
    now, rows, senders = datetime.now(UTC), [], {}
    for one in _named(COUNTED):
        system = one["system"]
        senders[system] = " · ".join(part for part in reversed(one["sender"].split("|")) if part)
        open_count, refused, oldest = waiting.get(system, (0, 0, None))
        count, delay = heard.get(system, (0, None))
        rows.append(
            SourceDay(
                id=uuid7(), system=system, day=on,
                **{name: one[name] for name in ("identities", "qualified", "validated", "retrieved", "doubtful")},
                duplicates=twice.get(system, 0),
                missing={name: one[f"no_{name}"] for name in MISSING_TRAITS},
                ins_refused=refused, items_open=open_count,
                oldest_days=(now - oldest).days if oldest else 0, heard=count, delay_minutes=delay,
            )
        )  # fmt: skip
    with act():
        know_sources(senders)
        fields = [
            one.name for one in SourceDay._meta.fields if one.name not in ("id", "system", "day")
        ]
        SourceDay.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["system", "day"], update_fields=fields
        )
        note("identity.quality.counted", details={"day": on.isoformat(), "sources": len(rows)})
    return len(rows)


def _asked(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return list(cursor.fetchall())


def _named(sql: str) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = [one[0] for one in cursor.description or ()]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))


# What the region links, or thinks alike, under two numbers of one source. A line stays when it is settled.
FOUND = """
with pairs as (
  select a.system, a.id as one, b.id as other, a.value as one_value, b.value as other_value, 'sure' as state
  from source_identity a join source_identity b
    on b.patient_id = a.patient_id and b.system = a.system and b.id > a.id
  where a.absorbed_into_id is null and b.absorbed_into_id is null
  union all
  select a.system, a.id, b.id, a.value, b.value, 'doubt'
  from identity_work_item w
  join source_identity x on x.id = w.identity_ids[1]
  join source_identity y on y.id = w.identity_ids[2]
  cross join lateral (select * from source_identity s where s.id = least(x.id, y.id)) a
  cross join lateral (select * from source_identity s where s.id = greatest(x.id, y.id)) b
  where w.closed_at is null and w.kind = 'possible_duplicate' and x.system = y.system
    and x.absorbed_into_id is null and y.absorbed_into_id is null and x.patient_id <> y.patient_id)
insert into identity_mend_line as m
  (id, system, first_id, second_id, first_value, second_value, state, found_at, changed_at)
select gen_random_uuid(), system, one, other, one_value, other_value, state, now(), now() from pairs
on conflict (first_id, second_id) do update set state = excluded.state, changed_at = now()
  where m.state <> excluded.state
"""

SETTLED = """
update identity_mend_line m set changed_at = now(), state = case
    when a.absorbed_into_id is not null or b.absorbed_into_id is not null then 'mended' else 'dropped' end
from source_identity a, source_identity b
where a.id = m.first_id and b.id = m.second_id and m.state in ('sure', 'doubt')
  and (a.absorbed_into_id is not null or b.absorbed_into_id is not null
    or (a.patient_id <> b.patient_id and not exists (
      select from identity_work_item w where w.closed_at is null and w.kind = 'possible_duplicate'
        and w.identity_ids @> array[a.id, b.id])))
"""


def list_to_mend() -> int:
    """Bring each source's list of duplicates up to date: new lines, lines mended or dropped; how many moved."""
    with act(), connection.cursor() as cursor:
        cursor.execute(FOUND)
        moved = int(cursor.rowcount)
        cursor.execute(SETTLED)
        moved += int(cursor.rowcount)
        note("identity.mending.listed", details={"lines": moved})
    return moved
