"""To whom each service is shown: the exploitation's decisions, and `region.toml` where there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from django.conf import settings

from enrs.core.ui.registry import Offer, Opening, all_offers, offer_of
from enrs.services.portal.models import ServiceOpening, ServiceOpeningChange

KEPT_FOR = 15.0
"""Seconds for which a process shows what it read: every page asks for it."""


class _Kept:
    """The decisions that this process read, and until when it holds to them."""

    until = 0.0
    rows: Mapping[str, Opening] = {}


def keep_openings(rows: Mapping[str, Opening], seconds: float) -> None:
    """Hold to these for so long, without asking the database."""
    _Kept.rows, _Kept.until = rows, monotonic() + seconds


def forget_openings() -> None:
    """Ask the database again at the next page."""
    _Kept.until = 0.0


def openings_decided() -> Mapping[str, Opening]:
    """What the exploitation decided, by key of the service; asked once in fifteen seconds by a process."""
    if monotonic() >= _Kept.until:
        rows = ServiceOpening.objects.filter(is_default=False).order_by("key")
        found = {one.key: Opening(tuple(one.roles), tuple(one.departments)) for one in rows}
        keep_openings(found, KEPT_FOR)
    return _Kept.rows


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service, to whom it is shown, and whether that was decided on the page."""

    offer: Offer
    opening: Opening
    is_decided: bool
    version: int


def services() -> list[ServiceLine]:
    """Every service of the rail, in its order; one statement."""
    rows = {one.key: one for one in ServiceOpening.objects.order_by("key")}
    return [_line(one, rows.get(one.key)) for one in all_offers()]


def service(key: str) -> ServiceLine | None:
    """One of them."""
    found = offer_of(key)
    return _line(found, ServiceOpening.objects.filter(key=key).first()) if found else None


def _line(offer: Offer, held: ServiceOpening | None) -> ServiceLine:
    version = held.version if held else 0
    if held is None or held.is_default:
        default = tuple(settings.REGION.service_departments.get(offer.key, ()))
        return ServiceLine(offer, Opening((), default), is_decided=False, version=version)
    opening = Opening(tuple(held.roles), tuple(held.departments))
    return ServiceLine(offer, opening, is_decided=True, version=version)


def changes_of(key: str) -> list[ServiceOpeningChange]:
    """The last decisions on a service, the newest first."""
    return list(ServiceOpeningChange.objects.filter(opening__key=key)[:50])
