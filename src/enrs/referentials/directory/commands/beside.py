"""The files beside the activities: skills, diplomas, authorisations, MSSanté mailboxes.

Each row belongs to a professional, or to a structure, that the directory knows; a row whose owner is not
known yet is counted, not refused: the file of activities of the night will bring them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from enrs.formats.directory import qualifications as files
from enrs.formats.directory.qualifications import DiplomaRow, MailboxRow, SkillRow
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

QUALIFICATION = """
line integer, id uuid, practitioner_id uuid, kind text, type_code text, type_label text, code text, label text
"""
MAILBOX = """
line integer, id uuid, practitioner_id uuid, finess text, siret text, kind text, address text, service text,
takes_documents boolean
"""


def _qualifications(kind: str, scope: str) -> Target:
    return Target(
        kind=kind,
        table="directory_qualification",
        columns=("practitioner_id", "kind", "type_code", "type_label", "code", "label"),
        select="select distinct on (s.id) s.id, s.practitioner_id, s.kind, s.type_code, s.type_label, s.code, "
        "s.label from stage_qualification s join directory_practitioner p on p.id = s.practitioner_id "
        "order by s.id, s.line desc",
        flag=("is_active", "true", "false"),
        scope=scope,
    )


SKILLS = _qualifications("Skill", "t.kind = 'skill'")
DIPLOMAS = _qualifications("Diploma", "t.kind in ('diploma', 'authorisation')")
MAILBOXES = Target(
    kind="Mailbox",
    table="directory_mailbox",
    columns=("practitioner_id", "organisation_id", "kind", "address", "service", "takes_documents"),
    select="select distinct on (s.id) s.id, p.id as practitioner_id, o.id as organisation_id, s.kind, s.address, "
    "s.service, s.takes_documents from stage_mailbox s left join directory_practitioner p on p.id = s.practitioner_id "
    "left join directory_organisation o on (s.finess <> '' and o.finess_eg = s.finess) "
    "or (s.finess = '' and s.siret <> '' and o.siret = s.siret) "
    "where p.id is not null or o.id is not null order by s.id, s.line desc",
    flag=("is_active", "true", "false"),
)
SPECIALITIES = """
with first as (
    select distinct on (practitioner_id) practitioner_id, code, label from directory_qualification
    where kind = 'skill' and type_code = 'S' and is_active order by practitioner_id, code
), moved as (
    update directory_role r set speciality_code = f.code, speciality_label = f.label from first f
    where r.practitioner_id = f.practitioner_id and r.is_active and r.speciality_code = ''
    and r.profession_code in ('10', '21', '40', '50')
    returning r.id
)
insert into touched select 'PractitionerRole', id, 'changed' from moved
"""
"""Releases that take the skills out of the activities: the first ordinal speciality becomes the activity's."""

LEFT = """
with moved as (
    select t.practitioner_id, t.organisation_id from directory_mailbox t join next_Mailbox n on n.id = t.id
    where (t.practitioner_id, t.organisation_id) is distinct from (n.practitioner_id, n.organisation_id)
)
insert into touched
select 'Practitioner', practitioner_id, 'changed' from moved where practitioner_id is not null
union select 'Organization', organisation_id, 'changed' from moved where organisation_id is not null
union select 'PractitionerRole', r.id, 'changed' from moved m join directory_role r
    on r.practitioner_id = m.practitioner_id and r.organisation_id = m.organisation_id
"""
"""Whoever a mailbox leaves for another owner is published anew too; asked before the merge forgets them."""


def stage_skills(cursor: Cursor, rows: Iterable[SkillRow]) -> None:
    """Copy the skills into the staging table."""
    stage(cursor, "stage_qualification", QUALIFICATION, _skills(rows))
    compare(cursor, SKILLS)


def merge_skills(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring the skills to the state of the file, and the specialities that follow from them."""
    counts = {SKILLS.kind: merge(cursor, SKILLS, trust)}
    cursor.execute(SPECIALITIES)
    return counts


def stage_diplomas(cursor: Cursor, rows: Iterable[DiplomaRow]) -> None:
    """Copy diplomas and authorisations into the staging table."""
    stage(cursor, "stage_qualification", QUALIFICATION, _diplomas(rows))
    compare(cursor, DIPLOMAS)


def merge_diplomas(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring diplomas and authorisations to the state of the file."""
    return {DIPLOMAS.kind: merge(cursor, DIPLOMAS, trust)}


def stage_mailboxes(cursor: Cursor, rows: Iterable[MailboxRow]) -> None:
    """Copy the mailboxes into the staging table."""
    stage(cursor, "stage_mailbox", MAILBOX, _mailboxes(rows))
    compare(cursor, MAILBOXES)


def merge_mailboxes(cursor: Cursor, trust: Trust) -> dict[str, Counts]:
    """Bring the mailboxes to the state of the file."""
    cursor.execute(LEFT)
    return {MAILBOXES.kind: merge(cursor, MAILBOXES, trust)}


def _left_out(kind: str) -> Callable[[Cursor, int], int]:
    """Rows that repeat another one, or whose owner the directory does not know."""

    def count(cursor: Cursor, taken: int) -> int:
        cursor.execute(f"select count(*) from next_{kind}")
        return max(0, taken - int(cursor.fetchone()[0]))

    return count


skills_left_out, diplomas_left_out, mailboxes_left_out = map(
    _left_out, (SKILLS.kind, DIPLOMAS.kind, MAILBOXES.kind)
)


def _skills(rows: Iterable[SkillRow]) -> Iterator[tuple[Any, ...]]:
    for line, row in enumerate(rows):
        yield _qualification(
            line, row.national_id, files.SKILL, row.type_code, row.type_label, row.code, row.label
        )


def _diplomas(rows: Iterable[DiplomaRow]) -> Iterator[tuple[Any, ...]]:
    for line, row in enumerate(rows):
        if row.code:
            yield _qualification(
                line,
                row.national_id,
                files.DIPLOMA,
                row.type_code,
                row.type_label,
                row.code,
                row.label,
            )
        if row.authorisation_code:
            yield _qualification(
                line, row.national_id, files.AUTHORISATION, row.authorisation_code, row.authorisation_label,
                row.discipline_code, row.discipline_label or row.authorisation_label,
            )  # fmt: skip


def _qualification(line: int, idnat: str, kind: str, *values: str) -> tuple[Any, ...]:
    type_code, type_label, code, label = values
    return (
        line, rules.qualification_uuid(idnat, kind, type_code, code), rules.practitioner_uuid(idnat), kind,
        type_code[:20], type_label[:200], code[:40], label[:300],
    )  # fmt: skip


def _mailboxes(rows: Iterable[MailboxRow]) -> Iterator[tuple[Any, ...]]:
    for line, row in enumerate(rows):
        finess, siret = rules.structure_numbers(row.structure)
        owner = rules.practitioner_uuid(row.national_id) if row.national_id else None
        yield (
            line, rules.mailbox_uuid(row.address), owner,
            finess, siret, row.kind, row.address[:254].lower(), row.service[:200],
            row.takes_documents.strip().casefold() in ("o", "oui", "true", "1"),
        )  # fmt: skip
