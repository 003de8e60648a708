"""What every change of a circle leaves: the line, the event, the published CareTeam."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Q

from enrs.core.access import queries as access
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.rules import WRITE, Decision
from enrs.core.audit.commands import note
from enrs.core.effects import defer
from enrs.core.events.commands import emit
from enrs.core.fhir.commands import insert_resources
from enrs.referentials.circles.fhir import care_team_publication
from enrs.referentials.circles.models import Member


def demand_write(patient_id: UUID) -> Decision | None:
    """The decision that lets the current actor change this circle; None for the platform itself.

    Raises:
        AccessRefusedError: the actor may not write in this circle; `reason` says why.
    """
    by = current_actor()
    if by.kind == "system":
        return None
    decision = access.may(WRITE, "circle", patient_id=patient_id, actor=by)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)
    return decision


def leave_traces(
    kind: str,
    *,
    patient_id: UUID,
    object_kind: str,
    object_id: UUID,
    topics: Sequence[str] = (),
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Line, event and CareTeam of one change; `kind` is its dotted code."""
    note(
        kind,
        patient_id=patient_id,
        object_kind=object_kind,
        object_id=object_id,
        reason=reason,
        details=details,
    )
    emit(
        kind,
        patient_id=patient_id,
        topics=[f"patient:{patient_id}", *topics],
        payload={"kind": "circle", "ids": [str(object_id)]},
    )


def republish(patient_id: UUID) -> None:
    """Publish the circle at the end of the act, once, whatever changes it meanwhile."""
    defer(publish_circles, patient_id)


def publish_circles(patient_ids: Sequence[UUID]) -> None:
    """Publish the current circles of several patients: one read, then one bulk write."""
    wanted = list(dict.fromkeys(patient_ids))
    now = datetime.now(UTC)
    rows = Member.objects.filter(
        Q(until=None) | Q(until__gt=now), patient_id__in=wanted, ended_at=None, withdrawn_at=None
    ).order_by("patient_id", "since", "id")
    circles: dict[UUID, list[Member]] = {
        patient: list(members) for patient, members in groupby(rows, lambda row: row.patient_id)
    }
    insert_resources([care_team_publication(one, circles.get(one, [])) for one in wanted])
