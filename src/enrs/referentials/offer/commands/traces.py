"""What each change of a unit leaves: a line of its history, the journal's, an event, the search, FHIR."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import defer
from enrs.core.events.commands import emit
from enrs.core.fhir.commands import insert_resources
from enrs.core.ids import uuid7
from enrs.referentials.offer.commands.index import index_services
from enrs.referentials.offer.fhir import publications
from enrs.referentials.offer.models import HealthcareService, ServiceChange
from enrs.referentials.offer.queries.rights import describes, may_name


class OfferRefusedError(Exception):
    """The act is refused; `reason` is a code whose sentence the pages hold, `codes` the rules not kept."""

    def __init__(self, reason: str, codes: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.codes = list(codes)


def demand(service: HealthcareService) -> None:
    """Refuse who does not describe this offer."""
    if not describes(service):
        raise AccessRefusedError("profession")


def demand_naming(site_id: UUID) -> None:
    """Refuse who does not name the referents of this site."""
    if not may_name(site_id):
        raise AccessRefusedError("profession")


def leave(
    service: HealthcareService, what: str, fields: Mapping[str, Sequence[Any]] | None = None
) -> None:
    """Everything that a change leaves behind."""
    by = current_actor()
    ServiceChange(
        id=uuid7(),
        service=service,
        act=what,
        by_name=by.name,
        by_grantee_id=by.grantee_id,
        channel=by.channel,
        fields={name: list(values) for name, values in (fields or {}).items()},
    ).save(force_insert=True)
    note(f"offer.unit.{what}", object_kind="healthcare_service", object_id=service.pk)
    emit(f"offer.unit.{what}", payload={"kind": "offer", "ids": [str(service.pk)]})


def show(services: Sequence[HealthcareService]) -> None:
    """Bring the search and the published resources to what these offers say."""
    index_services(services)
    for one in publications(services):
        defer(insert_resources, one)


def publish_locations(service_ids: Sequence[UUID]) -> None:
    """Publish the Locations of units anew, after a service's part of them changed (`registry`)."""
    rows = HealthcareService.objects.select_related("site").defer("site__search")
    for one in publications(list(rows.filter(pk__in=service_ids)), kinds=("Location",)):
        defer(insert_resources, one)
