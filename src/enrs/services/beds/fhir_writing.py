"""A PATCH of a Location by the software of a site, or by the region's: figures of beds, nothing else."""

from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.fhir.writing import WriteError
from enrs.referentials.offer.registry import patch_locations_by
from enrs.services.beds.codes import current
from enrs.services.beds.commands import BedsRefusedError, receive_figures
from enrs.services.beds.models import Capacity
from enrs.services.beds.patches import PatchError, told_by
from enrs.services.beds.queries import site
from enrs.services.beds.words import refusal


def patch_location(identifier: UUID, parameters: dict[str, Any], actor: Actor) -> None:
    """Take the figures of the unit whose Location this is."""
    unit = site.unit_of_service(identifier)
    if unit is None:
        raise WriteError(
            "Aucune unité n'est suivie à ce lieu.", status=404, code="not-found", path="Location"
        )
    try:
        told = told_by(parameters, current())
    except PatchError as error:
        raise WriteError(error.message, code="business-rule", path=error.path) from error
    told = [site.at_known_age(unit, one) for one in told]
    try:
        receive_figures(unit=unit, told=told, source=Capacity.Source.ROR)
    except BedsRefusedError as error:
        raise WriteError(refusal(error.reason), code="business-rule", path="Location") from error


patch_locations_by(patch_location)
