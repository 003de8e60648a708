"""How each person may be reached outside the space, and how they want to be."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import time
from uuid import UUID

from enrs.core.accounts.models import User
from enrs.core.notifications.models import Delivery, Preference
from enrs.core.notifications.registry import KINDS, NoticeKind
from enrs.core.notifications.rules import hours


@dataclass(frozen=True, slots=True)
class Reach:
    """One person: addresses, legal hours, and the mode of each channel that has an address."""

    user_id: UUID
    email: str
    mobile: str
    quiet_from: time = hours.QUIET_FROM
    quiet_until: time = hours.QUIET_UNTIL
    digest_at: time = hours.DIGEST_AT
    modes: dict[str, str] = field(default_factory=dict)


def reachable(users: Collection[UUID], kind: NoticeKind) -> list[Reach]:
    """The active users among these, with their modes for one kind; three queries."""
    ids = list(users)
    deliveries = {one.user_id: one for one in Delivery.objects.filter(user_id__in=ids)}
    chosen: dict[UUID, dict[str, str]] = defaultdict(dict)
    for one in Preference.objects.filter(user_id__in=ids, kind=kind.kind):
        chosen[one.user_id][one.channel] = one.mode
    people = User.objects.filter(pk__in=ids, is_active=True).values_list("id", "email")
    return [
        _reach(user_id, email, deliveries.get(user_id), chosen[user_id], kind)
        for user_id, email in people
    ]


def _reach(
    user_id: UUID, email: str, delivery: Delivery | None, chosen: dict[str, str], kind: NoticeKind
) -> Reach:
    told = delivery or Delivery()
    mobile = told.mobile if told.confirmed_at else ""
    addresses = {"mail": email, "sms": mobile}
    modes = {
        channel: chosen.get(channel, kind.default_mode(channel))
        for channel in kind.channels
        if addresses[channel]
    }
    return Reach(user_id, email, mobile, told.quiet_from, told.quiet_until, told.digest_at, modes)


def delivery_of(user_id: UUID) -> Delivery:
    """Where and when a person may be reached; what holds for everybody when they chose nothing."""
    return Delivery.objects.filter(user_id=user_id).first() or Delivery(user_id=user_id)


def modes_of(user_id: UUID) -> dict[tuple[str, str], str]:
    """A person's mode for each kind and channel, their own or the kind's."""
    chosen = {
        (one.kind, one.channel): one.mode for one in Preference.objects.filter(user_id=user_id)
    }
    return {
        (kind.kind, channel): chosen.get((kind.kind, channel), kind.default_mode(channel))
        for kind in KINDS.values()
        for channel in kind.channels
    }
