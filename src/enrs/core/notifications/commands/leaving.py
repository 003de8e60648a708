"""What waits leaves: claimed in one transaction, sent outside of any, its outcome written in another."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from enrs.core.effects import act
from enrs.core.notifications.channels import channel_for
from enrs.core.notifications.channels.contract import (
    Channel,
    Outgoing,
    PermanentError,
    TemporaryError,
    UncertainError,
)
from enrs.core.notifications.commands.receipts import tell_member
from enrs.core.notifications.commands.sendings import refresh
from enrs.core.notifications.models import Sending, SmsStop
from enrs.core.notifications.rules.hours import next_attempt

State = Sending.State
LEASE = timedelta(minutes=5)
"""A sending that has been leaving for longer belongs to a sender that died."""

KEPT = timedelta(days=7)
EMPTIED = 2_000
"""Contents that one round empties."""
"""How long the content of an ended sending stays, for a person to send it again."""

UNSURE = "Le programme s’est arrêté pendant l’envoi : on ne sait pas si c’est parti."

log = logging.getLogger("enrs.sendings")


def send_due(limit: int = 200) -> int:
    """Send what is due, `limit` at most; returns how many were tried. Several may run at once."""
    channels = {name: channel for name in Sending.Channel.values if (channel := channel_for(name))}
    done = 0
    while done < limit and (sending := claim(list(channels))):
        done += 1
        if sending.state == State.LEAVING:
            _send(sending, channels[sending.channel])
    return done


def claim(channels: Sequence[str]) -> Sending | None:
    """Take the next sending that is due, marked as leaving before anything leaves; None when none is.

    One whose number said stop since is cancelled instead.
    """
    now = timezone.now()
    with act():
        due = Sending.objects.filter(state=State.WAITING, next_at__lte=now, channel__in=channels)
        found = due.select_for_update(skip_locked=True).order_by("next_at", "id").first()
        if found is None:
            return None
        if found.channel == "sms" and is_stopped(found):
            found.state, found.error, found.ended_at = State.CANCELLED, "Numéro désinscrit", now
            refresh()
        else:
            found.state, found.left_at = State.LEAVING, now
            found.attempts += 1
        found.save(update_fields=["state", "error", "ended_at", "left_at", "attempts"])
    return found


def is_stopped(sending: Sending) -> bool:
    """Whether the number takes no more SMS from this account, or from anybody."""
    stops = SmsStop.objects.filter(phone=sending.recipient, lifted_at=None)
    return stops.filter(Q(account=None) | Q(account_id=sending.account_id)).exists()


def _send(sending: Sending, channel: Channel) -> None:
    outgoing = Outgoing(
        key=sending.attempt_key,
        recipient=sending.recipient,
        sender=sending.sender_name,
        subject=sending.content.get("subject", ""),
        text=sending.content.get("text", ""),
        link=sending.content.get("link", ""),
        account=str(sending.account_id or ""),
    )
    try:
        number = channel.send(outgoing)
    except TemporaryError as error:
        _again(sending, str(error))
    except PermanentError as error:
        _settle(sending, State.FAILED, error=str(error))
    except UncertainError as error:
        _unsure(sending, channel, str(error))
    except Exception as error:
        log.exception("sending %s broke", sending.id)
        _unsure(sending, channel, f"Erreur du programme : {type(error).__name__}")
    else:
        _settle(sending, State.SENT, provider_id=number)


def _unsure(sending: Sending, channel: Channel, words: str) -> None:
    """With our key the other end sends it once whatever we repeat; without, a person decides."""
    if channel.is_idempotent:
        _again(sending, words)
    else:
        _settle(sending, State.UNCERTAIN, error=words)


def _again(sending: Sending, words: str) -> None:
    following = next_attempt(sending.attempts, timezone.now())
    if following is None:
        _settle(sending, State.FAILED, error=words)
    else:
        _settle(sending, State.WAITING, error=words, next_at=following)


def _settle(
    sending: Sending,
    state: str,
    *,
    error: str = "",
    provider_id: str = "",
    next_at: datetime | None = None,
) -> None:
    """Write the outcome of this attempt, unless another has begun meanwhile."""
    now = timezone.now()
    values: dict[str, Any] = {"state": state, "error": error[:300]}
    if state != State.WAITING:
        values["ended_at"] = now
    else:
        values["next_at"] = next_at or now
    if provider_id:
        values["provider_id"] = provider_id
    mine = Sending.objects.filter(
        pk=sending.pk,
        state__in=(State.LEAVING, State.UNCERTAIN),
        attempts=sending.attempts,
        resendings=sending.resendings,
    )
    with act():
        if mine.update(**values):
            if state in (State.SENT, State.FAILED, State.UNCERTAIN):
                tell_member(sending, state, now)
            refresh()


def recover_lost(now: datetime | None = None) -> int:
    """Take back what a dead sender left: tried again where the channel takes our key, else uncertain."""
    now = now or timezone.now()
    with act():
        lost = Sending.objects.filter(state=State.LEAVING, left_at__lt=now - LEASE)
        rows = list(lost.select_for_update(skip_locked=True).order_by("id"))
        for row in rows:
            channel = channel_for(row.channel)
            if channel is not None and channel.is_idempotent:
                row.state, row.next_at = State.WAITING, now
            else:
                row.state, row.ended_at, row.error = State.UNCERTAIN, now, UNSURE
            row.save(update_fields=["state", "next_at", "ended_at", "error"])
        if rows:
            refresh()
    return len(rows)


def ended_contents(now: datetime | None = None) -> QuerySet[Sending]:
    """What ended a week ago and still has its content."""
    before = (now or timezone.now()) - KEPT
    ended = Sending.objects.filter(ended_at__lt=before).exclude(content={})
    return ended.exclude(state__in=(State.WAITING, State.LEAVING))


def empty_contents(now: datetime | None = None) -> int:
    """Empty some of the contents that are no longer needed; the hash stays. Returns how many were emptied."""
    with transaction.atomic():
        some = list(ended_contents(now).order_by("pk").values_list("pk", flat=True)[:EMPTIED])
        return Sending.objects.filter(pk__in=some).update(content={})
