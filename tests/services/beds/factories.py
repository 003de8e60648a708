"""Invented units with beds, and the people who count them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.ids import uuid7
from enrs.referentials.directory.models import Organisation
from enrs.services.beds.models import BedRequest, Capacity, Unit
from enrs.services.beds.rules import CELL_ACTIVITY
from tests.factories import PositionFactory, UserFactory, organisation
from tests.referentials.offer.factories import make_unit


def bed_unit(site: Organisation | None = None, kind: str = "rea", **fields: Any) -> Unit:
    """A followed unit of a site."""
    place = site or organisation(f"Hôpital {uuid7().hex[-6:]}")
    name = str(fields.pop("name", "Réanimation polyvalente"))
    values: dict[str, Any] = {
        "site_id": place.pk, "site_name": place.name, "site_finess": place.finess_eg,
        "sort_key": f"{place.name} {name}".upper(), "department": "77", "city": "Melun",
        "latitude": 48.54, "longitude": 2.66,
    } | fields  # fmt: skip
    service = make_unit(place, name=name, activity_code="reanimation-adultes", place_count=12)
    return Unit.objects.create(service=service, kind=kind, name=name, **values)


def capacity(unit: Unit | None = None, *, hours: float | None = 1, **fields: Any) -> Capacity:
    """Beds whose figures were counted so many hours ago (never, with None)."""
    at = None if hours is None else timezone.now() - timedelta(hours=hours)
    values: dict[str, Any] = {
        "installed": 12,
        "available": 3,
        "occupied": 9,
        "age": "adult",
    } | fields
    row = Capacity.objects.create(
        unit=unit or bed_unit(), moments=[at] * 6, sources=["hand" if at else ""] * 6, measured_at=at,
        source="hand" if at else "", **values,
    )  # fmt: skip
    Unit.objects.filter(pk=row.unit_id).update(free_count=row.available - row.held, known_at=at)
    return row


def caregiver(site_id: Any, role: str = "nurse", name: str = "") -> User:
    """Somebody who works at a site."""
    user = UserFactory(**({"name": name} if name else {}))
    PositionFactory(user=user, role=role, organisation_id=site_id, organisation_name="CH d’essai")
    return user


def cell_member(role: str = "physician") -> User:
    """Somebody of a place that regulates calls."""
    place = organisation(f"SAMU {uuid7().hex[-6:]}")
    make_unit(place, name="Régulation", activity_code=CELL_ACTIVITY)
    return caregiver(place.pk, role)


def operator() -> User:
    user = UserFactory(kind="operator")
    PositionFactory(user=user, role="operator", organisation_id=uuid7())
    return user


def asked(**fields: Any) -> BedRequest:
    """A request for an adult's bed."""
    values = {"kind": "rea", "place_id": uuid7(), "place_name": "CH d’essai", "by_name": "Dr ESSAI"}
    return BedRequest.objects.create(**values | fields)
