"""From the projected metres of FINESS to degrees: Lambert-93 and UTM, by closed formulae.

RGF93 and its overseas sisters agree with WGS 84 to well under a metre, so no shift is applied.
"""

import re
from collections.abc import Callable
from functools import partial
from math import (
    asin,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    degrees,
    exp,
    hypot,
    isfinite,
    log,
    pi,
    radians,
    sin,
    sinh,
    sqrt,
    tanh,
)
from typing import Final

Projection = Callable[[float, float], tuple[float, float]]

# GRS 80, the ellipsoid of all these systems.
_A: Final = 6_378_137.0
_F: Final = 1 / 298.257222101
_E: Final = sqrt(_F * (2 - _F))

# Lambert-93, EPSG:2154: two standard parallels at 44° and 49°, origin 46.5° N 3° E.
_LAMBERT_ORIGIN: Final = (700_000.0, 6_600_000.0)


def _isometric(latitude: float) -> float:
    """Return the isometric latitude on GRS 80 of a latitude in radians."""
    sine = sin(latitude)
    return atanh(sine) - _E * atanh(_E * sine)


def _parallel_radius(latitude: float) -> float:
    return _A * cos(latitude) / sqrt(1 - (_E * sin(latitude)) ** 2)


def _latitude(isometric: float) -> float:
    """Invert the isometric latitude; converges to under a nanoradian in six turns."""
    latitude = asin(tanh(isometric))
    for _ in range(6):
        latitude = asin(tanh(isometric + _E * atanh(_E * sin(latitude))))
    return latitude


def _lambert_constants() -> tuple[float, float, float, float]:
    """Return the exponent, the scale and the false origin of Lambert-93 (IGN, ALG0019)."""
    low, high, origin = radians(44), radians(49), radians(46.5)
    ratio = _parallel_radius(low) / _parallel_radius(high)
    exponent = log(ratio) / (_isometric(high) - _isometric(low))
    scale = _parallel_radius(low) / exponent * exp(exponent * _isometric(low))
    pole_y = _LAMBERT_ORIGIN[1] + scale * exp(-exponent * _isometric(origin))
    return exponent, scale, _LAMBERT_ORIGIN[0], pole_y


_N, _C, _XS, _YS = _lambert_constants()


def lambert93_to_wgs84(x: float, y: float) -> tuple[float, float]:
    """Return (latitude, longitude) in degrees of Lambert-93 metres (EPSG:2154)."""
    radius = hypot(x - _XS, y - _YS)
    longitude = radians(3) + atan((x - _XS) / (_YS - y)) / _N
    latitude = _latitude(-log(radius / _C) / _N)
    return degrees(latitude), degrees(longitude)


# Krüger's series in the third flattening, to the third order: well under a millimetre in a zone.
_N3: Final = _F / (2 - _F)
_RECTIFYING: Final = _A / (1 + _N3) * (1 + _N3**2 / 4 + _N3**4 / 64)
_BETA: Final = (
    _N3 / 2 - 2 * _N3**2 / 3 + 37 * _N3**3 / 96,
    _N3**2 / 48 + _N3**3 / 15,
    17 * _N3**3 / 480,
)
_UTM_SCALE: Final = 0.9996


def utm_to_wgs84(zone: int, south: bool, x: float, y: float) -> tuple[float, float]:
    """Return (latitude, longitude) in degrees of UTM metres in `zone` (1 to 60)."""
    northing = y - 10_000_000 if south else y
    xi = northing / (_UTM_SCALE * _RECTIFYING)
    eta = (x - 500_000) / (_UTM_SCALE * _RECTIFYING)
    xi_0, eta_0 = xi, eta
    for order, beta in enumerate(_BETA, start=1):
        xi_0 -= beta * sin(2 * order * xi) * cosh(2 * order * eta)
        eta_0 -= beta * cos(2 * order * xi) * sinh(2 * order * eta)
    conformal = asin(sin(xi_0) / cosh(eta_0))
    longitude = radians(zone * 6 - 183) + atan2(sinh(eta_0), cos(xi_0))
    return degrees(_latitude(atanh(sin(conformal)))), degrees(longitude)


_SYSTEMS: Final[dict[str, Projection]] = {
    "L93": lambert93_to_wgs84,
    "LAMBERT_93": lambert93_to_wgs84,
    # Antilles, Saint-Pierre-et-Miquelon, Guyane, Mayotte, La Réunion.
    "UTM_N20": partial(utm_to_wgs84, 20, False),
    "UTM_N21": partial(utm_to_wgs84, 21, False),
    "UTM_N22": partial(utm_to_wgs84, 22, False),
    "UTM_S38": partial(utm_to_wgs84, 38, True),
    "UTM_S40": partial(utm_to_wgs84, 40, True),
}
_SYSTEM_NAME = re.compile(r"(L93|LAMBERT_93|UTM_[NS][0-9]{2})(?:_|$)")


def projection_of(source: str) -> Projection | None:
    """Return the projection that `sourcecoordet` names in its fifth element, else None.

    Older releases put the name elsewhere: the other elements are looked at from the last one.
    """
    elements = source.upper().split(",")
    for element in [*elements[4:5], *reversed(elements)]:
        match = _SYSTEM_NAME.match(element.strip())
        if match and match[1] in _SYSTEMS:
            return _SYSTEMS[match[1]]
    return None


def is_on_earth(latitude: float, longitude: float) -> bool:
    """Tell whether both are finite degrees within the usual bounds."""
    both_finite = isfinite(latitude) and isfinite(longitude)
    return both_finite and abs(latitude) <= 90 and abs(radians(longitude)) <= pi
