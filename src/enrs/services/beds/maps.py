"""A small map of places drawn from their coordinates alone: circles by free beds, north above."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from enrs.services.beds.queries.region import Place

WIDTH, HEIGHT, MARGIN = 420.0, 380.0, 26.0
KILOMETRES = 111.32
"""Of a degree of latitude."""


@dataclass(frozen=True, slots=True)
class Circle:
    """One place: its centre and radius in the units of the drawing, and what it says."""

    x: float
    y: float
    radius: float
    place: Place

    @property
    def tone(self) -> str:
        """`free`, `none`, or `old` when most of its figures are old."""
        if self.place.old * 2 > self.place.units:
            return "old"
        return "free" if self.place.free else "none"


@dataclass(frozen=True, slots=True)
class Map:
    """The circles, the greatest first, and the length in the drawing of a round number of kilometres."""

    circles: tuple[Circle, ...]
    scale_km: int
    scale_length: float


def draw(places: Sequence[Place]) -> Map | None:
    """Place the circles so that the farthest fill the drawing; None without any."""
    if not places:
        return None
    middle = sum(one.latitude for one in places) / len(places)
    squeeze = max(0.1, math.cos(math.radians(middle)))
    points = [(one.longitude * squeeze, -one.latitude) for one in places]
    left, top = min(x for x, _ in points), min(y for _, y in points)
    wide = max(max(x for x, _ in points) - left, 0.2)
    high = max(max(y for _, y in points) - top, 0.2)
    zoom = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    shift_x, shift_y = (WIDTH - wide * zoom) / 2, (HEIGHT - high * zoom) / 2
    circles = [
        Circle(
            round(shift_x + (x - left) * zoom, 1), round(shift_y + (y - top) * zoom, 1),
            round(min(6 + 1.6 * math.sqrt(one.free), 22), 1), one,
        )
        for one, (x, y) in zip(places, points, strict=True)
    ]  # fmt: skip
    kilometres = next((km for km in (100, 50, 20, 10) if km / KILOMETRES * zoom < WIDTH / 3), 5)
    return Map(
        tuple(sorted(circles, key=lambda one: -one.radius)),
        kilometres,
        round(kilometres / KILOMETRES * zoom, 1),
    )
