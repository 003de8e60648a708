"""Professionals: by number, by name, by what they do and where."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from enrs.core.kept import Kept
from enrs.referentials.directory import rules
from enrs.referentials.directory.models import (
    Change,
    Facet,
    Mailbox,
    Practitioner,
    PractitionerRole,
    Qualification,
)
from enrs.referentials.directory.queries.shared import (
    FEW,
    PAGE,
    After,
    Found,
    by_words,
    in_town,
    number,
    page,
)

NEAREST = 50
"""Lines of a search by distance: who needs more narrows it."""


@dataclass(frozen=True, slots=True)
class Card:
    """All that the directory says of one professional."""

    practitioner: Practitioner
    roles: Sequence[PractitionerRole]
    mailboxes: Sequence[Mailbox] = ()
    qualifications: Sequence[Qualification] = ()

    @property
    def current(self) -> list[PractitionerRole]:
        return [role for role in self.roles if role.is_active]

    @property
    def past(self) -> list[PractitionerRole]:
        return [role for role in self.roles if not role.is_active]


@dataclass(frozen=True, slots=True)
class Near:
    """A place from which distances are counted: degrees WGS 84, and kilometres as the crow flies."""

    latitude: float
    longitude: float
    km: float


def practitioner_by_idnat(idnat: str) -> Practitioner | None:
    """The professional of an IDNPS (`8` + RPPS, `0` + ADELI) or of a bare RPPS number."""
    own = "8" + idnat if re.fullmatch(r"\d{11}", idnat) else idnat
    return Practitioner.objects.defer("search").filter(idnat=own).first()


def practitioners(
    *,
    text: str = "",
    profession: str = "",
    speciality: str = "",
    town: str = "",
    after: After | None = None,
    size: int = PAGE,
) -> Found[Practitioner]:
    """Active professionals by name, profession (TRE_G15), speciality (TRE_R38) and town: one page.

    `text` is words of a name in any order, each to be completed, or a RPPS number. When nobody has them,
    names that one slip of the keyboard tells from each word are given, and `meant` says which.
    """
    rows = _active(profession=profession, speciality=speciality, town=town)
    if digits := number(text, (11, 12)):
        return Found(*page(rows.filter(Q(rpps=digits) | Q(idnat=digits)), after, size))
    words = rules.search_words(text)
    if not words:
        return Found(*page(rows, after, size))
    return by_words(rows, words, after, size)


NEAR = """
select r.practitioner_id, min(directory_km(%(latitude)s, %(longitude)s, r.latitude, r.longitude)) as km
from (
    select practitioner_id, latitude, longitude from directory_role r
    where r.is_active and {column} = %(code)s and point(r.longitude, r.latitude) <@ {box}
    order by point(r.longitude, r.latitude) <-> point(%(longitude)s, %(latitude)s) limit 400
) r
where directory_km(%(latitude)s, %(longitude)s, r.latitude, r.longitude) <= %(km)s
group by r.practitioner_id order by km, r.practitioner_id limit %(most)s
"""
BOX = (
    "box(point(%(longitude)s - %(km)s / (111.2 * cos(radians(%(latitude)s))), %(latitude)s - %(km)s / 111.2), "
    "point(%(longitude)s + %(km)s / (111.2 * cos(radians(%(latitude)s))), %(latitude)s + %(km)s / 111.2))"
)


def nearest(
    near: Near, *, profession: str = "", speciality: str = ""
) -> list[tuple[Practitioner, float]]:
    """The nearest professionals of a speciality or else of a profession, with their distance in kilometres.

    Fifty at most; an index of each speciality's places gives them without reading the others.
    """
    column, code = (
        ("speciality_code", speciality) if speciality else ("profession_code", profession)
    )
    extra = " and r.speciality_code <> ''" if speciality else ""
    statement = NEAR.format(column=f"r.{column}", box=BOX + extra)
    values: dict[str, float | str] = {
        "latitude": near.latitude, "longitude": near.longitude, "km": near.km, "code": code, "most": NEAREST,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = dict(cursor.fetchall())
    people = Practitioner.objects.defer("search").filter(pk__in=found, is_active=True)
    rows = sorted(
        people.prefetch_related(active_roles()), key=lambda one: (found[one.id], one.name_key)
    )
    return [(one, found[one.id]) for one in rows]


def _active(*, profession: str, speciality: str, town: str) -> QuerySet[Practitioner]:
    rows = Practitioner.objects.defer("search").filter(is_active=True)
    if profession or speciality or town:
        roles = PractitionerRole.objects.filter(is_active=True)
        if profession:
            roles = roles.filter(profession_code=profession)
        if speciality:
            roles = roles.filter(speciality_code=speciality)
        if town:
            # Its own town is indexed with what somebody does; a town alone is found by its places.
            roles = roles.filter(
                in_town(town, "" if profession or speciality else "organisation__")
            )
        rows = rows.filter(pk__in=_holders(roles))
    return rows.prefetch_related(active_roles())


def _holders(roles: QuerySet[PractitionerRole]) -> "QuerySet[PractitionerRole, Any]":
    """Who has these activities, as a condition: a few are gathered; of many, names are read until a page is full."""
    held = roles.values("practitioner")
    return held.distinct() if roles[: FEW + 1].count() <= FEW else held


def search_practitioners(text: str, limit: int = 10) -> list[Practitioner]:
    """The first professionals whose name begins so, with their activities ready."""
    return practitioners(text=text, size=limit).rows if text.strip() else []


def person(practitioner_id: UUID) -> Practitioner | None:
    """A professional, active or not."""
    return Practitioner.objects.defer("search").filter(pk=practitioner_id).first()


def card(practitioner_id: UUID) -> Card | None:
    """A professional with every activity, the current ones first, mailboxes and qualifications."""
    found = person(practitioner_id)
    if found is None:
        return None
    roles = found.roles.select_related("organisation").defer("organisation__search")
    return Card(
        found,
        list(roles.order_by("-is_active", "organisation__name", "id")),
        list(found.mailboxes.filter(is_active=True).order_by("kind", "address")),
        list(found.qualifications.filter(is_active=True).order_by("kind", "type_label", "label")),
    )


@Kept
def _facets(kind: str) -> "QuerySet[Facet, tuple[str, str]]":
    return (
        Facet.objects.filter(kind=kind, count__gt=0).order_by("label").values_list("code", "label")
    )


def facets(kind: Facet.Kind) -> list[tuple[str, str]]:
    """The codes and labels of the professions, or of the specialities, that somebody exercises, by label."""
    return _facets(kind.value)


LISTED = (
    "practitioner_id", "profession_label", "function_label", "speciality_label", "organisation__name",
    "organisation__city",
)  # fmt: skip
"""What a list says of an activity: a line of the directory is wide, and a page has fifty."""


def active_roles() -> "Prefetch[Any, Any, Any]":
    """Prefetches `current_roles`: active, with their place, as a list says them."""
    rows = PractitionerRole.objects.filter(is_active=True).select_related("organisation")
    rows = rows.only(*LISTED).order_by("organisation__name", "id")
    return Prefetch("roles", queryset=rows, to_attr="current_roles")


def changes_of(ids: Sequence[UUID], limit: int = 50) -> list[Change]:
    """What loads changed in these rows (a person and their activities, or a place), the newest first."""
    rows = Change.objects.filter(object_id__in=ids).select_related("report")
    return list(rows.order_by("-id")[:limit])
