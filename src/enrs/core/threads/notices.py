"""Who is named after an @ is told."""

from uuid import UUID

from django.urls import reverse

from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.registry import Telling, register_kind


def _mentioned(event: OutboxEvent) -> Telling:
    users = {UUID(one) for one in event.payload["users"]}
    details = {"by": event.payload["by"], "thread": event.payload["thread"]}
    return Telling(users, details)


register_kind(
    "threads.mentioned",
    label="On vous nomme dans un message",
    text="{by} vous a nommé dans une conversation.",
    icon="at",
    category="messages",
    link_label="Lire la conversation",
    link=lambda details: reverse("threads:thread", args=[details["thread"]]),
    tell=_mentioned,
)
