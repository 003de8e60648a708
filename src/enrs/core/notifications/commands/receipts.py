"""What comes back: receipts of the gateway, told on to the member's software, and numbers that say stop."""

import json
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.notifications.commands.sendings import build, record, refresh
from enrs.core.notifications.models import Sending, SendingReceipt, SmsAccount, SmsStop

State = Sending.State
STOP_WORDS = ("STOP", "ARRET", "ARRÊT", "DESINSCRIPTION", "UNSUBSCRIBE")
RESUME_WORDS = ("REPRISE", "START")


def narrow(name: str, value: str) -> None:
    """Let row security show, in this transaction, what one key, receipt or number concerns alone."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config(%s, %s, true)", [f"enrs.{name}", value])


def take_receipt(
    *, provider_id: str, state: str, event_key: str, at: datetime, detail: str = ""
) -> bool:
    """Note that an SMS was delivered or not; once per event. False when the number is not one of ours.

    A delivery is never undone by a failure told later.
    """
    narrow("provider_id", provider_id)
    with act():
        found = Sending.objects.select_for_update().filter(provider_id=provider_id)
        sending = found.order_by("id").first()
        if sending is None:
            return False
        receipt = SendingReceipt(
            sending=sending, state=state, at=at, event_key=event_key, detail=detail[:300]
        )
        known = SendingReceipt.objects.filter(sending=sending, event_key=event_key).exists()
        if known or sending.state == State.DELIVERED:
            return True
        receipt.save(force_insert=True)
        sending.state, sending.ended_at = state, at
        sending.error = detail[:300] if state == State.FAILED else ""
        sending.save(update_fields=["state", "ended_at", "error"])
        tell_member(sending, state, at)
        refresh()
    return True


def tell_member(sending: Sending, state: str, at: datetime) -> None:
    """Record the callback by which the member's software learns the state of its SMS."""
    if sending.channel != "sms" or sending.account_id is None:
        return
    account = SmsAccount.objects.get(pk=sending.account_id)
    if not account.callback_url:
        return
    told: dict[str, Any] = {
        "id": str(sending.id),
        "reference": sending.reference,
        "state": str(state),
        "at": at.isoformat(),
    }
    record(
        [
            build(
                channel="callback",
                kind="sms.receipt",
                recipient=account.callback_url,
                content={"text": json.dumps(told)},
                key=f"receipt:{sending.id}:{sending.resendings}:{state}",
                account=account,
            )
        ]
    )


def take_reply(*, phone: str, text: str, sender_name: str = "") -> str:
    """Read what somebody answered to an SMS: « stopped », « resumed » or « ignored ».

    A STOP stops every account that bears the name it answered, or everybody when none does (Code des postes
    et des communications électroniques, L34-5). Starting again lifts what such an answer had stopped: not
    what was set by hand, nor the stops of other senders.
    """
    words = text.strip().upper().split()
    word = words[0] if words else ""
    if word not in (*STOP_WORDS, *RESUME_WORDS):
        return "ignored"
    narrow("phone", phone)
    named = list(SmsAccount.objects.filter(sender_name__iexact=sender_name).order_by("id"))
    accounts: list[SmsAccount | None] = [*named] or [None]
    with act():
        if word in RESUME_WORDS:
            stops = SmsStop.objects.filter(phone=phone, lifted_at=None, source="sms")
            if named:
                stops = stops.filter(Q(account__in=named) | Q(account=None))
            stops.update(lifted_at=timezone.now())
            note("sms.resumed", object_kind="phone", object_id=phone[-4:])
            return "resumed"
        for account in accounts:
            stop_once(phone, account, "sms")
    return "stopped"


def stop_once(phone: str, account: SmsAccount | None, source: str) -> None:
    """Have a number take no more SMS; nothing when it is so already."""
    mine = SmsStop.objects.filter(phone=phone, account=account, lifted_at=None)
    if not mine.exists():
        SmsStop.objects.bulk_create(
            [SmsStop(phone=phone, account=account, source=source)], ignore_conflicts=True
        )
        note("sms.stopped", object_kind="phone", object_id=phone[-4:], details={"by": source})
