"""Telling people, and marking what they have read."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.commands.outside import tell_outside
from enrs.core.notifications.models import Notice
from enrs.core.notifications.registry import TOLD


def notify(
    *,
    users: Collection[UUID],
    kind: str,
    patient_id: UUID | None,
    event_id: UUID,
    details: dict[str, Any],
) -> None:
    """Tell users of an event, once each, however often it is asked: in their space, and by mail or SMS
    as the kind allows and as each of them prefers.

    Runs as the platform: pages may not write notices. What leaves is recorded here and sent after the
    act has committed.
    """
    if not users:
        return
    with act():
        Notice.objects.bulk_create(
            [
                Notice(
                    user_id=user,
                    kind=kind,
                    patient_id=patient_id,
                    event_id=event_id,
                    details=details,
                )
                for user in users
            ],
            ignore_conflicts=True,
        )
        note(
            "notice.given",
            patient_id=patient_id,
            object_kind="event",
            object_id=event_id,
            details={"kind": kind, "users": [str(user) for user in users]},
        )
        _ring(users)
        tell_outside(users=users, kind=kind, event_id=event_id, details=details)


def mark_read(*, until: datetime) -> int:
    """Mark the current user's notices, up to a moment, as read; returns how many were not."""
    user_id = current_actor().user_id
    if user_id is None:
        return 0
    with act():
        unread = Notice.objects.filter(user_id=user_id, read_at=None, created_at__lte=until)
        marked = unread.update(read_at=timezone.now())
        if marked:
            _ring([user_id])
    return marked


def _ring(users: Collection[UUID]) -> None:
    """Have the bells of these users' open pages ask again."""
    topics = [f"user:{user}" for user in users]
    emit("notices.changed", topics=topics, payload={"kind": "notices", "ids": []})


def tell(event: OutboxEvent) -> None:
    """Give the notices that an event calls for."""
    kind = TOLD[event.kind]
    if kind.tell is None:
        return
    telling = kind.tell(event)
    notify(
        users=telling.users,
        kind=event.kind,
        patient_id=None if kind.is_apart else event.patient_id,
        event_id=event.id,
        details={"at": event.at.isoformat()} | telling.details,
    )
