"""FHIR's `near` on Location: the units around a point, the nearest first."""

from collections.abc import Sequence
from uuid import UUID

from enrs.core.fhir.resolving import MOST, resolve_by
from enrs.core.fhir.rules.near import read_near
from enrs.referentials.offer.queries.search import Criteria, Place, search

PUBLISHED = ("unit", "social")
"""Kinds of offers that have a Location: the city's are activities of the directory."""


def _near(value: str) -> Sequence[UUID]:
    around = read_near(value)
    place = Place("", around.latitude, around.longitude)
    hits = [
        hit
        for kind in PUBLISHED
        for hit in search(
            Criteria(tokens=(f"kind:{kind}",), place=place, kilometres=around.kilometres, size=MOST)
        ).hits
    ]
    return [one.service.pk for one in sorted(hits, key=lambda hit: hit.metres or 0)]


resolve_by("Location", "near", _near)
