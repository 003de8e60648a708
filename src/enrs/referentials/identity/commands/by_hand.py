"""A person creates a patient by hand, after a warning on who might already be them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError, give_grant
from enrs.core.access.models import Level
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import create_patient
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.commands.items import follow_pairs, open_work_item
from enrs.referentials.identity.commands.keeping import demand_real_name
from enrs.referentials.identity.commands.links import ONE_MINUTE
from enrs.referentials.identity.commands.receive import compared_rows, write_new
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.models import SourceIdentity, WorkItem

FIRST_RIGHT = timedelta(days=7)
"""How long the creating place reads the record before a circle is made."""


class PossibleDuplicateError(Exception):
    """Somebody with the same name, birth date and sex exists; `inside` are those one may open."""

    def __init__(self, inside: list[UUID], outside_count: int) -> None:
        super().__init__("possible duplicate")
        self.inside = inside
        self.outside_count = outside_count


AT_COUNTERS: Final = ("pharmacist", "nurse")
"""Professions that correct no identity, and may create one for somebody who stands before them (vaccination)."""


def create_patient_by_hand(
    *, traits: rules.Traits, by: Actor, is_confirmed: bool = False, is_at_counter: bool = False
) -> SourceIdentity:
    """Create a patient from what a person typed: provisional or validated, without INS.

    Only the national service gives an INS, so one that was typed is not kept. The place that creates
    gets a first right of seven days. Whoever resembles them goes to the identity unit's list at once.

    Raises:
        AccessRefusedError: the role may not write identities, nor (`is_at_counter`) create one at a counter.
        PossibleDuplicateError: unless `is_confirmed`, in which case the identity unit is told.
        IdentityRefusedError: no birth name, or one that is made up for an emergency.
    """
    grantee = by.organisation_id or by.grantee_id
    may_create = access_rules.permits(by.role, "identity", access_rules.WRITE)
    may_create = may_create or (is_at_counter and by.role in AT_COUNTERS)
    if grantee is None or not may_create:
        raise AccessRefusedError("profession")
    status = "validated" if traits.status == "validated" else "provisional"
    settled = rules.settle(replace(traits, ins="", ins_oid="", status=status), mode=settings.MODE)
    demand_real_name(settled.traits)
    twins = possible_twins(settled.traits)
    if twins and not is_confirmed:
        inside = [patient_id for patient_id, is_inside in twins if is_inside]
        raise PossibleDuplicateError(inside, len(twins) - len(inside))
    with act():
        identity, likes = write_typed(settled, grantee, by)
        note("identity.created", patient_id=identity.patient_id, object_kind="identity",
             object_id=identity.id)  # fmt: skip
        if twins:
            tell_twins(identity, [one for one, _ in twins], by)
        else:
            follow_pairs(identity, likes, is_new=True)
    return identity


def tell_twins(identity: SourceIdentity, twins: list[UUID], by: Actor) -> None:
    """Tell the unit of somebody who was typed although others have the same traits."""
    if twins:
        open_work_item(
            kind=WorkItem.Kind.POSSIBLE_DUPLICATE,
            identity_ids=[identity.id, *identities_of(twins)],
            patient_ids=[identity.patient_id, *twins],
            evidence={"fields": []},
            sender=by.organisation_name,
        )


def write_typed(
    settled: rules.Settled, grantee: UUID, by: Actor, *, right: timedelta = FIRST_RIGHT
) -> tuple[SourceIdentity, list[online.Scored]]:
    """Write an identity that a person typed, with its patient and the first right of the place that typed it.

    Returns it with those whom it resembles.
    """
    patient, now = create_patient(), datetime.now(UTC)
    identity = SourceIdentity(
        id=uuid7(), system=f"urn:local:{grantee}", value=str(uuid7()), patient_id=patient.id,
        sender=by.organisation_name[:120], version=1, created_at=now, changed_at=now,
        told_at=now, told_by=by.name[:120], own_attribute=settled.attribute,
        digest=rules.digest(settled.traits, settled.attribute),
    )  # fmt: skip
    give_grant(
        patient_id=patient.id, grantee_id=grantee, source_kind="creation", source_id=identity.id,
        purpose="care_team", level=Level.CONTRIBUTE, valid_from=now - ONE_MINUTE,
        valid_until=now + right,
    )  # fmt: skip
    store.apply_traits(identity, settled.traits, settled.attribute)
    features, keys = online.prepared(
        settled.traits, attribute=settled.attribute, system=identity.system
    )
    likes = online.scored(features, online.near(keys))
    write_new(
        identity, [], rule="new", makes_patient=False, by=by.name,
        compared=compared_rows(identity, features, keys, likes),
    )  # fmt: skip
    return identity, likes


def possible_twins(traits: rules.Traits) -> list[tuple[UUID, bool]]:
    """Patients of the whole region with the same exact traits, and whether they are in one's circle."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select patient_id, is_inside from identity_exact('', %s, %s, %s, %s)",
            [rules.name_key(traits.birth_name), rules.given_key(traits.first_given_name),
             traits.birth_date, traits.sex],
        )  # fmt: skip
        return list(cursor.fetchall())


def identities_of(patient_ids: list[UUID]) -> list[UUID]:
    """The identity that gives each patient their traits, through the function that sees them all."""
    with connection.cursor() as cursor:
        cursor.execute("select identity_sources(%s)", [patient_ids])
        return [row[0] for row in cursor.fetchall()]
