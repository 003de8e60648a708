"""Undoing a decision of the identity unit: the item waits again, its identities are where they were."""

from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity.commands import links, store
from enrs.referentials.identity.models import (
    IdentityLink,
    IdentityVersion,
    SourceIdentity,
    WorkItem,
)


def reopen_work_item(*, item_id: UUID, reason: str, by: Actor) -> None:
    """Open a decided item again: identities go back to their former patients, attributes to their former value.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        StaleSaveError: nothing to undo, or the same thing already waits again.
    """
    if by.role != "identity_officer":
        raise AccessRefusedError("profession")
    if len(reason.strip()) < 5:
        raise AccessRefusedError("reason")
    with act():
        item = WorkItem.objects.select_for_update().get(pk=item_id)
        again = WorkItem.objects.filter(key=item.key, closed_at=None).exists()
        if item.closed_at is None or again or item.outcome == WorkItem.Outcome.BY_RULE:
            raise StaleSaveError(item)
        if item.outcome == WorkItem.Outcome.LINKED:
            _part(item, by, reason)
        elif item.outcome == WorkItem.Outcome.NAMESAKE:
            _restore_attributes(item, by)
        note("identity.work.undone", object_kind="identity_work_item", object_id=item.id,
             patient_ids=item.patient_ids, reason=reason)  # fmt: skip
        item.closed_at, item.closed_by, item.closed_reason, item.outcome = None, "", "", ""
        item.save(update_fields=["closed_at", "closed_by", "closed_reason", "outcome"])


def _part(item: WorkItem, by: Actor, reason: str) -> None:
    """Each identity that the decision moved goes back to the patient whom it left then."""
    links.let_in(by, item.patient_ids, item.id)
    for identity_id in reversed(item.identity_ids):
        left = IdentityLink.objects.filter(identity_id=identity_id, until__gte=item.closed_at)
        former = left.order_by("until").first()
        identity = SourceIdentity.objects.filter(pk=identity_id).first()
        if former is None or identity is None or former.patient_id == identity.patient_id:
            continue
        put_attribute_back(identity)
        links.relink_identity(identity=identity, patient_id=former.patient_id, by=by, reason=reason)


def _restore_attributes(item: WorkItem, by: Actor) -> None:
    links.let_in(by, item.patient_ids, item.id)
    for identity in SourceIdentity.objects.filter(pk__in=item.identity_ids, attribute="homonym"):
        put_attribute_back(identity)
        everyone = [one.identity for one in store.linked_to(identity.patient_id)]
        links.refresh(identity.patient_id, everyone, "identity.changed")


def put_attribute_back(identity: SourceIdentity) -> None:
    """A decision writes no version: the newest one keeps the attribute that it changed."""
    last = IdentityVersion.objects.filter(identity_id=identity.id).order_by("-version").first()
    if last is not None and last.attribute != identity.attribute:
        identity.attribute = last.attribute
        SourceIdentity.objects.filter(pk=identity.pk).update(attribute=last.attribute)
