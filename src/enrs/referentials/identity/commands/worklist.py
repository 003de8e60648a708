"""What the identity unit must look at, and what it decides."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity.commands import links, store
from enrs.referentials.identity.models import SourceIdentity, WorkItem


def close_work_item(
    *,
    item_id: UUID,
    outcome: str,
    reason: str,
    by: Actor,
    identities: Sequence[SourceIdentity] = (),
) -> None:
    """Decide an item: link its identities, leave them apart, or say that they are namesakes.

    `linked` takes every identity to the patient of the first one. `identities` are the item's, in
    its order, as `queries.identities_of_items` gives them to the unit.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: somebody decided it meanwhile.
    """
    if by.role != "identity_officer":
        raise AccessRefusedError("profession")
    if len(reason.strip()) < 5:
        raise AccessRefusedError("reason")
    if outcome not in (
        WorkItem.Outcome.LINKED, WorkItem.Outcome.KEPT_APART, WorkItem.Outcome.NAMESAKE,
    ):  # fmt: skip
        raise ValueError(outcome)
    with act():
        changed = WorkItem.objects.filter(pk=item_id, closed_at=None).update(
            closed_at=datetime.now(UTC), closed_by=by.name, closed_reason=reason, outcome=outcome
        )
        item = WorkItem.objects.get(pk=item_id)
        if not changed:
            raise StaleSaveError(item)
        if outcome == WorkItem.Outcome.LINKED:
            _link(identities, by, reason)
        elif outcome == WorkItem.Outcome.NAMESAKE:
            _mark_namesakes(identities, by)
        note(
            f"identity.work.{outcome}",
            patient_ids=item.patient_ids,
            object_kind="identity_work_item",
            object_id=item.id,
            reason=reason,
        )


def _link(identities: Sequence[SourceIdentity], by: Actor, reason: str) -> None:
    first, *others = identities
    for identity in others:
        links.let_in(by, [identity.patient_id, first.patient_id], identity.id)
        if identity.attribute == "doubtful":
            identity.attribute = ""
            SourceIdentity.objects.filter(pk=identity.pk).update(attribute="")
        links.relink_identity(identity=identity, patient_id=first.patient_id, by=by, reason=reason)


def _mark_namesakes(identities: Sequence[SourceIdentity], by: Actor) -> None:
    for identity in identities:
        links.let_in(by, [identity.patient_id], identity.id)
        SourceIdentity.objects.filter(pk=identity.pk, attribute="").update(attribute="homonym")
        everyone = [one.identity for one in store.linked_to(identity.patient_id)]
        links.refresh(identity.patient_id, everyone, "identity.changed")
