"""A map of what a search found, drawn on the server: numbered points, rings of distance, names of towns.

No street tiles: the background is made of our own points. Everything on it is in the list beside it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from enrs.referentials.offer.queries.search import Hit, Place
from enrs.referentials.offer.rules.searching import DEGREE_METRES

WIDTH, HEIGHT, EDGE = 640, 560, 44
RINGS = (1, 2, 5, 10, 20, 50, 100)
"""Kilometres of the rings that may be drawn."""
LEAST_METRES = 1_500.0


@dataclass(frozen=True, slots=True)
class Point:
    """A numbered offer (several at one place share a point)."""

    x: float
    y: float
    number: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A circle around the place, its radius in pixels and in words."""

    radius: float
    words: str
    label_y: float


@dataclass(frozen=True, slots=True)
class Town:
    """The name of a town where something was found."""

    x: float
    y: float
    name: str


@dataclass(frozen=True, slots=True)
class Map:
    """What the template draws, in a box of WIDTH × HEIGHT."""

    width: int
    height: int
    points: Sequence[Point]
    towns: Sequence[Town]
    rings: Sequence[Ring]
    home: tuple[float, float] | None
    home_label: str


def draw(hits: Sequence[Hit], place: Place | None, urls: Sequence[str]) -> Map | None:
    """The map of these offers; None when none of them is placed."""
    placed = [
        (rank, hit, url)
        for rank, (hit, url) in enumerate(zip(hits, urls, strict=True), 1)
        if hit.service.shows_place
        and hit.service.latitude is not None
        and hit.service.longitude is not None
    ]
    if not placed:
        return None
    spots = [(one.service.latitude or 0.0, one.service.longitude or 0.0) for _, one, _ in placed]
    if place:
        spots.append((place.latitude, place.longitude))
    middle = place or Place(
        "", sum(a for a, _ in spots) / len(spots), sum(b for _, b in spots) / len(spots)
    )
    flat = _Flat(middle, spots)
    groups: dict[tuple[int, int], list[tuple[int, Hit, str]]] = {}
    for rank, hit, url in placed:
        x, y = flat.at(hit.service.latitude or 0, hit.service.longitude or 0)
        groups.setdefault((round(x / 20), round(y / 20)), []).append((rank, hit, url))
    points = []
    for members in groups.values():
        rank, hit, url = members[0]
        x, y = flat.at(hit.service.latitude or 0, hit.service.longitude or 0)
        more = f"+{len(members) - 1}" if len(members) > 1 else ""
        title = " · ".join(f"{number}. {one.service.name}" for number, one, _ in members)
        points.append(Point(round(x, 1), round(y, 1), f"{rank}{more}", title, url))
    return Map(
        WIDTH, HEIGHT, points, _towns(placed, flat), flat.rings() if place else [],
        (WIDTH / 2, HEIGHT / 2) if place else None, place.label if place else "",
    )  # fmt: skip


class _Flat:
    """Degrees to pixels around a middle: an equirectangular plane, exact enough for a region."""

    def __init__(self, middle: Place, spots: Sequence[tuple[float, float]]) -> None:
        self.middle = middle
        self.squeeze = math.cos(math.radians(middle.latitude))
        far_x = max(abs(b - middle.longitude) * self.squeeze for _, b in spots) * DEGREE_METRES
        far_y = max(abs(a - middle.latitude) for a, _ in spots) * DEGREE_METRES
        self.scale = min(
            (WIDTH / 2 - EDGE) / max(far_x, LEAST_METRES),
            (HEIGHT / 2 - EDGE) / max(far_y, LEAST_METRES),
        )

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        east = (longitude - self.middle.longitude) * self.squeeze * DEGREE_METRES
        north = (latitude - self.middle.latitude) * DEGREE_METRES
        return WIDTH / 2 + east * self.scale, HEIGHT / 2 - north * self.scale

    def rings(self) -> list[Ring]:
        """Those that are seen whole, two at most."""
        seen = [
            (kilometres, kilometres * 1000 * self.scale)
            for kilometres in RINGS
            if 40 < kilometres * 1000 * self.scale < HEIGHT / 2
        ]
        return [
            Ring(round(radius, 1), f"{kilometres} km", round(HEIGHT / 2 - radius - 5, 1))
            for kilometres, radius in seen[-2:]
        ]


def _towns(placed: Sequence[tuple[int, Hit, str]], flat: _Flat) -> list[Town]:
    """The name of each town once, the nearest first, none over another."""
    found: list[Town] = []
    named: set[str] = set()
    for _, hit, _ in placed:
        name = hit.service.city
        if not name or name in named or len(found) > 10:
            continue
        x, y = flat.at(hit.service.latitude or 0, hit.service.longitude or 0)
        if any(abs(y - 20 - one.y) < 16 and abs(x - one.x) < 110 for one in found):
            continue
        named.add(name)
        found.append(Town(round(x, 1), round(y - 20, 1), name))
    return found
