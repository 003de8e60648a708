"""FHIR's `near`: `latitude|longitude|distance|unit` (R4, search parameters of Location)."""

import math
from dataclasses import dataclass

from enrs.core.fhir.rules.requests import SearchError

KILOMETRES = {"km": 1.0, "": 1.0, "m": 0.001, "[mi_us]": 1.609347, "mi": 1.609344}
"""UCUM units of a distance that are read; FHIR R4 leaves the choice of what an absent one means: kilometres."""
WHEN_UNSAID = 10.0
FARTHEST = 200.0


@dataclass(frozen=True, slots=True)
class Around:
    """A point in degrees WGS 84, and kilometres around it."""

    latitude: float
    longitude: float
    kilometres: float


def read_near(value: str) -> Around:
    """The point and the distance of a `near`; raises SearchError."""
    parts = value.split("|")
    try:
        latitude, longitude, distance, unit = [*parts, "", ""][:4] if len(parts) < 4 else parts
        told = Around(
            float(latitude),
            float(longitude),
            float(distance) * KILOMETRES[unit] if distance else WHEN_UNSAID,
        )
    except (ValueError, KeyError):
        raise SearchError("« near » se lit latitude|longitude|distance|km.") from None
    numbers = (told.latitude, told.longitude, told.kilometres)
    is_on_earth = abs(told.latitude) <= 90 and abs(told.longitude) <= 180
    if (
        not all(map(math.isfinite, numbers))
        or not is_on_earth
        or not 0 < told.kilometres <= FARTHEST
    ):
        raise SearchError(f"« near » veut un point de la Terre et {FARTHEST:g} km au plus.")
    return told
