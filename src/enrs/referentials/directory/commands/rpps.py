"""The RPPS file's activities as rows of the directory: people, their places, their roles."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from enrs.formats.directory.rpps import RPPS_TYPE, RppsRow
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
line integer, practitioner_id uuid, organisation_id uuid, role_id uuid,
idnat text, rpps text, title text, family text, given text, name_key text,
finess_eg text, finess_ej text, siret text, technical_id text, name text, org_key text, address text,
postal_code text, city text, city_key text, commune_code text, department text,
profession_code text, profession_label text, category_code text, speciality_code text,
speciality_label text, function_code text, function_label text, mode text, mode_label text,
sector text, sector_label text, activity_kind text, phone text, email text
"""

PEOPLE = Target(
    kind="Practitioner",
    table="directory_practitioner",
    columns=("idnat", "rpps", "title", "family", "given", "name_key"),
    select="select distinct on (practitioner_id) practitioner_id as id, idnat, rpps, title, family, given, "
    "name_key from stage_rpps order by practitioner_id, line desc",
    flag=("is_active", "true", "false"),
)

PLACES = Target(
    kind="Organization",
    table="directory_organisation",
    columns=(
        "source", "finess_eg", "finess_ej", "siret", "technical_id", "name", "name_key", "category_code",
        "category_label", "address", "postal_code", "city", "city_key", "commune_code", "department",
        "phone", "email",
    ),
    select="select distinct on (s.organisation_id) s.organisation_id as id, 'rpps' as source, s.finess_eg, "
    "s.finess_ej, s.siret, s.technical_id, s.name, s.org_key as name_key, '' as category_code, "
    "'' as category_label, s.address, s.postal_code, s.city, s.city_key, s.commune_code, s.department, "
    "s.phone, s.email from stage_rpps s where s.organisation_id is not null and not exists (select from "
    "directory_organisation o where o.id = s.organisation_id and o.source = 'finess') "
    "order by s.organisation_id, s.line",
    flag=("is_closed", "false", "true"),
    scope="t.source = 'rpps'",
)  # fmt: skip
"""Only places that FINESS does not describe: where it does, FINESS is the reference."""

ROLES = Target(
    kind="PractitionerRole",
    table="directory_role",
    columns=(
        "practitioner_id", "organisation_id", "profession_code", "profession_label", "category_code",
        "speciality_code", "speciality_label", "function_code", "function_label", "mode", "mode_label",
        "sector", "sector_label", "activity_kind", "phone", "email",
    ),
    select="select distinct on (role_id) role_id as id, practitioner_id, organisation_id, profession_code, "
    "profession_label, category_code, speciality_code, speciality_label, function_code, function_label, "
    "mode, mode_label, sector, sector_label, activity_kind, phone, email from stage_rpps "
    "order by role_id, line desc",
    flag=("is_active", "true", "false"),
    derived=tuple(
        (name, f"(select o.{name} from directory_organisation o where o.id = n.organisation_id)")
        for name in ("latitude", "longitude")
    ) + tuple(
        (name, f"coalesce((select o.{name} from directory_organisation o where o.id = n.organisation_id), \'\')")
        for name in ("postal_code", "city_key")
    ),
)  # fmt: skip


def stage_rpps(cursor: Cursor, rows: Iterable[RppsRow]) -> None:
    """Copy the rows into the staging table, then make the next people, places and roles of it."""
    stage(cursor, "stage_rpps", STAGE, _staged(rows))
    for target in (PEOPLE, PLACES, ROLES):
        compare(cursor, target)


def merge_rpps(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring people, places and roles to the state of the staged file."""
    return {target.kind: merge(cursor, target, trust) for target in (PEOPLE, PLACES, ROLES)}


def repeated_activities(cursor: Cursor, taken: int) -> int:
    """How many rows repeat an activity: the last one is kept."""
    cursor.execute("select count(*) from next_PractitionerRole")
    return taken - int(cursor.fetchone()[0])


def organisation_of(row: RppsRow) -> UUID | None:
    """The place of an activity by its best number: FINESS, then SIRET, then RPPS's own."""
    if len(row.site_finess) == 9:
        return rules.organisation_uuid("finess", row.site_finess)
    if len(row.site_siret) == 14:
        return rules.organisation_uuid("siret", row.site_siret)
    if row.structure_technical_id:
        return rules.organisation_uuid("technical", row.structure_technical_id)
    return None


def _staged(rows: Iterable[RppsRow]) -> Iterator[tuple[Any, ...]]:
    for line, row in enumerate(rows):
        place = organisation_of(row)
        codes = (
            row.profession_code, row.category_code, row.skill_code, row.mode_code, row.sector_code,
            row.function_code, row.activity_kind_code,
        )  # fmt: skip
        yield (
            line,
            rules.practitioner_uuid(row.national_id),
            place,
            rules.role_uuid(row.national_id, place, codes),
            *_person(row),
            *_place(row),
            row.profession_code[:10], row.profession[:200], row.category_code[:10], row.skill_code[:20],
            row.skill[:200], row.function_code[:20], row.function[:200], row.mode_code[:5],
            row.mode[:100], row.sector_code[:10], row.sector[:200], row.activity_kind_code[:20],
            row.phone[:40], row.email[:200],
        )  # fmt: skip


def _person(row: RppsRow) -> tuple[str, ...]:
    family, given = row.family[:100], row.given[:100]
    rpps = row.identifier if row.identifier_type == RPPS_TYPE else ""
    key = rules.name_key(f"{family} {given}")
    return row.national_id[:40], rpps, row.title[:40], family, given, key[:210]


def _place(row: RppsRow) -> tuple[str, ...]:
    finess = row.site_finess if len(row.site_finess) == 9 else ""
    siret = row.site_siret if len(row.site_siret) == 14 else ""
    name = (row.brand_name or row.site_name or "Lieu d'exercice sans nom")[:300]
    street = (row.street_number, row.street_number_suffix, row.street_type, row.street_name)
    address = " ".join(part for part in street if part)
    city = row.commune[:100]
    return (
        finess, row.legal_finess[:9], siret, row.structure_technical_id[:40], name,
        rules.name_key(name)[:300], address[:300], row.postal_code[:10], city, rules.name_key(city)[:100],
        row.commune_code[:5], row.department_code[:3],
    )  # fmt: skip
