"""Reads of the governance of identity: charter and who signed it, audits, action plans."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Q

from enrs.referentials.identity.models import (
    CharterSigning,
    GovernanceAct,
    IdentityCharter,
    IdentitySource,
    SourceAction,
    SourceAudit,
)
from enrs.referentials.identity.queries.unit import seen_systems


def charters() -> list[IdentityCharter]:
    """The versions of the charter, the newest first."""
    return list(IdentityCharter.objects.order_by("-published_at", "-id")[:50])


def charter(charter_id: UUID | None = None) -> IdentityCharter | None:
    """One version, the one in force (the newest) unless told."""
    rows = IdentityCharter.objects.order_by("-published_at", "-id")
    return (rows.filter(pk=charter_id) if charter_id else rows).first()


def signatories(version: IdentityCharter) -> list[tuple[IdentitySource, CharterSigning | None]]:
    """Every source that the actor may see, with its signing of a version: those who have not signed first."""
    signed = {
        one.source_id: one
        for one in CharterSigning.objects.filter(charter=version, cancelled_at=None)
    }
    known = IdentitySource.objects.order_by("name", "id")
    systems = seen_systems()
    if systems is not None:
        known = known.filter(system__in=systems)
    rows = [(one, signed.get(one.id)) for one in known]
    return sorted(rows, key=lambda row: row[1] is not None)


def signings_of(source: IdentitySource) -> list[CharterSigning]:
    """What a source signed, the newest first; what was cancelled too."""
    rows = CharterSigning.objects.filter(source=source).select_related("charter")
    return list(rows.order_by("-signed_on", "-id")[:50])


def signing(signing_id: UUID) -> CharterSigning | None:
    """A signing that the actor may see."""
    return CharterSigning.objects.filter(pk=signing_id).first()


def audits_of(
    source: IdentitySource, *, after: tuple[date, UUID] | None = None, limit: int = 10
) -> list[SourceAudit]:
    """The audits of a source, the newest first."""
    rows = SourceAudit.objects.filter(source=source)
    if after is not None:
        on, key = after
        rows = rows.filter(Q(held_on__lt=on) | Q(held_on=on, id__lt=key))
    return list(rows.order_by("-held_on", "-id")[:limit])


def audit(audit_id: UUID) -> SourceAudit | None:
    """An audit that the actor may see."""
    rows = SourceAudit.objects.filter(_own(), pk=audit_id)
    return rows.select_related("source").first()


def action(action_id: UUID) -> SourceAction | None:
    """An action that the actor may see."""
    return SourceAction.objects.filter(_own(), pk=action_id).select_related("source").first()


def actions(
    *,
    source: IdentitySource | None = None,
    state: str = "open",
    after: tuple[date, UUID] | None = None,
    limit: int = 25,
) -> list[SourceAction]:
    """The actions in one state that the actor may see: the soonest due (so the most overdue) first."""
    rows = SourceAction.objects.filter(_own(), state=state)
    if source is not None:
        rows = rows.filter(source=source)
    if after is not None:
        on, key = after
        rows = rows.filter(Q(due_on__gt=on) | Q(due_on=on, id__gt=key), due_on__gte=on)
    return list(rows.select_related("source").order_by("due_on", "id")[:limit])


def actions_from(*, audit_id: UUID | None = None, incident_id: UUID | None = None) -> list[SourceAction]:  # fmt: skip
    """The actions that an audit or an adverse event opened, the soonest due first."""
    rows = SourceAction.objects.filter(_own()).select_related("source").order_by("due_on", "id")
    if audit_id is not None:
        return list(rows.filter(audit_id=audit_id)[:100])
    return list(rows.filter(incident_id=incident_id)[:100])


def _own() -> Q:
    """What is of the sources that the actor reads in the position in which they act."""
    systems = seen_systems()
    return Q() if systems is None else Q(source__system__in=systems)


def steps_of(about: Collection[UUID]) -> list[GovernanceAct]:
    """The history of some rows, the newest first; the unit's alone."""
    if seen_systems() is not None:
        return []
    return list(GovernanceAct.objects.filter(about_id__in=list(about)).order_by("-at", "-id")[:100])


def unsigned_of(
    source: IdentitySource, signings: Sequence[CharterSigning]
) -> list[IdentityCharter]:
    """The versions that a source has not signed, the newest first."""
    signed = {one.charter_id for one in signings if one.cancelled_at is None}
    return [one for one in charters() if one.id not in signed]
