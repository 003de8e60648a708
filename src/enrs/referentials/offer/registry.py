"""What services tell the offer, without it knowing them: free places, and parts of a published Location."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor


@dataclass(frozen=True, slots=True)
class FreePlaces:
    """Who knows the free places of units.

    `sql` is a select without parameters that gives one row for a unit, (`service_id` uuid, `free_count`
    integer, `known_at` timestamptz): it is joined to the offers that a search has kept, so it must be
    read by an index on `service_id`, never computed for the whole region.
    """

    sql: str


LocationPart = Callable[[Sequence[UUID]], dict[UUID, list[dict[str, Any]]]]
"""From identifiers of units, the FHIR extensions that each one's Location bears (capacity), or its identifiers."""

_free_places: list[FreePlaces] = []
LocationPatch = Callable[[UUID, dict[str, Any], Actor], None]
"""As `core.fhir.writing.Patch`."""

_location_patches: list[LocationPatch] = []
_location_parts: list[LocationPart] = []
_location_names: list[LocationPart] = []


def know_free_places_by(source: FreePlaces) -> None:
    """Say where free places are read; called in `apps.ready`."""
    _free_places[:] = [source]


def free_places() -> FreePlaces | None:
    """Where free places are read; None when no service knows them."""
    return _free_places[0] if _free_places else None


def add_to_locations(part: LocationPart) -> None:
    """Have a service's extensions in the published Locations; called in `apps.ready`.

    When what it says of a unit changes, the service calls `commands.publish_locations`.
    """
    if part not in _location_parts:
        _location_parts.append(part)


def location_extensions(service_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The extensions that services give to these units' Locations."""
    return _together(_location_parts, service_ids)


def identify_locations_by(part: LocationPart) -> None:
    """Have the identifiers that a service knows of units in the published Locations; called in `apps.ready`."""
    if part not in _location_names:
        _location_names.append(part)


def location_identifiers(service_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The FHIR identifiers that services know of these units."""
    return _together(_location_names, service_ids)


def patch_locations_by(patch: LocationPatch) -> None:
    """Have a service take the PATCH of a Location that says nothing of its equipment; called in `apps.ready`."""
    _location_patches[:] = [patch]


def location_patch() -> LocationPatch | None:
    """Who takes what the offer does not, of a PATCH of a Location; None when no service does."""
    return _location_patches[0] if _location_patches else None


def _together(
    parts: Sequence[LocationPart], service_ids: Sequence[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = {}
    for part in parts:
        for service_id, given in part(service_ids).items():
            found.setdefault(service_id, []).extend(given)
    return found
