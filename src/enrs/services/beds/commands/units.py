"""The units that are followed: those of the offer that hold beds; and those that have fallen silent."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from enrs.core.accounts.models import Position, User
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.notifications.commands import notify
from enrs.referentials.directory.models import Organisation
from enrs.referentials.directory.rules import name_key
from enrs.referentials.offer.models import HealthcareService
from enrs.services.beds import rules, tables
from enrs.services.beds.commands.shared import hint, now
from enrs.services.beds.models import Capacity, Reading, Unit

A_ROUND = 200
CHILD_UNTIL = 18 * 12
"""Months: an offer for people younger than this is for children."""
STAYS = ("28", "30", "34", "hebergement", "hebergement-temporaire", "domicile")
"""Modes in which somebody stays the night: what is counted is a bed; elsewhere it is a place."""
CONTACT_DAYS = 30


def add_units() -> bool:
    """Follow the published offers that hold beds, and leave those that closed; true when more wait."""
    published = HealthcareService.State.PUBLISHED
    rows = HealthcareService.objects.select_related("site").defer("site__search")
    fresh = rows.filter(
        kind=HealthcareService.Kind.UNIT, state=published, place_count__gt=0, bed_unit=None
    )
    activities, fields = tables.followed()
    held = Q(activity_code__in=activities) | Q(field_code__in=fields)
    services = list(fresh.filter(held).order_by("pk")[:A_ROUND])
    with act():
        units = [unit_of(one, one.site) for one in services if one.site]
        Unit.objects.bulk_create(units)
        Capacity.objects.bulk_create(
            first_capacity(unit, one) for unit, one in zip(units, services, strict=True)
        )
        known = Unit.objects.exclude(service=None)
        closed = known.filter(is_active=True).exclude(service__state=published)
        opened = known.filter(is_active=False, service__state=published)
        back = list(opened.values_list("pk", flat=True))
        changed = closed.update(is_active=False)
        changed += Unit.objects.filter(pk__in=back).update(is_active=True)
        if units or changed:
            note("beds.units.followed", object_kind="bed_unit", details={"count": len(units)})
            hint([])
    return len(services) == A_ROUND


def unit_of(service: HealthcareService, site: Organisation) -> Unit:
    """The row of a unit of the offer, not written yet."""
    return Unit(
        id=uuid7(), service=service, site_id=site.pk, site_name=site.name, site_finess=site.finess_eg,
        name=service.name, sort_key=name_key(f"{site.name} {service.name}")[:120],
        kind=tables.kind_of(service.activity_code, service.field_code),
        department=service.department or site.department, city=service.city or site.city,
        latitude=service.latitude, longitude=service.longitude,
    )  # fmt: skip


def first_capacity(unit: Unit, service: HealthcareService) -> Capacity:
    """The first kind of bed of a unit, as its description has it: installed, the rest never told."""
    is_child = service.age_to is not None and service.age_to < CHILD_UNTIL
    is_adult = service.age_from is not None and service.age_from >= CHILD_UNTIL - 36
    is_stay = any(one in STAYS for one in service.mode_codes)
    return Capacity(
        id=uuid7(), unit=unit, type="bed" if is_stay else "place",
        age="child" if is_child else "adult" if is_adult else "any",
        installed=min(service.place_count or 0, rules.MOST), moments=[None] * 6, sources=[""] * 6,
    )  # fmt: skip


def warn_silent() -> bool:
    """Tell a unit's people that its figures are old, then the operator; true when more wait."""
    told = 0
    for kind in tables.unit_kinds().values():
        limit = timedelta(hours=kind.stale_hours)
        told += _warn(kind.code, limit, "warned_at")
        told += _warn(kind.code, 2 * limit, "escalated_at")
    return told >= A_ROUND


def _warn(kind: str, age: timedelta, column: str) -> int:
    moment = now()
    rows = Unit.objects.alias(last=Coalesce("known_at", "created_at")).filter(
        kind=kind, is_active=True, region="", last__lte=moment - age, **{column: None}
    )
    units = list(rows.order_by("pk").select_for_update(skip_locked=True)[:A_ROUND])
    with act():
        operators = _operators() if column == "escalated_at" else set()
        for unit in units:
            users = operators or _contacts(unit)
            notify(
                users=users, kind="beds.silent", patient_id=None, event_id=uuid7(),
                details={"at": moment.isoformat(), "unit": unit.name, "site": unit.site_name},
            )  # fmt: skip
        Unit.objects.filter(pk__in=[one.pk for one in units]).update(**{column: moment})
    return len(units)


def _contacts(unit: Unit) -> Collection[UUID]:
    """Who entered its figures lately; else the coordination and the secretariat of its site."""
    since = now() - timedelta(days=CONTACT_DAYS)
    lately = Reading.objects.filter(
        capacity__unit=unit, act__in=("entered", "same"), received_at__gte=since
    )
    found = {one for one in lately.values_list("user_id", flat=True) if one is not None}
    if found:
        return found
    held = Position.objects.filter(
        organisation_id=unit.site_id, role__in=("coordinator", "secretary"), user__is_active=True
    )
    return set(held.values_list("user_id", flat=True))


def _operators() -> set[UUID]:
    rows: QuerySet[User] = User.objects.filter(is_active=True, positions__role="operator")
    return set(rows.values_list("pk", flat=True))
