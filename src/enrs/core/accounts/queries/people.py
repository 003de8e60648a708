"""Who is signed in, in which position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.access.operating import open_session_of
from enrs.core.access.rules import OPERATOR, role_now
from enrs.core.accounts.models import Position, User
from enrs.core.kept import Kept


def positions_of(user: User) -> list[Position]:
    """The positions in which a user may work now, the usual one first."""
    return _positions(user.pk, timezone.now())


@Kept
def _positions(user_id: UUID, now: datetime) -> QuerySet[Position]:
    held = Q(valid_until=None) | Q(valid_until__gt=now)
    return Position.objects.filter(held, user_id=user_id)


def actor_of(
    user: User,
    position_id: str | None = None,
    *,
    channel: str = "page",
    positions: Sequence[Position] | None = None,
    is_at_post: bool = False,
) -> Actor:
    """The actor for a signed-in user, in the position they chose or in their usual one.

    `positions` are those that the caller has read. A position of the exploitation gives its role while a
    session is open alone, and never at a shared post.
    """
    if user.kind in (User.Kind.PATIENT, User.Kind.RELATIVE):
        return Actor(
            kind="person", name=user.name, role="person", user_id=user.id, grantee_id=user.grantee_id,
            label=user.get_kind_display(), channel=channel,
        )  # fmt: skip
    held = positions_of(user) if positions is None else positions
    chosen = next((one for one in held if str(one.id) == position_id), held[0] if held else None)
    role = chosen.role if chosen else "anonymous"
    session = open_session_of(user.id) if role == OPERATOR and not is_at_post else None
    return Actor(
        kind=user.kind,
        name=user.name,
        role=role_now(role, is_open=session is not None),
        user_id=user.id,
        grantee_id=user.grantee_id,
        organisation_id=chosen.organisation_id if chosen else None,
        organisation_name=chosen.organisation_name if chosen else "",
        label=chosen.label if chosen else "",
        channel=channel,
        session=session,
    )


ICONS = {"professional": "person-badge", "operator": "sliders", "relative": "people"}


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account that the sign-in page of a demo offers."""

    login: str
    name: str
    label: str
    icon: str


def demo_accounts() -> list[DemoAccount]:
    """The invented people who may sign in to a demo, professionals first; two queries."""
    users = User.objects.filter(is_demo=True, is_active=True).prefetch_related("positions")
    ranked = sorted(users, key=lambda one: (one.kind != User.Kind.PROFESSIONAL, one.id))
    return [_demo_account(one) for one in ranked[:DEMO_ACCOUNTS]]


DEMO_ACCOUNTS = 40
"""More than the personas of a demo; a list to choose from, not a directory."""


def _demo_account(user: User) -> DemoAccount:
    held = list(user.positions.all())
    words = [held[0].label, held[0].organisation_name] if held else [user.get_kind_display()]
    label = ", ".join(word for word in words if word)
    return DemoAccount(user.login, user.name, label, ICONS.get(user.kind, "person-heart"))
