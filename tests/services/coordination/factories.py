"""An invented desk, its team, requests and cases."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.accounts.models import Position, User
from enrs.core.ids import uuid7
from enrs.core.workflow.commands import move_task, open_task
from enrs.core.workflow.models import Task
from enrs.core.workflow.rules import To
from enrs.referentials.directory.models import Organisation
from enrs.services.coordination import commands
from enrs.services.coordination.models import Case
from tests.services.record.factories import member


def desk(name: str = "DAC de la Brie") -> Organisation:
    """An organisation of coordination."""
    return Organisation.objects.create(
        id=uuid7(), finess_eg=str(uuid7().int)[-9:], name=name, category_code="695", city="Melun"
    )


def teammate(place: Organisation, role: str = "coordinator", name: str = "Inès Morel") -> Actor:
    """Somebody of the desk, with an account."""
    user = User.objects.create_user(f"{role}-{uuid7()}", name=name, kind="professional")
    Position.objects.create(
        user=user, organisation_id=place.id, organisation_name=place.name, role=role,
        label="Coordinatrice", is_default=True,
    )  # fmt: skip
    return Actor(
        kind="professional", name=name, role=role, user_id=user.id, grantee_id=user.grantee_id,
        organisation_id=place.id, organisation_name=place.name, label="Coordinatrice",
    )  # fmt: skip


def called_in(patient_id: UUID, place: Organisation, asker: Actor) -> Task:
    """A request that a doctor of the circle sent, without its form."""
    with acting(asker):
        return open_task(
            workflow="coordination.request", patient_id=patient_id, title="Maintien à domicile",
            reason="Chutes répétées, fille épuisée.", addressees=[To(place.id, place.name)],
            details={"origin": "form"},
        )  # fmt: skip


def qualified(patient_id: UUID, place: Organisation, by: Actor) -> Task:
    """A request that this coordinator took."""
    task = called_in(patient_id, place, member(patient_id, "physician", "Dr Hélène Vasseur"))
    with acting(by):
        return move_task(task=task, transition="qualify", expected_version=task.version)


def included(patient_id: UUID, place: Organisation, by: Actor) -> Case:
    """A case opened after a request."""
    task = qualified(patient_id, place, by)
    with acting(by):
        return commands.include_request(
            task=task, informed_on=today(), expected_version=task.version, note="Visite lundi."
        )


def contact(**changes: Any) -> commands.NewContact:
    """A call of a quarter of an hour, just now."""
    base = commands.NewContact("call", timezone.now(), 15, "La fille", "Va mieux.")
    return replace(base, **changes)


def today() -> date:
    """The legal day."""
    return timezone.localdate()


def ago(days: float) -> datetime:
    """A moment some days before now."""
    return timezone.now() - timedelta(days=days)
