"""Invented sendings and notices, as the commands and the sender would have left them, in bulk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from enrs.core.access.actor import SYSTEM
from enrs.core.demo import Rows, key
from enrs.core.events.outbox import events_after_mark, move_mark
from enrs.core.notifications.commands.leaving import KEPT, UNSURE
from enrs.core.notifications.commands.notices import tell
from enrs.core.notifications.commands.sendings import build
from enrs.core.notifications.models import (
    Notice,
    Sending,
    SendingReceipt,
    SmsAccount,
    StandInMessage,
)
from enrs.core.notifications.registry import TOLD
from enrs.core.notifications.rules.hours import next_attempt

State = Sending.State
TAKEN = timedelta(seconds=3)
"""Between the recording of a sending and its leaving."""
ARRIVED = timedelta(seconds=20)
NIGHT = timedelta(hours=10)
MOST = 5_000
"""Events of a told past."""

ENDS = {
    State.FAILED: "Numéro non attribué",
    State.UNCERTAIN: UNSURE,
}
"""Why a sending ended otherwise than well."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One sending to tell: how, to whom, what, when, and where it stands."""

    channel: str
    kind: str
    recipient: str
    content: Mapping[str, str]
    at: datetime
    state: str
    reference: str = ""
    error: str = ""
    user_id: UUID | None = None


def tell_sending(
    rows: Rows, sent: Sent, *, now: datetime, number: int, account: SmsAccount | None = None
) -> Sending:
    """A sending in its state, with its receipt; the content of one that ended a week ago is emptied."""
    row = build(
        channel=sent.channel, kind=sent.kind, recipient=sent.recipient, content=dict(sent.content),
        key=f"demo:{number}", account=account, user_id=sent.user_id,
        sender_name=account.sender_name if account and sent.channel == "sms" else "",
        reference=sent.reference, id=key(sent.at), created_at=sent.at, next_at=sent.at,
    )  # fmt: skip
    row.state = sent.state
    if sent.state == State.WAITING:
        _hold(row, sent, now)
        return rows.add(row)
    row.attempts, row.left_at = 1, sent.at + TAKEN
    if sent.state == State.LEAVING:
        row.left_at = now
        return rows.add(row)
    if sent.state == State.CANCELLED:
        row.attempts, row.left_at = 0, None
    row.ended_at = sent.at + (ARRIVED if sent.state == State.DELIVERED else TAKEN)
    row.error = sent.error or ENDS.get(State(sent.state), "")
    _receive(rows, row)
    if row.ended_at < now - KEPT:
        row.content = {}
    return rows.add(row)


def _hold(row: Sending, sent: Sent, now: datetime) -> None:
    """Held by the night when nothing was tried; else tried as often as the sender would have by now."""
    row.next_at, row.error = now + NIGHT, sent.error
    if not sent.error:
        return
    following: datetime | None = sent.at + TAKEN
    while following and following <= now:
        row.attempts, row.left_at = row.attempts + 1, following
        following = next_attempt(row.attempts, following)
    row.next_at = following or now


def _receive(rows: Rows, row: Sending) -> None:
    """What the gateway said, and what the stand-in kept of what left.

    An SMS fails after it left, by a receipt; a mail is refused at once.
    """
    ended, left = row.ended_at or row.created_at, row.left_at or row.created_at
    is_told = row.state in (State.DELIVERED, State.FAILED) and row.channel == "sms"
    if is_told:
        rows.add(
            SendingReceipt(
                sending=row, state=row.state, at=ended, event_key=f"essai-{row.id.hex[-12:]}",
                detail=row.error,
            )
        )  # fmt: skip
    if row.state == State.CANCELLED:
        words = f"Annulé ({SYSTEM.name})"
        rows.add(
            SendingReceipt(
                sending=row, state=row.state, at=ended, event_key=f"cancelled-{row.resendings}",
                detail=words,
            )
        )  # fmt: skip
    if row.channel != "callback" and (is_told or row.state in (State.SENT, State.DELIVERED)):
        row.provider_id = f"essai-{row.attempt_key}"
        rows.add(
            StandInMessage(
                id=key(left), channel=row.channel, recipient=row.recipient, sender=row.sender_name,
                subject=row.content.get("subject", ""), text=row.content["text"],
                key=row.attempt_key, at=left,
            )
        )  # fmt: skip


def tell_notice(
    rows: Rows,
    *,
    user_id: UUID,
    kind: str,
    at: datetime,
    details: Mapping[str, Any],
    patient_id: UUID | None = None,
    is_read: bool = False,
) -> Notice:
    """Something of which somebody was told."""
    return rows.add(
        Notice(
            id=key(at), user_id=user_id, kind=kind, patient_id=patient_id, event_id=key(at),
            details={"at": at.isoformat(), **details}, created_at=at,
            read_at=at + timedelta(hours=2) if is_read else None,
        )
    )  # fmt: skip


def tell_events(at: datetime, *, is_read: bool) -> None:
    """Give the notices that the events of a told past call for, as if when they happened.

    The mark of the notices moves on: what is told here is not told again when the platform opens.
    """
    for event in events_after_mark("notices", MOST):
        move_mark("notices", event)
        if event.kind not in TOLD:
            continue
        tell(event._replace(at=at))
        told = Notice.objects.filter(event_id=event.id)
        told.update(created_at=at, read_at=at + timedelta(hours=2) if is_read else None)
        for row in Sending.objects.filter(key__startswith=f"notice:{event.id}").order_by("id"):
            _leave(row, at)


def _leave(row: Sending, at: datetime) -> None:
    """What a notice has leave left at once."""
    rows, recorded = Rows(), row.pk
    row.id, row.state, row.left_at, row.ended_at = key(at), State.SENT, at + TAKEN, at + TAKEN
    _receive(rows, row)
    Sending.objects.filter(pk=recorded).update(
        id=row.id, state=row.state, created_at=at, next_at=at, left_at=row.left_at,
        ended_at=row.ended_at, attempts=1, provider_id=row.provider_id,
    )  # fmt: skip
    rows.write()
