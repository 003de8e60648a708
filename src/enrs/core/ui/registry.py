"""What the installed apps offer: entries of the rail and panels of the record page.

An app declares them in its `offer.py`, read when the program starts; services never import each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from enrs.core.access.actor import Actor
from enrs.core.ui.shapes import Service


@dataclass(frozen=True, slots=True)
class Offer:
    """A service in the rail and on the home page: `is_for` says whether an actor is shown it."""

    key: str
    label: str
    icon: str
    url_name: str
    summary: str
    is_for: Callable[[Actor], bool]
    order: int = 100


@dataclass(frozen=True, slots=True)
class Panel:
    """A tab of the record page: `url_name` takes `patient_id`, `category` is asked of access."""

    key: str
    label: str
    icon: str
    url_name: str
    category: str
    order: int = 100


_offers: dict[str, Offer] = {}
_panels: dict[str, Panel] = {}


def offer(item: Offer) -> None:
    """Add an entry to the rail."""
    _offers[item.key] = item


def panel(item: Panel) -> None:
    """Add a tab to the record page."""
    _panels[item.key] = item


def offers_for(actor: Actor) -> list[Offer]:
    """The services shown to an actor, in their order."""
    shown = [one for one in _offers.values() if one.is_for(actor)]
    return sorted(shown, key=lambda one: (one.order, one.label))


def panels_for(categories: set[str]) -> list[Panel]:
    """The tabs of a record for somebody who may read these categories."""
    shown = [one for one in _panels.values() if one.category in categories]
    return sorted(shown, key=lambda one: (one.order, one.label))


def record_tabs(categories: set[str], patient_id: UUID, current: str) -> list[Service]:
    """The tabs of one record as the page shows them; `current` is the key of the open one."""
    # The notes' tab is offered for the social category; who reads the care notes has it too.
    shown = categories | {"social"} if "notes" in categories else categories
    return [
        Service(one.label, reverse(one.url_name, args=[patient_id]), one.icon, one.key == current)
        for one in panels_for(shown)
    ]
