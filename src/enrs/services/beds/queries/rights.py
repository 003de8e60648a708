"""Who enters figures, who sits in the crisis cell, who sees what."""

from uuid import UUID

from enrs.core.access.actor import Actor, current_actor
from enrs.referentials.directory.models import Organisation
from enrs.referentials.offer.models import HealthcareService
from enrs.services.beds import rules
from enrs.services.beds.models import BedRequest, Unit


def is_of_cell(actor: Actor | None = None) -> bool:
    """Whether the actor sits in the crisis cell: the operator, or the people of a place that regulates calls."""
    by = actor or current_actor()
    if by.role == "operator":
        return True
    if by.role not in rules.CELL_ROLES or by.organisation_id is None:
        return False
    return rules.sits_in_cell(by.role, is_of_the_cell=regulates(by.organisation_id))


def regulates(site_id: UUID) -> bool:
    """Whether a place publishes the activity of regulation."""
    return HealthcareService.objects.filter(
        site_id=site_id,
        activity_code=rules.CELL_ACTIVITY,
        state=HealthcareService.State.PUBLISHED,
    ).exists()


def may_enter(unit: Unit, actor: Actor | None = None) -> bool:
    """Whether the actor enters the figures of a unit; a neighbour region's are the operator's."""
    by = actor or current_actor()
    if unit.region:
        return by.role == "operator"
    is_of_the_site = by.organisation_id is not None and by.organisation_id == unit.site_id
    return rules.may_enter(by.role, is_of_the_site=is_of_the_site)


def software_numbers(site_id: UUID | None) -> list[str]:
    """The FINESS numbers under which the software of a site may number its stays: its own, its legal entity's."""
    if site_id is None:
        return []
    rows = Organisation.objects.filter(pk=site_id).values_list("finess_eg", "finess_ej")
    return [one for row in rows for one in row if one]


def may_attach(finess: str, actor: Actor | None = None) -> bool:
    """Whether the actor says whose beds the units of this software are."""
    by = actor or current_actor()
    return by.role in rules.ENTRY_ROLES and finess in software_numbers(by.organisation_id)


def may_open_crisis(site_id: UUID, actor: Actor | None = None) -> bool:
    """Whether the actor declares a crisis at a site, and ends it."""
    by = actor or current_actor()
    is_of_the_site = by.organisation_id is not None and by.organisation_id == site_id
    return rules.may_open_crisis(
        by.role, is_of_the_site=is_of_the_site, is_of_the_cell=is_of_cell(by)
    )


def may_follow(asked: BedRequest, actor: Actor | None = None) -> bool:
    """Whether the actor reads a request for a bed: the cell, and the place that asked."""
    by = actor or current_actor()
    is_asker = by.organisation_id == asked.place_id and by.role in rules.ASKING_ROLES
    return is_asker or is_of_cell(by)


def may_hear_region(actor: Actor) -> bool:
    """Whether the actor's open pages are told that figures changed."""
    return actor.kind in ("professional", "operator") and actor.role in rules.READER_ROLES
