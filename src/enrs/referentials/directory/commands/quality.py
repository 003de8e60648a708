"""What the directory lacks, measured after each load and kept with its report: a line of time for each indicator."""

from typing import Any

from enrs.referentials.directory.commands.merge import Cursor

PEOPLE = """
select count(*), count(*) filter (where rpps <> ''),
    count(*) filter (where exists (select from directory_role r where r.practitioner_id = p.id and r.is_active))
from directory_practitioner p where p.is_active
"""
ROLES = """
select count(*), count(*) filter (where organisation_id is not null), count(*) filter (where phone <> ''),
    count(*) filter (where email <> ''), count(*) filter (where latitude is not null)
from directory_role where is_active
"""
PLACES = """
select count(*), count(*) filter (where siret <> ''), count(*) filter (where phone <> ''),
    count(*) filter (where latitude is not null), count(*) filter (where commune_code <> '')
from directory_organisation where not is_closed and source = 'finess'
"""
SIRENE = """
select count(*), count(*) filter (where s.state = 'A')
from directory_organisation o join directory_sirene_site s on s.siret = o.siret and s.is_listed
where not o.is_closed and o.source = 'finess' and o.siret <> ''
"""
INDICATORS = {
    "people": (PEOPLE, ("rpps", "with_activity")),
    "roles": (ROLES, ("with_place", "with_phone", "with_email", "located")),
    "places": (PLACES, ("with_siret", "with_phone", "located", "with_commune")),
    "sirene": (SIRENE, ("active",)),
}


def quality(cursor: Cursor) -> dict[str, Any]:
    """For people, activities and FINESS structures: how many there are, and how many have each thing."""
    found: dict[str, Any] = {}
    for subject, (statement, names) in INDICATORS.items():
        cursor.execute(statement)
        total, *counts = cursor.fetchone()
        if subject == "sirene" and not total:
            continue  # No stock was ever loaded: nothing is measured.
        found[subject] = {"total": total} | dict(zip(names, counts, strict=True))
    return found
