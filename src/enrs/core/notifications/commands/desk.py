"""What the exploitation decides by hand: send again, give up, stop a number."""

from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.notifications.commands.receipts import stop_once
from enrs.core.notifications.commands.refusals import demand_desk
from enrs.core.notifications.commands.sendings import refresh
from enrs.core.notifications.models import Sending, SendingReceipt, SmsStop
from enrs.core.notifications.rules.phones import normalise

State = Sending.State
RESENT = (State.FAILED, State.UNCERTAIN)
CANCELLED = (State.WAITING, State.FAILED, State.UNCERTAIN)


class SendingStateError(ValueError):
    """The sending is no longer in a state that allows this; the message says so, in French."""


def resend(*, sending_id: UUID) -> Sending:
    """Have a failed or uncertain sending leave again, under a new idempotency key.

    Raises:
        SendingStateError: it left meanwhile, or its content is no longer kept.
        AccessRefusedError: not the exploitation.
    """
    demand_desk()
    with act():
        sending = _locked(
            sending_id, RESENT, "Cet envoi n’est plus à renvoyer : rechargez la page."
        )
        if not sending.content:
            raise SendingStateError("Le contenu de cet envoi n’est plus gardé.")
        sending.state, sending.next_at, sending.attempts = State.WAITING, timezone.now(), 0
        sending.resendings += 1
        sending.error, sending.ended_at, sending.provider_id = "", None, ""
        sending.save()
        _trace(sending, "sending.resent", f"resent-{sending.resendings}", "Renvoyé")
    return sending


def cancel_sending(*, sending_id: UUID, reason: str = "") -> Sending:
    """Give up a sending that waits, failed or is uncertain: it will not leave.

    Raises:
        SendingStateError: it is leaving or has left.
        AccessRefusedError: not the exploitation.
    """
    demand_desk()
    with act():
        sending = _locked(sending_id, CANCELLED, "Cet envoi est déjà parti ou déjà annulé.")
        sending.state, sending.ended_at = State.CANCELLED, timezone.now()
        sending.save(update_fields=["state", "ended_at"])
        words = f"Annulé : {reason}" if reason else "Annulé"
        _trace(sending, "sending.cancelled", f"cancelled-{sending.resendings}", words)
    return sending


def _locked(sending_id: UUID, states: tuple[str, ...], words: str) -> Sending:
    rows = Sending.objects.select_for_update().filter(pk=sending_id, state__in=states)
    found = rows.order_by("id").first()
    if found is None:
        raise SendingStateError(words)
    return found


def _trace(sending: Sending, action: str, key: str, words: str) -> None:
    by = current_actor().name
    SendingReceipt.objects.create(
        sending=sending, state=sending.state, event_key=key, detail=f"{words} ({by})"[:300]
    )
    note(action, object_kind="sending", object_id=sending.id)
    refresh()


def stop_number(*, phone: str) -> str:
    """Have a number take no more SMS from anybody; returns it in E.164.

    Raises:
        PhoneError: it is no number.
        AccessRefusedError: not the exploitation.
    """
    demand_desk()
    number = normalise(phone)
    with act():
        stop_once(number, None, "desk")
    return number


def lift_stop(*, stop_id: UUID) -> None:
    """Let a number take SMS again (AccessRefusedError: not the exploitation)."""
    demand_desk()
    with act():
        waiting = SmsStop.objects.filter(pk=stop_id, lifted_at=None)
        if waiting.update(lifted_at=timezone.now()):
            note("sms.resumed", object_kind="sms_stop", object_id=stop_id)
