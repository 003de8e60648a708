"""The FINESS stock or flow as rows of the directory: establishments, and where they are.

The flow names categories by their code alone and also holds what is closed, since ever.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from enrs.core.terminology.models import Concept
from enrs.formats.directory.finess import FinessLocation, FinessStructure
from enrs.formats.directory.finess_flow import FinessClosed, FinessOpen
from enrs.referentials.directory import rules
from enrs.referentials.directory.commands.merge import (
    Counts,
    Cursor,
    Target,
    Trust,
    compare,
    merge,
    stage,
)
from enrs.referentials.directory.fhir import CATEGORIES
from enrs.referentials.directory.models import Organisation

STAGE = """
line integer, is_place boolean, is_open boolean, updated_on text, id uuid,
finess_eg text, finess_ej text, siret text, name text, name_key text,
category_code text, category_label text, address text, postal_code text, city text, city_key text,
commune_code text, department text, phone text, latitude double precision, longitude double precision
"""

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
    "department, phone, '' as email from stage_finess s where is_place and is_open and not exists ("
    "select from closed_finess c where c.id = s.id) order by id, updated_on desc, line desc",
    flag=("is_closed", "false", "true"),
    scope="t.source = 'finess'",
    told_closed="closed_finess",
)  # fmt: skip

CLOSED = """
drop table if exists closed_finess;
create temp table closed_finess as
select id from stage_finess where is_place group by id having not bool_or(is_open)
"""
"""Of a number that is given twice (it changed legal entity), the open one is believed."""

LOCATE = """
with given as (
    select distinct on (id) id, latitude, longitude from stage_finess where not is_place order by id, line desc
), moved as (
    update directory_organisation o set latitude = g.latitude, longitude = g.longitude from given g
    where o.id = g.id and (o.latitude, o.longitude) is distinct from (g.latitude, g.longitude)
    returning o.id
)
insert into touched select 'Organization', moved.id, 'moved' from moved
where not exists (select from touched t where t.id = moved.id)
"""
"""A row that the file also adds or changes is counted there; the plain variant leaves places alone."""


Row = FinessStructure | FinessLocation | FinessOpen | FinessClosed


def stage_finess(cursor: Cursor, rows: Iterable[Row]) -> None:
    """Copy the rows of every kind into the staging table."""
    stage(cursor, "stage_finess", STAGE, _staged(rows))
    cursor.execute(CLOSED)
    _name_categories(cursor)
    compare(cursor, PLACES)


def _name_categories(cursor: Cursor) -> None:
    """The flow gives codes alone: the label is what the directory says already, else the nomenclature's."""
    cursor.execute(
        "select distinct category_code from stage_finess where is_open and category_label = ''"
    )
    codes = [row[0] for row in cursor.fetchall()]
    labels: dict[str, str] = {}
    if codes:
        named = Concept.objects.filter(system__url=CATEGORIES, code__in=codes)
        labels = dict(named.values_list("code", "display"))
        known = Organisation.objects.filter(source="finess", category_code__in=codes)
        known = known.exclude(category_label="").order_by("category_code", "id")
        labels |= dict(
            known.distinct("category_code").values_list("category_code", "category_label")
        )
    cursor.execute(
        "update stage_finess s set category_label = left(n.label, 200) from unnest(%s::text[], %s::text[]) "
        "n (code, label) where s.category_code = n.code and s.category_label = ''",
        [list(labels), list(labels.values())],
    )


def merge_finess(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring the structures, then their coordinates, to the state of the staged file."""
    counts = merge(cursor, PLACES, trust)
    cursor.execute(LOCATE)
    counts.changed += cursor.rowcount
    return {PLACES.kind: counts}


def repeated_places(cursor: Cursor, taken: int) -> int:
    """How many structures repeat a number: the last one is kept, of the flow the last that was written."""
    cursor.execute("select count(*) - count(distinct id) from stage_finess where is_place")
    return int(cursor.fetchone()[0])


def _staged(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    for line, row in enumerate(rows):
        if isinstance(row, FinessLocation):
            key = rules.organisation_uuid("finess", row.finess)
            yield (line, False, None, "", key, *[None] * 14, row.latitude, row.longitude)
        elif isinstance(row, FinessClosed):
            key = rules.organisation_uuid("finess", row.finess)
            yield (line, True, False, row.updated_on, key, *[None] * 16)
        else:
            told = row.structure if isinstance(row, FinessOpen) else row
            updated = row.updated_on if isinstance(row, FinessOpen) else ""
            key = rules.organisation_uuid("finess", told.finess)
            yield (line, True, True, updated, key, *_place(told), None, None)


def _place(row: FinessStructure) -> tuple[str, ...]:
    name = (row.long_name or row.name)[:300]
    street = (row.street_number.lstrip("0"), row.street_type, row.street_name)
    address = " ".join(part for part in street if part)
    address = ", ".join(part for part in (address, row.locality) if part)
    city = row.city[:100]
    return (
        row.finess, row.legal_finess[:9], row.siret[:14], name, rules.name_key(name)[:300],
        row.category_code[:10], row.category[:200], address[:300], row.postal_code[:10], city,
        rules.name_key(city)[:100], row.commune_code[:5], row.department_code[:3], row.phone[:40],
    )  # fmt: skip
