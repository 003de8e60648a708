"""Invented people for the tests of identity; INS numbers are in the test range."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.access.commands import give_grant
from enrs.core.accounts.models import Position, User
from enrs.core.ids import uuid7
from enrs.formats.ins import INS_TEST_OID, ins_key
from enrs.referentials.identity.commands import receive_identity
from enrs.referentials.identity.models import SourceIdentity
from enrs.referentials.identity.rules import Traits

HOSPITAL, CLINIC = "urn:oid:1.2.250.1.999.7.1", "urn:oid:1.2.250.1.999.7.2"


def fictional_ins(number: int = 1, birth: str = "24803") -> str:
    """A number of the right shape and key that nobody has."""
    body = f"{birth}99{number:06d}"[:13]
    return body + ins_key(body)


AWA = Traits(
    birth_name="NDIAYE", first_given_name="AWA", given_names="AWA MARIE", birth_date="1948-03-12",
    sex="F", birth_place_code="99341", ins=fictional_ins(), ins_oid=INS_TEST_OID, status="qualified",
    city="Melun",
)  # fmt: skip


def receive(value: str = "100", system: str = HOSPITAL, **changes: Any) -> SourceIdentity:
    """What a hospital says of Awa, with some traits changed (`told_at`: when, by its clock)."""
    told_at = changes.pop("told_at", None)
    return receive_identity(
        system=system,
        value=value,
        traits=replace(AWA, **changes),
        sender="CH de Brie",
        told_at=told_at,
    )


def actor_in(role: str, name: str = "Camille Roche") -> Actor:
    """A professional with an account and a position of this role."""
    user = User.objects.create_user(f"{role}-{uuid7()}", name=name, kind="professional")
    Position.objects.create(user=user, label=role, role=role, is_default=True)
    return Actor(
        kind="professional", name=name, role=role, user_id=user.id, grantee_id=user.grantee_id
    )


def user_of(actor: Actor) -> User:
    """The account behind an actor."""
    return User.objects.get(pk=actor.user_id)


def grant(patient_id: UUID, actor: Actor) -> None:
    """Put an actor in a patient's circle."""
    assert actor.grantee_id is not None
    give_grant(
        patient_id=patient_id, grantee_id=actor.grantee_id, source_kind="member",
        source_id=uuid7(), purpose="care_team", level=2,
        valid_from=timezone.now() - timedelta(hours=1),
    )  # fmt: skip
