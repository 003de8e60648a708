"""What leaves and who is told: the exploitation's desk, one's own preferences, the members' software."""

from datetime import time, timedelta
from typing import Any

from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.notifications import commands
from enrs.core.notifications.commands import mobiles
from enrs.core.notifications.commands.members import AskedSms
from enrs.core.notifications.models import Delivery, Notice, Sending, SmsKey, SmsStop
from tests.hostile.table import case, feed, part
from tests.hostile.world import World

NOTIFICATIONS = "core.notifications"
DESK: dict[str, Any] = {"roles": ("operator",)}


def account(w: World) -> Any:
    with w.as_right():
        return commands.members.open_account(
            organisation_id=uuid7(), organisation_name="CH d'essai", sender_name="CHEssai"
        )


def failed(w: World) -> Any:
    made = account(w)
    sending, _ = commands.members.record_sms(
        account_id=made.id, asked=AskedSms("0612345678", "Rendez-vous à 9 h.")
    )
    Sending.objects.filter(pk=sending.pk).update(state="failed")
    return sending


@case(f"{NOTIFICATIONS}.resend", "operator", **DESK)
def resend(w: World) -> dict[str, Any]:
    return {"sending_id": failed(w).pk}


@case(f"{NOTIFICATIONS}.cancel_sending", "operator", **DESK)
def cancel_sending(w: World) -> dict[str, Any]:
    return {"sending_id": failed(w).pk}


@case(f"{NOTIFICATIONS}.stop_number", "operator", **DESK)
def stop_number(w: World) -> dict[str, Any]:
    return {"phone": "0612345678"}


@case(f"{NOTIFICATIONS}.lift_stop", "operator", **DESK)
def lift_stop(w: World) -> dict[str, Any]:
    return {"stop_id": SmsStop.objects.create(phone="+33612345678", source="desk").pk}


@case(f"{NOTIFICATIONS}.open_account", "operator", **DESK)
def open_account(w: World) -> dict[str, Any]:
    return {"organisation_id": w.elsewhere.id, "organisation_name": "CH", "sender_name": "CHEssai"}


@case(f"{NOTIFICATIONS}.edit_account", "operator", **DESK)
def edit_account(w: World) -> dict[str, Any]:
    made = account(w)
    return {"account": made, "expected_version": made.version}


@case(f"{NOTIFICATIONS}.create_key", "operator", **DESK)
def create_key(w: World) -> dict[str, Any]:
    return {"account": account(w), "label": "Agenda"}


@case(f"{NOTIFICATIONS}.revoke_key", "operator", **DESK)
def revoke_key(w: World) -> dict[str, Any]:
    made = account(w)
    with w.as_right():
        commands.members.create_key(account=made, label="Agenda")
    return {"key_id": SmsKey.objects.get(account=made).pk}


@case(f"{NOTIFICATIONS}.mark_read", "nurse", own=True, quiet={
    "anonymous": "nobody has notices", "colleague": "they mark their own, of which there are none",
})  # fmt: skip
def mark_read(w: World) -> dict[str, Any]:
    Notice.objects.create(user_id=w.right.pk, kind="glass.broken", event_id=uuid7(), details={})
    return {"until": timezone.now() + timezone.timedelta(minutes=1)}


def unconfirmed(w: World) -> Delivery:
    """The mobile of the right actor, with a code that this test knows."""
    held = Delivery(
        user_id=w.right.id, mobile="+33639980123", code_until=timezone.now() + timedelta(minutes=5)
    )
    held.code_hash = mobiles._hash(held, "123456")
    held.save()
    return held


@case(f"{NOTIFICATIONS}.ask_code", "nurse")
def ask_code(w: World) -> dict[str, Any]:
    unconfirmed(w)
    return {}


@case(f"{NOTIFICATIONS}.confirm_mobile", "nurse")
def confirm_mobile(w: World) -> dict[str, Any]:
    unconfirmed(w)
    return {"code": "123456"}


part("inside an act that holds the row of the one whose mobile it is", f"{NOTIFICATIONS}.send_code")


@case(f"{NOTIFICATIONS}.save_preferences", "nurse")
def save_preferences(w: World) -> dict[str, Any]:
    return {
        "modes": {}, "mobile": "", "quiet_from": time(22), "quiet_until": time(7), "digest_at": time(8),
    }  # fmt: skip


feed(
    "a worker that sends, gathers, recovers and empties",
    *(f"{NOTIFICATIONS}.{name}" for name in (
        "send_digests", "send_due", "claim", "is_stopped", "recover_lost", "empty_contents", "notify", "tell",
        "tell_outside", "ended_contents", "tell_member",
    )),
)  # fmt: skip
part(
    "writes what leaves for the commands and jobs that decided it",
    f"{NOTIFICATIONS}.commands.sendings", f"{NOTIFICATIONS}.commands.refusals", f"{NOTIFICATIONS}.values_of",
    f"{NOTIFICATIONS}.stop_once",
)  # fmt: skip
part(
    "called by the API once the key or the signature is known: the member's account, or the gateway",
    f"{NOTIFICATIONS}.record_sms", f"{NOTIFICATIONS}.narrow", f"{NOTIFICATIONS}.take_receipt",
    f"{NOTIFICATIONS}.take_reply",
)  # fmt: skip
