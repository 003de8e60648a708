"""A unit's description as it would be published, and what the rules of quality say of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.rules import quality
from enrs.referentials.offer.tables import Code, packaged, table

TABLES = (
    "activity", "field", "mode", "reception", "speciality", "act", "public", "equipment", "level",
)  # fmt: skip


class Values(dict[str, Any]):
    """The columns of a unit, read when they are asked for."""

    def __init__(self, service: HealthcareService, over: Mapping[str, Any]) -> None:
        super().__init__(over)
        self.service = service

    def __missing__(self, name: str) -> Any:
        return getattr(self.service, name)


def values_of(service: HealthcareService) -> Values:
    """What is published, under what the draft says."""
    return Values(service, service.draft or {})


Tables = list[dict[str, Code]]
_known: list[tuple[Tables, dict[str, frozenset[str]]]] = []


def known_codes() -> dict[str, frozenset[str]]:
    """The codes of each table, gathered anew when another version of a nomenclature is seen."""
    tables = [table(name) for name in TABLES]
    if not _known or any(one is not other for one, other in zip(tables, _known[0][0], strict=True)):
        _known[:] = [
            (tables, {name: frozenset(one) for name, one in zip(TABLES, tables, strict=True)})
        ]
    return _known[0][1]


def facts_of(service: HealthcareService, *, verified_at: datetime | None) -> quality.Facts:
    """What the rules need besides the values."""
    known = known_codes()
    # The field follows the activity, whose table is ours: nobody chooses another.
    known = known | {"field": known["field"] | frozenset(packaged("field"))}
    if service.kind == HealthcareService.Kind.CITY:
        # The city's specialities are those of RPPS, whole.
        known = known | {"speciality": known["speciality"] | frozenset(service.speciality_codes)}
    return quality.Facts(
        now=timezone.now(),
        known=known,
        site_department=service.site.department if service.site else "",
        site_is_closed=bool(service.site and service.site.is_closed),
        verified_at=verified_at,
        kind=service.kind,
        held=_held(service),
    )


def _held(service: HealthcareService) -> dict[str, frozenset[str]]:
    """The codes that are published of it, by table."""
    return {
        "activity": frozenset([service.activity_code]), "field": frozenset([service.field_code]),
        "mode": frozenset(service.mode_codes), "reception": frozenset(service.reception_codes),
        "speciality": frozenset(service.speciality_codes), "act": frozenset(service.act_codes),
        "public": frozenset(service.public_codes),
        "equipment": frozenset(one["code"] for one in service.equipment),
    }  # fmt: skip


def faults_of(service: HealthcareService) -> list[str]:
    """The rules that the unit, with its draft, does not keep."""
    return checked(service)[0]


def checked(service: HealthcareService) -> tuple[list[str], list[str]]:
    """The rules that the unit, with its draft, does not keep, and those that stop its publication."""
    values, facts = values_of(service), facts_of(service, verified_at=service.verified_at)
    broken = quality.faults(values, facts)
    return broken, quality.blocking(broken, values, facts)
