"""From a notice to what leaves for it: each person's preferences, quiet hours and digest."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from enrs.core.notifications.commands.sendings import new_sending, record
from enrs.core.notifications.commands.values import values_of
from enrs.core.notifications.models import DigestItem, Sending
from enrs.core.notifications.queries.reach import Reach, reachable
from enrs.core.notifications.registry import KINDS, NoticeKind
from enrs.core.notifications.rules import hours


def tell_outside(
    *, users: Collection[UUID], kind: str, event_id: UUID, details: Mapping[str, Any]
) -> None:
    """Record the mails and SMS of one notice; what each prefers for its digest waits there."""
    declared = KINDS.get(kind)
    if declared is None or not declared.channels:
        return
    now = timezone.now()
    values = values_of(details)
    sendings: list[Sending] = []
    waiting: list[DigestItem] = []
    for one in reachable(users, declared):
        for channel, mode in one.modes.items():
            if mode == "now":
                sendings.append(
                    _sending(
                        kind=declared,
                        channel=channel,
                        one=one,
                        event_id=event_id,
                        values=values,
                        now=now,
                    )
                )
            elif mode == "digest":
                waiting.append(_item(declared, one, event_id, now))
    if sendings:
        record(sendings)
    if waiting:
        DigestItem.objects.bulk_create(waiting, ignore_conflicts=True)


def _sending(
    *,
    kind: NoticeKind,
    channel: str,
    one: Reach,
    event_id: UUID,
    values: Mapping[str, Any],
    now: datetime,
) -> Sending:
    zone = timezone.get_default_timezone()
    if kind.entrance is not None:
        values = {**values, "link": settings.PUBLIC_URL + kind.entrance(one.user_id)}
    is_urgent = kind.urgency == "urgent"
    due = now if is_urgent else hours.quiet_until(now, one.quiet_from, one.quiet_until, zone)
    return new_sending(
        channel=channel,
        kind=kind,
        recipient=one.email if channel == "mail" else one.mobile,
        values=values,
        key=f"notice:{event_id}:{one.user_id}:{channel}",
        user_id=one.user_id,
        due_at=due,
    )


def _item(kind: NoticeKind, one: Reach, event_id: UUID, now: datetime) -> DigestItem:
    due = hours.next_digest(now, one.digest_at, timezone.get_default_timezone())
    return DigestItem(user_id=one.user_id, event_id=event_id, kind=kind.kind, due_at=due)
