"""The teams that watch for others, as the region's team declares them."""

from uuid import UUID

from enrs.core.audit.commands import note as audit
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.referentials.directory.queries import organisation
from enrs.services.home_monitoring.commands.shared import (
    MonitoringRefusedError,
    clean,
    demand_region,
)
from enrs.services.home_monitoring.models import TEAM_KINDS, Team


def declare_team(*, organisation_id: UUID, kind: str, hours: str, phone: str = "") -> Team:
    """Declare that an organisation of the directory watches for others; declared again, it is as said last.

    Raises:
        AccessRefusedError: not of the region's team.
        MonitoringRefusedError: `place`, `kind`, `hours`, `long`.
    """
    demand_region()
    place = organisation(organisation_id)
    if place is None:
        raise MonitoringRefusedError("place")
    if kind not in dict(TEAM_KINDS):
        raise MonitoringRefusedError("kind")
    said = clean(hours, 120)
    if not said:
        raise MonitoringRefusedError("hours")
    with act():
        known = Team.objects.select_for_update().filter(organisation_id=place.id).first()
        made = known or Team(id=uuid7(), organisation_id=place.id, version=0)
        made.name, made.kind, made.hours = place.name[:200], kind, said
        made.phone, made.is_active = clean(phone, 40), True
        made.version += 1
        made.save(force_insert=known is None)
        _note(made, "declared")
    return made


def close_team(*, team: Team, expected_version: int) -> Team:
    """Take a team off the list: what it watches stays in its hands until somebody takes over.

    Raises:
        AccessRefusedError, StaleSaveError.
    """
    demand_region()
    with act():
        team.is_active = False
        save_version(team, expected=expected_version, fields=["is_active"])
        _note(team, "closed")
    return team


def _note(team: Team, what: str) -> None:
    audit(f"home_monitoring.team.{what}", object_kind="monitoring_team", object_id=team.id)
