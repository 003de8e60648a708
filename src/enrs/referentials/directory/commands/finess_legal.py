"""Legal entities of FINESS and their groups as rows of the directory; staged with the structures: see `finess`."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from enrs.formats.directory.finess import FinessLegalEntity, FinessStructure
from enrs.formats.directory.finess_flow import FinessGroup, FinessLegalClosed, FinessLegalOpen
from enrs.referentials.directory import rules
from enrs.referentials.directory.commands.merge import (
    Counts,
    Cursor,
    Target,
    Trust,
    compare,
    merge,
    name_codes,
)
from enrs.referentials.directory.fhir import LEGAL_STATUSES

ENTITIES = Target(
    kind="LegalEntity",
    table="directory_legal_entity",
    columns=(
        "finess", "siren", "technical_id", "name", "name_key", "status_code", "status_label", "ape_code",
        "address", "postal_code", "city", "city_key", "commune_code", "department", "phone", "created_on",
        "closed_on",
    ),
    select="select distinct on (s.id) s.id, s.finess_ej as finess, s.siren, coalesce(nullif(s.technical_id, ''), "
    "t.technical_id, '') as technical_id, s.name, s.name_key, s.category_code as status_code, "
    "s.category_label as status_label, s.ape_code, s.address, s.postal_code, s.city, s.city_key, s.commune_code, "
    "s.department, s.phone, s.created_on, null::date as closed_on from stage_finess s "
    "left join directory_legal_entity t on t.id = s.id where s.kind = 'legal' and s.is_open and not exists ("
    "select from closed_legal c where c.id = s.id) order by s.id, s.updated_on desc, s.line desc",
    flag=("is_closed", "false", "true"),
    told_closed="closed_legal",
)  # fmt: skip
"""The stock does not know the technical number that the flow gave: it stays."""

GROUPS = Target(
    kind="Group",
    table="directory_group",
    columns=("number", "type_code", "name"),
    select="select distinct on (id) id, technical_id as number, category_code as type_code, name from stage_finess "
    "where kind = 'group' and is_open order by id, line desc",
    flag=("is_closed", "false", "true"),
)
MEMBERS = Target(
    kind="GroupMember",
    table="directory_group_member",
    columns=("group_id", "entity_id", "role"),
    select="select distinct on (m.id) m.id, m.group_id, e.id as entity_id, m.category_code as role from stage_finess m "
    "join next_Group g on g.id = m.group_id join next_LegalEntity e on e.technical_id = m.technical_id "
    "where m.kind = 'member' order by m.id, m.line desc",
    flag=("is_active", "true", "false"),
)
"""Only open entities of open groups: what closes leaves the group."""

LEGAL_CLOSED = """
drop table if exists closed_legal;
create temp table closed_legal as
select id, max(closed_on) as closed_on from stage_finess where kind = 'legal' group by id having not bool_or(is_open)
"""
CLOSED_ON = """
update directory_legal_entity e set closed_on = c.closed_on from closed_legal c
where c.id = e.id and e.is_closed and e.closed_on is distinct from c.closed_on
"""


def compare_legal(cursor: Cursor) -> None:
    """The next entities, groups and memberships, from what is staged."""
    name_codes(cursor, "stage_finess", "legal", ENTITIES, LEGAL_STATUSES)
    for target in (ENTITIES, GROUPS, MEMBERS):
        compare(cursor, target)


def merge_legal(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring the legal entities to the state of the file, with the day on which it says that they closed."""
    counts = merge(cursor, ENTITIES, trust)
    cursor.execute(CLOSED_ON)
    return {ENTITIES.kind: counts}


def merge_groups(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring the groups and who is in them to the state of the flow."""
    return {target.kind: merge(cursor, target, trust) for target in (GROUPS, MEMBERS)}


def staged_legal(
    line: int, row: FinessLegalEntity | FinessLegalOpen | FinessLegalClosed | FinessGroup
) -> Iterator[tuple[Any, ...]]:
    """The rows of the staging table for a legal entity, or for a group and its members."""
    if isinstance(row, FinessLegalClosed):
        key, day = rules.legal_uuid(row.finess), day_of(row.closed_on)
        yield (line, "legal", False, row.updated_on, key, *[None] * 20, day, None)
    elif isinstance(row, FinessGroup):
        group = rules.group_uuid(row.number)
        yield (
            line, "group", not row.is_closed, row.updated_on, group, None, None, None, row.name[:300], None,
            row.type_code[:10], *[None] * 11, row.number[:20], None, None, None, None,
        )  # fmt: skip
        for technical_id, role in row.members:
            key = rules.group_uuid(row.number, technical_id)
            yield (
                line, "member", True, row.updated_on, key, *[None] * 5, role[:5], *[None] * 11,
                technical_id[:20], None, None, None, group,
            )  # fmt: skip
    else:
        told = row.entity if isinstance(row, FinessLegalOpen) else row
        known = (row.technical_id, row.updated_on) if isinstance(row, FinessLegalOpen) else ("", "")
        yield (
            line,
            "legal",
            True,
            known[1],
            rules.legal_uuid(told.finess),
            *_entity(told, known[0]),
        )


def _entity(row: FinessLegalEntity, technical_id: str) -> tuple[Any, ...]:
    name = (row.long_name or row.name)[:300]
    city = row.city[:100]
    return (
        None, row.finess, None, name, rules.name_key(name)[:300], row.status_code[:10], row.status[:200],
        street(row), row.postal_code[:10], city, rules.name_key(city)[:100], row.commune_code[:5],
        row.department_code[:3], row.phone[:40], None, None, row.siren[:9], technical_id[:20], row.ape_code[:6],
        day_of(row.created_on), None, None,
    )  # fmt: skip


def street(row: FinessStructure | FinessLegalEntity) -> str:
    """« 12 R DES ÉRABLES, BP 132 »: the line of the street and what is beside it."""
    parts = (row.street_number.lstrip("0"), row.street_type, row.street_name)
    line = " ".join(part for part in parts if part)
    return ", ".join(part for part in (line, row.locality) if part)[:300]


def day_of(text: str) -> date | None:
    """A day of the file, or nothing when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
