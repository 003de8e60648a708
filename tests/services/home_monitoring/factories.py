"""Invented follow-ups: a protocol of the release, a team that watches, readings."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.ids import uuid7
from enrs.referentials.directory.models import Organisation
from enrs.services.home_monitoring import commands
from enrs.services.home_monitoring.commands.protocols import sync_protocols
from enrs.services.home_monitoring.models import FollowUp, Protocol, Reading, Team

GREEN = {"saturation": ("97", ""), "temperature": ("37,2", "")}
AMBER = {"saturation": ("94", ""), "temperature": ("37,2", "")}
RED = {"saturation": ("88", ""), "temperature": ("38", "")}
HEART = {"weight": ("71", ""), "pressure": ("128", "76"), "pulse": ("72", "")}
CONTENT: dict[str, Any] = {
    "title": "Plaie à surveiller", "lead": "", "source": "", "days": 10, "every_days": 2,
    "times": ["10:00"], "grace_minutes": 60,
    "measures": [{"kind": "temperature", "is_required": True, "amber_high": "38", "red_high": "39"}],
    "questions": [{"code": "rouge", "text": "La plaie est-elle plus rouge ?", "level": "amber"}],
    "steps": {
        kind: [{"who": "watcher", "after": 0}] for kind in ("red", "amber", "silent")
    },
    "night": None, "advice": {"green": "Tout va bien."}, "leaflet": "Lavez-vous les mains.",
}  # fmt: skip


def protocol(code: str = "covid-domicile") -> Protocol:
    """A protocol that comes with the release, in service."""
    sync_protocols()
    return Protocol.objects.get(code=code, status="published")


def team(place: Organisation, kind: str = "territorial", **changes: Any) -> Team:
    """An organisation that watches for others."""
    values = {"name": place.name, "kind": kind, "hours": "tous les jours, de 8 h à 22 h"} | changes
    return Team.objects.create(id=uuid7(), organisation_id=place.id, **values)


def today() -> date:
    """The legal day."""
    return timezone.localdate()


def ago(**span: float) -> datetime:
    """A moment before now."""
    return timezone.now() - timedelta(**span)


def begun(
    patient_id: UUID, by: Actor, *, code: str = "covid-domicile", watcher: str = "", **told: Any
) -> FollowUp:
    """A follow-up begun now by somebody who watches themselves, unless another is named."""
    with acting(by):
        return commands.start_follow_up(
            patient_id=patient_id,
            protocol=protocol(code),
            watcher=watcher or f"person:{by.grantee_id}",
            informed_on=today(),
            beginning=commands.Beginning(**told),
        )


def read(one: FollowUp, by: Actor, values: dict[str, tuple[str, str]], **more: Any) -> Reading:
    """A reading entered by somebody."""
    with acting(by):
        return commands.enter_reading(follow_up=one, entered=commands.Entered(values, **more))


def fresh(one: Any) -> Any:
    """The row as the database holds it."""
    return type(one)._default_manager.get(pk=one.pk)
