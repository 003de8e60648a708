"""FHIR's `near` on Location: the units around a point, the nearest first."""

import math
from collections.abc import Sequence
from uuid import UUID

from enrs.core.fhir.resolving import MOST, resolve_by
from enrs.core.fhir.rules.requests import SearchError
from enrs.referentials.offer.queries.search import Criteria, Place, search

KILOMETRES = {"km": 1.0, "": 1.0, "m": 0.001, "[mi_us]": 1.609347, "mi": 1.609344}
"""UCUM units of a distance that are read; FHIR R4 leaves the choice of what an absent one means: kilometres."""
PUBLISHED = ("unit", "social")
"""Kinds of offers that have a Location: the city's are activities of the directory."""
WHEN_UNSAID = 10.0
FARTHEST = 200.0


def _near(value: str) -> Sequence[UUID]:
    latitude, longitude, kilometres = _read(value)
    place = Place("", latitude, longitude)
    hits = [
        hit
        for kind in PUBLISHED
        for hit in search(
            Criteria(tokens=(f"kind:{kind}",), place=place, kilometres=kilometres, size=MOST)
        ).hits
    ]
    return [one.service.pk for one in sorted(hits, key=lambda hit: hit.metres or 0)]


def _read(value: str) -> tuple[float, float, float]:
    """`latitude|longitude|distance|unit` (FHIR R4, Location search, near)."""
    parts = [*value.split("|"), "", ""][:4]
    try:
        latitude, longitude = float(parts[0]), float(parts[1])
        kilometres = float(parts[2]) * KILOMETRES[parts[3]] if parts[2] else WHEN_UNSAID
    except (ValueError, IndexError, KeyError):
        raise SearchError("« near » se lit latitude|longitude|distance|km.") from None
    sound = all(math.isfinite(one) for one in (latitude, longitude, kilometres))
    if not sound or abs(latitude) > 90 or abs(longitude) > 180 or not 0 < kilometres <= FARTHEST:
        raise SearchError(f"« near » veut un point de la Terre et {FARTHEST:g} km au plus.")
    return latitude, longitude, kilometres


resolve_by("Location", "near", _near)
