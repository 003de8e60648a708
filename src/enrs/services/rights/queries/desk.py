"""Who sits at the desk: the data-protection officer for the region, a referent for their structure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from enrs.core.access.actor import Actor, current_actor
from enrs.core.accounts.models import Position


@dataclass(frozen=True, slots=True)
class Desk:
    """What one may review: everything, or the openings made from some places."""

    is_whole: bool
    places: Mapping[UUID, str] = field(default_factory=dict)

    def holds(self, organisation_id: UUID | None) -> bool:
        """Whether an opening made from that place is this desk's."""
        return self.is_whole or organisation_id in self.places


def desk_of(actor: Actor | None = None) -> Desk | None:
    """The desk of the current actor; None for whoever has none."""
    by = actor or current_actor()
    if by.role == "auditor":
        return Desk(is_whole=True)
    if by.kind != "professional":
        return None
    with connection.cursor() as cursor:
        cursor.execute("select organisation_id, organisation_name from rights_places()")
        places = dict(cursor.fetchall())
    return Desk(is_whole=False, places=places) if places else None


def officers() -> set[UUID]:
    """The accounts of the region's data-protection officers."""
    now = timezone.now()
    rows = Position.objects.filter(role="auditor", user__is_active=True)
    held = rows.filter(Q(valid_until=None) | Q(valid_until__gt=now))
    return set(held.values_list("user_id", flat=True))


def reviewers_of(organisation_id: UUID | None) -> set[UUID]:
    """Who is told of an opening made from a place: the region's officers, the referents of the place."""
    with connection.cursor() as cursor:
        cursor.execute("select rights_referents(%s)", [organisation_id])
        return officers() | {row[0] for row in cursor.fetchall()}
