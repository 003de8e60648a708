"""Structures: by number, by name, by town, and who works there."""

import re
from uuid import UUID

from django.db.models import Q

from enrs.referentials.directory import rules
from enrs.referentials.directory.models import Organisation, PractitionerRole
from enrs.referentials.directory.queries.shared import (
    PAGE,
    After,
    Found,
    by_words,
    in_town,
    number,
    page,
)


def organisation_by_finess(finess: str) -> Organisation | None:
    """The establishment of a FINESS number (geographical)."""
    if not finess:
        return None
    return Organisation.objects.defer("search").filter(finess_eg=finess).first()


def organisations(
    *, text: str = "", town: str = "", after: After | None = None, size: int = PAGE
) -> Found[Organisation]:
    """Open structures by name or FINESS number and by town: one page; mistyped words as for people."""
    rows = Organisation.objects.defer("search").filter(is_closed=False)
    if town:
        rows = rows.filter(in_town(town))
    compact = text.replace(" ", "").upper()
    if re.fullmatch(r"(\d{2}|2[AB])\d{7}", compact):
        return Found(*page(rows.filter(finess_eg=compact), after, size))
    if digits := number(text, (14,)):
        return Found(*page(rows.filter(siret=digits), after, size))
    words = rules.search_words(text)
    if not words:
        return Found(*page(rows, after, size))
    return by_words(rows, words, after, size)


def department_of(organisation_id: UUID | None) -> str:
    """The department of a place of work; empty when it is none that we know."""
    if organisation_id is None:
        return ""
    found = Organisation.objects.filter(pk=organisation_id).values_list("department", flat=True)
    return found.first() or ""


def search_organisations(text: str, limit: int = 10) -> list[Organisation]:
    """The first structures whose name begins so."""
    return organisations(text=text, size=limit).rows if text.strip() else []


def organisation(organisation_id: UUID) -> Organisation | None:
    """A structure, open or closed."""
    return Organisation.objects.defer("search").filter(pk=organisation_id).first()


def roles_in(
    organisation_id: UUID, *, after: After | None = None, size: int = PAGE
) -> tuple[list[PractitionerRole], After | None]:
    """Who works in a structure, by name, one page and the next key."""
    rows = PractitionerRole.objects.filter(
        organisation_id=organisation_id, is_active=True, practitioner__is_active=True
    )
    rows = rows.select_related("practitioner").defer("practitioner__search")
    if after:
        name, last = after
        rows = rows.filter(
            Q(practitioner__name_key__gt=name) | Q(practitioner__name_key=name, pk__gt=last)
        )
    found = list(rows.order_by("practitioner__name_key", "pk")[: size + 1])
    last_row = found[size - 1] if len(found) > size else None
    return found[:size], (last_row.practitioner.name_key, last_row.pk) if last_row else None
