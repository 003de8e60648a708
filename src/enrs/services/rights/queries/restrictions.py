"""Which records are restricted, for whoever must leave them out or say so."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection

from enrs.core.access.actor import current_actor
from enrs.services.rights.models import Restriction, RightsRequest


def restricted_records(patient_ids: Collection[UUID] | None) -> dict[UUID, datetime]:
    """Since when those of these records (or of the region) that are restricted are so."""
    wanted = None if patient_ids is None else list(patient_ids)
    with connection.cursor() as cursor:
        cursor.execute("select patient_id, since from rights_restricted(%s::uuid[])", [wanted])
        return dict(cursor.fetchall())


def restriction_of(asked: RightsRequest) -> Restriction | None:
    """The restriction that answered a request."""
    return Restriction.objects.filter(asked=asked).first()


def own_restrictions() -> list[Restriction]:
    """Those that stand, of the requests of the current user, with the request."""
    rows = Restriction.objects.filter(lifted_at=None, asked__asked_by_id=current_actor().user_id)
    return list(rows.select_related("asked").order_by("-placed_at", "id"))
