"""Recording many measures in one act: what a device, an application or a whole bundle sends."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.effects import act, defer
from enrs.core.ids import uuid7
from enrs.core.rows import insert_rows
from enrs.referentials.identity.queries import latest_identity
from enrs.services.record.commands import entries
from enrs.services.record.models import Measure
from enrs.services.record.rules import entries as rules

NOBODY: Mapping[UUID, UUID] = {}


def record_measures(
    measures: Sequence[tuple[UUID, Mapping[str, Any]]], carried_by: Mapping[UUID, UUID] = NOBODY
) -> list[Measure]:
    """Write measures as the current actor, each as (patient, values) of `record_entry`; rows in their order.

    The decision and the identity are read once for each patient; the rows go in one statement
    at the end of the act, with what it leaves behind. `carried_by` names the identity of a patient that carries
    them, where it is not the latest.

    Raises:
        AccessRefusedError: the actor may not write one of them; none is written.
        rules.EntryRefusedError: a value cannot be; none is written.
    """
    by, now = current_actor(), timezone.now()
    patients = dict.fromkeys(patient_id for patient_id, _ in measures)
    by_person = {one: entries._demand(one, "measure") for one in patients}
    identities = {one: carried_by.get(one) or latest_identity(one) for one in patients}
    rows = [
        Measure(
            id=uuid7(),
            identity_id=identities[patient_id],
            patient_id=patient_id,
            author_id=by.user_id,
            author_name=by.name,
            author_label=by.label,
            noted_at=now,
            is_by_person=by_person[patient_id],
            **rules.checked("measure", values, now=now),
        )
        for patient_id, values in measures
    ]
    with act():
        for row in rows:
            defer(insert_rows, row)
            entries._tell(row, "measure", "recorded")
    return rows
