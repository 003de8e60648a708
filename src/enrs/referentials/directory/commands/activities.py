"""FINESS's flow of activities as rows of the directory: what each known establishment is authorised to do."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from enrs.formats.directory.finess_activities import FinessActivity
from enrs.referentials.directory import rules
from enrs.referentials.directory.commands.finess_legal import day_of
from enrs.referentials.directory.commands.merge import (
    Counts,
    Cursor,
    Target,
    Trust,
    compare,
    merge,
    stage,
)

STAGE = """
line integer, is_open boolean, id uuid, organisation_id uuid, number text, authorisation text, nature text,
codes text[], started_on date, is_running boolean, ends_on date, authorised_count integer, unit_code text,
installed_count integer, devices jsonb
"""
ACTIVITIES = Target(
    kind="Activity",
    table="directory_activity",
    # What may be empty has beside it what never is: the hash of a row passes by the empty ones.
    columns=(
        "organisation_id", "number", "authorisation", "nature", "codes", "started_on", "is_running", "ends_on",
        "devices", "authorised_count", "unit_code", "installed_count",
    ),
    select="select distinct on (s.id) s.id, s.organisation_id, s.number, s.authorisation, s.nature, s.codes, "
    "s.started_on, s.is_running, s.ends_on, s.devices, s.authorised_count, s.unit_code, s.installed_count "
    "from stage_activity s join directory_organisation o on o.id = s.organisation_id where s.is_open "
    "order by s.id, s.line desc",
    flag=("is_active", "true", "false"),
    told_closed="closed_activity",
)  # fmt: skip
CLOSED = """
drop table if exists closed_activity;
create temp table closed_activity as select id from stage_activity group by id having not bool_or(is_open)
"""


def stage_activities(cursor: Cursor, rows: Iterable[FinessActivity]) -> None:
    """Copy the activities into the staging table."""
    stage(cursor, "stage_activity", STAGE, _staged(rows))
    cursor.execute(CLOSED)
    compare(cursor, ACTIVITIES)


def merge_activities(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring the activities to the state of the flow."""
    return {ACTIVITIES.kind: merge(cursor, ACTIVITIES, trust)}


def activities_left_out(cursor: Cursor, taken: int) -> int:
    """Open activities that repeat another one, or whose establishment the directory does not know."""
    cursor.execute(
        "select (select count(*) from stage_activity where is_open) - (select count(*) from next_Activity)"
    )
    return int(cursor.fetchone()[0])


def _staged(rows: Iterable[FinessActivity]) -> Iterator[tuple[Any, ...]]:
    for line, row in enumerate(rows):
        yield (
            line, not row.is_closed, rules.activity_uuid(row.number), rules.organisation_uuid("finess", row.finess),
            row.number[:20], row.authorisation[:40], row.nature[:10], [one[:20] for one in row.codes],
            day_of(row.started_on), row.is_running, day_of(row.ends_on), row.authorised, row.unit[:5],
            row.installed, json.dumps(row.devices),
        )  # fmt: skip
