"""Activities in exercise by what is exercised and where, as identifiers: what the FHIR search asks."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from enrs.referentials.directory import rules
from enrs.referentials.directory.models import PractitionerRole
from enrs.referentials.directory.queries.people import BOX, Near

NEAR = """
select r.id, directory_km(%(latitude)s, %(longitude)s, r.latitude, r.longitude) as km
from (
    select id, practitioner_id, latitude, longitude from directory_role r
    where r.is_active and r.{column} = %(code)s and point(r.longitude, r.latitude) <@ {box}{extra}
    order by point(r.longitude, r.latitude) <-> point(%(longitude)s, %(latitude)s) limit %(read)s
) r
join directory_practitioner p on p.id = r.practitioner_id and p.is_active
where directory_km(%(latitude)s, %(longitude)s, r.latitude, r.longitude) <= %(km)s
order by km, r.id limit %(most)s
"""
READ_FOR_ONE = 4
"""Rows read for one that is given: degrees are not kilometres, and an order by them is only nearly right."""


def nearest_roles(
    near: Near, *, professions: Collection[str], specialities: Collection[str], most: int
) -> list[UUID]:
    """The `most` nearest activities of these specialities, or else of these professions, the nearest first.

    With both, of a speciality exercised in one of the professions. An index of each speciality's places, and
    of each profession's, gives them without reading the others.
    """
    found: dict[UUID, float] = {}
    values: dict[str, Any] = {
        "latitude": near.latitude, "longitude": near.longitude, "km": near.km, "most": most,
        "read": READ_FOR_ONE * most, "professions": list(professions),
    }  # fmt: skip
    extra = ""
    if specialities:
        extra = " and r.speciality_code <> ''"
        extra += " and r.profession_code = any (%(professions)s)" if professions else ""
    column = "speciality_code" if specialities else "profession_code"
    statement = NEAR.format(column=column, box=BOX, extra=extra)
    with connection.cursor() as cursor:
        for code in specialities or professions:
            cursor.execute(statement, values | {"code": code})
            found |= dict(cursor.fetchall())
    return sorted(found, key=lambda one: (found[one], one))[:most]


def roles_in(
    *,
    cities: Sequence[str] = (),
    postal_codes: Sequence[str] = (),
    professions: Collection[str],
    specialities: Collection[str],
    most: int,
) -> list[UUID]:
    """`most` activities of structures whose town or postal code begins by one of these.

    Professions and specialities narrow when they are given: an index then has the town with them.
    """
    prefix = "" if professions or specialities else "organisation__"
    where = Q()
    for city in cities:
        where |= Q(**{f"{prefix}city_key__startswith": rules.name_key(city)})
    for code in postal_codes:
        where |= Q(**{f"{prefix}postal_code__startswith": code})
    rows = PractitionerRole.objects.filter(
        where, is_active=True, organisation__isnull=False, practitioner__is_active=True
    )
    if professions:
        rows = rows.filter(profession_code__in=professions)
    if specialities:
        rows = rows.filter(speciality_code__in=specialities)
    return list(rows.values_list("pk", flat=True)[:most])
