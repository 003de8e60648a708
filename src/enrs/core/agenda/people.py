"""Whom one may invite, or open an agenda to."""

from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.accounts.models import Position, User
from enrs.core.agenda.queries import grantees_of
from enrs.core.agenda.rules import Person

MOST = 100


def candidates(patient_id: UUID | None) -> list[Person]:
    """The professionals of a person's circle who have an account, else those of the place of work."""
    by = current_actor()
    users = User.objects.filter(is_active=True, kind=User.Kind.PROFESSIONAL)
    if patient_id is not None:
        users = users.filter(grantee_id__in=grantees_of(patient_id))
    elif by.organisation_id:
        held = Position.objects.filter(organisation_id=by.organisation_id).filter(
            Q(valid_until=None) | Q(valid_until__gt=timezone.now())
        )
        users = users.filter(pk__in=held.values("user_id"))
    else:
        return []
    rows = users.exclude(pk=by.user_id or UUID(int=0)).order_by("name", "id")[:MOST]
    return [Person(one.grantee_id, one.name) for one in rows]
