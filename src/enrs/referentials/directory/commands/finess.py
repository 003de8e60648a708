"""The FINESS stock as rows of the directory: establishments, and where they are."""

from collections.abc import Iterable, Iterator
from typing import Any

from enrs.formats.directory.finess import FinessLocation, FinessStructure
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

STAGE = """
line integer, is_place boolean, id uuid, finess_eg text, finess_ej text, siret text, name text, name_key text,
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
    "department, phone, '' as email from stage_finess where is_place order by id, line desc",
    flag=("is_closed", "false", "true"),
    scope="t.source = 'finess'",
)  # fmt: skip

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


def stage_finess(cursor: Cursor, rows: Iterable[FinessStructure | FinessLocation]) -> None:
    """Copy the rows of both kinds into the staging table."""
    stage(cursor, "stage_finess", STAGE, _staged(rows))
    compare(cursor, PLACES)


def merge_finess(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring the structures, then their coordinates, to the state of the staged file."""
    counts = merge(cursor, PLACES, trust)
    cursor.execute(LOCATE)
    counts.changed += cursor.rowcount
    return {PLACES.kind: counts}


def repeated_places(cursor: Cursor, taken: int) -> int:
    """How many `structureet` rows repeat a number: the last one is kept."""
    cursor.execute(
        "select count(*) - (select count(*) from next_Organization) from stage_finess where is_place"
    )
    return int(cursor.fetchone()[0])


def _staged(rows: Iterable[FinessStructure | FinessLocation]) -> Iterator[tuple[Any, ...]]:
    for line, row in enumerate(rows):
        identifier = rules.organisation_uuid("finess", row.finess)
        if isinstance(row, FinessLocation):
            yield (line, False, identifier, *[None] * 14, row.latitude, row.longitude)
        else:
            yield (line, True, identifier, *_place(row), None, None)


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
