"""What a source declares of its numbers: merged, apart again, renamed, one person or two."""

from datetime import datetime
from uuid import UUID

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import merge, receive, store
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.commands.links import move, refresh
from enrs.referentials.identity.models import IdentityLink, SourceIdentity, WorkItem

Number = tuple[str, str]


def _receive_identity(
    *,
    system: str,
    value: str,
    traits: rules.Traits,
    sender: str,
    told_at: datetime | None = None,
) -> SourceIdentity:
    """Keep what a source says of a person, and link it (see `receive.receive_identity`).

    Raises:
        IdentityRefusedError: no birth name, or a test INS in production.
    """
    return receive.receive_identity(system=system, value=value, traits=traits, sender=sender)


def _merge_local(
    *, system: str, kept: str, absorbed: str, sender: str, told_at: datetime | None = None
) -> None:
    """Take the absorbed number to the patient of the kept one (see `merge.merge_local`)."""
    merge.merge_local(system=system, kept=kept, absorbed=absorbed, sender=sender)


def unmerge_local(
    *, system: str, absorbed: str, sender: str, told_at: datetime | None = None
) -> None:
    """The source takes a merge back: the absorbed number has a patient of its own again.

    Facts known by that number follow. A number that is not merged stays as it is.
    """
    with act():
        identity = store.lock_identities([(system, absorbed)]).get((system, absorbed))
        if identity is None or identity.absorbed_into_id is None:
            return
        before = identity.patient_id
        SourceIdentity.objects.filter(pk=identity.pk).update(absorbed_into=None)
        identity.absorbed_into = None
        others = [one for one in store.linked_to(before) if one.identity.id != identity.id]
        if others:
            move(identity, to=_own_patient(identity), rule=IdentityLink.Rule.PARTED, by=sender)
        else:
            refresh(before, [identity], "identity.parted")
        note(
            "identity.unmerged",
            patient_ids=sorted({before, identity.patient_id}),
            object_kind="identity",
            object_id=identity.id,
        )


def _own_patient(identity: SourceIdentity) -> UUID | None:
    """The patient whom the merge emptied, if nobody came there since; else None: a new one."""
    link = (
        IdentityLink.objects.filter(identity=identity)
        .exclude(until=None)
        .order_by("-until")
        .first()
    )
    if link is None or link.patient_id == identity.patient_id or store.linked_to(link.patient_id):
        return None
    return link.patient_id


def change_number(
    *, system: str, old: str, new: str, sender: str, told_at: datetime | None = None
) -> None:
    """A number of a source becomes another one: the old one resolves to the same person for ever."""
    _merge_local(system=system, kept=new, absorbed=old, sender=sender, told_at=told_at)


def link_declared(
    *,
    one: Number,
    other: Number,
    sender: str,
    told_at: datetime | None = None,
    is_linked: bool,
) -> None:
    """A source says that two numbers are one person, or are not: the identity unit is told, nothing moves."""
    with act():
        found = store.lock_identities([one, other])
        identities = [found[key] for key in (one, other) if key in found]
        if len(identities) < 2:
            note(
                "identity.declared.unknown",
                outcome="refused",
                details={"systems": [one[0], other[0]]},
            )
            return
        patients = sorted({identity.patient_id for identity in identities})
        if is_linked == (len(patients) > 1):
            open_work_item(
                kind=WorkItem.Kind.POSSIBLE_DUPLICATE
                if is_linked
                else WorkItem.Kind.DISCORDANT_TRAITS,
                identity_ids=sorted(identity.id for identity in identities),
                patient_ids=patients,
                evidence={"declared": "linked" if is_linked else "apart", "fields": []},
                sender=sender,
            )
        note(
            "identity.declared.linked" if is_linked else "identity.declared.apart",
            patient_ids=patients,
            object_kind="identity",
            object_id=identities[0].id,
        )
