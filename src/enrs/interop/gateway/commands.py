"""What a person of the exploitation does to messages and partners."""

from uuid import UUID

from django.db import connection

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.subjects.commands import save_version
from enrs.interop.gateway import reading
from enrs.interop.gateway.models import Inbox, Partner
from enrs.interop.gateway.models_out import Delivery, Recipient

State = Inbox.State
REPLAYED = frozenset({State.APPLIED, State.PARKED, State.WAITING, State.REFUSED})
PARTNER_FIELDS = (
    "name", "finess", "certificate_name", "zone", "trusted_identity_system", "environment", "is_active", "asking",
)  # fmt: skip

RECIPIENT_FIELDS = (
    "host", "port", "is_encrypted", "domain", "wants_numbers", "wants_merges", "wants_links", "is_active",
    "failures", "next_try_at", "error",
)  # fmt: skip

REMEMBER = """
insert into inbox_seen (sender, control_id, body_hash, first_at) values (%s, %s, %s, now())
on conflict do nothing
"""


class MessageStateError(Exception):
    """The message's state does not allow this; the sentence says why."""


def _demand_operator() -> None:
    """Only the exploitation works on messages and partners (AccessRefusedError)."""
    by = current_actor()
    if by.kind != "system" and by.role != "operator":
        raise AccessRefusedError("profession")


def replay(*, message: Inbox) -> None:
    """Have a message applied again by the worker; its commands change nothing twice.

    A refused one is read anew first. The partner is told nothing: it was answered long ago.

    Raises:
        MessageStateError: it is already waiting its turn, or is still refused: by today's rules, or
            because nobody accepted its sender.
        AccessRefusedError: not the exploitation.
    """
    _demand_operator()
    if message.state not in REPLAYED:
        raise MessageStateError("Ce message attend déjà son tour.")
    with act():
        if message.state == State.REFUSED:
            _read_again(message)
        message.state, message.attempts, message.next_try_at = State.RECEIVED, 0, None
        message.error_code = message.error_where = message.error_text = ""
        _save(message)
        _tell("gateway.message.replayed", message)


def park(*, message: Inbox, reason: str) -> None:
    """Put a message aside, so that the next ones of its patient go on.

    Raises:
        MessageStateError: it no longer waits.
        AccessRefusedError: not the exploitation.
    """
    _demand_operator()
    if message.state not in (State.WAITING, State.RECEIVED):
        raise MessageStateError("Ce message n'attend plus : il ne peut être mis de côté.")
    with act():
        message.state, message.next_try_at = State.PARKED, None
        message.error_code, message.error_text = "by_hand", f"Mis de côté : {reason.strip()}"[:500]
        _save(message)
        _tell("gateway.message.parked", message, reason)


def edit_partner(*, partner: Partner, expected_version: int) -> None:
    """Save a partner's editable fields, set on `partner` by a form.

    Raises:
        StaleSaveError: somebody else saved it meanwhile.
        AccessRefusedError: not the exploitation.
    """
    _demand_operator()
    with act():
        save_version(partner, expected=expected_version, fields=PARTNER_FIELDS)
        note(
            "gateway.partner.edited",
            object_kind="partner",
            object_id=partner.id,
            details={
                "name": partner.name,
                "is_active": partner.is_active,
                "finess": partner.finess,
                "certificate_name": partner.certificate_name,
                "asking": partner.asking,
            },
        )


def edit_recipient(*, recipient: Recipient, expected_version: int) -> None:
    """Save where a partner is told of its patients' numbers; what waits is tried at once.

    Raises:
        StaleSaveError: somebody else saved it meanwhile.
        AccessRefusedError: not the exploitation.
    """
    _demand_operator()
    recipient.failures, recipient.next_try_at, recipient.error = 0, None, ""
    with act():
        if recipient._state.adding:
            recipient.save()
        else:
            save_version(recipient, expected=expected_version, fields=RECIPIENT_FIELDS)
        note(
            "gateway.recipient.edited",
            object_kind="partner",
            object_id=recipient.partner_id,
            details={
                "address": str(recipient),
                "domain": recipient.domain,
                "is_active": recipient.is_active,
            },
        )


def resend_delivery(*, delivery: Delivery) -> None:
    """Have a delivery sent again, written anew from today's numbers.

    Raises:
        MessageStateError: it waits already.
        AccessRefusedError: not the exploitation.
    """
    _demand_operator()
    with act():
        changed = (
            Delivery.objects.filter(pk=delivery.pk)
            .exclude(state=Delivery.State.WAITING)
            .update(state=Delivery.State.WAITING, attempts=0, next_try_at=None, error="")
        )
        if not changed:
            raise MessageStateError("Cette diffusion attend déjà son départ.")
        note(
            "gateway.delivery.resent",
            patient_id=delivery.patient_id,
            object_kind="delivery",
            object_id=delivery.id,
        )


def _read_again(message: Inbox) -> None:
    """Read a refused message with today's rules. Raises MessageStateError when it is still refused."""
    again = reading.read(bytes(message.body), message.remote)
    if again.state == State.REFUSED:
        raise MessageStateError(f"Ce message est toujours refusé : {again.error_text}")
    if not Partner.objects.filter(sender=again.sender, is_active=True).exists():
        raise MessageStateError(
            "Ce message est toujours refusé : son émetteur n’est pas actif. Acceptez-le d’abord."
        )
    message.patient_key, message.lane = again.patient_key, again.lane
    message.other_key, message.other_lane = again.other_key, again.other_lane
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, [again.sender, again.control_id, again.body_hash])


def _save(message: Inbox) -> None:
    names = (
        "state", "attempts", "next_try_at", "error_code", "error_where", "error_text",
        "patient_key", "lane", "other_key", "other_lane",
    )  # fmt: skip
    Inbox.objects.filter(received_at=message.received_at, id=message.id).update(
        **{name: getattr(message, name) for name in names}
    )


def _tell(action: str, message: Inbox, reason: str = "") -> None:
    patient_id: UUID | None = message.patient_id
    note(
        action,
        patient_id=patient_id,
        object_kind="message",
        object_id=message.id,
        reason=reason[:200],
    )
    emit(action, topics=["inbox"], payload={"kind": "messages", "ids": [str(message.id)]})
