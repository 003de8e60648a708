"""The daily digest: one mail per person for what waited, at the hour that they chose."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.effects import act
from enrs.core.notifications.commands.sendings import build, record
from enrs.core.notifications.models import DigestItem, Sending
from enrs.core.notifications.registry import KINDS
from enrs.core.notifications.rules.texts import health_data

BATCH = 2_000
NOWHERE = UUID(int=0)
"""Marks the items of somebody who has no address any more."""


def send_digests(now: datetime | None = None) -> int:
    """Record the digests that are due; returns how many. One caller at a time: another returns 0."""
    now = now or timezone.now()
    with act(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtext('enrs.notices.digests'))")
        if not cursor.fetchone()[0]:
            return 0
        due = DigestItem.objects.filter(sending_id=None, due_at__lte=now)
        items = list(due.order_by("user_id", "due_at", "id")[:BATCH])
        users = {item.user_id for item in items}
        addresses = dict(
            User.objects.filter(pk__in=users, is_active=True)
            .exclude(email="")
            .values_list("id", "email")
        )
        sendings = []
        for user_id, group in groupby(items, key=lambda item: item.user_id):
            mine = list(group)
            made = _digest(user_id, addresses.get(user_id, ""), mine, now)
            sendings += made
            found = made[0].id if made else NOWHERE
            DigestItem.objects.filter(pk__in=[one.pk for one in mine]).update(sending_id=found)
        if sendings:
            record(sendings)
    return len(sendings)


def _digest(
    user_id: UUID, address: str, items: Sequence[DigestItem], now: datetime
) -> list[Sending]:
    if not address:
        return []
    content = {
        "subject": f"Votre résumé du jour : {len(items)} à voir",
        "text": "Depuis votre dernier résumé :\n\n" + "\n\n".join(_lines(items)),
        "link": settings.PUBLIC_URL + reverse("notifications:list"),
    }
    return [
        build(
            channel="mail",
            kind="notice.digest",
            recipient=address,
            content=content,
            key=f"digest:{items[0].id}",
            user_id=user_id,
            next_at=now,
        )
    ]


def _lines(items: Iterable[DigestItem]) -> list[str]:
    """How many of each kind, in its words when they may leave."""
    words: Counter[str] = Counter()
    for item in items:
        label = KINDS[item.kind].label if item.kind in KINDS else ""
        words["Autre notification" if not label or health_data(label) else label] += 1
    return [f"{label} : {count}" for label, count in sorted(words.items())]
