"""The FINESS stocks or flow as rows of the directory: establishments, where they are, who answers for them.

The flow names categories and legal statuses by their code alone and also holds what is closed, since ever.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from enrs.formats.directory.finess import FinessLocation, FinessStructure, StockRow
from enrs.formats.directory.finess_flow import FinessClosed, FinessOpen, FlowRow
from enrs.referentials.directory import rules
from enrs.referentials.directory.commands.finess_legal import (
    LEGAL_CLOSED,
    compare_legal,
    merge_groups,
    merge_legal,
    staged_legal,
    street,
)
from enrs.referentials.directory.commands.merge import (
    Counts,
    Cursor,
    Target,
    Trust,
    compare,
    merge,
    name_codes,
    stage,
)
from enrs.referentials.directory.fhir import CATEGORIES

STAGE = """
line integer, kind text, is_open boolean, updated_on text, id uuid,
finess_eg text, finess_ej text, siret text, name text, name_key text,
category_code text, category_label text, address text, postal_code text, city text, city_key text,
commune_code text, department text, phone text, latitude double precision, longitude double precision,
siren text, technical_id text, ape_code text, created_on date, closed_on date, group_id uuid
"""
"""`kind` is `place`, `location`, `legal`, `group` or `member`; what a kind has not is null."""

PLACES = Target(
    kind="Organization",
    table="directory_organisation",
    columns=(
        "source", "finess_eg", "finess_ej", "siret", "technical_id", "name", "name_key", "category_code",
        "category_label", "address", "postal_code", "city", "city_key", "commune_code", "department",
        "phone", "email",
    ),
    select="select distinct on (id) id, 'finess' as source, finess_eg, finess_ej, siret, '' as technical_id, "
    "name, name_key, category_code, category_label, address, postal_code, city, city_key, commune_code, "
    "department, phone, '' as email from stage_finess s where kind = 'place' and is_open and not exists ("
    "select from closed_finess c where c.id = s.id) order by id, updated_on desc, line desc",
    flag=("is_closed", "false", "true"),
    scope="t.source = 'finess'",
    told_closed="closed_finess",
)  # fmt: skip

CLOSED = """
drop table if exists closed_finess;
create temp table closed_finess as
select id from stage_finess where kind = 'place' group by id having not bool_or(is_open)
"""
"""Of a number that is given twice (it changed legal entity), the open one is believed."""

LOCATE = """
with given as (
    select distinct on (id) id, latitude, longitude from stage_finess where kind = 'location' order by id, line desc
), moved as (
    update directory_organisation o set latitude = g.latitude, longitude = g.longitude from given g
    where o.id = g.id and (o.latitude, o.longitude) is distinct from (g.latitude, g.longitude)
    returning o.id
)
insert into touched select 'Organization', moved.id, 'moved' from moved
where not exists (select from touched t where t.id = moved.id)
"""
"""A row that the file also adds or changes is counted there; the plain variant leaves places alone."""


Row = StockRow | FlowRow


def stage_finess(cursor: Cursor, rows: Iterable[Row]) -> None:
    """Copy the rows of every kind into the staging table."""
    stage(cursor, "stage_finess", STAGE, _staged(rows))
    cursor.execute(CLOSED)
    cursor.execute(LEGAL_CLOSED)
    name_codes(cursor, "stage_finess", "place", PLACES, (CATEGORIES,))
    compare(cursor, PLACES)
    compare_legal(cursor)


def merge_finess(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring what the file speaks of to its state: legal entities, structures and their coordinates, groups.

    The stocks are two files: that of legal entities leaves the structures alone, and the other way round.
    """
    cursor.execute("select distinct kind from stage_finess")
    kinds = {row[0] for row in cursor.fetchall()}
    counts = merge_legal(cursor, trust) if "legal" in kinds else {}
    # A file of which no row was taken is one of structures that says nothing: it is kept as such, and closes none.
    if kinds & {"place", "location"} or not kinds:
        places = merge(cursor, PLACES, trust)
        cursor.execute(LOCATE)
        places.changed += cursor.rowcount
        counts[PLACES.kind] = places
    if "group" in kinds:
        counts |= merge_groups(cursor, trust)
    return counts


def repeated_places(cursor: Cursor, taken: int) -> int:
    """How many structures repeat a number: the last one is kept, of the flow the last that was written."""
    cursor.execute("select count(*) - count(distinct id) from stage_finess where kind = 'place'")
    return int(cursor.fetchone()[0])


def _staged(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    for line, row in enumerate(rows):
        if isinstance(row, FinessLocation):
            key = rules.organisation_uuid("finess", row.finess)
            where = (row.latitude, row.longitude)
            yield (line, "location", None, "", key, *NO_PLACE, *where, *NO_LEGAL)
        elif isinstance(row, FinessClosed):
            key = rules.organisation_uuid("finess", row.finess)
            yield (line, "place", False, row.updated_on, key, *NO_PLACE, None, None, *NO_LEGAL)
        elif isinstance(row, FinessStructure | FinessOpen):
            told = row.structure if isinstance(row, FinessOpen) else row
            updated = row.updated_on if isinstance(row, FinessOpen) else ""
            key = rules.organisation_uuid("finess", told.finess)
            yield (line, "place", True, updated, key, *_place(told), None, None, *NO_LEGAL)
        else:
            yield from staged_legal(line, row)


NO_PLACE = (None,) * 14
NO_LEGAL = (None,) * 6


def _place(row: FinessStructure) -> tuple[str, ...]:
    name = (row.long_name or row.name)[:300]
    city = row.city[:100]
    return (
        row.finess, row.legal_finess[:9], row.siret[:14], name, rules.name_key(name)[:300],
        row.category_code[:10], row.category[:200], street(row), row.postal_code[:10], city,
        rules.name_key(city)[:100], row.commune_code[:5], row.department_code[:3], row.phone[:40],
    )  # fmt: skip
