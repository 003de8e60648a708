"""Describing a unit: draft, check, publish, verify, close. Only the referents of its site may."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.referentials.directory.models import Organisation
from enrs.referentials.directory.rules import name_key
from enrs.referentials.offer.commands.parts import hold_part
from enrs.referentials.offer.commands.traces import OfferRefusedError, demand, leave, show
from enrs.referentials.offer.models import HealthcareService, InternalOrganisation
from enrs.referentials.offer.queries.checking import Values, facts_of, values_of
from enrs.referentials.offer.queries.rights import sites_of
from enrs.referentials.offer.rules import REGULATION, contacts, equipment, openings, quality
from enrs.referentials.offer.rules import hours as hours_rules
from enrs.referentials.offer.rules.zones import MOST_COMMUNES

DESCRIBED = (
    "name", "description", "conditions", "field_code", "activity_code", "mode_codes", "reception_codes",
    "speciality_codes", "act_codes", "public_codes", "equipment", "maternity_level", "psychiatric_sector",
    "age_from", "age_to", "place_count", "is_always_open", "is_open_on_holidays", "hours", "exceptions",
    "special_openings", "contacts", "zone_codes", "is_sensitive", "building",
)  # fmt: skip
"""What a referent says; the rest comes from the directory."""
RESERVED = (REGULATION,)
"""Activities that open rights elsewhere (to pass an opposition, in an emergency): the region says who has them
(`enrs offer regulate`), no referent."""
PART = "part"
"""The internal organisation, which a draft holds as text: no column of that name."""


def create_unit(
    *, site: Organisation, name: str, kind: str = "unit", activity_code: str = ""
) -> HealthcareService:
    """A new unit of a site, a draft that nobody else sees yet.

    Raises:
        AccessRefusedError: not a referent of this site.
        OfferRefusedError: without a name (`name`), neither a unit nor a social resource (`kind`), or an activity
            that only the region gives (`reserved`).
    """
    by = current_actor()
    if by.kind != "system" and site.pk not in sites_of(by):
        raise AccessRefusedError("profession")
    if not name.strip() or "\x00" in name:
        raise OfferRefusedError("name")
    if kind not in ("unit", "social"):
        raise OfferRefusedError("kind")
    if activity_code in RESERVED and by.kind != "system":
        raise OfferRefusedError("reserved")
    made = HealthcareService(
        id=uuid7(), kind=kind, site=site, name=name.strip()[:300], name_key=name_key(name)[:300],
        activity_code=activity_code, address=site.address, postal_code=site.postal_code, city=site.city,
        commune_code=site.commune_code, department=site.department, latitude=site.latitude,
        longitude=site.longitude,
    )  # fmt: skip
    with act():
        made.save(force_insert=True)
        leave(made, "created")
    return made


def save_draft(
    *, service: HealthcareService, expected_version: int, values: dict[str, Any]
) -> HealthcareService:
    """Keep what a referent prepares; what is published does not move.

    Raises:
        StaleSaveError: somebody saved it meanwhile.
        OfferRefusedError: hours or ages that cannot be (`hours`, `ages`), no name (`name`), a part of another
            site (`part`), or more than the form holds (`ranges`, `contacts`, `closings`,
            `openings`), or an exceptional opening whose days or hours cannot be (`opening_days`, `opening_hours`).
    """
    demand(service)
    given = {name: value for name, value in values.items() if name in (*DESCRIBED, PART)}
    _check(given)
    _part_of(service, given)
    service.draft = (service.draft or {}) | given
    service.draft_by, service.draft_at = current_actor().name, timezone.now()
    with act():
        save_version(service, expected=expected_version, fields=["draft", "draft_by", "draft_at"])
        leave(service, "drafted")
    return service


def discard_draft(*, service: HealthcareService, expected_version: int) -> None:
    """Forget what was prepared."""
    demand(service)
    service.draft, service.draft_by, service.draft_at = None, "", None
    with act():
        save_version(service, expected=expected_version, fields=["draft", "draft_by", "draft_at"])
        leave(service, "discarded")


def publish_unit(*, service: HealthcareService, expected_version: int) -> HealthcareService:
    """Publish the draft; publishing says that the unit is exact today.

    Raises:
        OfferRefusedError: rules that stop a publication are not kept (`quality`, with their codes), or an activity
            that only the region gives (`reserved`).
    """
    demand(service)
    values = values_of(service)
    service.draft, service.draft_by, service.draft_at = None, "", None
    return _publish(service, values, expected_version)


def amend_unit(
    *,
    service: HealthcareService,
    expected_version: int,
    values: dict[str, Any],
    opens: bool = False,
    told_at: datetime | None = None,
    confirms: bool = True,
) -> HealthcareService:
    """Change some of what is published at once, as an establishment's software does; a draft stays a draft.

    What the draft says of the same columns follows: the form saves them all, and its publication would
    otherwise undo this change without a word.

    `opens` publishes again a unit that was closed. `told_at`: when the description was told elsewhere, which is
    then when it was last confirmed, unless somebody confirmed it since. Without `confirms`, nobody did: an offer
    of the city still follows the directory.

    Raises:
        StaleSaveError: somebody changed it meanwhile.
        OfferRefusedError: as `save_draft` and `publish_unit`; `closed`, for a unit that is not published.
    """
    demand(service)
    if service.state != HealthcareService.State.PUBLISHED and not opens:
        raise OfferRefusedError("closed")
    given = {name: value for name, value in values.items() if name in DESCRIBED}
    _check(given)
    if service.draft:
        service.draft |= {name: value for name, value in given.items() if name in service.draft}
    confirmed = _confirmed(service, told_at, confirms=confirms)
    return _publish(service, Values(service, given), expected_version, confirmed)


def _confirmed(
    service: HealthcareService, told_at: datetime | None, *, confirms: bool
) -> tuple[datetime | None, str]:
    """When the description was last confirmed, and by whom, once this is told: a moment never goes back."""
    now = timezone.now()
    told = min(told_at or now, now)
    if not confirms or (service.verified_at is not None and service.verified_at > told):
        return service.verified_at, service.verified_by
    return told, current_actor().name


def _publish(
    service: HealthcareService,
    values: Values,
    expected_version: int,
    confirmed: tuple[datetime | None, str] | None = None,
) -> HealthcareService:
    """Make these values what everybody reads, once the rules of quality let them through."""
    by, now = current_actor(), timezone.now()
    taken = values["activity_code"]
    if taken in RESERVED and taken != service.activity_code and by.kind != "system":
        raise OfferRefusedError("reserved")
    verified_at, verified_by = confirmed or (now, by.name)
    facts = facts_of(service, verified_at=verified_at)
    broken = quality.faults(values, facts)
    if stopped := quality.blocking(broken, values, facts):
        raise OfferRefusedError("quality", stopped)
    changed = {
        name: [getattr(service, name), values[name]]
        for name in (*DESCRIBED, PART)
        if getattr(service, name) != values[name]
    }
    part = _part_of(service, values)
    is_first = service.state != HealthcareService.State.PUBLISHED
    for name in DESCRIBED:
        setattr(service, name, values[name])
    service.internal_organisation = part
    service.name_key = name_key(service.name)[:300]
    service.state, service.closed_at = HealthcareService.State.PUBLISHED, None
    service.score = quality.score(broken)
    service.verified_at, service.verified_by = verified_at, verified_by
    service.published_at = service.published_at or now
    with act():
        if part is not None:
            hold_part(part.pk, service.site_id)
        save_version(
            service,
            expected=expected_version,
            fields=[
                *DESCRIBED, "internal_organisation", "name_key", "state", "closed_at", "draft", "draft_by",
                "draft_at", "score", "verified_at", "verified_by", "published_at",
            ],
        )  # fmt: skip
        leave(service, "published" if is_first else "changed", changed)
        show([service])
    return service


def verify_unit(*, service: HealthcareService) -> None:
    """« Toujours exact »: the description holds, as it stands.

    Raises:
        OfferRefusedError: it is not published (`state`).
    """
    demand(service)
    if service.state != HealthcareService.State.PUBLISHED:
        raise OfferRefusedError("state")
    service.verified_at, service.verified_by = timezone.now(), current_actor().name
    values = {name: getattr(service, name) for name in (*DESCRIBED, "latitude", "department")}
    facts = facts_of(service, verified_at=service.verified_at)
    service.score = quality.score(quality.faults(values, facts))
    with act():
        service.save(update_fields=["verified_at", "verified_by", "score"])
        leave(service, "verified")
        show([service])


def close_unit(*, service: HealthcareService, expected_version: int, reason: str) -> None:
    """Close a unit: it leaves the search and the map; its history stays.

    Raises:
        OfferRefusedError: without a reason (`reason`).
    """
    demand(service)
    if len(reason.strip()) < 3 or "\x00" in reason:
        raise OfferRefusedError("reason")
    service.state, service.closed_at = HealthcareService.State.CLOSED, timezone.now()
    with act():
        save_version(service, expected=expected_version, fields=["state", "closed_at"])
        leave(service, "closed", {"reason": ["", reason.strip()[:300]]})
        show([service])


def _part_of(service: HealthcareService, values: Mapping[str, Any]) -> InternalOrganisation | None:
    """The internal organisation that the values name, an open one of the unit's own site."""
    named = values[PART] if isinstance(values, Values) else values.get(PART, "")
    if not named:
        return None
    try:
        key = UUID(str(named))
    except ValueError:
        raise OfferRefusedError("part") from None
    found = InternalOrganisation.objects.filter(
        pk=key, site_id=service.site_id, is_active=True
    ).first()
    if found is None:
        raise OfferRefusedError("part")
    return found


def _check(given: dict[str, Any]) -> None:
    if "name" in given and not given["name"].strip():
        raise OfferRefusedError("name")
    if hours_rules.fault_of(given.get("hours", ())):
        raise OfferRefusedError("hours")
    low, high = given.get("age_from"), given.get("age_to")
    if low is not None and high is not None and low > high:
        raise OfferRefusedError("ages")
    if any(one["from"] > one["to"] for one in given.get("exceptions", ())):
        raise OfferRefusedError("exceptions")
    days = [one["to"] for name in ("exceptions", "special_openings") for one in given.get(name, ())]
    if any(hours_rules.is_far(date.fromisoformat(day), timezone.localdate()) for day in days):
        raise OfferRefusedError("far")
    # The form shows no more than its lines: what is beyond would be lost by the next person who saves it.
    if not hours_rules.fits_form(given.get("hours", ())):
        raise OfferRefusedError("ranges")
    if len(given.get("contacts", ())) > contacts.MOST:
        raise OfferRefusedError("contacts")
    if len(given.get("exceptions", ())) > hours_rules.MOST_CLOSINGS:
        raise OfferRefusedError("closings")
    if len(given.get("zone_codes", ())) > MOST_COMMUNES:
        raise OfferRefusedError("zone")
    if fault := equipment.fault_of(given.get("equipment", ())):
        raise OfferRefusedError(fault)
    if fault := openings.fault_of(given.get("special_openings", ())):
        raise OfferRefusedError(fault)
