"""Parting an identity that is not this patient's, and putting it back, from the unit's page of a patient."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
from django.db import connection

from enrs.core.access.actor import Actor
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity.commands import links, store
from enrs.referentials.identity.commands.decisions import relink_identity, withdraw_parting
from enrs.referentials.identity.commands.desk import demand_officer
from enrs.referentials.identity.models import SourceIdentity, WorkItem


def part_identity(*, identity_id: UUID, patient_id: UUID, reason: str, by: Actor) -> SourceIdentity:
    """Give an identity a patient of its own, when it was wrongly linked to `patient_id`; its facts follow.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        SourceIdentity.DoesNotExist: no such identity, or it never was that patient's.
        StaleSaveError: it is that patient's no more, or their only one.
    """
    demand_officer(by, reason)
    identity, former = seen_by_unit(identity_id)
    if patient_id not in (identity.patient_id, former):
        raise SourceIdentity.DoesNotExist
    with act():
        links.let_in(by, [patient_id], identity_id)
        if identity.patient_id != patient_id or len(store.linked_to(patient_id)) < 2:
            raise StaleSaveError(identity)
        relink_identity(identity=identity, patient_id=None, by=by, reason=reason)
    return identity


def rejoin_identity(*, identity_id: UUID, reason: str, by: Actor) -> SourceIdentity:
    """Put an identity back with the patient whom it left last: the undoing of a parting.

    Raises:
        AccessRefusedError: `profession` or `reason`.
        SourceIdentity.DoesNotExist: no such identity.
        StaleSaveError: it never was anybody else's.
    """
    demand_officer(by, reason)
    identity, former = seen_by_unit(identity_id)
    if former is None:
        raise StaleSaveError(identity)
    with act():
        links.let_in(by, [identity.patient_id, former], identity_id)
        withdraw_parting(identity.id, by=by, reason=reason)
        identity.refresh_from_db(fields=["patient_id"])
        # The parting had put one INS on two patients.
        settled = WorkItem.objects.filter(identity_ids__contains=[identity_id], closed_at=None)
        settled.filter(kind=WorkItem.Kind.INS_ON_TWO_PATIENTS).update(
            closed_at=datetime.now(UTC), outcome=WorkItem.Outcome.BY_RULE
        )
    return identity


def seen_by_unit(identity_id: UUID) -> tuple[SourceIdentity, UUID | None]:
    """An identity as the unit sees it, and the patient whom it left last."""
    with connection.cursor() as cursor:
        cursor.execute("select body, former from identity_links_of(%s)", [[identity_id]])
        row = cursor.fetchone()
    if row is None:
        raise SourceIdentity.DoesNotExist
    identity = store.identity_of(store.row_of(row[0]))
    links_before = row[1] if isinstance(row[1], list) else orjson.loads(row[1])
    former = [UUID(one["patient_id"]) for one in links_before]
    others = [one for one in former if one != identity.patient_id]
    return identity, others[0] if others else None
