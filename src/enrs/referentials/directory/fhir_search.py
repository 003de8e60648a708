"""FHIR searches that the directory answers: names with their slips, and activities by where they are.

- `phonetic`: people and structures by a name as it is heard or mistyped, as the pages find them.
- `PractitionerRole?near=`: the nearest activities of a `specialty` or a `role`, those in exercise.
- `PractitionerRole?organization.address-city=`, `…postalcode=`: the activities of a town.
"""

from collections.abc import Sequence
from uuid import UUID

from enrs.core.fhir.resolving import (
    MOST,
    MOST_OF_ALL,
    Pairs,
    resolve_among,
    resolve_by,
)
from enrs.core.fhir.rules.near import read_near
from enrs.core.fhir.rules.requests import SearchError, search_text, split, unescape
from enrs.referentials.directory.fhir import FUNCTIONS
from enrs.referentials.directory.models import Facet
from enrs.referentials.directory.queries import (
    facets,
    search_organisations,
    search_practitioners,
)
from enrs.referentials.directory.queries.people import Near
from enrs.referentials.directory.queries.roles import nearest_roles, roles_in

MOST_CODES = 10
"""Specialities or professions of one search by distance, each a query of its own."""


def _people(text: str) -> Sequence[UUID]:
    return [one.pk for one in search_practitioners(text, MOST)]


def _structures(text: str) -> Sequence[UUID]:
    return [one.pk for one in search_organisations(text, MOST)]


def _near(value: str, others: Pairs) -> Sequence[UUID]:
    around = read_near(value)
    roles, specialities = _codes("role", others), _codes("specialty", others)
    if (not roles and not specialities) or any(system == FUNCTIONS for system, _ in roles):
        raise SearchError(
            "« near » se demande avec une spécialité (specialty) ou une profession (role).",
            "required",
        )
    if len(roles) + len(specialities) > MOST_CODES:
        raise SearchError(
            f"« near » se demande pour {MOST_CODES} spécialités ou professions au plus."
        )
    return nearest_roles(
        Near(around.latitude, around.longitude, around.kilometres),
        professions=[code for _, code in roles],
        specialities=[code for _, code in specialities],
        most=MOST,
    )


def _in_city(value: str, others: Pairs) -> Sequence[UUID]:
    cities = _alternatives(value)
    if not cities or not all(map(search_text, cities)):
        raise SearchError(
            "« organization.address-city » doit commencer par une lettre ou un chiffre."
        )
    return roles_in(cities=cities, most=MOST_OF_ALL + 1, **_narrowed(others))


def _in_postal_code(value: str, others: Pairs) -> Sequence[UUID]:
    codes = [search_text(one).upper() for one in _alternatives(value)]
    if not codes or not all(codes):
        raise SearchError("« organization.address-postalcode » est un code postal ou son début.")
    return roles_in(postal_codes=codes, most=MOST_OF_ALL + 1, **_narrowed(others))


def _narrowed(others: Pairs) -> dict[str, list[str]]:
    """The specialities and professions to which the rest of the search comes down; it is asked all the same.

    `role` may also be a function (TRE_R21): then nothing is narrowed here.
    """
    known = {code for code, _ in facets(Facet.Kind.PROFESSION)}
    roles = [code for _, code in _codes("role", others)]
    return {
        "professions": roles if all(code in known for code in roles) else [],
        "specialities": [code for _, code in _codes("specialty", others)],
    }


def _codes(name: str, others: Pairs) -> list[tuple[str, str]]:
    """System and code of each alternative of the first parameter of this name; none when one has no code."""
    first = next((value for given, value in others if given == name), "")
    found = []
    for value in filter(None, split(first, ",")):
        system, bar, code = value.partition("|")
        found.append((unescape(system), unescape(code)) if bar else ("", unescape(system)))
    return found if all(code for _, code in found) else []


def _alternatives(value: str) -> list[str]:
    return [unescape(one) for one in split(value, ",") if one.strip()]


resolve_by("Practitioner", "phonetic", _people)
resolve_by("Organization", "phonetic", _structures)
resolve_among("PractitionerRole", "near", _near)
resolve_among("PractitionerRole", "organization.address-city", _in_city, is_whole=True)
resolve_among("PractitionerRole", "organization.address-postalcode", _in_postal_code, is_whole=True)
