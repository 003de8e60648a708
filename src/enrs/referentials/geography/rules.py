"""Codes of communes in all their forms, distances, and how names are compared (pure)."""

from itertools import pairwise
from math import asin, cos, degrees, radians, sin, sqrt

from enrs.core.fhir.rules.requests import search_text
from enrs.formats.directory.finess import OVERSEAS_DEPARTMENTS

EARTH_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

BECAME = {"97123": "97701", "97127": "97801"}
"""Saint-Barthélemy and Saint-Martin, communes of Guadeloupe until 15 July 2007 (INSEE)."""

SMALL_WORDS = {"st": "saint", "ste": "sainte", "sts": "saints", "s": "sur"}
"""Abbreviations of postal lines. `s` stands alone: « Asnières s/ Seine »."""


def normalised_code(code: str) -> str:
    """A commune's code as INSEE writes it today: FINESS's overseas letters and small letters made good.

    `9A105` (FINESS, Guadeloupe) is `97105`; `2a004` is `2A004`; a lost first zero comes back.
    """
    text = code.strip().upper()
    if len(text) == 4 and text.isdigit():
        text = f"0{text}"
    department = OVERSEAS_DEPARTMENTS.get(text[:2])
    if department and len(text) == 5:
        text = f"97{text[2:]}" if text[2] == department[2] else f"{department}{text[3:]}"
    return BECAME.get(text, text)


def department_of(code: str) -> str:
    """The department of a commune's code: three characters overseas, two elsewhere, `2A` and `2B` in Corsica."""
    return code[:3] if code[:2] in ("97", "98") else code[:2]


def normalised_department(code: str) -> str:
    """A department as INSEE writes it: `9A` is `971`, `1` is `01`."""
    text = code.strip().upper()
    return OVERSEAS_DEPARTMENTS.get(text, text.zfill(2) if text.isdigit() else text)


def name_key(name: str) -> str:
    """A commune's name to compare: no accents, hyphens or capitals, « St » as « Saint »."""
    words = search_text(name.replace("/", " ")).split()
    return " ".join(SMALL_WORDS.get(one, one) for one in words if one != "cedex")


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance between two (latitude, longitude) in degrees (haversine)."""
    first, second = radians(one[0]), radians(other[0])
    turn = radians(other[1] - one[1])
    half = sin((second - first) / 2) ** 2 + cos(first) * cos(second) * sin(turn / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def box_around(place: tuple[float, float], km: float) -> tuple[float, float, float, float]:
    """South, west, north, east of a box that holds every point within `km`."""
    latitude, longitude = place
    turn = km / EARTH_KM
    up = degrees(turn)
    side = degrees(asin(min(1.0, sin(turn) / max(0.001, cos(radians(latitude))))))
    return latitude - up, longitude - side, latitude + up, longitude + side


def is_inside(point: tuple[float, float], polygons: list[list[list[list[float]]]]) -> bool:
    """Whether a (longitude, latitude) is in a MultiPolygon, outside of its holes (even-odd rule)."""
    x, y = point
    crossings = 0
    for ring in (ring for polygon in polygons for ring in polygon):
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                crossings += 1
    return crossings % 2 == 1
