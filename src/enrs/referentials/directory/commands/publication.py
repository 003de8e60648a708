"""Publishing what loads touched, in short transactions: a region is a million resources and minutes of work.

A load writes the list of what it touched with the rows themselves; the list is emptied here, at the end
of the load and by the workers. A load that is cut short is so published all the same.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from enrs.core.effects import act
from enrs.core.fhir.commands import Publication, insert_resources
from enrs.referentials.directory import fhir
from enrs.referentials.directory.models import (
    LegalEntity,
    Organisation,
    Practitioner,
    PractitionerRole,
)

BATCH = 2_000
PUBLISHED: dict[str, tuple[type[Model], Callable[[Sequence[Any]], list[Publication]]]] = {
    "LegalEntity": (LegalEntity, fhir.entity_publications),
    "Organization": (Organisation, fhir.organisation_publications),
    "Practitioner": (Practitioner, fhir.practitioner_publications),
    "PractitionerRole": (PractitionerRole, fhir.role_publications),
}
TYPES = {"LegalEntity": "Organization"}
"""The FHIR type of what has another name here: establishments and legal entities are Organizations."""
OWNERS = """
    select 'Practitioner' as kind, q.practitioner_id as id from touched t
    join directory_qualification q on q.id = t.id where t.kind in ('Skill', 'Diploma')
    union select 'Practitioner', m.practitioner_id from touched t
    join directory_mailbox m on m.id = t.id where t.kind = 'Mailbox' and m.practitioner_id is not null
    union select 'Organization', m.organisation_id from touched t
    join directory_mailbox m on m.id = t.id where t.kind = 'Mailbox' and m.organisation_id is not null
    union select 'PractitionerRole', r.id from touched t
    join directory_mailbox m on m.id = t.id
    join directory_role r on r.practitioner_id = m.practitioner_id and r.organisation_id = m.organisation_id
    where t.kind = 'Mailbox'
    union select 'Organization', o.id from touched t join directory_legal_entity e on e.id = t.id
    join directory_organisation o on o.finess_ej = e.finess and o.finess_ej <> ''
    where t.kind = 'LegalEntity' and t.state = 'added'
"""
"""Whose resources bear the qualifications and mailboxes that were touched, or name an entity that was not known
before; they changed nothing else."""
LIST = f"""
insert into directory_unpublished (kind, object_ids)
select kind, array_agg(id) from (
    select kind, id, row_number() over (partition by kind order by id) / %s as place
    from (select kind, id from touched where kind = any (%s) and state <> 'moved' union {OWNERS}) t
) numbered group by kind, place order by kind, place
"""
TAKE = """
delete from directory_unpublished where id = (
    select id from directory_unpublished order by id limit 1 for update skip locked
) returning kind, object_ids
"""


def list_touched() -> None:
    """Remember what the current load touched, in its transaction."""
    with connection.cursor() as cursor:
        cursor.execute(LIST, [BATCH, list(PUBLISHED)])


def publish_some() -> int:
    """Publish the next rows of the list in one transaction; returns how many, none when it is empty.

    Several processes may share the list: each takes other rows.
    """
    with act():
        with connection.cursor() as cursor:
            cursor.execute(TAKE)
            taken = cursor.fetchone()
        if taken is None:
            return 0
        kind, ids = taken
        model, build = PUBLISHED[kind]
        rows = model._default_manager.filter(pk__in=ids)
        if kind != "PractitionerRole":
            rows = rows.defer("search")
        insert_resources(build(list(rows)))
        return len(ids)


def publish_waiting() -> int:
    """Publish the whole list, a transaction for each of its lines; returns how many rows."""
    done = 0
    while some := publish_some():
        done += some
    return done
