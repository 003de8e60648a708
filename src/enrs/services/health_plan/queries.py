"""Reading what a plan stands on: the person's age, their équipe de soins, their plans."""

from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.moments import legal_day
from enrs.core.plans.kinds import Teammate
from enrs.referentials.circles import queries as circles
from enrs.referentials.identity.models import RegionalIdentity
from enrs.referentials.identity.queries import regional_identity
from enrs.services.health_plan import rules


def teammates(patient_id: UUID) -> list[Teammate]:
    """The professionals of the équipe de soins and the structures of the circle, whom an action may name."""
    circle = circles.members(patient_id)
    people = [
        Teammate(one.practitioner_id, "member", one.display, one.role_label)
        for one in circle.care_team
        if one.practitioner_id
    ]
    places = [
        Teammate(one.organisation_id, "organisation", one.display, one.role_label)
        for one in circle.organisations
        if one.organisation_id
    ]
    return people + places


def is_of_team(patient_id: UUID) -> bool:
    """Whether the current actor, or their place of work, is of the person's équipe de soins."""
    mine = current_actor().grantees
    rows = circles.current(patient_id).filter(in_care_team=True)
    return rows.filter(Q(practitioner_id__in=mine) | Q(organisation_id__in=mine)).exists()


def age_of(patient_id: UUID) -> int | None:
    """The person's age in years; None when their birth is unknown."""
    try:
        found = regional_identity(patient_id)
    except RegionalIdentity.DoesNotExist:
        return None
    return rules.age_on(str(found.birth_date), legal_day(timezone.now()))


def refusal(patient_id: UUID, exception: str = "") -> str:
    """Why the current actor may not open a plan for this person (a code of `rules.REFUSALS`)."""
    try:
        found = regional_identity(patient_id)
    except RegionalIdentity.DoesNotExist:
        return "birth"
    return rules.refusal(
        role=current_actor().role,
        is_of_team=is_of_team(patient_id),
        birth=str(found.birth_date),
        is_deceased=found.deceased_at is not None,
        exception=exception,
        today=legal_day(timezone.now()),
    )
