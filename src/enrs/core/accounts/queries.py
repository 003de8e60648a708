"""Who is signed in, in which position."""

from django.db.models import Q
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.accounts.models import Position, User


def positions_of(user: User) -> list[Position]:
    """The positions in which a user may work now, the usual one first."""
    now = timezone.now()
    return list(user.positions.filter(Q(valid_until=None) | Q(valid_until__gt=now)))


def actor_of(user: User, position_id: str | None = None, *, channel: str = "page") -> Actor:
    """The actor for a signed-in user, in the position they chose or in their usual one."""
    if user.kind in (User.Kind.PATIENT, User.Kind.RELATIVE):
        return Actor(
            kind="person", name=user.name, role="person", user_id=user.id, grantee_id=user.grantee_id,
            label=user.get_kind_display(), channel=channel,
        )  # fmt: skip
    held = positions_of(user)
    chosen = next((one for one in held if str(one.id) == position_id), held[0] if held else None)
    return Actor(
        kind=user.kind,
        name=user.name,
        role=chosen.role if chosen else "anonymous",
        user_id=user.id,
        grantee_id=user.grantee_id,
        organisation_id=chosen.organisation_id if chosen else None,
        organisation_name=chosen.organisation_name if chosen else "",
        label=chosen.label if chosen else "",
        channel=channel,
    )
