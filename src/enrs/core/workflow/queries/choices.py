"""The people to whom somebody may hand a task: those of their own place of work."""

from django.db.models import Q
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.accounts.models import Position
from enrs.core.workflow.rules import To

MOST = 100
"""A list to choose from; a larger place has teams of its own."""


def people_for(actor: Actor) -> list[To]:
    """The colleagues of the place where the actor works now, by name; none without a place. One query."""
    if actor.organisation_id is None:
        return []
    now = timezone.now()
    held = Position.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now),
        organisation_id=actor.organisation_id, user__is_active=True,
    )  # fmt: skip
    rows = held.order_by("user__name", "user_id").values_list(
        "user__grantee_id", "user__name", "label"
    )
    found = {key: To(key, name, "person", label) for key, name, label in rows[:MOST]}
    return list(found.values())
