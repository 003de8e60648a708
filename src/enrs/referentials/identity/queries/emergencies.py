"""Reads on people who have no name yet: row security shows a place its own, and the unit all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q

from enrs.core.audit.commands import note
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.models import EmergencyIdentity, WorkItem

PAGE = 25


@dataclass(frozen=True, slots=True)
class Unknown:
    """Somebody without a name, the patient that they are, and the open item that says who it may be."""

    emergency: EmergencyIdentity
    patient_id: UUID
    item_id: UUID | None = None

    @property
    def days(self) -> int:
        """For how many days nobody has named them."""
        return (datetime.now(UTC) - self.emergency.made_at).days


def unknown_people(after: tuple[datetime, UUID] | None = None) -> list[Unknown]:
    """Those who are not reconciled, who waited longest first: one more than a page shows."""
    rows = EmergencyIdentity.objects.filter(is_open=True).order_by("made_at", "id")
    if after:
        at, key = after
        rows = rows.filter(Q(made_at__gt=at) | Q(made_at=at, id__gt=key))
    found = list(rows[: PAGE + 1])
    patients = online.patients_of([one.identity_id for one in found])
    items = _items_of([one.identity_id for one in found])
    note(
        "identity.emergency.list",
        patient_ids=sorted(set(patients.values())),
        object_kind="identity",
    )
    return [
        Unknown(one, patients[one.identity_id], items.get(one.identity_id))
        for one in found
        if one.identity_id in patients
    ]


def _items_of(identity_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The open items by which somebody was recognised; none for who is not of the unit."""
    if not identity_ids:
        return {}
    rows = WorkItem.objects.filter(
        kind=WorkItem.Kind.EMERGENCY_KNOWN, identity_ids__overlap=list(identity_ids), closed_at=None
    )
    return {key: one.id for one in rows for key in one.identity_ids}


def withdrawn_people(after: tuple[datetime, UUID] | None = None) -> list[EmergencyIdentity]:
    """Those who were written by mistake, the last ones first: one more than a page shows."""
    rows = EmergencyIdentity.objects.exclude(withdrawn_at=None).order_by("-withdrawn_at", "-id")
    if after:
        at, key = after
        rows = rows.filter(Q(withdrawn_at__lt=at) | Q(withdrawn_at=at, id__lt=key))
    found = list(rows[: PAGE + 1])
    patients = online.patients_of([one.identity_id for one in found])
    note(
        "identity.emergency.list",
        patient_ids=sorted(set(patients.values())),
        object_kind="identity",
    )
    return found


def written_emergency(emergency_id: UUID) -> EmergencyIdentity | None:
    """Somebody who was written without a name, were it by mistake, for who may see them."""
    return EmergencyIdentity.objects.filter(pk=emergency_id).first()


def mistake_of_patient(patient_id: UUID) -> EmergencyIdentity | None:
    """The emergency identity of a patient that was written by mistake."""
    rows = EmergencyIdentity.objects.filter(identity__patient_id=patient_id)
    return rows.exclude(withdrawn_at=None).order_by("id").first()


def emergency_of(emergency_id: UUID) -> EmergencyIdentity | None:
    """Somebody without a name, for the unit."""
    return EmergencyIdentity.objects.filter(pk=emergency_id, is_open=True).first()


def emergency_of_patient(patient_id: UUID) -> EmergencyIdentity | None:
    """What was seen of a patient who has no name yet."""
    rows = EmergencyIdentity.objects.filter(identity__patient_id=patient_id, is_open=True)
    return rows.select_related("identity").order_by("id").first()


def told_of_item(item: WorkItem) -> EmergencyIdentity | None:
    """What was seen of whom an item says to be recognised, with the words of this item."""
    if item.kind != WorkItem.Kind.EMERGENCY_KNOWN:
        return None
    found = EmergencyIdentity.objects.filter(identity_id=item.identity_ids[-1]).first()
    if found is not None and "claim" in item.evidence:
        found.claim, found.claimed_by = item.evidence["claim"], item.evidence["by"]
        found.claimed_at = datetime.fromisoformat(item.evidence["at"])
    return found
