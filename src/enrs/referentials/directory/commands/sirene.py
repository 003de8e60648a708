"""The stock of SIRENE as rows of the directory: what it says of known numbers, and of the region's health and care."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings

from enrs.formats.directory.common import Refusal
from enrs.formats.directory.sirene import Passed, SireneSite, SireneUnit, Wanted, read_sirene
from enrs.referentials.directory import models, rules
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
line integer, is_site boolean, id uuid, siret text, siren text, name text, state text, since date,
naf_code text, category text, address text, postal_code text, city text, commune_code text, is_seat boolean
"""
SHARED = ("siren", "name", "state", "since", "naf_code")
SITE_COLUMNS = (
    *SHARED,
    *("siret", "address", "postal_code", "city", "commune_code", "is_seat"),
)
UNIT_COLUMNS = (*SHARED, "category")


def _target(kind: str, table: str, columns: tuple[str, ...], is_site: str) -> Target:
    return Target(
        kind=kind,
        table=table,
        columns=columns,
        select=f"select distinct on (id) id, {', '.join(columns)} from stage_sirene where {is_site} "
        "order by id, line desc",
        flag=("is_listed", "true", "false"),
    )


SITES = _target("SireneSite", "directory_sirene_site", SITE_COLUMNS, "is_site")
UNITS = _target("SireneUnit", "directory_sirene_unit", UNIT_COLUMNS, "not is_site")


def wanted() -> Wanted:
    """Numbers that the directory knows, and the activities of health and care that `region.toml` names."""
    sirets = set(
        models.Organisation.objects.exclude(siret="").values_list("siret", flat=True).iterator()
    )
    sirens = {siret[:9] for siret in sirets}
    sirens |= set(models.SireneSite.objects.values_list("siren", flat=True).iterator())
    entities = models.LegalEntity.objects.exclude(siren="").values_list("siren", flat=True)
    sirens |= set(entities.iterator())
    region = settings.REGION
    return Wanted(sirets, sirens, tuple(region.departments), tuple(region.sirene_naf))


def read_known_sirene(
    lines: Any, *, test_numbers: bool
) -> Iterator[SireneSite | SireneUnit | Passed | Refusal]:
    """The rows of either file that are wanted here."""
    yield from read_sirene(lines, wanted())


def stage_sirene(cursor: Cursor, rows: Iterable[SireneSite | SireneUnit]) -> None:
    """Copy the rows of both kinds into the staging table: a file has one of them."""
    stage(cursor, "stage_sirene", STAGE, _staged(rows))
    for target in (SITES, UNITS):
        compare(cursor, target)


def merge_sirene(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring the kind of rows that the file has to its state; the other one is of the other file."""
    counts = {}
    for target in (SITES, UNITS):
        cursor.execute(f"select exists (select from next_{target.kind})")
        if cursor.fetchone()[0]:
            counts[target.kind] = merge(cursor, target, trust)
    return counts


def repeated_numbers(cursor: Cursor, taken: int) -> int:
    """How many rows repeat a number: the last one is kept."""
    cursor.execute("select count(*) - count(distinct id) from stage_sirene")
    return int(cursor.fetchone()[0])


def _staged(rows: Iterable[SireneSite | SireneUnit]) -> Iterator[tuple[Any, ...]]:
    for line, row in enumerate(rows):
        end = (row.state[:1], row.since, row.naf_code[:6])
        name = row.name[:300]
        if isinstance(row, SireneUnit):
            key = rules.sirene_uuid(row.siren)
            yield (line, False, key, "", row.siren, name, *end, row.category[:4], *[None] * 5)
        else:
            key = rules.sirene_uuid(row.siret)
            yield (
                line, True, key, row.siret, row.siret[:9], name, *end, "",
                row.address[:300], row.postal_code[:10], row.city[:100], row.commune_code[:5], row.is_seat,
            )  # fmt: skip
