"""Invented sites and units."""

from typing import Any

from enrs.core.ids import uuid7
from enrs.referentials.directory.models import Organisation
from enrs.referentials.directory.rules import name_key
from enrs.referentials.offer.models import HealthcareService
from tests.referentials.directory.factories import finess_number


def make_site(rank: int = 1, **fields: Any) -> Organisation:
    """A hospital of Paris, described by FINESS."""
    name = str(fields.pop("name", f"Hôpital des Érables {rank}"))
    values = {
        "source": Organisation.Source.FINESS,
        "finess_eg": finess_number(rank),
        "finess_ej": finess_number(9000 + rank),
        "category_code": "355",
        "city": "Paris",
        "city_key": "PARIS",
        "postal_code": "75014",
        "commune_code": "75114",
        "department": "75",
        "latitude": 48.83,
        "longitude": 2.32,
        "row_hash": "",
    } | fields
    return Organisation.objects.create(id=uuid7(), name=name, name_key=name_key(name), **values)


def make_unit(site: Organisation, **fields: Any) -> HealthcareService:
    """A published dialysis centre of a site, as the seed writes it (no search row, not published in FHIR)."""
    name = str(fields.pop("name", "Hémodialyse en centre"))
    values: dict[str, Any] = {
        "state": HealthcareService.State.PUBLISHED,
        "field_code": "01",
        "activity_code": "dialyse-centre",
        "mode_codes": ["seance"],
        "speciality_codes": ["nephrologie"],
        "public_codes": ["adultes"],
        "hours": [[day, 390, 1380] for day in range(6)],
        "city": site.city,
        "postal_code": site.postal_code,
        "commune_code": site.commune_code,
        "latitude": site.latitude,
        "longitude": site.longitude,
    } | fields
    return HealthcareService.objects.create(site=site, name=name, name_key=name_key(name), **values)
