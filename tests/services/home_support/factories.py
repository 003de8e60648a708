"""Invented returns home: a week, what is asked, what is answered."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.accounts.queries import actor_of
from enrs.core.moments import legal_day
from enrs.core.subjects.models import Patient
from enrs.core.workflow.models import Task
from enrs.services.home_support import commands
from enrs.services.home_support.models import Ask, HomeReturn, Slot, Visit
from tests.factories import GrantFactory, PositionFactory, UserFactory

ALL = tuple(range(7))
WASHING = commands.Line("washing", time(8, 30), 45, ALL, "ssiad")
MEAL = commands.Line("meal", time(12), 60, ALL, "saad", "Préparer le repas")


def worker(place: Any, role: str, patient: Patient | None = None) -> Any:
    """Somebody who works there, in a circle when a patient is given."""
    user = UserFactory()
    PositionFactory(user=user, role=role, organisation_id=place.id, organisation_name=place.name)
    if patient is not None:
        GrantFactory(patient=patient, grantee_id=user.grantee_id, level=2)
    return user


def leaving(days: int = 3, hour: int = 10) -> datetime:
    """A discharge so many days from today, on the region's clock."""
    day = timezone.localtime() + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def facts(**more: Any) -> commands.Facts:
    """What is told of a return."""
    values: dict[str, Any] = {
        "leaving_at": leaving(), "address": "4 rue des Manguiers", "postal_code": "97300", "city": "Cayenne",
        "contact_name": "Rose ÉLISABETH", "contact_link": "Enfant", "contact_phone": "0199001122",
        "access_notes": "Clé chez la voisine", "unit": "Gériatrie, chambre 12",
    } | more  # fmt: skip
    return commands.Facts(**values)


def opened(patient_id: UUID, user: Any, *lines: commands.Line, **more: Any) -> HomeReturn:
    """A return with its week."""
    with acting(actor_of(user)):
        one = commands.open_return(patient_id=patient_id, facts=facts(**more), is_agreed=True)
        for line in lines:
            commands.add_visit(home_return=one, line=line)
    return fresh(one)


def asked(one: HomeReturn, user: Any, *places: Any, visits: Any = None) -> list[Ask]:
    """The agencies asked for the whole week, or for some of it."""
    chosen = Visit.objects.filter(home_return=one, removed_at=None) if visits is None else visits
    with acting(actor_of(user)):
        return commands.ask_agencies(
            home_return=one, agencies=list(places), visit_ids=[row.id for row in chosen]
        )


def slots_of(ask: Ask, *kinds: str, days: tuple[int, ...] = ALL) -> list[UUID]:
    """The slots of what was asked."""
    rows = Slot.objects.filter(visit__asked__ask=ask, weekday__in=days)
    if kinds:
        rows = rows.filter(visit__kind__in=kinds)
    return list(rows.values_list("id", flat=True))


def accepted(ask: Ask, user: Any, *kinds: str, from_on: date | None = None, **more: Any) -> Ask:
    """An agency that takes it."""
    task = Task.objects.get(pk=ask.task_id)
    with acting(actor_of(user)):
        return commands.accept_ask(
            task=task, slot_ids=slots_of(ask, *kinds, **more), expected_version=task.version,
            from_on=from_on or legal_day(ask.home_return.leaving_at),
        )  # fmt: skip


def fresh(one: Any) -> Any:
    """The row as the database holds it."""
    return type(one)._default_manager.get(pk=one.pk)
