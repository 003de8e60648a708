"""Records opened in an emergency, and who reads that again."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import break_glass
from enrs.core.access.models import BreakGlass
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.subjects.models import Patient
from enrs.referentials.directory.models import Organisation
from enrs.services.rights.commands import receive_openings, sweep_retention
from enrs.services.rights.models import Glass, Retention
from tests.factories import PositionFactory, UserFactory, known_patient
from tests.referentials.offer.factories import make_unit

REASON = "Détresse respiratoire, traitement à connaître."


def opener(place: Organisation, role: str = "physician", **fields: Any) -> User:
    """Somebody of a profession of care who works at a place."""
    user = UserFactory(**fields)
    PositionFactory(user=user, role=role, organisation_id=place.id, organisation_name=place.name)
    return user


def regulates(place: Organisation) -> Organisation:
    """The same place, which regulates the calls of the centre 15."""
    make_unit(place, name="Régulation médicale", activity_code="regulation-samu")
    return place


def opened(
    by: User, patient: Patient | None = None, *, days: float = 1, reason_code: str = "emergency"
) -> Glass:
    """A record opened so many days ago, on the list."""
    with acting(actor_of(by)):
        opening = break_glass(
            patient_id=(patient or known_patient()).pk, reason_code=reason_code, reason_text=REASON
        )
    at = timezone.now() - timedelta(days=days)
    BreakGlass.objects.filter(pk=opening.pk).update(opened_at=at, closes_at=at + timedelta(hours=8))
    with acting(SYSTEM):
        receive_openings(ids=[opening.pk])
    return Glass.objects.get(pk=opening.pk)


def long_ago(years: float = 21, **traits: Any) -> Patient:
    """Somebody whose record was opened then, and who never came back."""
    found = known_patient(**traits)
    then = timezone.now() - timedelta(days=365.25 * years)
    Patient.objects.filter(pk=found.pk).update(created_at=then)
    return found


def at_its_term(**traits: Any) -> Retention:
    """A record that nothing keeps any longer, on the officer's list."""
    found = long_ago(**traits)
    with acting(SYSTEM):
        sweep_retention(ids=[found.pk])
    return Retention.objects.get(patient=found)
