"""The parts of a site (pole, service, unit): made, renamed, moved and closed by its referents."""

from uuid import UUID

from django.db.models import Q

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act, defer
from enrs.core.fhir.commands import insert_resources
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.referentials.directory.models import Organisation
from enrs.referentials.offer.commands.index import index_services
from enrs.referentials.offer.commands.traces import OfferRefusedError
from enrs.referentials.offer.fhir_parts import part_publications
from enrs.referentials.offer.models import HealthcareService, InternalOrganisation
from enrs.referentials.offer.queries.rights import sites_of
from enrs.referentials.offer.rules.parts import MOST_PARTS, RANKS, may_hold


def create_part(
    *, site: Organisation, kind: str, name: str, parent: InternalOrganisation | None = None
) -> InternalOrganisation:
    """A new part of a site.

    Raises:
        AccessRefusedError: not a referent of this site.
        OfferRefusedError: no name (`part_name`), no such kind (`part_kind`), a parent that may not hold it
            (`parent`), or too many parts (`parts`).
    """
    _demand(site.pk)
    if kind not in RANKS:
        raise OfferRefusedError("part_kind")
    made = InternalOrganisation(id=uuid7(), site=site, kind=kind, name=_name(name))
    with act():
        _put_under(made, parent)
        if site.internal_organisations.filter(is_active=True).count() >= MOST_PARTS:
            raise OfferRefusedError("parts")
        made.save(force_insert=True)
        _leave(made, "created")
    return made


def change_part(
    *,
    part: InternalOrganisation,
    expected_version: int,
    name: str,
    parent: InternalOrganisation | None = None,
) -> InternalOrganisation:
    """Rename a part, and move it below another, or to the top of its site; its kind stays.

    Raises:
        AccessRefusedError: not a referent of its site.
        StaleSaveError: somebody changed it meanwhile.
        OfferRefusedError: as `create_part`; `part_closed`.
    """
    _demand(part.site_id)
    if not part.is_active:
        raise OfferRefusedError("part_closed")
    before = {"name": part.name, "parent": str(part.parent_id or "")}
    part.name = _name(name)
    with act():
        _put_under(part, parent)
        save_version(part, expected=expected_version, fields=["name", "parent"])
        _leave(part, "changed", before)
        if before["parent"] != str(part.parent_id or ""):
            _follow(part)
    return part


def close_part(*, part: InternalOrganisation, expected_version: int) -> None:
    """Close a part in which nothing is any more.

    Raises:
        AccessRefusedError: not a referent of its site.
        StaleSaveError: somebody changed it meanwhile.
        OfferRefusedError: it holds parts or units that are not closed (`part_used`).
    """
    _demand(part.site_id)
    with act():
        hold_part(part.pk, part.site_id)
        units = HealthcareService.objects.filter(internal_organisation_id=part.pk)
        if (
            units.exclude(state=HealthcareService.State.CLOSED).exists()
            or InternalOrganisation.objects.filter(parent_id=part.pk, is_active=True).exists()
        ):
            raise OfferRefusedError("part_used")
        part.is_active = False
        save_version(part, expected=expected_version, fields=["is_active"])
        _leave(part, "closed")


def hold_part(key: UUID, site_id: UUID | None) -> InternalOrganisation:
    """An open part of a site, which nobody closes before this act ends.

    Raises:
        OfferRefusedError: there is none (`part`).
    """
    rows = InternalOrganisation.objects.filter(pk=key, site_id=site_id, is_active=True)
    found = rows.select_for_update().first()
    if found is None:
        raise OfferRefusedError("part")
    return found


def _put_under(part: InternalOrganisation, parent: InternalOrganisation | None) -> None:
    if parent is None:
        part.parent = None
        return
    above = hold_part(parent.pk, part.site_id)
    if not may_hold(above.kind, part.kind):
        raise OfferRefusedError("parent")
    part.parent = above


def _name(text: str) -> str:
    name = text.strip()[:200]
    if not name or "\x00" in name:
        raise OfferRefusedError("part_name")
    return name


def _demand(site_id: UUID) -> None:
    by = current_actor()
    if by.kind != "system" and site_id not in sites_of(by):
        raise AccessRefusedError("profession")


def _follow(part: InternalOrganisation) -> None:
    """Bring the search to where the units of a part that moved now stand."""
    below = (
        Q(internal_organisation_id=part.pk)
        | Q(internal_organisation__parent_id=part.pk)
        | Q(internal_organisation__parent__parent_id=part.pk)
    )
    rows = HealthcareService.objects.filter(below, state=HealthcareService.State.PUBLISHED)
    rows = rows.select_related("site", "internal_organisation__parent__parent")
    index_services(list(rows.defer("site__search").order_by("id")))


def _leave(part: InternalOrganisation, what: str, before: dict[str, str] | None = None) -> None:
    defer(insert_resources, part_publications([part])[0])
    details = {"site": str(part.site_id), "name": part.name, "parent": str(part.parent_id or "")}
    note(
        f"offer.part.{what}", object_kind="internal_organisation", object_id=part.pk,
        details=details | ({"before": before} if before else {}),
    )  # fmt: skip
