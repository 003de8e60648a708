"""Campaigns and vaccines as the region's team describes them, and those that the release ships."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connections
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.questionnaires.queries import published_form
from enrs.core.subjects.commands import save_version
from enrs.formats.datamatrix_box import is_gtin
from enrs.services.vaccination.commands.errors import VaccinationRefusedError
from enrs.services.vaccination.commands.traces import demand_manager
from enrs.services.vaccination.models import ROUTES, Campaign, Vaccine
from enrs.services.vaccination.rules.eligibility import ROLES

SHIPPED = Path(__file__).parents[1] / "data" / "shipped.json"


@dataclass(frozen=True, slots=True)
class CampaignContent:
    """What the region says of a campaign; see the model for the meaning of each field."""

    name: str
    starts_on: date
    vaccine_ids: list[UUID]
    summary: str = ""
    status: str = "draft"
    ends_on: date | None = None
    min_months: int = 0
    max_age: int | None = None
    target_age: int | None = None
    conditions: list[str] = field(default_factory=list)
    is_target_only: bool = False
    prescribers: dict[str, int] = field(default_factory=dict)
    vaccinators: dict[str, int] = field(default_factory=dict)
    dose_count: int = 1
    interval_days: int = 0
    form_name: str = ""


@dataclass(frozen=True, slots=True)
class VaccineContent:
    """What the region says of a vaccine; `gtins` in 14 digits."""

    name: str
    disease: str
    code: str = ""
    disease_code: str = ""
    route: str = "IM"
    min_months: int = 0
    max_months: int | None = None
    gtins: list[str] = field(default_factory=list)
    is_retired: bool = False


def create_campaign(*, content: CampaignContent) -> Campaign:
    """One more campaign.

    Raises:
        AccessRefusedError: not of the region's team.
        VaccinationRefusedError: see `_campaign_fault`.
    """
    by = demand_manager()
    _check(_campaign_fault(content))
    made = Campaign(id=uuid7(), changed_by=by.name[:200], **asdict(content))
    with act():
        made.save(force_insert=True)
        _note("campaign.created", made)
    return made


def amend_campaign(
    *, campaign: Campaign, content: CampaignContent, expected_version: int
) -> Campaign:
    """Change a campaign; what was done under it stays as it is.

    Raises:
        AccessRefusedError, VaccinationRefusedError: as `create_campaign`.
        StaleSaveError: somebody changed it meanwhile.
    """
    _check_manager_and(_campaign_fault(content))
    _amend(campaign, asdict(content), expected_version, "campaign.amended")
    return campaign


def create_vaccine(*, content: VaccineContent) -> Vaccine:
    """One more vaccine.

    Raises:
        AccessRefusedError: not of the region's team.
        VaccinationRefusedError: `name`, `code`, `ages`, `route`, `gtin`, `gtin_taken`.
    """
    by = demand_manager()
    _check(_vaccine_fault(content, None))
    made = Vaccine(id=uuid7(), changed_by=by.name[:200], **asdict(content))
    with act():
        made.save(force_insert=True)
        _note("vaccine.created", made)
    return made


def amend_vaccine(*, vaccine: Vaccine, content: VaccineContent, expected_version: int) -> Vaccine:
    """Change a vaccine; a dose that was given keeps the words of its day.

    Raises:
        AccessRefusedError, VaccinationRefusedError: as `create_vaccine`.
        StaleSaveError: somebody changed it meanwhile.
    """
    _check_manager_and(_vaccine_fault(content, vaccine.pk))
    _amend(vaccine, asdict(content), expected_version, "vaccine.amended")
    return vaccine


def take_in_shipped(*, using: str = "default") -> int:
    """Add the vaccines and campaigns of the release that this database never had; returns how many were new.

    What the region changed of them stays as it made it.
    """
    if "vaccination_campaign" not in connections[using].introspection.table_names():
        return 0
    given = json.loads(SHIPPED.read_text(encoding="utf-8"))
    known = dict(Vaccine.objects.using(using).exclude(key="").values_list("key", "id"))
    held = set(Campaign.objects.using(using).exclude(key="").values_list("key", flat=True))
    fresh = [Vaccine(id=uuid7(), **one) for one in given["vaccines"] if one["key"] not in known]
    known |= {one.key: one.id for one in fresh}
    campaigns = [_shipped(one, known) for one in given["campaigns"] if one["key"] not in held]
    Vaccine.objects.using(using).bulk_create(fresh)
    Campaign.objects.using(using).bulk_create(campaigns)
    return len(fresh) + len(campaigns)


def _shipped(values: dict[str, Any], known: dict[str, UUID]) -> Campaign:
    days = {name: date.fromisoformat(values[name]) for name in ("starts_on", "ends_on")}
    rest = {name: one for name, one in values.items() if name not in {*days, "vaccines"}}
    return Campaign(
        id=uuid7(), vaccine_ids=[known[one] for one in values["vaccines"]], **days, **rest
    )


# --- the parts -------------------------------------------------------------------------------------


def _check(reason: str) -> None:
    if reason:
        raise VaccinationRefusedError(reason)


def _check_manager_and(reason: str) -> None:
    demand_manager()
    _check(reason)


def _amend(row: Campaign | Vaccine, values: dict[str, Any], expected: int, what: str) -> None:
    by = demand_manager()
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at, row.changed_by = timezone.now(), by.name[:200]
    with act():
        save_version(row, expected=expected, fields=[*values, "changed_at", "changed_by"])
        _note(what, row, changed)


def _note(what: str, row: Campaign | Vaccine, changed: list[str] | None = None) -> None:
    note(
        f"vaccination.{what}",
        object_kind=row._meta.db_table,
        object_id=row.pk,
        details={"name": row.name} | ({"changed": changed} if changed else {}),
    )


def _campaign_fault(content: CampaignContent) -> str:
    """The code of what is wrong: `name`, `dates`, `ages`, `vaccines`, `vaccinators`, `roles`, `doses`, `form`."""
    ages = [*content.prescribers.values(), *content.vaccinators.values()]
    known = Vaccine.objects.filter(pk__in=content.vaccine_ids).count()
    checks = (
        ("name", not content.name.strip() or content.status not in Campaign.Status.values),
        ("dates", content.ends_on is not None and content.ends_on < content.starts_on),
        ("ages", content.max_age is not None and content.max_age * 12 < content.min_months),
        ("ages", not all(0 <= one <= 150 for one in ages)),
        ("vaccines", not content.vaccine_ids or known < len(set(content.vaccine_ids))),
        ("vaccinators", not content.vaccinators),
        ("roles", bool({*content.prescribers, *content.vaccinators} - set(ROLES))),
        ("doses", not (1 <= content.dose_count <= 10 and 0 <= content.interval_days <= 3650)),
    )
    fault = next((code for code, is_wrong in checks if is_wrong), "")
    if not fault and content.form_name and published_form(content.form_name) is None:
        return "form"
    return fault


def _vaccine_fault(content: VaccineContent, own: UUID | None) -> str:
    others = Vaccine.objects.filter(gtins__overlap=content.gtins) if content.gtins else []
    checks = (
        ("name", not content.name.strip() or not content.disease.strip()),
        ("code", len(content.code) > 7 or len(content.disease_code) > 18),
        ("ages", content.max_months is not None and content.max_months < content.min_months),
        ("route", content.route not in dict(ROUTES)),
        ("gtin", not all(is_gtin(one) for one in content.gtins)),
        ("gtin_taken", any(one.pk != own for one in others)),
    )
    return next((code for code, is_wrong in checks if is_wrong), "")
