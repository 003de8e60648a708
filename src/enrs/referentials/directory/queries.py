"""Finding professionals and structures, by number or as one types, and reading their cards."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db.models import Prefetch, Q, QuerySet

from enrs.referentials.directory import rules
from enrs.referentials.directory.models import (
    LoadReport,
    Organisation,
    Practitioner,
    PractitionerRole,
    RefusedRow,
)

PAGE = 25
Named = TypeVar("Named", Practitioner, Organisation)
After = tuple[str, UUID]
"""A keyset: the name key and the identifier of the last line shown."""


@dataclass(frozen=True, slots=True)
class Card:
    """All that the directory says of one professional."""

    practitioner: Practitioner
    roles: Sequence[PractitionerRole]

    @property
    def current(self) -> list[PractitionerRole]:
        return [role for role in self.roles if role.is_active]

    @property
    def past(self) -> list[PractitionerRole]:
        return [role for role in self.roles if not role.is_active]


def practitioner_by_idnat(idnat: str) -> Practitioner | None:
    """The professional of an IDNPS (`8` + RPPS, `0` + ADELI) or of a bare RPPS number."""
    number = "8" + idnat if re.fullmatch(r"\d{11}", idnat) else idnat
    return Practitioner.objects.defer("search").filter(idnat=number).first()


def organisation_by_finess(finess: str) -> Organisation | None:
    """The establishment of a FINESS number (geographical)."""
    if not finess:
        return None
    return Organisation.objects.defer("search").filter(finess_eg=finess).first()


def practitioners(
    *,
    text: str = "",
    profession: str = "",
    town: str = "",
    after: After | None = None,
    size: int = PAGE,
) -> tuple[list[Practitioner], After | None]:
    """Active professionals by name, profession code (TRE_G15) and town, one page and the next key.

    `text` is words of a name in any order, each to be completed, or a RPPS number.
    """
    rows = Practitioner.objects.defer("search").filter(is_active=True)
    if digits := _number(text, (11, 12)):
        rows = rows.filter(Q(rpps=digits) | Q(idnat=digits))
    elif words := rules.search_words(text):
        rows = rows.filter(search=_prefixes(words))
    if profession or town:
        roles = PractitionerRole.objects.filter(is_active=True)
        if profession:
            roles = roles.filter(profession_code=profession)
        if town:
            roles = roles.filter(_in_town(town, "organisation__"))
        rows = rows.filter(pk__in=roles.values("practitioner"))
    rows = rows.prefetch_related(active_roles())
    return _page(rows, after, size)


def organisations(
    *, text: str = "", town: str = "", after: After | None = None, size: int = PAGE
) -> tuple[list[Organisation], After | None]:
    """Open structures by name or FINESS number and by town, one page and the next key."""
    rows = Organisation.objects.defer("search").filter(is_closed=False)
    compact = text.replace(" ", "").upper()
    if re.fullmatch(r"(\d{2}|2[AB])\d{7}", compact):
        rows = rows.filter(finess_eg=compact)
    elif digits := _number(text, (14,)):
        rows = rows.filter(siret=digits)
    elif words := rules.search_words(text):
        rows = rows.filter(search=_prefixes(words))
    if town:
        rows = rows.filter(_in_town(town, ""))
    return _page(rows, after, size)


def search_practitioners(text: str, limit: int = 10) -> list[Practitioner]:
    """The first professionals whose name begins so, with their activities ready."""
    return practitioners(text=text, size=limit)[0] if text.strip() else []


def search_organisations(text: str, limit: int = 10) -> list[Organisation]:
    """The first structures whose name begins so."""
    return organisations(text=text, size=limit)[0] if text.strip() else []


def card(practitioner_id: UUID) -> Card | None:
    """A professional with every activity, the current ones first; two statements."""
    person = Practitioner.objects.defer("search").filter(pk=practitioner_id).first()
    if person is None:
        return None
    roles = person.roles.select_related("organisation").defer("organisation__search")
    return Card(person, list(roles.order_by("-is_active", "organisation__name", "id")))


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


def professions() -> list[tuple[str, str]]:
    """The codes and labels of the professions that the directory holds, by label."""
    rows = PractitionerRole.objects.filter(is_active=True).exclude(profession_code="")
    return list(
        rows.order_by("profession_label")
        .values_list("profession_code", "profession_label")
        .distinct()
    )


def reports(
    *, before: UUID | None = None, size: int = PAGE
) -> tuple[list[LoadReport], UUID | None]:
    """The loads, the newest first, one page and the next key."""
    rows = LoadReport.objects.order_by("-id")
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows[: size + 1])
    return found[:size], found[size - 1].id if len(found) > size else None


def refused_rows(
    report: LoadReport, *, after: int = 0, size: int = 100
) -> tuple[list[RefusedRow], int | None]:
    """The refused rows of a load in the order of the file, one page and the next key (a row's id)."""
    found = list(report.refused_rows.filter(id__gt=after).order_by("id")[: size + 1])
    return found[:size], found[size - 1].id if len(found) > size else None


def active_roles() -> "Prefetch[Any, Any, Any]":
    """Prefetches `current_roles`: active, with their place."""
    rows = PractitionerRole.objects.filter(is_active=True).select_related("organisation")
    rows = rows.defer("organisation__search").order_by("organisation__name", "id")
    return Prefetch("roles", queryset=rows, to_attr="current_roles")


def _page(
    rows: QuerySet[Named], after: After | None, size: int
) -> tuple[list[Named], After | None]:
    if after:
        name, last = after
        rows = rows.filter(Q(name_key__gt=name) | Q(name_key=name, pk__gt=last))
    found = list(rows.order_by("name_key", "pk")[: size + 1])
    last_row = found[size - 1] if len(found) > size else None
    return found[:size], (last_row.name_key, last_row.pk) if last_row else None


def _number(text: str, lengths: tuple[int, ...]) -> str:
    digits = text.replace(" ", "")
    return digits if digits.isdigit() and len(digits) in lengths else ""


def _prefixes(words: Sequence[str]) -> SearchQuery:
    """Words are letters and digits only, so that they cannot be read as operators."""
    query = " & ".join(f"{word.lower()}:*" for word in words)
    return SearchQuery(query, search_type="raw", config="simple")


def _in_town(town: str, prefix: str) -> Q:
    """A town by the beginning of its name, or by a postal code or its beginning."""
    compact = town.replace(" ", "")
    if compact.isdigit():
        return Q(**{f"{prefix}postal_code__startswith": compact})
    return Q(**{f"{prefix}city_key__startswith": rules.name_key(town)})
