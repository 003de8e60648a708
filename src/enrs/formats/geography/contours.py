"""Official contours from a GeoJSON file, made simple enough to draw a region (IGN's, or any in degrees WGS 84)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

MOST_BYTES = 512 * 1024 * 1024
MOST_POINTS = 200_000
"""Points of one contour; the whole coast of a department has some 30,000."""
COMMUNE_NAMES = ("INSEE_COM", "code_insee", "insee_com", "codgeo", "insee")
DEPARTMENT_NAMES = ("INSEE_DEP", "code_dept", "insee_dep", "dep")
TOLERANCES = {"commune": 0.0005, "department": 0.002}
"""Degrees by which a simplified line may stray: some 50 m for a commune, 200 m for a department."""

Point = tuple[float, float]


class ContourError(ValueError):
    """A file that is no GeoJSON of contours; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class Contour:
    """One place: `kind` is `commune` or `department`, `polygons` a MultiPolygon of (longitude, latitude)."""

    kind: str
    code: str
    polygons: list[list[list[Point]]]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        points = [point for polygon in self.polygons for point in polygon[0]]
        xs, ys = [point[0] for point in points], [point[1] for point in points]
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A feature that was not taken: its rank from 1, and why."""

    place: int
    reason: str


def read_contours(content: bytes) -> Iterator[Contour | Skipped]:
    """Every contour of a FeatureCollection, simplified; what cannot be drawn is given as skipped.

    Raises:
        ContourError: the file is no FeatureCollection, or too large.
    """
    if len(content) > MOST_BYTES:
        raise ContourError(f"Le fichier dépasse {MOST_BYTES // 1024 // 1024} Mo.")
    try:
        tree = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ContourError(f"Le JSON n'est pas bien formé ({error.msg}).") from error
    features = tree.get("features") if isinstance(tree, dict) else None
    if not isinstance(features, list):
        raise ContourError("Le fichier n'est pas une FeatureCollection GeoJSON.")
    for place, feature in enumerate(features, 1):
        yield _contour(place, feature)


def _contour(place: int, feature: Any) -> Contour | Skipped:
    given = feature.get("properties") if isinstance(feature, dict) else None
    named = _named(given if isinstance(given, dict) else {})
    if named is None:
        return Skipped(place, "Ni code de commune ni code de département.")
    kind, code = named
    geometry = feature.get("geometry")
    shapes = _shapes(geometry if isinstance(geometry, dict) else {})
    if sum(len(ring) for polygon in shapes for ring in polygon) > MOST_POINTS:
        return Skipped(place, f"Le contour a plus de {MOST_POINTS} points.")
    polygons = [kept for polygon in shapes if (kept := _simple(polygon, TOLERANCES[kind]))]
    if not polygons:
        return Skipped(place, "Aucun polygone lisible en degrés.")
    return Contour(kind, code, polygons)


def _named(given: dict[str, Any]) -> tuple[str, str] | None:
    """The kind and the code of a feature, whatever its source calls it."""
    for kind, names, lengths in (
        ("commune", COMMUNE_NAMES, (5,)), ("department", DEPARTMENT_NAMES, (2, 3)),
    ):  # fmt: skip
        code = next((str(given[name]) for name in names if given.get(name)), "")
        if len(code) in lengths:
            return kind, code
    code = str(given.get("code", ""))
    if not code.isalnum():
        return None
    return {5: ("commune", code), 2: ("department", code), 3: ("department", code)}.get(len(code))


def _shapes(geometry: dict[str, Any]) -> list[list[list[Point]]]:
    kind, given = geometry.get("type"), geometry.get("coordinates")
    raw = given if kind == "MultiPolygon" else [given] if kind == "Polygon" else []
    if not isinstance(raw, list):
        return []
    return [
        [ring for line in polygon if (ring := _ring(line))]
        for polygon in raw
        if isinstance(polygon, list)
    ]


def _ring(line: Any) -> list[Point]:
    """The points of a ring; empty when one of them is not on Earth."""
    points: list[Point] = []
    for point in line if isinstance(line, list) else []:
        if not isinstance(point, list) or len(point) < 2:
            return []
        x, y = point[0], point[1]
        if not all(isinstance(one, (int, float)) for one in (x, y)) or abs(x) > 180 or abs(y) > 90:
            return []
        points.append((float(x), float(y)))
    return points


def _simple(polygon: Sequence[Sequence[Point]], tolerance: float) -> list[list[Point]]:
    """Its rings with fewer points, the outer one first; holes too small to see are filled."""
    kept = [simplified(ring, tolerance) for ring in polygon]
    if not kept or len(kept[0]) < 4:
        return []
    return [kept[0], *(ring for ring in kept[1:] if len(ring) >= 4)]


def simplified(line: Sequence[Point], tolerance: float) -> list[Point]:
    """A line that strays from the given one by no more than `tolerance` (Ramer, 1972; Douglas and Peucker, 1973)."""
    if len(line) < 3:
        return [_rounded(point) for point in line]
    # A ring begins where it ends: it is cut at the point farthest from its beginning.
    far = max(range(len(line)), key=lambda rank: _distance2(line[rank], line[0]))
    kept = {0, far, len(line) - 1}
    waiting = [(0, far), (far, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        rank = max(range(first + 1, last), key=lambda one: _off(line[one], line[first], line[last]))
        if _off(line[rank], line[first], line[last]) > tolerance * tolerance:
            kept.add(rank)
            waiting += [(first, rank), (rank, last)]
    return [_rounded(line[rank]) for rank in sorted(kept)]


def _rounded(point: Point) -> Point:
    return round(point[0], 5), round(point[1], 5)


def _distance2(one: Point, other: Point) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _off(point: Point, first: Point, last: Point) -> float:
    """The square of the distance from a point to a segment."""
    length = _distance2(first, last)
    if not length:
        return _distance2(point, first)
    along = (point[0] - first[0]) * (last[0] - first[0]) + (point[1] - first[1]) * (
        last[1] - first[1]
    )
    share = min(1.0, max(0.0, along / length))
    foot = first[0] + share * (last[0] - first[0]), first[1] + share * (last[1] - first[1])
    return _distance2(point, foot)
